"""The server's process: the background, the pid file, limits, the user."""

import contextlib
import ctypes
import os
import re
import resource
import signal
import socket
import subprocess
import tempfile
import unittest

from support import server
from support.conversation import ask, read_exactly, stats
from support.server import content, wait_until

LISTENING = re.compile(r"^listening on 127\.0\.0\.1:(\d+)$", re.MULTILINE)
USER = server.unprivileged_user()
PR_CAPBSET_DROP, CAP_IPC_LOCK, CAP_SYS_RESOURCE = 24, 14, 24  # see linux/prctl.h, capability.h


def is_running(pid):
    """A zombie that nobody has waited for counts as gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def status(running, field):
    with open(f"/proc/{running.process.pid}/status", encoding="ascii") as status:
        return next(line.split()[1:] for line in status if line.startswith(field))


class Daemon(unittest.TestCase):
    def test_goes_on_in_the_background_until_it_is_told_to_stop(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            pid_file = os.path.join(folder, "pid")
            started = subprocess.run(
                [os.environ["COCACHED_BIN"], "-d", "-P", pid_file, "-p", "-1", "-l", "127.0.0.1",
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


def may_raise_limits():
    with open("/proc/self/status", encoding="ascii") as lines:
        rights = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
    return os.geteuid() == 0 and rights >> CAP_SYS_RESOURCE & 1 == 1


def drop_rights():
    """Of root, those to lock memory and to raise the limit of that. Others have none to drop."""
    libc = ctypes.CDLL(None)
    for right in (CAP_IPC_LOCK, CAP_SYS_RESOURCE):
        libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))


# Once: a server under a sanitizer locks no memory.
class MemoryLock(unittest.TestCase):
    MEMORY = 64  # MiB
    CONSTANT_KIB = 16 * 1024  # that docs/benchmarks.md states

    def fill(self, link, size):
        value = bytes(size)
        count = 100_000 // size + 1
        for first in range(0, 2 * self.MEMORY * (1 << 20) // size, count):
            link.sendall(
                b"".join(
                    b"set k%d 0 0 %d\r\n%b\r\n" % (number, size, value)
                    for number in range(first, first + count)
                )
            )
            read_exactly(link, count * len(b"STORED\r\n"))

    def test_locked_memory_stays_within_the_limit_and_a_constant(self):
        """177 MB were resident idle, 246 filled: stacks were, and what was evicted stayed."""
        root = ("-u", "root") if os.geteuid() == 0 else ()  # who may lock, whatever the limit
        flags = ("-k", "-m", str(self.MEMORY), *root)
        with server.cocached(*flags) as running, running.connect() as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            if "-k:" in running.output("err"):
                self.skipTest(f"may not lock memory: {resource.getrlimit(resource.RLIMIT_MEMLOCK)}")
            wait_until(lambda: int(status(running, "VmLck:")[0]) > 0, "a lock")
            self.assertLessEqual(running.resident_kib(anonymous=False), 32 * 1024)
            for size in (1_000, 200_000, 20_000):
                self.fill(link, size)
                resident = running.resident_kib(anonymous=False)
                self.assertLessEqual(resident, self.MEMORY * 1024 + self.CONSTANT_KIB, size)
            self.assertGreaterEqual(resident, self.MEMORY * 1024 // 2)

    @unittest.skipUnless(may_raise_limits(), "needs root with CAP_SYS_RESOURCE")
    def test_root_raises_the_limit_before_it_is_given_up(self):
        low = lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 16, 1 << 16))
        with server.cocached("-k", "-m", "16", before_start=low) as running:
            wait_until(lambda: int(status(running, "VmLck:")[0]) > 0, "a lock")
            self.assertEqual("", running.output("err"))
            self.assertNotIn("0", status(running, "Uid:"))

    def test_memory_that_cannot_be_locked_is_no_reason_not_to_serve(self):
        with server.cocached("-k", before_start=drop_rights) as running, running.connect() as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            wait_until(lambda: "-k: cannot lock memory" in running.output("err"), "a warning")


# Once: a sanitizer forbids core files, for its own memory would be in them.
class CoreFile(unittest.TestCase):
    @unittest.skipIf(content("/proc/sys/kernel/core_pattern").strip() != "core",
                     "core files go elsewhere")
    def test_a_core_file_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            running = server.cocached("-r", before_start=lambda: os.chdir(folder))
            with running.connect() as link:
                ask(link, b"version\r\n")
            running.process.send_signal(signal.SIGABRT)
            self.assertEqual(-signal.SIGABRT, running.process.wait(server.PATIENCE))
            running.kill()
            self.assertRegex(" ".join(os.listdir(folder)), r"^core(\.\d+)?$")


class Process(unittest.TestCase):
    def test_a_file_of_something_else_is_not_overwritten_with_ports(self):
        with tempfile.NamedTemporaryFile("w+", suffix=".txt") as notes:
            notes.write("my notes\n")
            notes.flush()
            os.chmod(notes.name, 0o666)
            ended = subprocess.run(
                [os.environ["COCACHED_BIN"], "-p", "-1", "-l", "127.0.0.1", "--no-http",
                 *server.unprivileged_user()],
                env=os.environ | {"MEMCACHED_PORT_FILENAME": notes.name},
                capture_output=True, text=True, check=False, timeout=server.PATIENCE)
            self.assertNotEqual(0, ended.returncode)
            self.assertIn("is not a file of ports", ended.stderr)
            self.assertEqual("my notes\n", server.content(notes.name))

    def test_a_signal_is_lost_in_no_thread_that_just_begins(self):
        """All come to the first thread, which waits for them."""
        def takes_sigterm(thread):
            with open(f"/proc/{running.process.pid}/task/{thread}/status", encoding="ascii") as lines:
                blocked = next(line.split()[1] for line in lines if line.startswith("SigBlk:"))
            return not int(blocked, 16) >> (signal.SIGTERM - 1) & 1

        with server.cocached("-t", "4") as running:
            threads = lambda: os.listdir(f"/proc/{running.process.pid}/task")
            wait_until(lambda: len(threads()) >= 6, "its threads")
            first = [str(running.process.pid)]  # not before it has started the others
            wait_until(lambda: list(filter(takes_sigterm, threads())) == first, "one that is told")

    def limit(self, running, name):
        """The soft one, as text."""
        with open(f"/proc/{running.process.pid}/limits", encoding="ascii") as limits:
            line = next(line for line in limits if line.startswith(name))
        return line.removeprefix(name).split()[0]

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_root_is_given_up(self):
        with server.cocached() as running:
            # It names its ports first.
            wait_until(lambda: "0" not in status(running, "Uid:"), "another user")
            self.assertNotIn("0", status(running, "Uid:") + status(running, "Gid:"))
            self.assertEqual([], status(running, "Groups:"))

    def test_pid_file(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            pid_file = os.path.join(folder, "pid")
            with server.cocached("-P", pid_file) as running:
                written = wait_until(lambda: content(pid_file), "the pid file")
                self.assertEqual(running.process.pid, int(written))
            self.assertFalse(os.path.exists(pid_file))

    def test_a_pid_file_that_cannot_be_written_is_a_warning(self):
        with server.cocached("-P", "/no/such/folder/pid") as running:
            wait_until(lambda: "cannot write the pid file" in running.output(), "the warning")
            with running.connect() as link:
                self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))

    def test_room_for_its_connections(self):
        with server.cocached("-c", "3000") as running:
            self.assertGreaterEqual(int(self.limit(running, "Max open files")), 3000)

    def test_core_files_are_as_large_as_they_may_be(self):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        limit = lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
        with server.cocached("-r", before_start=limit) as running:
            unlimited = os.geteuid() == 0 or hard == resource.RLIM_INFINITY
            soft = self.limit(running, "Max core file size")
            self.assertEqual("unlimited" if unlimited else str(hard), soft)

    def owner_of_its_files(self, running):
        """Root has the files of a process in /proc as long as no core file of it may be written."""
        return os.stat(f"/proc/{running.process.pid}/fd").st_uid

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_a_core_file_may_be_written_after_root_is_given_up(self):
        """Changing the user made the process one of which the kernel writes none."""
        for flags in ([], ["-r"]):
            with self.subTest(flags=flags), server.cocached(*flags) as running:
                user = int(wait_until(lambda: status(running, "Uid:")[0].strip("0"), "another user"))
                with running.connect() as link:
                    ask(link, b"version\r\n")  # it serves, so it has done all it does before
                self.assertEqual(user if flags else 0, self.owner_of_its_files(running))

    @unittest.skipUnless(os.path.exists("/sys/kernel/mm/transparent_hugepage"), "needs huge pages")
    def test_items_are_offered_for_huge_pages(self):
        items = 20 * b"set %d 0 0 900000 noreply\r\n%b\r\n"
        items %= tuple(part for i in range(20) for part in (i, bytes(900_000)))
        for flags, expected in ((), False), (("-L",), True):
            with server.cocached(*flags, "-m", "64") as running, running.connect() as link:
                self.assertEqual(b"MN\r\n", ask(link, items + b"mn\r\n"))
                self.assertEqual(expected, self.offered_for_huge_pages(running) >= 16 << 20)

    def offered_for_huge_pages(self, running):
        """Bytes."""
        with open(f"/proc/{running.process.pid}/smaps", encoding="ascii") as maps:
            rows = maps.read().splitlines()
        size = offered = 0
        for row in rows:
            if row.startswith("Size:"):
                size = int(row.split()[1]) << 10
            elif row.startswith("VmFlags:") and "hg" in row.split():
                offered += size
        return offered

    def test_hangup_does_not_end_it(self):
        with server.cocached() as running, running.connect() as link:
            running.process.send_signal(signal.SIGHUP)
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))


# Once: a sanitizer needs more addresses than these tests leave, and suffers no library before its own.
class Shortage(unittest.TestCase):
    """Less memory than the settings promise: an end with a text, or evictions, and no crash."""

    MIB = 1 << 20

    def start_with(self, address_space, *flags):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        return server.cocached(*flags, before_start=limit)

    def test_out_of_memory_at_start(self):
        text = "(?s)exited with 71.*not enough memory for -m 4096"
        with self.assertRaisesRegex(RuntimeError, text):
            self.start_with(256 * self.MIB, "-m", "4096")

    def test_out_of_memory_while_serving(self):
        value = bytes(900_000)
        with self.start_with(512 * self.MIB, "-m", "1024", "-t", "1") as running:
            with running.connect() as link:
                for number in range(900):
                    stored = ask(link, b"set k%d 0 0 900000\r\n%b\r\n" % (number, value))
                    self.assertEqual(b"STORED\r\n", stored)
                self.assertEqual(b"HD\r\n", ask(link, b"mg k899\r\n"))
            shown = stats(running)
            self.assertGreater(int(shown["evictions"]), 0)
            print(f"{shown['curr_items']} of 900 items held in half of the memory promised")

    def store_sizes(self, link, count):
        """Stores items of mixed sizes; returns how many were refused."""
        refused = 0
        for number in range(count):
            size = (100, 2_900, 20_000, 30_000, 60_000)[number % 5]
            reply = ask(link, b"set k%d 0 0 %d\r\n%b\r\n" % (number, size, bytes(size)))
            refused += reply != b"STORED\r\n"
        return refused

    def test_a_store_that_may_map_less_than_promised_evicts(self):
        """Sets were refused, although there was plenty to evict."""
        with self.start_with(410_000 << 10, "-m", "64", "-t", "4") as running:
            with running.connect() as link:
                self.assertEqual(0, self.store_sizes(link, 18_000))

    def test_connections_find_memory_beside_a_store_that_took_all(self):
        """They were closed at once, for ever."""
        with self.start_with(250_000 << 10, "-m", "64", "-t", "4") as running:
            with running.connect() as link:
                self.store_sizes(link, 6_000)
            wait_until(lambda: self.all_are_answered(running, 50), "50 connections")

    def all_are_answered(self, running, count):
        """Opens connections that stay, and asks on each."""
        with contextlib.ExitStack() as links:
            for _ in range(count):
                try:
                    link = links.enter_context(running.connect())
                    if ask(link, b"mn\r\n") != b"MN\r\n":
                        return False
                except OSError:
                    return False
        return True


if __name__ == "__main__":
    unittest.main()
