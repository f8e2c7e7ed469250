"""When items expire, seen from outside: never early, and hardly late.

The server takes the time of a set between the moments at which the client sent it and had the
answer, and the time of a get likewise. So a miss that was answered before the set was sent plus the
TTL came early, whatever either side's scheduler did, and a hit asked for long after the set was
answered plus the TTL came late.

Once: the bound on lateness is one of the optimised build.
"""

import time
import unittest

from support import server
from support.conversation import ask, read_until

ITEMS = 12
TTL = 1.0
LATE = 0.010  # seconds that a client may still see an item which has expired


class Item:
    """An item whose time to live begins with `asked`, somewhere between two moments."""

    def __init__(self, link, key, asked, answer):
        self.link = link
        self.key = key
        self.earliest = time.monotonic() + TTL
        reply = ask(link, asked)
        self.latest = time.monotonic() + TTL
        if not reply.startswith(answer):
            raise AssertionError(f"{asked!r} was answered {reply!r}")
        self.last_hit = 0.0  # when the last get that found it was sent
        self.gone = None  # when the answer was there that did not find it

    def look(self):
        sent = time.monotonic()
        self.link.sendall(b"get %b\r\n" % self.key)
        if read_until(self.link, b"END\r\n") == b"END\r\n":
            self.gone = time.monotonic()
        else:
            self.last_hit = sent


class Expiry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server.cocached()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def assert_exact(self, items):
        """Asks for all of them in turn until none is there."""
        while remaining := [item for item in items if item.gone is None]:
            for item in remaining:
                item.look()
        for item in items:
            self.assertGreaterEqual(item.gone, item.earliest, f"{item.key} was gone too early")
        # A thread that lost its processor between reading the clock and answering would look late
        # once; a server that is late is so always.
        late = min(item.last_hit - item.latest for item in items)
        self.assertLessEqual(late, LATE)

    def items(self, verb, asked, answer):
        keys = [b"%b-%d" % (verb, number) for number in range(ITEMS)]
        return [Item(self.link, key, asked(key), answer) for key in keys]

    def store_forever(self, verb):
        for number in range(ITEMS):
            self.assertEqual(b"STORED\r\n", ask(self.link, b"set %b-%d 0 0 1\r\nv\r\n" % (verb, number)))

    def test_of_a_set(self):
        self.assert_exact(self.items(b"set", lambda key: b"set %b 0 1 1\r\nv\r\n" % key, b"STORED"))

    def test_of_a_touch(self):
        self.store_forever(b"touch")
        self.assert_exact(self.items(b"touch", lambda key: b"touch %b 1\r\n" % key, b"TOUCHED"))

    def test_of_a_meta_set(self):
        self.assert_exact(self.items(b"ms", lambda key: b"ms %b 1 T1\r\nv\r\n" % key, b"HD"))

    def test_of_a_meta_get_that_touches(self):
        self.store_forever(b"mg")
        self.assert_exact(self.items(b"mg", lambda key: b"mg %b T1\r\n" % key, b"HD"))


if __name__ == "__main__":
    unittest.main()
