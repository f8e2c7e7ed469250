"""Large values and long lists of keys, and how their bytes come and go."""

import threading
import unittest

from support import server
from support.conversation import ask, read_exactly, read_to_end, read_until

MEBIBYTE = 1 << 20


def pattern(size):
    """So many bytes in which no two neighbouring pieces are alike."""
    return b"".join(b"%07d\n" % number for number in range(size // 8 + 1))[:size]


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server.cocached("-m", "256")
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def store(self, key, value):
        self.assertEqual(
            b"STORED\r\n", ask(self.link, b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value))
        )

    def assert_stored(self, key, value):
        self.link.sendall(b"get %s\r\n" % key)
        expected = b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key, len(value), value)
        self.assertTrue(expected == read_exactly(self.link, len(expected)), f"value of {key}")

    def test_the_largest_value(self):
        value = pattern(MEBIBYTE)
        self.store(b"largest", value)
        self.assert_stored(b"largest", value)

    def test_values_around_every_power_of_two(self):
        for power in range(5, 20):
            for size in (2**power - 1, 2**power, 2**power + 1, 2**power + 2):
                self.store(b"power", pattern(size))
                self.assert_stored(b"power", pattern(size))

    def test_a_large_value_in_pieces(self):
        value = pattern(MEBIBYTE - 100)
        request = b"set pieces 0 0 %d\r\n%s\r\n" % (len(value), value)
        for start in range(0, len(request), 10_007):
            self.link.sendall(request[start : start + 10_007])
        self.assertEqual(b"STORED\r\n", read_until(self.link, b"\r\n"))
        self.assert_stored(b"pieces", value)

    def test_a_large_value_cut_in_its_line_end(self):
        for cut in (0, 1, 2):
            value = pattern(300_000 + cut)
            request = b"set cut 0 0 %d\r\n%s\r\n" % (len(value), value)
            self.link.sendall(request[: len(request) - cut])
            self.link.sendall(request[len(request) - cut :] + b"version\r\n")
            self.assertEqual(b"STORED\r\n", read_exactly(self.link, 8))
            read_until(self.link, b"\r\n")
            self.assert_stored(b"cut", value)

    def test_pipelined_large_values(self):
        values = {b"large-%d" % number: pattern(200_000 + number) for number in range(20)}
        requests = [b"set %s 0 0 %d\r\n%s\r\n" % (k, len(v), v) for k, v in values.items()]
        self.assertEqual(
            b"STORED\r\n" * 20, self.sent_and_read(b"".join(requests), len(b"STORED\r\n") * 20)
        )
        expected = b"".join(b"VALUE %s 0 %d\r\n%s\r\n" % (k, len(v), v) for k, v in values.items())
        self.link.sendall(b"get %s\r\n" % b" ".join(values))
        self.assertTrue(expected + b"END\r\n" == read_exactly(self.link, len(expected) + 5))

    def sent_and_read(self, request, reply_size):
        self.link.sendall(request)
        return read_exactly(self.link, reply_size)

    def test_a_large_bad_data_chunk(self):
        value = pattern(500_000)
        reply = ask(self.link, b"set chunk 0 0 %d\r\n%sxx" % (len(value), value))
        self.assertEqual(b"CLIENT_ERROR bad data chunk\r\n", reply)
        self.assertEqual(b"END\r\n", ask(self.link, b"get chunk\r\n"))

    def test_a_client_that_leaves_within_a_value(self):
        self.store(b"kept", b"old")
        with self.server.connect() as other:
            other.sendall(b"set kept 0 0 500000\r\n" + pattern(100_000))
            other.shutdown(1)
            self.assertEqual(b"", read_to_end(other))
        self.assert_stored(b"kept", b"old")

    def test_appending_up_to_the_limit(self):
        self.store(b"grown", pattern(100_000))
        for _ in range(9):
            tail = pattern(100_000)
            request = b"append grown 0 0 %d\r\n%s\r\n" % (len(tail), tail)
            self.assertEqual(b"STORED\r\n", ask(self.link, request))
        self.assert_stored(b"grown", pattern(100_000) * 10)


class ManyKeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server.cocached("-m", "256")
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def fill(self, count, size):
        """Stores keys 0..count-1; returns what a get of each of them answers."""
        answers = {}
        for number in range(count):
            key, value = b"key-%d" % number, pattern(size + number % 7)
            head = b"%s 0 %d" % (key, len(value))
            self.link.sendall(b"set %s 0 0 %d noreply\r\n%s\r\n" % (key, len(value), value))
            answers[key] = b"VALUE %s\r\n%s\r\n" % (head, value)
        return answers

    def assert_multiget(self, keys, answers):
        expected = b"".join(answers.get(key, b"") for key in keys) + b"END\r\n"
        self.link.sendall(b"get %s\r\n" % b" ".join(keys))
        self.assertTrue(expected == read_exactly(self.link, len(expected)))

    def test_gets_of_64_keys(self):
        answers = self.fill(64, 100)
        for _ in range(50):
            self.assert_multiget(list(answers), answers)

    def test_gets_of_64_keys_half_of_them_missing(self):
        answers = self.fill(64, 100)
        keys = [key if number % 2 else b"no-" + key for number, key in enumerate(answers)]
        self.assert_multiget(keys, answers)

    def test_more_large_values_than_one_write_takes(self):
        answers = self.fill(500, 20_000)
        self.assert_multiget(list(answers), answers)

    def test_a_line_of_nearly_a_mebibyte(self):
        answers = self.fill(100, 10)
        keys = (list(answers) + [b"missing"]) * (MEBIBYTE // 800)
        line = b"get " + b" ".join(keys) + b"\r\n"
        self.assertLess(MEBIBYTE * 8 // 10, len(line))
        self.assertLess(len(line), MEBIBYTE)
        self.assert_multiget(keys, answers)

    def test_lines_of_several_mebibytes(self):
        """As long as those of php-memcached's getMulti and gomemcache's GetMulti."""
        answers = self.fill(100, 10)
        keys = list(answers) + [b"a-key-that-is-not-there-%d" % number for number in range(900)]
        line = b"get %s\r\n" % b" ".join(keys * 250)
        self.assertGreater(len(line), 6 * MEBIBYTE)
        expected = b"".join(answers.values()) * 250 + b"END\r\n"
        before = self.server.resident_kib()
        for piece in (len(line), 1 << 16, 50_021):
            sender = threading.Thread(target=self.send_in_pieces, args=(line, piece))
            sender.start()
            self.assertTrue(expected == read_exactly(self.link, len(expected)), piece)
            sender.join()
        bound = 4096 if self.server.runs_under_sanitizer() else 2048  # a line has 6 MiB
        self.assertLess(self.server.resident_kib() - before, bound)

    def send_in_pieces(self, line, piece):
        for start in range(0, len(line), piece):
            self.link.sendall(line[start : start + piece])

    def test_a_long_line_without_keys_is_refused(self):
        self.link.sendall(b"x" * 20_000)
        self.assertEqual(b"CLIENT_ERROR line too long\r\n", read_to_end(self.link))
