"""Restarts with a full cache: what a snapshot keeps, and what happens to one that cannot be written,
cannot be read, or is only half there."""

import contextlib
import http.client
import os
import resource
import signal
import subprocess
import tempfile
import time
import unittest

from support import server
from support.conversation import ask, stats
from support.endpoint import URL
from support.server import wait_until


def status_of(running, path):
    port = int(wait_until(lambda: URL.search(running.output("out")), "URL")[1])
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, server.PATIENCE)) as client:
        client.request("GET", path)
        return client.getresponse().status


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

    def second_header(self):
        """The second header of the file, which the server writes last when the state changes."""
        with open(self.file, "rb") as file:
            return file.read(2 * 72)[72:]

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


    def test_quotas_and_a_pending_flush_outlive_it(self):
        running = self.started()
        self.fill(running, 5)
        with running.connect() as link:
            ask(link, b"ns quota user 100000\r\n")
            ask(link, b"flush_all 3000\r\n")
        running.stop()
        with self.started() as again, again.connect() as link:
            self.wait_for_log(again, "5 items loaded")
            self.assertIn(b"STAT quota 100000\r\n", ask(link, b"ns stats user\r\n", b"END\r\n"))

    def test_flushes_after_the_last_save_outlive_a_crash(self):
        running = self.started()
        with running.connect() as link:
            ask(link, b"set user:1 0 0 1\r\n1\r\nset page:1 0 0 1\r\n2\r\n", b"STORED\r\nSTORED\r\n")
        running.stop()
        running = self.started()
        self.wait_for_log(running, "2 items loaded")
        before = self.second_header()
        with running.connect() as link:
            ask(link, b"ns flush user\r\n")
        wait_until(lambda: self.second_header() != before, "the flush in the file")
        running.kill()
        with self.started() as again, again.connect() as link:
            self.wait_for_log(again, "1 items loaded, 0 had expired, 1 were flushed")
            self.assertEqual(b"EN\r\n", ask(link, b"mg user:1\r\n"))
            self.assertEqual(b"HD\r\n", ask(link, b"mg page:1\r\n"))

    def test_ready_while_loading_is_ready_from_the_beginning(self):
        running = self.started("-m", "256")
        self.fill(running, 50_000, 2000)
        running.stop()
        for flags, wanted in ((("--ready-while-loading",), {200}), ((), {200, 503})):
            with self.subTest(flags), self.started("-m", "256", "--http", "127.0.0.1:0", *flags) as again:
                answers = set()
                while "items loaded" not in again.output("err"):
                    answers.add(status_of(again, "/readyz"))
                self.assertLessEqual(answers, wanted)
                self.assertEqual(200, status_of(again, "/readyz"))

    def test_its_figures_are_shown(self):
        with self.started("--snapshot-interval", "1") as running:
            self.fill(running, 50)
            shown = lambda: stats(running)  # noqa: E731
            wait_until(lambda: shown()["snapshot_last_items"] == "50", "the snapshot of them")
            figures = shown()
            self.assertEqual(("1", "0", "0"), (figures["snapshot_interval"], figures["snapshot_loading"],
                                               figures["snapshot_failing"]))
            self.assertEqual(os.stat(self.file).st_size, int(figures["snapshot_last_bytes"]))
            self.assertLess(abs(time.time() - int(figures["snapshot_last_success"])), server.PATIENCE)
        with server.cocached() as running:
            self.assertFalse([name for name in stats(running) if name.startswith("snapshot_")])


class SecondSignal(SnapshotTest):
    def test_while_it_saves_keeps_the_snapshot_that_is_there(self):
        """The server stands still while the signal comes. A busy machine may let it finish all the
        same, which is then whole; but not each time."""
        outcomes = [self.outcome_of_a_second_signal() for _ in range(5)]
        self.assertIn(os.EX_OSERR, outcomes)

    def outcome_of_a_second_signal(self):
        running = self.started()
        self.addCleanup(running.kill)
        self.fill(running, 10)
        running.stop()
        with open(self.file, "rb") as file:
            before = file.read()
        running = self.started()
        self.addCleanup(running.kill)
        self.wait_for_log(running, "items loaded")
        self.fill(running, 40, 1_000_000)
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: os.path.exists(self.file + ".unfinished") or running.process.poll() is not None,
                   "the save to begin")
        for each in signal.SIGSTOP, signal.SIGTERM, signal.SIGCONT:
            running.process.send_signal(each)
        code = running.process.wait(server.PATIENCE)
        self.assertFalse(os.path.exists(self.file + ".unfinished"))
        with open(self.file, "rb") as file:
            self.assertEqual(code == os.EX_OSERR, before == file.read(), running.output())
        if code == os.EX_OSERR:
            self.assertIn("told to stop; the file that is there stays", running.output("err"))
        os.unlink(self.file)
        return code


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

    def refused(self, path, *flags):
        """The exit code and the error of a start with a snapshot there."""
        ended = subprocess.run(
            [os.environ["COCACHED_BIN"], "-p", "-1", "-l", "127.0.0.1", "--no-http", "--snapshot", path,
             *server.unprivileged_user(), *flags],
            capture_output=True, text=True, check=False, timeout=server.PATIENCE)
        return ended.returncode, ended.stderr

    def test_a_file_of_something_else_is_not_overwritten(self):
        for content in b"my notes\n", b"[memcached]\n" * 1000, bytes(100_000):
            with open(self.file, "wb") as file:
                file.write(content)
            for code, error in (self.refused(self.file), self.refused("", "-e", self.file)):
                self.assertEqual(os.EX_USAGE, code, error)
                self.assertIn(self.file + " is not a snapshot of cocached", error)
            with open(self.file, "rb") as file:
                self.assertEqual(content, file.read())

    def test_a_file_of_another_version_is_moved_aside(self):
        other = bytearray(self.saved(5))
        other[8] = other[72 + 8] = 9  # in both headers
        with open(self.file, "wb") as file:
            file.write(other)
        with self.started() as again:
            self.wait_for_log(again, "another version has made it; it is " + self.file + ".rejected-1")
            self.assertEqual("0", stats(again)["curr_items"])
        with open(self.file + ".rejected-1", "rb") as file:
            self.assertEqual(other, file.read())

    def test_a_folder_that_is_missing(self):
        code, error = self.refused("/missing/x")
        self.assertEqual(os.EX_OSERR, code, error)
        self.assertRegex(error, "--snapshot /missing/x: cannot be written: .*No such file or directory")
        for path in self.folder, "/dev/null":
            self.assertNotEqual(0, self.refused(path)[0])

    @unittest.skipIf(os.geteuid() != 0, "needs root, which is then given up")
    def test_a_folder_that_cannot_be_written_to(self):
        whole = self.saved(5)
        os.chmod(self.folder, 0o755)
        for mode in 0o644, 0o600:
            os.chmod(self.file, mode)
            for flags in (), ("-d",):
                code, error = self.refused(self.file, *flags)
                self.assertEqual(os.EX_OSERR, code, error)
                self.assertRegex(error, "cannot be written: .*Permission denied")
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
            self.assertFalse(os.path.exists(unfinished))
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
                "-p", "-1", "-l", "127.0.0.1", "--no-http", "--snapshot", self.file,
                "--snapshot-interval", "1", "-v", *server.unprivileged_user()]
        with server.Server(argv, well_behaved=True) as running:
            self.fill(running, 5)
            self.wait_for_log(running, "5 items saved")
            inside = f"/proc/{running.process.pid}/root{self.file}"
            self.fill(running, 10, 500000)
            self.wait_for_log(running, "No space left on device")
            self.assertEqual("1", stats(running)["snapshot_failing"])
            self.assertLess(os.stat(inside).st_size, 5000)
            wait_until(lambda: not os.path.exists(inside + ".unfinished"), "the unfinished one gone")
            with running.connect() as link:
                ask(link, b"flush_all\r\n")
                self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 1\r\n1\r\n"))
            self.wait_for_log(running, ": 1 items saved")
            self.assertEqual("0", stats(running)["snapshot_failing"])


if __name__ == "__main__":
    unittest.main()
