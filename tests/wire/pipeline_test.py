"""Clients that send without reading, and clients that read slowly."""

import threading
import unittest

from support import server
from support.conversation import ask, read_exactly, stats
from wire.values_test import pattern


class Pipeline(unittest.TestCase):
    def setUp(self):
        self.server = server.cocached()
        self.addCleanup(self.server.stop)
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def test_ten_thousand_requests_before_the_first_reply_is_read(self):
        requests = [b"set k%d 0 0 5\r\n%05d\r\nget k%d\r\n" % (n, n, n) for n in range(10_000)]
        replies = [b"STORED\r\nVALUE k%d 0 5\r\n%05d\r\nEND\r\n" % (n, n) for n in range(10_000)]
        sender = threading.Thread(target=self.link.sendall, args=(b"".join(requests),))
        sender.start()
        received = read_exactly(self.link, sum(map(len, replies)))
        sender.join()
        self.assertTrue(received == b"".join(replies))

    def test_a_reader_that_waits_with_large_replies_owed(self):
        value = pattern(500_000)
        ask(self.link, b"set large 0 0 %d\r\n%s\r\n" % (len(value), value))
        one = b"VALUE large 0 %d\r\n%s\r\nEND\r\n" % (len(value), value)
        self.link.sendall(b"get large\r\n" * 100)

        # It gets in nobody's way meanwhile, and the values it is owed may even be replaced.
        with self.server.connect() as other:
            self.assertEqual(b"STORED\r\n", ask(other, b"set small 0 0 1\r\n1\r\n"))
            self.assertEqual(b"VALUE small 0 1\r\n1\r\nEND\r\n", ask(other, b"get small\r\n", b"END\r\n"))

        for _ in range(100):
            self.assertTrue(one == read_exactly(self.link, len(one)))

    def test_values_that_are_replaced_while_they_are_sent(self):
        values = [letter * 400_000 for letter in (b"a", b"b")]
        store = [b"set large 0 0 400000\r\n%s\r\n" % value for value in values]
        replies = [b"VALUE large 0 400000\r\n%s\r\nEND\r\n" % value for value in values]
        with self.server.connect() as writer:
            ask(writer, store[0])
            self.link.sendall(b"get large\r\n" * 50)
            for turn in range(100):
                ask(writer, store[turn % 2])
            for _ in range(50):
                self.assertIn(read_exactly(self.link, len(replies[0])), replies)

    def test_memory_owed_to_slow_readers_is_bounded(self):
        value = pattern(100_000)
        ask(self.link, b"set large 0 0 %d\r\n%s\r\n" % (len(value), value))
        before = self.server.resident_kib()
        links = [self.server.connect() for _ in range(50)]
        for link in links:
            link.sendall(b"get large\r\n" * 1000)  # 100 MB of replies each
        ask(self.link, b"version\r\n")
        self.assertLess(self.server.resident_kib() - before, 50 * 1024)
        for link in links:
            link.close()

    def test_a_busy_client_yields_to_others(self):
        before = int(stats(self.server)["conn_yields"])
        self.link.sendall(b"get missing\r\n" * 5000)
        read_exactly(self.link, len(b"END\r\n") * 5000)
        self.assertGreater(int(stats(self.server)["conn_yields"]), before)

    def test_a_client_among_busy_ones_is_answered(self):
        stop = threading.Event()

        def keep_busy():
            with self.server.connect() as link:
                while not stop.is_set():
                    link.sendall(b"get missing\r\n" * 1000)
                    read_exactly(link, len(b"END\r\n") * 1000)

        threads = [threading.Thread(target=keep_busy) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            for number in range(100):
                self.assertEqual(b"END\r\n", ask(self.link, b"get %d\r\n" % number))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
