"""Resident memory: -m, and a constant that docs/benchmarks.md states.

Once: the bounds on memory are ones of the optimised build.
"""

import contextlib
import unittest

from support import server
from support.conversation import ask, read_exactly, stats

MEBIBYTE = 1 << 20
CONSTANT_KIB = 16 * 1024  # with four threads, and buffers of few connections
BATCH = 100
OVERHEAD = 50  # bytes of an item, about, key and all
STORED = b"STORED\r\n"


def key_of(number):
    return b"key:%012d" % number


class Resident(unittest.TestCase):
    MEMORY = 16  # MiB

    def setUp(self):
        self.server = server.cocached("-m", str(self.MEMORY))
        self.addCleanup(self.server.stop)
        # One for each worker, so that all of them have used their buffers.
        self.links = [self.server.connect() for _ in range(4)]
        for link in self.links:
            self.addCleanup(link.close)
        self.most = 0

    def fill(self, size, memories):
        """Sets items of this size for so many times the memory, and looks at what is resident."""
        value = bytes(size)
        for first in range(0, memories * self.MEMORY * MEBIBYTE // (size + OVERHEAD), BATCH):
            link = self.links[first // BATCH % len(self.links)]
            link.sendall(
                b"".join(
                    b"set %b 0 0 %d\r\n%b\r\n" % (key_of(number), size, value)
                    for number in range(first, first + BATCH)
                )
            )
            self.assertEqual(STORED * BATCH, read_exactly(link, len(STORED) * BATCH))
            self.most = max(self.most, self.server.resident_kib(anonymous=False))

    def test_stays_within_the_limit_and_a_constant_whatever_the_sizes(self):
        limit = self.MEMORY * 1024
        for size, memories in ((100, 2), (200_000, 6), (100, 2), (20_000, 3)):
            self.fill(size, memories)
            self.assertLessEqual(self.most, limit + CONSTANT_KIB, f"values of {size} bytes")
        # All of it was really in use, or the bound would say nothing.
        self.assertGreaterEqual(self.most, limit)


class WithoutEviction(unittest.TestCase):
    """-M. memcached stores tiny items in a full cache: each slab class gets its first page beyond
    the limit. This server stores as many as the ends of its segments hold, and then refuses."""

    REFUSED = b"SERVER_ERROR out of memory storing object\r\n"

    def store_until_refused(self, link, name, size):
        for number in range(100_000):
            reply = ask(link, b"set %b%d 0 0 %d\r\n%b\r\n" % (name, number, size, bytes(size)))
            if reply != STORED:
                self.assertEqual(self.REFUSED, reply)
                return number
        return self.fail("nothing was refused")

    def test_a_tiny_set_in_a_full_store_is_refused_and_costs_no_other_item(self):
        with server.cocached("-m", "16", "-M") as running, running.connect() as link:
            large = self.store_until_refused(link, b"large", 20_000)
            tiny = self.store_until_refused(link, b"tiny", 1)
            shown = stats(running)
            self.assertEqual(large + tiny, int(shown["curr_items"]))
            self.assertEqual(0, int(shown["evictions"]))
            self.assertEqual(b"DELETED\r\n", ask(link, b"delete large0\r\n"))
            self.assertEqual(STORED, ask(link, b"set tiny-after 0 0 1\r\nx\r\n"))


class UnreadReplies(unittest.TestCase):
    SIZE = 2900  # large enough to be sent from the store's memory

    def fill(self, link, first, last):
        value = bytes(self.SIZE)
        for start in range(first, last, BATCH):
            link.sendall(
                b"".join(
                    b"set %b 0 0 %d\r\n%b\r\n" % (key_of(number), self.SIZE, value)
                    for number in range(start, start + BATCH)
                )
            )
            self.assertEqual(STORED * BATCH, read_exactly(link, len(STORED) * BATCH))

    def test_readers_of_small_values_that_read_nothing_do_not_empty_the_cache(self):
        """Their replies pinned all segments: a quarter of the items was left."""
        with server.cocached("-m", "64", "--reply-timeout", "0") as running:
            with running.connect() as link, contextlib.ExitStack() as readers:
                self.fill(link, 0, 24_000)
                before = int(stats(running)["curr_items"])
                for first in range(2_000, 22_000, 500):
                    reader = readers.enter_context(running.connect())
                    keys = b" ".join(key_of(first + 25 * number) for number in range(20))
                    reader.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        while reader.send(b"get %b\r\n" % keys * 10):
                            pass
                self.fill(link, 24_000, 24_000 + before // 2)
                self.assertGreater(int(stats(running)["curr_items"]), before * 9 // 10)


if __name__ == "__main__":
    unittest.main()
