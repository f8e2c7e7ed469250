"""Listening on a Unix socket instead of a port."""

import os
import socket
import stat
import subprocess
import tempfile
import unittest

from support import server
from support.conversation import ask, stats

USER = ["-u", "nobody"] if os.geteuid() == 0 else []


def effective_user(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[2]) for line in status if line.startswith("Uid:"))


class UnixSocket(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cocached-unix-")
        os.chmod(self.folder, 0o777)  # the server becomes another user
        self.path = os.path.join(self.folder, "socket")
        self.addCleanup(lambda: os.path.exists(self.folder) and os.rmdir(self.folder))

    def refusal(self):
        """The exit of a server that cannot have the socket."""
        return subprocess.run(
            [os.environ["COCACHED_BIN"], "-s", self.path, "--no-http", *USER],
            capture_output=True, text=True, timeout=server.PATIENCE, check=False)

    def test_serves_and_leaves_nothing_behind(self):
        with server.cocached_on_unix_socket(self.path) as running, running.connect() as link:
            self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 1\r\n1\r\n"))
            self.assertEqual(b"VALUE a 0 1\r\n1\r\nEND\r\n", ask(link, b"get a\r\n", b"END\r\n"))
            settings = stats(running, "settings")
            self.assertEqual(self.path, settings["domain_socket"])
            self.assertEqual("700", settings["umask"])
            shown = stats(running, "conns").items()
            self.assertIn(f"unix:{self.path}", [v for k, v in shown if k.endswith(":listen_addr")])
            self.assertIn(f"listening on {self.path}", running.output("out"))
        self.assertFalse(os.path.exists(self.path))

    def test_there_is_no_tcp(self):
        with server.cocached_on_unix_socket(self.path, "-p", "-1", "-l", "127.0.0.1") as running:
            self.assertEqual("", running.port_lines())
            self.assertNotIn("127.0.0.1", running.output("out"))

    def test_its_mode_and_owner(self):
        with server.cocached_on_unix_socket(self.path, "-a", "0660") as running:
            found = os.stat(self.path)
            self.assertEqual(0o660, stat.S_IMODE(found.st_mode))
            with running.connect() as link:
                ask(link, b"version\r\n")  # it has given up root by now
            self.assertEqual(effective_user(running.process.pid), found.st_uid)

    def test_the_socket_of_a_server_that_was_killed_makes_way(self):
        server.cocached_on_unix_socket(self.path).kill()
        self.assertTrue(os.path.exists(self.path))
        with server.cocached_on_unix_socket(self.path) as running, running.connect() as link:
            self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))

    def test_the_socket_of_a_server_that_runs_stays(self):
        with server.cocached_on_unix_socket(self.path) as running:
            refused = self.refusal()
            self.assertEqual(71, refused.returncode)
            self.assertIn(f"{self.path}: Address already in use", refused.stderr)
            with running.connect() as link:
                self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))

    def test_a_file_that_is_no_socket_stays(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write("precious")
        refused = self.refusal()
        self.assertEqual(71, refused.returncode)
        self.assertIn(f"{self.path}: File exists", refused.stderr)
        with open(self.path, encoding="ascii") as file:
            self.assertEqual("precious", file.read())
        os.unlink(self.path)

    def test_a_datagram_socket_is_not_taken_for_a_stale_one(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(self.path)
            self.assertEqual(71, self.refusal().returncode)
        self.assertTrue(os.path.exists(self.path))
        os.unlink(self.path)


if __name__ == "__main__":
    unittest.main()
