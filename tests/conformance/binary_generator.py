"""Writes random conversations in the binary protocol, valid ones over few keys.

A seed gives the same conversation each time, on every machine. What is known to be answered
differently (differences.py) is not generated: numbers do not get shorter, expiry times are not
negative, nothing is added with a unique.
"""

import random

from support.binary import NEVER_CREATE, arithmetic, packet, store, timed

TEXT_KEYS = [b"a", b"b", b"key", b"\0 \r\n\xff"]
NUMBER_KEYS = [b"n1", b"n2"]
KEYS = TEXT_KEYS + NUMBER_KEYS
FLAGS = [0, 1, 77, 2**32 - 1]
EXPIRY_TIMES = [0, 0, 0, 100, 2592000, 2592001]
LENGTHS = [0, 1, 3, 100, 1000, 20_000]
NO_SUCH_UNIQUE = 999_999_999


class Writer:
    """Writes the packets of one conversation; a packet that needs a unique is a function of the
    replies so far."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._opaque = 0

    def _pick(self, choices):
        return self._random.choice(choices)

    def _key(self):
        return self._pick([*KEYS, b"missing"])

    def _value(self, key):
        if key in NUMBER_KEYS:  # of so many digits that no sum of deltas changes their number
            return b"%d" % (10**19 + self._random.randrange(10**6))
        return self._random.randbytes(self._pick(LENGTHS))

    def _quiet(self, name):
        return name + self._pick(["", "", "Q"])

    def lookup(self):
        return packet(self._pick(["Get", "GetQ", "GetK", "GetKQ"]), self._key(), opaque=self._opaque)

    def store(self):
        name, key = self._pick(["Set", "Set", "Add", "Replace"]), self._pick(KEYS)
        fields = {"flags": self._pick(FLAGS), "exptime": self._pick(EXPIRY_TIMES)}
        cas = 0 if name == "Add" else self._pick([0, 0, NO_SUCH_UNIQUE])
        name, value = self._quiet(name), self._value(key)
        return store(name, key, value, cas=cas, opaque=self._opaque, **fields)

    def compare_and_set(self):
        key, opaque = self._pick(KEYS), self._opaque
        value = self._value(key)

        def with_unique(found):
            return store("Set", key, value, cas=last_unique(found), opaque=opaque)

        return with_unique

    def concatenate(self):
        name, key = self._quiet(self._pick(["Append", "Prepend"])), self._pick([*TEXT_KEYS, b"missing"])
        cas = self._pick([0, 0, 0, NO_SUCH_UNIQUE])
        return packet(name, key, self._random.randbytes(5), cas=cas, opaque=self._opaque)

    def arithmetic(self):
        name, key = self._quiet(self._pick(["Increment", "Decrement"])), self._pick(NUMBER_KEYS)
        exptime = self._pick([0, 100, NEVER_CREATE])
        delta, initial = self._random.randrange(1000), 10**19 + 10**6
        return arithmetic(name, key, delta, initial, exptime, opaque=self._opaque)

    def touch(self):
        name = self._pick(["Touch", "GAT", "GATQ", "GATK", "GATKQ"])
        return timed(name, self._key(), self._pick(EXPIRY_TIMES), opaque=self._opaque)

    def delete(self):
        cas = self._pick([0, 0, NO_SUCH_UNIQUE])
        return packet(self._quiet("Delete"), self._key(), cas=cas, opaque=self._opaque)

    def about_the_server(self):
        name = self._pick(["Noop", "Version", "Flush", "FlushQ", 0x25, 0x50, 0xFF])
        return packet(name, opaque=self._opaque)

    def one(self):
        self._opaque += 1
        kinds = [self.lookup, self.store, self.compare_and_set, self.concatenate, self.arithmetic,
                 self.touch, self.delete, self.about_the_server]  # fmt: skip
        return self._random.choices(kinds, weights=[7, 7, 1, 2, 3, 3, 1, 1])[0]()

    def cuts(self, request):
        """The request in up to seven pieces."""
        places = sorted(self._random.randrange(len(request)) for _ in range(6))
        return [request[start:end] for start, end in zip([0, *places], [*places, len(request)])]


def last_unique(found):
    return next((reply.cas for reply in reversed(found) if reply.cas), NO_SUCH_UNIQUE)


def conversation(seed, length):
    writer = Writer(seed)
    return [writer.one() for _ in range(length)]
