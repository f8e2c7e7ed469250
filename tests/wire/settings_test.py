"""Where settings come from, and which of them change when the server is told to read them again."""

import os
import re
import signal
import subprocess
import tempfile
import unittest

from support import server
from support.conversation import ask, stats
from support.server import wait_until


class Sources(unittest.TestCase):
    """Flags win over the environment, and the environment over the file."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # the server may have become another user by then
        self.file = os.path.join(folder.name, "cocached.conf")

    def write(self, text):
        with open(self.file + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(self.file + ".new", self.file)

    def settings(self, running):
        return stats(running, "settings")

    def read_again(self, running, until):
        """Sends a hangup, and waits until the log says what it came to."""
        seen = len(running.output("err"))
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: until in running.output("err")[seen:], f"the log saying {until!r}")

    def test_each_wins_over_the_next(self):
        self.write("memory-limit = 32\nthreads = 1\nconn-limit = 100\n")
        environment = {"COCACHED_CONFIG": self.file, "COCACHED_CONN_LIMIT": "200",
                       "COCACHED_MAX_REQS_PER_EVENT": "9", "COCACHED_ENABLE_SHUTDOWN": "yes"}
        with server.cocached("-R", "8", environment=environment) as running:
            found = self.settings(running)
        self.assertEqual(str(32 << 20), found["maxbytes"])
        self.assertEqual("1", found["num_threads"])
        self.assertEqual("200", found["maxconns"])
        self.assertEqual("8", found["reqs_per_event"])
        self.assertEqual("yes", found["shutdown_command"])

    def test_hangup_changes_what_can_change(self):
        self.write("memory-limit = 64\nthreads = 1\nverbose = 1\n")
        with server.cocached("--config", self.file) as running:
            self.write("memory-limit = 32\nthreads = 2\nverbose = 2\nextended = idle_timeout=77\n")
            self.read_again(running, "--threads has changed; it takes effect at the next start")
            found = self.settings(running)
        self.assertEqual(str(32 << 20), found["maxbytes"])
        self.assertEqual("2", found["verbosity"])
        self.assertEqual("77", found["idle_timeout"])
        self.assertEqual("1", found["num_threads"])

    def test_a_bad_file_changes_nothing_and_the_log_says_why(self):
        self.write("memory-limit = 64\n")
        with server.cocached("--config", self.file) as running:
            for bad, why in (("memory-limit = 32\nthreads = none", "not a number: 'none'"),
                             ("memory-limit = 1", "item size limit must be at most half")):
                self.write(bad)
                self.read_again(running, why)
                self.assertEqual(str(64 << 20), self.settings(running)["maxbytes"])
            os.remove(self.file)
            self.read_again(running, "cannot read it")
            self.assertEqual(str(64 << 20), self.settings(running)["maxbytes"])

    def test_hangup_leaves_alone_what_a_client_has_changed_since(self):
        self.write("memory-limit = 64\nverbose = 1\n")
        with server.cocached("--config", self.file) as running:
            with running.connect() as link:
                ask(link, b"cache_memlimit 32\r\n")
            self.write("memory-limit = 64\nverbose = 2\n")
            self.read_again(running, "options: read again")
            self.assertEqual(str(32 << 20), self.settings(running)["maxbytes"])

    def test_flags_win_after_a_hangup_too(self):
        self.write("memory-limit = 64\n")
        with server.cocached("--config", self.file, "-m", "16", "-v") as running:
            self.write("memory-limit = 32\n")
            self.read_again(running, "options: read again")
            self.assertEqual(str(16 << 20), self.settings(running)["maxbytes"])

    def test_a_relative_file_is_found_by_a_daemon(self):
        self.write("port = -1\nverbose = 1\nno-http = true\n")
        folder = os.path.dirname(self.file)
        os.chmod(folder, 0o777)
        started = subprocess.run(
            [os.environ["COCACHED_BIN"], "-d", "-P", os.path.join(folder, "pid"), "-l", "127.0.0.1",
             "--config", os.path.basename(self.file), *server.unprivileged_user()],
            cwd=folder, capture_output=True, text=True, timeout=server.PATIENCE, check=True)
        port = int(re.search(r"^listening on \S+:(\d+)$", started.stdout, re.MULTILINE)[1])
        pid = int(wait_until(lambda: server.content(os.path.join(folder, "pid")), "the pid file"))
        try:
            self.write("port = -1\nverbose = 1\nno-http = true\nmemory-limit = 32\n")
            os.kill(pid, signal.SIGHUP)
            with server.connect(port) as link:
                changed = f"STAT maxbytes {32 << 20}\r\n".encode()
                wait_until(lambda: changed in ask(link, b"stats settings\r\n", b"END\r\n"),
                           "the new limit")
        finally:
            os.kill(pid, signal.SIGTERM)


def in_own_mounts(command, *flags):
    """Runs cocached where `command`, a shell's, has changed what it sees mounted."""
    script = f'{command} && exec "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", script, os.environ["COCACHED_BIN"], *flags]


CAN_MOUNT = subprocess.run(["unshare", "--mount", "true"], capture_output=True,
                           check=False).returncode == 0


@unittest.skipUnless(CAN_MOUNT, "needs the right to mount")
class ControlGroup(unittest.TestCase):
    """The limits of a container, as files that lie over those of the system."""

    LIMITS = ("mount -t tmpfs none /sys/fs/cgroup && echo '100000 100000' > /sys/fs/cgroup/cpu.max"
              " && echo 134217727 > /sys/fs/cgroup/memory.max")

    def started(self, *flags):
        argv = in_own_mounts(self.LIMITS, "-p", "-1", "-l", "127.0.0.1", "--no-http",
                             *server.unprivileged_user(), *flags)
        return server.Server(argv, well_behaved=True)

    def test_threads_are_the_cpus_that_it_allows(self):
        for flags, threads in ((), "1"), (("-t", "3"), "3"):
            with self.started(*flags) as running:
                self.assertEqual(threads, stats(running, "settings")["num_threads"])

    def test_more_memory_than_it_allows_is_warned_of(self):
        with self.started("-m", "32") as running:
            self.assertIn("allows 127 MiB of memory", running.output("err"))
        with self.started("-m", "31") as running:
            self.assertNotIn("allows", running.output("err"))


class HugePages(unittest.TestCase):
    def advised_kib(self, *flags):
        """The amount of memory that may become huge pages, once the server holds some megabytes."""
        with server.cocached("-m", "32", *flags) as running:
            with running.connect() as link:
                for i in range(40):
                    self.assertEqual(b"STORED\r\n",
                                     ask(link, b"set k%d 0 0 100000\r\n%s\r\n" % (i, bytes(100000))))
            with open(f"/proc/{running.process.pid}/smaps", encoding="ascii") as maps:
                text = maps.read()
        found = re.finditer(r"^Size: +(\d+) kB(?:.|\n)*?^VmFlags:(.*)$", text, re.MULTILINE)
        return sum(int(size) for size, flags in map(re.Match.groups, found) if " hg" in flags)

    def test_are_asked_for_where_they_are_wished(self):
        self.assertLess(self.advised_kib(), 4000)
        self.assertGreaterEqual(self.advised_kib("-L"), 4000)


if __name__ == "__main__":
    unittest.main()
