"""Restarts with a full cache: what a snapshot keeps, and what happens to one that cannot be written,
cannot be read, or is only half there."""

import contextlib
import os
import resource
import select
import signal
import subprocess
import tempfile
import unittest

from support import server
from support.conversation import ask, stats
from support.server import wait_until


class SnapshotTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o777)  # the server may have become another user by then
        self.folder = folder.name
        self.file = os.path.join(folder.name, "items")

    def started(self, *flags):
        return server.cocached("--snapshot", self.file, "-v", *flags)

    def fill(self, running, count, size=100):
        with running.connect() as link:
            for i in range(count):
                link.sendall(self.stored(i, size))
            self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))

    @staticmethod
    def value(i, size):
        return (b"%d." % i * size)[:size]

    def stored(self, i, size):
        return b"set k%d 0 0 %d noreply\r\n%s\r\n" % (i, size, self.value(i, size))

    def wait_for_log(self, running, text):
        wait_until(lambda: text in running.output("err"), f"the log saying {text!r}")

    def assert_holds(self, running, count, size=100):
        with running.connect() as link:
            for i in range(count):
                self.assertEqual(b"VALUE k%d 0 %d\r\n%s\r\nEND\r\n" % (i, size, self.value(i, size)),
                                 ask(link, b"get k%d\r\n" % i, b"END\r\n"))


class Restart(SnapshotTest):
    def test_items_outlive_it_whatever_ends_the_server(self):
        for ending in signal.SIGTERM, signal.SIGUSR1, signal.SIGINT:
            running = self.started()
            self.fill(running, 300)
            running.stop(ending)
            with self.started("-m", "100", "-t", "1", "-I", "2m", "-C") as again:
                self.wait_for_log(again, "items loaded")
                self.assert_holds(again, 300)

    def test_time_to_live_and_flags_outlive_it(self):
        running = self.started()
        with running.connect() as link:
            ask(link, b"set a 5 1000 1\r\n1\r\nset b 0 -1 1\r\n2\r\n")
            ask(link, b"ms c 1 T0\r\n3\r\n")
        running.stop()
        with self.started() as again, again.connect() as link:
            self.wait_for_log(again, "items loaded")
            self.assertEqual(b"EN\r\n", ask(link, b"mg b v\r\n"))
            self.assertRegex(ask(link, b"mg a f t\r\n"), rb"HD f5 t(9[0-9][0-9]|1000)\r\n")
            self.assertEqual(b"HD t-1\r\n", ask(link, b"mg c t\r\n"))

    def test_no_cas_number_comes_back(self):
        running = self.started()
        with running.connect() as link:
            ask(link, b"set a 0 0 1\r\n1\r\n")
            first = int(ask(link, b"mg a c\r\n").split(b"c")[1])
        running.stop()
        with self.started() as again, again.connect() as link:
            self.wait_for_log(again, "items loaded")
            self.assertEqual(first, int(ask(link, b"mg a c\r\n").split(b"c")[1]))
            ask(link, b"set a 0 0 1\r\n2\r\n")
            self.assertGreater(int(ask(link, b"mg a c\r\n").split(b"c")[1]), first)

    def test_it_is_saved_on_a_timer_and_outlives_a_crash(self):
        running = self.started("--snapshot-interval", "1")
        self.fill(running, 50)
        seen = len(running.output("err"))
        wait_until(lambda: "items saved" in running.output("err")[seen:], "two snapshots")
        seen = len(running.output("err"))
        wait_until(lambda: "items saved" in running.output("err")[seen:], "two snapshots")
        running.kill()
        with self.started() as again:
            self.wait_for_log(again, "items loaded")
            self.assert_holds(again, 50)

    def test_memcacheds_option_means_the_same(self):
        running = server.cocached("-e", self.file)
        self.fill(running, 10)
        self.assertEqual(self.file, stats(running, "settings")["memory_file"])
        running.stop()
        with self.started() as again:
            self.wait_for_log(again, "10 items loaded")


class SecondSignal(SnapshotTest):
    def test_while_it_saves_keeps_the_snapshot_that_is_there(self):
        """The unfinished file is a pipe here, so the save lasts until the test has read it."""
        running = self.started()
        self.fill(running, 100)
        running.stop()
        with open(self.file, "rb") as file:
            before = file.read()

        running = self.started()
        self.wait_for_log(running, "items loaded")
        self.fill(running, 1000, 10_000)
        os.mkfifo(self.file + ".unfinished", 0o666)
        os.chmod(self.file + ".unfinished", 0o666)  # the server may have become another user by then
        pipe = os.open(self.file + ".unfinished", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, pipe)
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: select.select([pipe], [], [], 0)[0], "the save to begin")
        running.process.send_signal(signal.SIGTERM)
        self.wait_for_log(running, "the snapshot is not saved")
        wait_until(lambda: running.process.poll() is not None or self.drained(pipe), "its end")
        self.assertNotEqual(0, running.process.returncode)
        self.assertIn("stays as it was", running.output("err"))
        running.kill()
        with open(self.file, "rb") as file:
            self.assertEqual(before, file.read())
        self.assertFalse(os.path.exists(self.file + ".unfinished"))

    @staticmethod
    def drained(pipe):
        with contextlib.suppress(BlockingIOError):
            os.read(pipe, 1 << 20)
        return False

class Failure(SnapshotTest):
    """The cache serves all the same, the log says what is wrong, and no whole file is lost."""

    def saved(self, count):
        running = self.started()
        self.fill(running, count)
        running.stop()
        with open(self.file, "rb") as file:
            return file.read()

    def test_a_truncated_file(self):
        whole = self.saved(2000)
        with open(self.file, "wb") as file:
            file.write(whole[:len(whole) // 2])
        with self.started() as again:
            self.wait_for_log(again, "incomplete")
            self.assertGreater(int(stats(again)["curr_items"]), 0)
            self.assertLess(int(stats(again)["curr_items"]), 2000)

    def test_a_damaged_file(self):
        whole = bytearray(self.saved(2000))
        whole[len(whole) // 2] ^= 1
        with open(self.file, "wb") as file:
            file.write(whole)
        with self.started() as again:
            self.wait_for_log(again, "damaged in 1 places;")
            self.assertGreater(int(stats(again)["curr_items"]), 0)

    def test_a_file_of_something_else(self):
        with open(self.file, "wb") as file:
            file.write(b"[memcached]\n" * 1000)
        with self.started() as again:
            self.wait_for_log(again, "is no snapshot of this version")
            self.assertEqual("0", stats(again)["curr_items"])

    @unittest.skipIf(os.geteuid() != 0, "needs root, which is then given up")
    def test_a_folder_that_cannot_be_written_to(self):
        whole = self.saved(5)
        os.chmod(self.folder, 0o755)
        os.chmod(self.file, 0o644)
        running = self.started()
        self.wait_for_log(running, "snapshots can't be saved")
        self.wait_for_log(running, "5 items loaded")
        self.fill(running, 10)
        self.addCleanup(running.kill)
        running.process.send_signal(signal.SIGTERM)
        self.assertEqual(os.EX_OSERR, running.process.wait(server.PATIENCE), running.output())
        with open(self.file, "rb") as file:
            self.assertEqual(whole, file.read())

    def test_a_final_save_that_fails_is_seen_in_the_exit_code(self):
        whole = self.saved(5)
        small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
        running = server.cocached("--snapshot", self.file, before_start=small)
        self.addCleanup(running.kill)
        self.fill(running, 2000)
        running.process.send_signal(signal.SIGTERM)
        self.assertEqual(os.EX_OSERR, running.process.wait(server.PATIENCE), running.output())
        self.assertRegex(running.output("err"), r"cocached: \S+ is not saved.*File too large")
        with open(self.file, "rb") as file:
            self.assertEqual(whole, file.read())
        self.assertEqual(["items"], os.listdir(self.folder))

    def test_killed_while_it_saves(self):
        """The new file is half there, under another name; the old one is whole."""
        self.saved(5)
        running = self.started("--snapshot-interval", "1")
        self.fill(running, 40, 1000000)
        unfinished = self.file + ".unfinished"
        seen = set()

        def caught():
            with contextlib.suppress(FileNotFoundError):
                seen.add(os.stat(unfinished).st_size)
            return any(seen)

        wait_until(caught, "a snapshot being written")
        running.kill()
        with self.started() as again:
            self.wait_for_log(again, "items loaded")
            self.assertNotIn("damaged", again.output("err"))
            old_one = stats(again)["curr_items"] == "5"  # else there was time for another
            self.assert_holds(again, 5, 100 if old_one else 1000000)


CAN_MOUNT = subprocess.run(["unshare", "--mount", "true"], capture_output=True,
                           check=False).returncode == 0


@unittest.skipUnless(CAN_MOUNT, "needs the right to mount")
class FullDisk(SnapshotTest):
    def test_the_old_file_stays(self):
        script = ('mount -t tmpfs -o size=2m,mode=777 none "$1" && shift && exec "$0" "$@"')
        argv = ["unshare", "--mount", "sh", "-c", script, os.environ["COCACHED_BIN"], self.folder,
                "-p", "0", "-l", "127.0.0.1", "--no-http", "--snapshot", self.file,
                "--snapshot-interval", "1", "-v", *server.unprivileged_user()]
        with server.Server(argv, well_behaved=True) as running:
            self.fill(running, 5)
            self.wait_for_log(running, "5 items saved")
            inside = f"/proc/{running.process.pid}/root{self.file}"
            self.fill(running, 10, 500000)
            self.wait_for_log(running, "No space left on device")
            self.assertLess(os.stat(inside).st_size, 5000)
            wait_until(lambda: not os.path.exists(inside + ".unfinished"), "the unfinished one gone")
            with running.connect() as link:
                ask(link, b"flush_all\r\n")
                self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 1\r\n1\r\n"))
            self.wait_for_log(running, ": 1 items saved")


if __name__ == "__main__":
    unittest.main()
