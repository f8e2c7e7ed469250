"""Namespaces as clients see them: on every thread, in every protocol, over a restart, on the page."""

import contextlib
import json
import os
import re
import tempfile
import unittest
import urllib.request

from support import binary, server
from support.conversation import ask, read_exactly
from support.server import wait_until

URL = re.compile(r"^http://127\.0\.0\.1:\d+/$", re.MULTILINE)

MISSES = {
    b"get user:1\r\n": b"END\r\n",
    b"mg user:1 v\r\n": b"EN\r\n",
    b"incr user:1 1\r\n": b"NOT_FOUND\r\n",
    b"touch user:1 0\r\n": b"NOT_FOUND\r\n",
    b"replace user:1 0 0 1\r\n1\r\n": b"NOT_STORED\r\n",
    b"delete user:1\r\n": b"NOT_FOUND\r\n",
}


class Namespaces(unittest.TestCase):
    def test_after_a_flush_everybody_misses_whatever_they_speak(self):
        with server.cocached("-t", "3") as it, contextlib.ExitStack() as links:
            clients = [links.enter_context(it.connect()) for _ in range(6)]
            other = links.enter_context(it.connect())
            for _ in range(20):
                stored = b"set user:1 0 0 1\r\n1\r\nset page:1 0 0 1\r\n2\r\n"
                self.assertEqual(b"STORED\r\n" * 2, ask(clients[0], stored, b"STORED\r\n" * 2))
                self.assertEqual(b"OK\r\n", ask(other, b"ns flush user\r\n"))
                for client, (request, miss) in zip(clients, MISSES.items()):
                    self.assertEqual(miss, ask(client, request))
            self.assertEqual(b"HD\r\n", ask(other, b"mg page:1\r\n"))
            with it.connect() as speaks_binary:
                speaks_binary.sendall(binary.packet("Get", b"user:1"))
                header = binary.HEADER.unpack(read_exactly(speaks_binary, binary.HEADER.size))
                self.assertEqual(1, header[5])  # key not found

    def test_flushed_items_do_not_come_back_with_a_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)  # the server may have become another user by then
            flags = "--snapshot", os.path.join(folder, "items"), "-v"
            running = server.cocached(*flags)
            with running.connect() as link:
                ask(link, b"set user:1 0 0 1\r\n1\r\n")
                ask(link, b"set page:1 0 0 1\r\n2\r\n")
                ask(link, b"ns flush user\r\n")
                ask(link, b"set user:2 0 0 1\r\n3\r\n")
            running.stop()
            with server.cocached(*flags) as again, again.connect() as link:
                wait_until(lambda: "items loaded" in again.output("err"), "the items")
                self.assertEqual(b"EN\r\n", ask(link, b"mg user:1\r\n"))
                self.assertEqual(b"HD\r\n", ask(link, b"mg user:2\r\n"))
                self.assertEqual(b"HD\r\n", ask(link, b"mg page:1\r\n"))

    def fetched(self, it, path):
        url = wait_until(lambda: URL.search(it.output("out")), "the URL")[0]
        with urllib.request.urlopen(url + path, timeout=60) as reply:
            return reply.read().decode()

    def test_the_endpoint_shows_them_unless_keys_are_not_to_be_shown(self):
        for flags, names in ([], ["user"]), (["-X"], []):
            with server.cocached("--http", "127.0.0.1:0", "-D", ":", *flags) as it, it.connect() as link:
                ask(link, b"set user:1 0 0 1\r\n1\r\n")
                self.assertEqual(names, list(json.loads(self.fetched(it, "stats.json"))["namespaces"]))
                text = self.fetched(it, "metrics")
                self.assertEqual(bool(names), 'cocached_namespace_items{namespace="user"} 1\n' in text)


if __name__ == "__main__":
    unittest.main()
