"""Listeners that differ: in the protocols they speak, and in name."""

import os
import subprocess
import unittest

from support import binary, server
from support.conversation import ask, read_exactly, read_to_end
from support.server import PORT_LINE, wait_until

BINARY_NOOP = binary.packet("Noop")


class Listeners(unittest.TestCase):
    def setUp(self):
        listen = "proto[ascii]:127.0.0.1:0,proto[binary]:tag[bin]:127.0.0.1:0,tag_both_:127.0.0.1:0"
        self.server = server.cocached(listen=listen)
        self.addCleanup(self.server.stop)
        ports = wait_until(
            lambda: len(all_ports := PORT_LINE.findall(self.server.port_lines())) == 3 and all_ports,
            "three ports",
        )
        self.text, self.binary, self.both = map(int, ports)

    def connect(self, port):
        self.server.port = port
        link = self.server.connect()
        self.addCleanup(link.close)
        return link

    def test_text_alone(self):
        link = self.connect(self.text)
        self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))
        self.assertEqual(b"ERROR\r\n", ask(link, binary.packet("Version") + b"\n"))

    def test_binary_alone(self):
        link = self.connect(self.binary)
        link.sendall(BINARY_NOOP)
        self.assertEqual(["Noop 0x0"], binary.lines(binary.replies(read_exactly(link, 24))))
        link = self.connect(self.binary)
        link.sendall(b"get this is no binary request\r\n")
        (refusal,) = binary.replies(read_to_end(link))
        self.assertEqual(4, refusal.status)

    def test_both(self):
        link = self.connect(self.both)
        self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))
        link = self.connect(self.both)
        link.sendall(BINARY_NOOP)
        self.assertEqual(["Noop 0x0"], binary.lines(binary.replies(read_exactly(link, 24))))

    def test_tags_are_shown_where_there_are_any(self):
        text, both = self.connect(self.text), self.connect(self.both)
        ask(text, b"mn\r\n")
        shown = ask(both, b"stats conns\r\n", b"END\r\n").decode()
        self.assertEqual(2, shown.count("listen_tag both\r\n"))  # the listener, and its client
        self.assertEqual(1, shown.count("listen_tag bin\r\n"))
        self.assertEqual(3, shown.count("listen_tag"))


if __name__ == "__main__":
    unittest.main()


class Port(unittest.TestCase):
    def test_zero_is_no_tcp(self):
        command = [os.environ["COCACHED_BIN"], "-p", "0", "-U", "-1", "-l", "127.0.0.1", "--no-http",
                   *server.unprivileged_user()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            first = running.stdout.readline()
            running.terminate()
            rest = running.stdout.read()
        self.assertRegex(first, "for UDP$")
        self.assertEqual("", rest)
        self.assertEqual(0, running.returncode)

    def test_zero_without_another_place_is_a_warning(self):
        command = [os.environ["COCACHED_BIN"], "-p", "0", "--http", "127.0.0.1:0",
                   *server.unprivileged_user()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as running:
            self.assertRegex(running.stdout.readline(), "^http://")
            running.terminate()
            self.assertIn("no client can connect", running.stderr.read())
        self.assertEqual(0, running.returncode)
