"""What the server makes of its process: the background, the pid file, limits, the user."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from support import server
from support.conversation import ask
from support.server import content, wait_until

LISTENING = re.compile(r"^listening on 127\.0\.0\.1:(\d+)$", re.MULTILINE)
USER = server.unprivileged_user()


def is_running(pid):
    """A zombie that nobody has waited for counts as gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


class Daemon(unittest.TestCase):
    def test_goes_on_in_the_background_until_it_is_told_to_stop(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            pid_file = os.path.join(folder, "pid")
            started = subprocess.run(
                [os.environ["COCACHED_BIN"], "-d", "-P", pid_file, "-p", "0", "-l", "127.0.0.1",
                 "--no-http", *USER],
                capture_output=True, text=True, timeout=server.PATIENCE, check=True)
            port = int(LISTENING.search(started.stdout)[1])
            pid = int(wait_until(lambda: content(pid_file), "the pid file"))
            try:
                with socket.create_connection(("127.0.0.1", port), server.PATIENCE) as link:
                    self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 1\r\n1\r\n"))
                self.assertEqual("/", os.readlink(f"/proc/{pid}/cwd"))
                self.assertEqual(pid, os.getsid(pid))
            finally:
                os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not is_running(pid), "the end")
            self.assertFalse(os.path.exists(pid_file))

    def test_an_error_at_start_is_seen_by_whoever_started_it(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            started = subprocess.run(
                [os.environ["COCACHED_BIN"], "-d", "-p", str(taken.getsockname()[1]), "-l",
                 "127.0.0.1", "--no-http", *USER],
                capture_output=True, text=True, timeout=server.PATIENCE, check=False)
        self.assertEqual(71, started.returncode)
        self.assertIn("Address already in use", started.stderr)


class Process(unittest.TestCase):
    def status(self, running, field):
        with open(f"/proc/{running.process.pid}/status", encoding="ascii") as status:
            return next(line.split()[1:] for line in status if line.startswith(field))

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_root_is_given_up(self):
        with server.cocached() as running:
            # It names its ports first.
            wait_until(lambda: "0" not in self.status(running, "Uid:"), "another user")
            self.assertNotIn("0", self.status(running, "Uid:") + self.status(running, "Gid:"))
            self.assertEqual([], self.status(running, "Groups:"))

    def test_pid_file(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            pid_file = os.path.join(folder, "pid")
            with server.cocached("-P", pid_file) as running:
                written = wait_until(lambda: content(pid_file), "the pid file")
                self.assertEqual(running.process.pid, int(written))
            self.assertFalse(os.path.exists(pid_file))

    def test_room_for_its_connections(self):
        with server.cocached("-c", "3000") as running:
            with open(f"/proc/{running.process.pid}/limits", encoding="ascii") as limits:
                line = next(line for line in limits if line.startswith("Max open files"))
            self.assertGreaterEqual(int(line.split()[3]), 3000)

    def test_core_files_and_locked_memory_do_not_keep_it_from_serving(self):
        with server.cocached("-k", "-r") as running, running.connect() as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))

    def test_hangup_does_not_end_it(self):
        with server.cocached() as running, running.connect() as link:
            running.process.send_signal(signal.SIGHUP)
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))


if __name__ == "__main__":
    unittest.main()
