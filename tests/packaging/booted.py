"""Checks of a system that has booted with systemd, as root and before the package is installed.
boot_test runs it there, with the package as its argument; nothing else should."""

import contextlib
import os
import pathlib
import pwd
import re
import socket
import subprocess
import sys
import time
import unittest

PACKAGE = sys.argv.pop(1)
CONFIGURATION = pathlib.Path("/etc/cocached/cocached.conf")
PLACE = "127.0.0.1", 11211
PATIENCE = 60


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=2 * PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def systemctl(*words):
    return run("systemctl", "--no-pager", *words)


def shown(name, unit="cocached.service"):
    return systemctl("show", unit, "--property", name, "--value").strip()


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.02)


def connect(place=PLACE):
    return socket.create_connection(place, timeout=PATIENCE)


def ask(request, place=PLACE):
    with connect(place) as link:
        link.sendall(request + b"quit\r\n")
        return link.makefile("rb").read()


def memory_limit():
    return int(re.search(rb"STAT limit_maxbytes (\d+)", ask(b"stats\r\n"))[1])


def configure(text):
    with open(CONFIGURATION, "a", encoding="ascii") as file:
        file.write(text)


class Booted(unittest.TestCase):
    """In the order of the names, on one system."""

    def setUp(self):
        # systemd counts starts, and refuses the sixth within ten seconds: no operator is so fast.
        subprocess.run(["systemctl", "reset-failed", "cocached.service"], capture_output=True, check=False)

    def assert_active(self, unit="cocached.service"):
        self.assertEqual("active", shown("ActiveState", unit))

    def test_1_the_package_starts_and_enables_its_service(self):
        run("dpkg", "--install", "--force-depends,unsafe-io", "--no-triggers", PACKAGE)
        self.assert_active()
        self.assertEqual("enabled", systemctl("is-enabled", "cocached.service").strip())
        self.assertEqual(b"STORED\r\n", ask(b"set a 0 0 1\r\nx\r\n"))

    def test_2_it_is_ready_when_systemd_says_so(self):
        self.assertEqual("notify", shown("Type"))
        for _ in range(2):
            systemctl("restart", "cocached.service")
            self.assertEqual(b"END\r\n", ask(b"get a\r\n"))  # a refusal would be an error

    def test_3_it_is_locked_up(self):
        process = pathlib.Path("/proc", shown("MainPID"))
        status = dict(re.findall(r"^(\w+):\s*(.*)$", (process / "status").read_text(), re.MULTILINE))
        user = pwd.getpwnam("cocached")
        self.assertEqual({str(user.pw_uid)}, set(status["Uid"].split()))
        self.assertEqual({str(user.pw_gid)}, set(status["Gid"].split()))
        for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
            self.assertEqual(0, int(status[name], 16), name)
        self.assertEqual(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]))
        mounts = (process / "mounts").read_text()
        self.assertRegex(mounts, r"(?m)^\S+ / \S+ ro,")
        self.assertRegex(mounts, r"(?m)^\S+ /var/lib/(private/)?cocached \S+ rw,")

    def test_4_reload_takes_over_the_configuration(self):
        text = CONFIGURATION.read_text(encoding="ascii")
        CONFIGURATION.write_text(text.replace("memory-limit = 64", "memory-limit = 72"), encoding="ascii")
        before = shown("MainPID")
        systemctl("reload", "cocached.service")
        wait_until(lambda: memory_limit() == 72 << 20, "the new memory limit")
        self.assertEqual(before, shown("MainPID"))

    def test_5_items_are_kept_over_a_restart_in_a_folder_of_its_own(self):
        configure('snapshot = "/var/lib/cocached/items"\n')
        systemctl("restart", "cocached.service")
        self.assertEqual(b"STORED\r\n", ask(b"set kept 0 0 4\r\nhere\r\n"))
        systemctl("restart", "cocached.service")
        self.assertEqual(b"VALUE kept 0 4\r\nhere\r\nEND\r\n", ask(b"get kept\r\n"))
        file = os.stat("/var/lib/cocached/items")
        self.assertEqual((0o600, "cocached"), (file.st_mode & 0o777, pwd.getpwuid(file.st_uid).pw_name))
        self.assertEqual(0o700, os.stat("/var/lib/cocached").st_mode & 0o777)

    def test_6_it_stops_in_time_whatever_its_clients_do(self):
        with connect() as idle, connect() as halfway:
            halfway.sendall(b"set half 0 0 100\r\nnot all")
            begin = time.monotonic()
            systemctl("stop", "cocached.service")
            self.assertLess(time.monotonic() - begin, 30)
            self.assertEqual((b"", b""), (idle.recv(100), halfway.recv(100)))
        self.assertEqual(("inactive", "success", "0"), (
            shown("ActiveState"), shown("Result"), shown("ExecMainStatus")))

    def test_7_systemd_starts_it_again_after_a_crash(self):
        systemctl("start", "cocached.service")
        run("kill", "-9", before := shown("MainPID"))
        wait_until(lambda: shown("NRestarts") == "1" and shown("ActiveState") == "active", "a restart")
        self.assertNotEqual(before, shown("MainPID"))
        self.assertEqual(b"END\r\n", ask(b"get a\r\n"))

    def test_8_a_second_instance_is_independent(self):
        text = CONFIGURATION.read_text(encoding="ascii")
        for old, new in ("11211", "11212"), ("9150", "9151"), ("/cocached/items", "/cocached-other/items"):
            text = text.replace(old, new)
        CONFIGURATION.with_name("other.conf").write_text(text, encoding="ascii")
        systemctl("start", "cocached@other.service")
        self.assertEqual(b"STORED\r\n", ask(b"set a 0 0 1\r\ny\r\n", ("127.0.0.1", 11212)))
        self.assertEqual(b"END\r\n", ask(b"get a\r\n"))
        systemctl("stop", "cocached@other.service")
        self.assertEqual("success", shown("Result", "cocached@other.service"))
        self.assertTrue(os.path.exists("/var/lib/cocached-other/items"))
        self.assert_active()

    def test_9_a_socket_unit_starts_it_and_holds_clients_while_it_restarts(self):
        systemctl("stop", "cocached.service")
        systemctl("start", "cocached.socket")
        self.assertEqual("inactive", shown("ActiveState"))
        self.assertIn(b"VERSION", ask(b"version\r\n"))
        self.assert_active()
        before = shown("MainPID")
        systemctl("--no-block", "restart", "cocached.service")
        while shown("MainPID") == before or shown("ActiveState") != "active":
            self.assertIn(b"VERSION", self.held())
        systemctl("stop", "cocached.service", "cocached.socket")

    def held(self):
        """The answer to a client that may come while nobody serves. It is never refused; the old server
        may close it in its last moment, unanswered, which tells it to come again."""
        while True:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if answer := ask(b"version\r\n"):
                    return answer

    def test_a_nothing_was_amiss_meanwhile(self):
        said = run("journalctl", "--no-pager", "--output", "cat", "--unit", "cocached.service")
        self.assertRegex(said, r"(?m)^listening on 127\.0\.0\.1:11211$")
        amiss = re.compile(r"(?i)denied|not permitted|error|timed out")
        self.assertEqual([], [line for line in said.splitlines() if amiss.search(line)])

    def test_b_it_is_removed_with_all_it_had(self):
        systemctl("start", "cocached.service")
        run("dpkg", "--purge", "--no-triggers", "cocached")
        with self.assertRaises(ConnectionRefusedError):
            connect()
        self.assertEqual("not-found", shown("LoadState"))
        self.assertFalse(os.path.exists("/var/lib/cocached"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
