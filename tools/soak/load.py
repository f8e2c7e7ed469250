"""One client of the load: it knows what each of its keys may hold, and checks all that it reads."""

import collections
import contextlib
import math
import random
import socket
import ssl
import struct
import time

from dialects import DIALECTS, Gone, Violation

SHARED_KEYS = 100
SMALLEST_LOG2, LARGEST_LOG2 = 5.0, 16.0  # of most values, in bytes
MEAN_SIZE = (2**LARGEST_LOG2 - 2**SMALLEST_LOG2) / ((LARGEST_LOG2 - SMALLEST_LOG2) * math.log(2))
HUGE = 900_000  # of few
MOST_AT_ONCE = 20  # operations in a pipeline
PATIENCE = 60
EXPIRY_SLACK = 1.5  # seconds: the server's clock may be cut to seconds
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: reset instead of close


def value_of(key, version, size):
    """Says itself which key and version it is of."""
    text = b"%b %d %d/" % (key, version, size)
    return (text * (size // len(text) + 1))[:size]


def is_value_of(key, value):
    """Whether `value` has ever been written under a shared key."""
    try:
        found, version, rest = value.split(b" ", 2)
        size = int(rest.split(b"/", 1)[0])
    except ValueError:
        return False
    return found == key and value == value_of(key, int(version), size)


Known = collections.namedtuple("Known", "version size expires")


class Client:
    """A connection at a time, over a transport and in a dialect that are drawn anew each time."""

    def __init__(self, number, places, keys):
        """places: pairs of an address and whether it speaks TLS. keys: how many are its own."""
        self._random = random.Random(number)
        self._number = number
        self._places = places
        self._keys = keys
        self._known = {}  # by key: what the last reply says is there, or was
        self._lives = collections.Counter()  # of the slots of own keys
        self._version = number << 40
        self._asked = 0.0  # when the operations were sent whose replies are read
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE
        self.counts = collections.Counter()
        self.wrong = []

    def run(self, until):
        """Writes all of its keys, then serves as load until that monotonic time."""
        self._fill()
        while time.monotonic() < until and not self.wrong:
            self._one_connection(until)

    def _fill(self):
        with self._connection() as (link, stream, dialect):
            for slot in range(self._keys):
                self._talk(link, stream, dialect, [self._set(self._own_key(b"%d" % slot))])

    def _one_connection(self, until):
        with self._connection() as (link, stream, dialect):
            for _ in range(self._random.randrange(1, 100)):
                operations = self._draw_operations()
                if self._random.random() < 0.01:
                    return self._break_off(link, stream, dialect, operations)
                self._talk(link, stream, dialect, operations)
                if time.monotonic() > until:
                    return None
        return None

    @contextlib.contextmanager
    def _connection(self):
        """What fails in it is noted, and ends the run."""
        address, over_tls = self._random.choice(self._places)
        dialect = self._random.choice(DIALECTS)()
        self.counts[f"connections, {type(dialect).__name__.lower()}{' over TLS' * over_tls}"] += 1
        try:
            with self._connect(address, over_tls) as link, link.makefile("rb") as stream:
                yield link, stream, dialect
        except (Gone, Violation, OSError) as error:
            self.wrong.append(f"{type(dialect).__name__}: {type(error).__name__} {error}")

    def _connect(self, address, over_tls):
        link = socket.create_connection(address, PATIENCE)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(link) if over_tls else link

    def _talk(self, link, stream, dialect, operations):
        self._asked = time.monotonic()
        link.sendall(b"".join(map(dialect.encode, operations)))
        for operation in operations:
            self._check(operation, dialect.decode(operation, stream))

    def _break_off(self, link, stream, dialect, operations):
        """Leaves in the middle. What the server makes of it, and when, nobody will know: those keys
        are never used again."""
        request = b"".join(map(dialect.encode, operations))
        link.sendall(request[: self._random.randrange(len(request) + 1)])
        if self._random.random() < 0.5:
            link.settimeout(0.05)  # perhaps there is nothing to answer
            with contextlib.suppress(OSError):
                stream.read1(self._random.randrange(1, 10_000))
        if self._random.random() < 0.5:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        for operation in operations:
            self._known.pop(operation[1], None)
            if operation[1].startswith(b"own"):
                self._lives[operation[1].split(b":")[2]] += 1
        self.counts["broken off"] += 1

    def _draw_operations(self):
        """Of different keys, but for the shared ones, so that each check stands for itself."""
        count = self._random.choice([1, 1, 1, self._random.randrange(2, MOST_AT_ONCE)])
        drawn = [self._draw() for _ in range(count)]
        return list({operation[1]: operation for operation in drawn}.values())

    def _draw(self):
        if self._random.random() < 0.2:
            key = b"shared:%d" % self._random.randrange(SHARED_KEYS)
            return ("get", key) if self._random.random() < 0.7 else self._set(key)
        key = self._own_key(b"%d" % self._random.randrange(self._keys))
        if self._random.random() < 0.1:
            return self._draw_number(key + b":number")
        chance = self._random.random()
        return ("get", key) if chance < 0.6 else ("delete", key) if chance < 0.65 else self._set(key)

    def _own_key(self, slot):
        return b"own:%d:%b:%d" % (self._number, slot, self._lives[slot])

    def _draw_number(self, key):
        if key not in self._known:
            return "set", key, 0, b"%d" % self._random.randrange(1000)
        return self._random.choice([("incr", key), ("get", key)])

    def _set(self, key):
        size = int(2 ** self._random.uniform(SMALLEST_LOG2, LARGEST_LOG2))
        size = HUGE if self._random.random() < 0.002 else size
        self._version += 1
        ttl = self._random.choice([0, 0, 0, 1])
        return "set", key, ttl, value_of(key, self._version, size)

    def _check(self, operation, result):
        name, key = operation[:2]
        self.counts[name] += 1
        self.counts["hits"] += name == "get" and result is not None
        if key.startswith(b"shared"):
            right = name == "set" or result is None or is_value_of(key, result)
        else:
            right = getattr(self, "_check_" + name)(key, operation, result)
        if not right:
            shown = result[:80] if isinstance(result, bytes) else result
            self.wrong.append(f"{name} {key.decode()}: {shown!r}; known: {self._known.get(key)}")

    def _check_set(self, key, operation, _):
        ttl, value = operation[2:]
        version = int(value) if key.endswith(b":number") else self._version_in(value)
        expires = time.monotonic() + ttl + EXPIRY_SLACK if ttl else None
        self._known[key] = Known(version, len(value), expires)
        return True

    @staticmethod
    def _version_in(value):
        return int(value.split(b" ", 2)[1])

    def _check_get(self, key, _, value):
        """A miss is always right: what was there may have been evicted."""
        known = self._known.get(key)
        if value is None:
            self._known.pop(key, None)
            return True
        if known is None or (known.expires and self._asked > known.expires):
            return False
        if key.endswith(b":number"):
            return value.strip() == b"%d" % known.version
        return value == value_of(key, known.version, known.size)

    def _check_delete(self, key, _, found):
        return self._known.pop(key, None) is not None or not found

    def _check_incr(self, key, _, number):
        known = self._known.pop(key, None)
        if number is None:
            return True
        if known is None or number != known.version + 1:
            return False
        self._known[key] = Known(number, 0, None)
        return True
