"""Resident memory: -m, and a constant that docs/benchmarks.md states.

Once: the bounds on memory are ones of the optimised build.
"""

import contextlib
import unittest

from support import server
from support.conversation import read_exactly, stats

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
