"""Full memory: the same rules hold for memcached and for cocached.

How much fits is the affair of each, so no bytes are compared here.
"""

import unittest

from support import server
from support.conversation import ask, read_exactly

MEBIBYTE = 1 << 20
NO_MEMORY = b"SERVER_ERROR out of memory storing object\r\n"


def store(link, key, value, verb="set"):
    return ask(link, f"{verb} {key} 0 0 {len(value)}\r\n".encode() + value + b"\r\n")


def fetch(link, key, size):
    """The value of a key that holds so many bytes, or None for a miss."""
    link.sendall(f"get {key}\r\n".encode())
    head = read_exactly(link, 5)
    if head == b"END\r\n":
        return None
    read_exactly(link, len(f"VALUE {key} 0 {size}\r\n") - len(head))
    return read_exactly(link, size + len("\r\nEND\r\n"))[:size]


def value_for(number, size=10_000):
    return (b"%08d" % number) * (size // 8)


class WithoutEviction:
    """-M: an error instead of eviction."""

    def setUp(self):
        self.server = self.start("-M", "-m", "8")
        self.addCleanup(self.server.stop)
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def fill(self):
        """Stores until there is no room; returns how many values fitted."""
        for number in range(64 * MEBIBYTE // 10_000):
            reply = store(self.link, f"key-{number}", value_for(number))
            if reply != b"STORED\r\n":
                self.assertEqual(NO_MEMORY, reply)
                return number
        self.fail("64 MiB of values fitted into 8 MiB")

    def test_a_full_server_says_so_and_loses_nothing(self):
        count = self.fill()
        self.assertGreater(count, 100)
        for number in range(count):
            self.assertEqual(value_for(number), fetch(self.link, f"key-{number}", 10_000))

    def test_the_refused_value_is_swallowed(self):
        self.fill()
        for verb in ("set", "add"):
            self.assertEqual(NO_MEMORY, store(self.link, "more", value_for(1), verb))
            self.assertEqual(b"END\r\n", ask(self.link, b"get more\r\n"))

    def test_a_set_leaves_no_stale_value_whether_there_is_room_or_not(self):
        for number in range(self.fill()):
            reply = store(self.link, f"key-{number}", value_for(number + 1))
            found = fetch(self.link, f"key-{number}", 10_000)
            self.assertIn((reply, found), [(b"STORED\r\n", value_for(number + 1)), (NO_MEMORY, None)])

    def test_deleting_makes_room(self):
        count = self.fill()
        for number in range(count):
            self.assertEqual(b"DELETED\r\n", ask(self.link, f"delete key-{number}\r\n".encode()))
        for number in range(count // 2):
            self.assertEqual(b"STORED\r\n", store(self.link, f"new-{number}", value_for(number)))

    def test_noreply_hides_the_error(self):
        self.fill()
        value = value_for(1)
        self.link.sendall(b"set more 0 0 %d noreply\r\n%s\r\n" % (len(value), value))
        self.assertEqual(b"END\r\n", ask(self.link, b"get more\r\n"))


class WithEviction:
    """The default: what is stored last is there, what was stored long ago is gone."""

    def test_new_values_push_out_old_ones(self):
        with self.start("-m", "8") as running, running.connect() as link:
            count = 4000
            for number in range(count):
                self.assertEqual(
                    b"STORED\r\n", store(link, f"key-{number}", value_for(number)), f"{number}"
                )
            self.assertEqual(value_for(count - 1), fetch(link, f"key-{count - 1}", 10_000))
            values = [fetch(link, f"key-{number}", 10_000) for number in range(count)]
            kept = [number for number, value in enumerate(values) if value is not None]
            self.assertTrue(all(values[number] == value_for(number) for number in kept))
            self.assertLess(len(kept) * 10_000, 8 * MEBIBYTE)
            self.assertGreater(len(kept) * 10_000, 2 * MEBIBYTE)


class MemcachedWithoutEviction(WithoutEviction, unittest.TestCase):
    start = staticmethod(server.memcached)


class CocachedWithoutEviction(WithoutEviction, unittest.TestCase):
    start = staticmethod(server.cocached)


class MemcachedWithEviction(WithEviction, unittest.TestCase):
    start = staticmethod(server.memcached)


class CocachedWithEviction(WithEviction, unittest.TestCase):
    start = staticmethod(server.cocached)
