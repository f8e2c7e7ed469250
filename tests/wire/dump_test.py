"""Dumps of many items, to clients that read slowly, late or not at all."""

import socket
import time
import unittest

from support import server
from support.conversation import ask, read_exactly, read_until, stats

ITEMS = 100_000
# Far less than a dump of so many items, far more than a connection's batch.
BOUND_KIB = 4096


def fill(link, items):
    """Stores key-0, key-1, ..., each with its number."""
    for start in range(0, items, 1000):
        numbers = range(start, min(start + 1000, items))
        link.sendall(b"".join(b"set key-%d 0 0 5 noreply\r\n%05d\r\n" % (n, n) for n in numbers))
    assert ask(link, b"mn\r\n") == b"MN\r\n"


def impatient(link):
    """Bounds what waits in the kernel, so that the server notices who does not read."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
    return link


class Dumps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # One thread: whoever gets on during a dump gets on in turns with it.
        cls.server = server.cocached("-t", "1")
        cls.addClassCleanup(cls.server.stop)
        with cls.server.connect() as link:
            fill(link, ITEMS)
        cls.keys = {b"key-%d" % number for number in range(ITEMS)}

    def setUp(self):
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def begin(self, command):
        link = impatient(self.server.connect())
        self.addCleanup(link.close)
        link.sendall(b"lru_crawler %s all\r\n" % command)
        self.assertEqual(b"OK\r\n", read_exactly(link, 4))
        return link

    def assert_others_get_on(self):
        for number in range(0, ITEMS, ITEMS // 200):
            reply = ask(self.link, b"get key-%d\r\n" % number, b"END\r\n")
            self.assertEqual(b"VALUE key-%d 0 5\r\n%05d\r\nEND\r\n" % (number, number), reply)

    def assert_all(self, keys):
        self.assertEqual(ITEMS, len(keys))
        self.assertTrue(self.keys == set(keys), "the keys of the dump")

    def test_a_slow_reader_hears_all_while_others_get_on(self):
        before = self.server.resident_kib()
        dump = self.begin(b"metadump")
        self.assert_others_get_on()
        self.assertLess(self.server.resident_kib() - before, BOUND_KIB)
        heard = read_exactly(dump, 1_000_000)
        self.assert_others_get_on()
        heard += read_until(dump, b"\nEND\r\n")
        self.assertLess(self.server.resident_kib() - before, BOUND_KIB)
        lines = heard.removesuffix(b"END\r\n").splitlines(keepends=True)
        self.assert_all([line.split(b" ")[0].removeprefix(b"key=") for line in lines])
        now = int(time.time())
        for line in lines[:: ITEMS // 100]:
            self.assertRegex(
                line, rb"^key=key-\d+ exp=-1 la=\d+ cas=\d+ fetch=(yes|no) cls=1 size=\d+ flags=0 \n$"
            )
            last_access = int(line.split(b" la=")[1].split()[0])
            self.assertTrue(now - 3600 < last_access <= now + 1, line)

    def test_the_requests_of_a_dump_read_them_all(self):
        dump = self.begin(b"mgdump")
        lines = read_until(dump, b"\nEN\r\n").removesuffix(b"EN\r\n").splitlines(keepends=True)
        self.assert_all([line.removeprefix(b"mg ").removesuffix(b"\r\n") for line in lines])
        self.link.sendall(b"".join(lines[:1000]))
        self.assertEqual(b"HD\r\n" * 1000, read_exactly(self.link, 4000))

    def test_clients_that_leave_in_the_middle(self):
        dumps = [self.begin(b"metadump") for _ in range(20)]
        for dump in dumps:
            dump.close()
        self.assert_others_get_on()
        server.wait_until(
            lambda: stats(self.server)["curr_connections"] == "2", "connections to be gone"
        )

    def test_many_dumps_at_once(self):
        dumps = [self.begin(b"mgdump") for _ in range(10)]
        self.assert_others_get_on()
        for dump in dumps:
            self.assertEqual(ITEMS + 1, read_until(dump, b"\nEN\r\n").count(b"\n"))


class Stop(unittest.TestCase):
    def test_an_unread_dump_does_not_keep_the_server_from_stopping(self):
        running = server.cocached("-t", "1")
        with running.connect() as link, impatient(running.connect()) as dump:
            fill(link, ITEMS)
            dump.sendall(b"lru_crawler metadump all\r\n")
            self.assertEqual(b"OK\r\n", read_exactly(dump, 4))
            running.stop()


if __name__ == "__main__":
    unittest.main()
