"""Writes random conversations: commands over few keys, valid, nearly valid and not at all.

A seed gives the same conversation each time, on every machine. What is known to be answered
differently (differences.py) is not generated: numbers do not get shorter, flags fit in 32 bits.
"""

import random

from conformance.script import NOW, Conversation, Step

TEXT_KEYS = ["a", "b", "c", "key:with:parts", "k" * 250]
NUMBER_KEYS = ["n1", "n2"]
KEYS = TEXT_KEYS + NUMBER_KEYS
FLAGS = ["0", "1", "77", "4294967295"]
EXPIRY_TIMES = ["0", "0", "0", "0", "100", "2592000", "2592001", "-1", str(NOW + 1000)]
LENGTHS = [0, 1, 2, 3, 10, 100, 1000]
BYTES = "abcxyz019 \r\n\0\xff"
NO_SUCH_UNIQUE = "1234567890123456789"


class Writer:
    """Writes the commands of one conversation."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def _pick(self, choices):
        return self._random.choice(choices)

    def _value(self, key):
        if key in NUMBER_KEYS:  # of so many digits that no sum of deltas changes their number
            return str(10**19 + self._random.randrange(10**6))
        return "".join(self._random.choices(BYTES, k=self._pick(LENGTHS)))

    def _noreply(self):
        return self._pick(["", "", "", " noreply"])

    def storage(self):
        key, verb = self._pick(KEYS), self._pick(["set", "set", "add", "replace", "append", "prepend"])
        value = self._value(key)
        head = f"{verb} {key} {self._pick(FLAGS)} {self._pick(EXPIRY_TIMES)} {len(value)}"
        return f"{head}{self._noreply()}\r\n{value}\r\n"

    def cas(self):
        key = self._pick(KEYS)
        value = self._value(key)
        unique = self._pick([NO_SUCH_UNIQUE, f"{{cas {key}}}", f"{{cas {key}}}"])
        head = f"cas {key} {self._pick(FLAGS)} {self._pick(EXPIRY_TIMES)} {len(value)} {unique}"
        return f"{head}{self._noreply()}\r\n{value}\r\n"

    def _some_keys(self):
        return " ".join(self._random.choices([*KEYS, "missing"], k=self._random.randint(1, 30)))

    def get(self):
        return f"{self._pick(['get', 'gets', 'gets'])} {self._some_keys()}\r\n"

    def gat(self):
        verb = self._pick(["gat", "gats"])
        return f"{verb} {self._pick(EXPIRY_TIMES)} {self._some_keys()}\r\n"

    def arithmetic(self):
        verb, delta = self._pick(["incr", "decr"]), self._random.randrange(1000)
        return f"{verb} {self._pick([*NUMBER_KEYS, 'missing'])} {delta}{self._noreply()}\r\n"

    def touch(self):
        return f"touch {self._pick(KEYS)} {self._pick(EXPIRY_TIMES)}{self._noreply()}\r\n"

    def delete(self):
        return f"delete {self._pick(KEYS)}{self._pick(['', ' 0'])}{self._noreply()}\r\n"

    def flush(self):
        return f"flush_all{self._noreply()}\r\n"

    def valid(self):
        kinds = [self.storage, self.cas, self.get, self.gat, self.arithmetic, self.touch, self.delete]
        return self._random.choices([*kinds, self.flush], weights=[8, 2, 6, 2, 3, 2, 2, 0.2])[0]()

    def _marks(self, choices):
        """Some of the flags of a meta command, each at most once, in any order."""
        marks = self._random.sample(choices, self._random.randint(0, min(5, len(choices))))
        return "".join(f" {mark}" for mark in marks)

    def meta_get(self):
        key = self._pick([*KEYS, "missing"])
        marks = ["v", "f", "s", "k", "l", "q", "u", "c", "O77"]
        marks += self._pick([["t"], ["T100"]])
        if key in TEXT_KEYS:  # an increment of memcached's may keep or forget these
            marks += ["h", *self._pick([["R300"], ["N50"]])]
        if "t" in marks and "N50" in marks:
            marks.remove("t")
        if "T100" in marks and "R300" in marks:
            marks.remove("R300")
        return f"mg {key}{self._marks(marks)}\r\n"

    def meta_set(self):
        key = self._pick(KEYS)
        value = self._value(key)
        mode = self._pick(["MS", "MS", "ME", "MA", "MP", "MR"])
        marks = ["k", "q", "O1", "T100", "T0", "T-1", f"F{self._pick(FLAGS)}", mode]
        return f"ms {key} {len(value)}{self._marks(marks)}\r\n{value}\r\n"

    def meta_delete(self):
        key = self._pick([*KEYS, "missing"])
        return f"md {key}{self._marks(['q', 'k', 'O9', 'I', 'T100', f'C{NO_SUCH_UNIQUE}'])}\r\n"

    def meta_arithmetic(self):
        marks = ["v", "k", "O3", f"D{self._random.randrange(1000)}"]
        marks += [self._pick(["MI", "MD", "M+", "M-"])]
        create = f" N100 J{10**19 + 10**6}"
        marks = self._pick([self._marks([*marks, "t", "q"]), self._marks(marks) + create])
        return f"ma {self._pick([*NUMBER_KEYS, 'missing'])}{marks}\r\n"

    def meta(self):
        kinds = [self.meta_get, self.meta_set, self.meta_delete, self.meta_arithmetic, self.valid]
        return self._random.choices(kinds, weights=[6, 6, 1, 2, 2])[0]()

    def wrong_number(self):
        """A number that is none, in a command without data."""
        number = self._pick(["x", "1x", "1.5", "x1"])
        verb, key = self._pick(["incr", "decr", "touch"]), self._pick(KEYS)
        return self._pick([f"{verb} {key} {number}{self._noreply()}\r\n", f"gat {number} {key}\r\n"])

    def garbage(self):
        line = "".join(self._random.choices("abc xyz\t\0\x80\xff:0129", k=self._random.randint(4, 60)))
        return f"z{line}\r\n"

    def wrong_data(self):
        """A value that is longer than announced, or ended otherwise."""
        tail = self._pick(["more than that\r\n", "more and no carriage return\n", "get a\r\n"])
        return f"set {self._pick(TEXT_KEYS)} 0 0 4\r\nabcd{tail}"

    def wrong_tokens(self):
        """A valid command of which a token is missing, doubled, or something else."""
        head, newline, data = self.valid().partition("\r\n")
        tokens = head.split(" ")
        if any(token.isdigit() and int(token) > 1000 for token in tokens[2:]):
            return head + newline + data  # as a length it would swallow all that follows
        if tokens[0] == "delete":
            return head + newline + data  # its errors are a listed difference
        place = self._random.randrange(1, max(2, len(tokens)))
        kept = tokens[place : place + 1]
        instead = self._pick([[], kept + kept, ["x"], ["-5"], ["noreply"], ["7", "noreply"]])
        return " ".join(tokens[:place] + instead + tokens[place + 1 :]) + newline + data

    def nearly_valid(self):
        kinds = [self.valid, self.wrong_number, self.garbage, self.wrong_data]
        return self._random.choices(kinds, weights=[5, 2, 1, 1])[0]()

    def badly_formed(self):
        kinds = [self.nearly_valid, self.wrong_tokens]
        return self._random.choices(kinds, weights=[2, 1])[0]()

    def ending(self):
        """An unknown command, long enough to be the rest of any value that is still expected."""
        return f"{1900 * 'x'}\r\n"

    def cuts(self, text):
        """The text in up to seven pieces."""
        places = sorted(self._random.randrange(len(text)) for _ in range(6))
        return [text[start:end] for start, end in zip([0, *places], [*places, len(text)])]


def conversation(kind, seed, steps, commands):
    """Of so many steps of so many commands. kind: the function of Writer that writes each."""
    writer = Writer(seed)
    steps = [
        Step("".join(getattr(writer, kind)() for _ in range(commands)).encode("latin-1"))
        for _ in range(steps)
    ]
    steps[-1].sent += writer.ending().encode()
    return Conversation(f"{kind}, seed {seed}", (), False, steps)
