"""HTTP clients that mean harm, or know no better. Each gets a clear answer or an end, and beside each
of them a client of the cache goes on and gets every answer."""

import contextlib
import resource
import socket
import threading
import unittest

from support import conversation, server
from support.endpoint import Endpoint

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
MOST_AT_ONCE = 64  # HTTP connections
RESET = (BrokenPipeError, ConnectionResetError)


class CacheClient:
    """Writes and reads on one connection, in a thread, until it is stopped."""

    def __init__(self, running):
        self._running = running
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.rounds = 0
        self.wrong = []
        self._thread.start()

    def _run(self):
        try:
            with self._running.connect() as link:
                while not self._over.is_set():
                    self._round(link, b"%d" % self.rounds)
        except Exception as error:  # whatever it is, the test shall tell it
            self.wrong.append(repr(error))

    def _round(self, link, value):
        size = len(value)
        asked = b"set busy 0 0 %d\r\n%b\r\nget busy absent\r\n" % (size, value)
        answer = b"STORED\r\nVALUE busy 0 %d\r\n%b\r\nEND\r\n" % (size, value)
        link.sendall(asked)
        received = conversation.read_exactly(link, len(answer))
        if received != answer:
            raise AssertionError(f"{received!r} instead of {answer!r}")
        self.rounds += 1

    def wait_for_another_round(self):
        """One that is begun from now on, for the one under way may have been answered already."""
        seen = self.rounds
        server.wait_until(lambda: self.rounds > seen + 1 or self.wrong, "the cache client's rounds")

    def stop(self):
        self._over.set()
        self._thread.join()


class Hostile(Endpoint):
    def setUp(self):
        super().setUp()
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 4096), limit[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limit)
        self.talk(b"set untouched 0 0 4\r\nsame\r\n", b"STORED\r\n")
        self.cache_client = CacheClient(self.server)
        self.addCleanup(self.cache_client.stop)

    def tearDown(self):
        self.cache_client.wait_for_another_round()
        self.cache_client.stop()
        self.assertEqual([], self.cache_client.wrong)
        self.assertEqual("VALUE untouched 0 4\r\nsame\r\nEND\r\n",
                         self.talk(b"get untouched\r\n", b"END\r\n"))
        stats = conversation.stats(self.server)
        rounds = self.cache_client.rounds
        self.assertEqual((rounds + 1, rounds + 1, rounds, 2), tuple(
            int(stats[name]) for name in ("cmd_set", "get_hits", "get_misses", "curr_items")))
        self.assertEqual("0", stats["cmd_flush"])

    def open(self, text):
        link = socket.create_connection(("127.0.0.1", self.port), timeout=server.PATIENCE)
        self.addCleanup(link.close)
        link.sendall(text)
        return link

    def answer_to(self, text):
        """The first line of the answer; empty where it is closed without."""
        with self.open(text) as link, link.makefile("rb") as stream:
            return stream.readline().decode()

    def whole_answer_to(self, text):
        """All that comes until the server closes, which it must do by itself."""
        with self.open(text) as link:
            return conversation.read_to_end(link).decode()

    def test_a_thousand_half_open_connections(self):
        half_open = [self.open(b"GET / HTTP/1.1\r\nHo") for _ in range(1000)]
        self.cache_client.wait_for_another_round()
        self.assertEqual(200, self.status("/livez"))
        for link in half_open[:-MOST_AT_ONCE]:
            with contextlib.suppress(*RESET):  # what it has sent may not have been read by then
                self.assertRegex(conversation.read_to_end(link), b"^(HTTP/1.1 503 .*)?")
        for link in half_open:
            link.close()

    def test_idle_connections_do_not_keep_probes_out(self):
        idle = []
        for _ in range(3 * MOST_AT_ONCE):
            link = self.open(LIVEZ + b"\r\n")
            self.assertIn(b"200 OK", conversation.read_exactly(link, 15))
            idle.append(link)
        self.assertEqual(200, self.status("/livez"))
        self.assertIn("200", self.answer_to(LIVEZ + b"\r\n"))

    def test_headers_byte_by_byte(self):
        """That they end at a limit is tested by http/endpoint, with one that is shorter."""
        links = [self.open(b"") for _ in range(MOST_AT_ONCE)]
        request = LIVEZ + b"Connection: close\r\n\r\n"
        for number in range(len(request)):
            for link in links:
                link.sendall(request[number : number + 1])
            if number % 10 == 0:
                self.cache_client.wait_for_another_round()
        for link in links:
            self.assertTrue(conversation.read_to_end(link).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_a_header_without_end(self):
        with self.open(b"GET / HTTP/1.1\r\nHost: localhost\r\n") as link:
            with contextlib.suppress(*RESET):  # it hangs up in the end
                for _ in range(10_000_000):
                    link.sendall(b"X: y\r\n" * 1000)
                self.fail("it takes any number of lines")
        self.assertEqual(200, self.status("/livez"))

    def test_answers_that_nobody_reads(self):
        links = [self.open(b"") for _ in range(MOST_AT_ONCE // 2)]
        for link in links:
            link.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(500):
                    link.send(b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        self.cache_client.wait_for_another_round()
        self.assertEqual(200, self.status("/livez"))

    def test_a_malformed_request_gets_an_error_or_an_end(self):
        for text in (b"\r\n\r\n\r\n", b"get key\r\n\r\n", b"\x00" * 100, b"\x80\x00\x00\x01" * 10,
                     b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                     b"flush_all\r\n\r\n", b"set untouched 0 0 5\r\nother\r\n\r\n",
                     b"GET " + b"/" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"G" * 20_000 + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"y" * 20_000 + b": x\r\n\r\n"):
            with self.subTest(text=text[:40]), self.open(text) as link, link.makefile("rb") as stream:
                link.shutdown(socket.SHUT_WR)
                self.assertRegex(stream.readline().decode(), r"^(HTTP/1\.[01] (4\d\d|505) .*\r\n)?$")
        self.assertEqual(200, self.status("/livez"))

    def test_a_body_is_never_taken_for_a_request(self):
        body = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
        chunked = b"Transfer-Encoding: chunked\r\n"
        for header in (b"Content-Length: %d\r\n" % len(body), chunked, b"Content-Length: 10000000000\r\n",
                       chunked + b"Content-Length: 0\r\n", b"Content-Length: 0\r\n" + chunked,
                       b"Content-Length: 1\r\nContent-Length: 2\r\n", b"Content-Length: -1\r\n"):
            with self.subTest(header=header):
                answer = self.whole_answer_to(LIVEZ + header + b"\r\n" + body)
                self.assertRegex(answer, r"^HTTP/1\.[01] (200|400) ")
                self.assertEqual(1, answer.count("HTTP/1."), answer)
                self.assertNotIn("memcached_up", answer)

    def test_paths_lead_nowhere_else(self):
        for path in ("/../../etc/passwd", "/assets/../page.css", "/assets/%2e%2e/x", "/%00", "//", "*",
                     "/metrics/", "/METRICS", "/keys/", "/livez%20", "livez", "http://localhost/livez",
                     "/livez\x7f", "/\u00ff".encode().decode("latin-1"), "/livez#x", "/%"):
            with self.subTest(path=path):
                text = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("latin-1")
                self.assertRegex(self.answer_to(text), r"^HTTP/1\.1 (400|404) ")

    def test_methods_that_change_are_refused(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"):
            with self.subTest(method=method):
                text = f"{method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
                self.assertIn(" 405 ", self.answer_to(text.encode()))


if __name__ == "__main__":
    unittest.main()
