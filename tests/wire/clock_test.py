"""The clock of the system jumps: by hand, or when it is set by the network for the first time."""

import os
import tempfile
import time
import unittest

from support import server
from support.conversation import ask, stats
from support.server import wait_until

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
DAY = 24 * 3600


# Once: a sanitizer suffers no library that is loaded before its own.
@unittest.skipUnless(os.path.exists(LIBRARY), "needs libfaketime, as Debian has it on amd64")
class Jumps(unittest.TestCase):
    """Only what clients ask for by the date depends on it. The monotonic clock goes on as it was,
    as a real one does."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.file = os.path.join(folder.name, "offset")
        self.set_clock(0)
        self.snapshots = os.path.join(folder.name, "snapshots")
        os.mkdir(self.snapshots)
        os.chmod(self.snapshots, 0o777)
        self.running = self.started()
        self.addCleanup(self.running.stop)
        self.link = self.running.connect()
        self.addCleanup(self.link.close)

    def started(self, *flags):
        return server.cocached(*flags, environment={
            "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": self.file, "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        })  # fmt: skip

    def set_clock(self, offset):
        """Seconds from the real time."""
        unfinished = self.file + ".new"
        with open(unfinished, "w", encoding="ascii") as file:
            file.write(f"{offset:+d}\n")
        os.chmod(unfinished, 0o644)
        os.rename(unfinished, self.file)

    def jump(self, offset):
        self.set_clock(offset)
        shown = lambda: int(stats(self.running)["time"]) - time.time()
        wait_until(lambda: abs(shown() - offset) < 1000, "the clock to have jumped")

    def test_items_keep_their_time_to_live(self):
        ask(self.link, b"set ever 0 0 1\r\n1\r\n")
        ask(self.link, b"set relative 0 1000 1\r\n2\r\n")
        ask(self.link, b"set dated 0 %d 1\r\n3\r\n" % (time.time() + 1000))
        for offset in (30 * DAY, -30 * DAY, 3650 * DAY, 0):
            self.jump(offset)
            for value, key in enumerate((b"ever", b"relative", b"dated"), 1):
                self.assertEqual(b"VA 1\r\n%d\r\n" % value,
                                 ask(self.link, b"mg %b v\r\n" % key, b"%d\r\n" % value))
            left = int(ask(self.link, b"mg relative t\r\n").split(b"t")[1])
            self.assertGreater(left, 1000 - 2 * server.PATIENCE)
            self.assertLessEqual(left, 1000)
        self.assertLess(int(stats(self.running)["uptime"]), 10 * server.PATIENCE)

    def test_dates_are_those_of_the_clock_as_it_is(self):
        self.jump(3650 * DAY)
        ask(self.link, b"set past 0 %d 1\r\n1\r\n" % (time.time() + 3000 * DAY))
        ask(self.link, b"set future 0 %d 1\r\n2\r\n" % (time.time() + 3651 * DAY))
        self.assertEqual(b"EN\r\n", ask(self.link, b"mg past v\r\n"))
        self.assertEqual(b"HD\r\n", ask(self.link, b"mg future\r\n"))

    def test_a_snapshot_made_before_the_clock_was_set_back_keeps_its_times_to_live(self):
        path = os.path.join(self.snapshots, "items")
        for step in (0, -30 * DAY):
            with self.started("--snapshot", path, "-v") as running, running.connect() as link:
                ask(link, b"set a 0 1000 1\r\n1\r\n")
            self.set_clock(step)
            with self.started("--snapshot", path, "-v") as again, again.connect() as link:
                wait_until(lambda: "1 items loaded" in again.output("err"), "the item")  # noqa: B023
                left = int(ask(link, b"mg a t\r\n").split(b"t")[1])
                self.assertGreater(left, 1000 - 3 * server.PATIENCE)
                self.assertLessEqual(left, 1000)

    def test_a_flush_that_is_due_later_comes_when_it_is_due(self):
        ask(self.link, b"set a 0 0 1\r\n1\r\n")
        ask(self.link, b"flush_all 1000\r\n")
        self.jump(30 * DAY)
        self.assertEqual(b"HD\r\n", ask(self.link, b"mg a\r\n"))


if __name__ == "__main__":
    unittest.main()
