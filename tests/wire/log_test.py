"""The lines on stderr that the server writes about itself and its clients."""

import contextlib
import json
import os
import unittest

from support import server
from support.conversation import ask
from support.server import wait_until


class Log(unittest.TestCase):
    def logged(self, *flags):
        """After a client has stored and read something, and left."""
        running = server.cocached(*flags)
        self.addCleanup(running.kill)
        with running.connect() as link:
            self.assertEqual(b"STORED\r\n", ask(link, b"set key-1 0 0 6\r\nsecret\r\n"))
            ask(link, b"get key-1 key-2\r\n", b"END\r\n")
            ask(link, b"set large 0 0 100000\r\n" + bytes(100_000) + b"\r\n")
        running.process.terminate()
        self.assertEqual(0, running.process.wait(server.PATIENCE))
        return running.output("err")

    def test_a_reader_that_does_not_read_holds_nobody_up(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        os.set_blocking(write_end, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write_end, b"." * 4096)
        os.set_blocking(write_end, True)
        running = server.cocached("-vvv", before_start=lambda: os.dup2(write_end, 2))
        os.close(write_end)
        with running.connect() as link:
            for number in range(200):
                self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 3\r\n%03d\r\n" % number))
        running.stop()

    def test_says_nothing_unasked(self):
        self.assertEqual("", self.logged())

    def test_v_says_what_happens_to_the_server(self):
        log = self.logged("-v")
        self.assertIn("info", log)
        self.assertIn("signal 15: stopping", log)
        self.assertNotIn("key-1", log)

    def test_vv_adds_commands_and_replies_without_values(self):
        log = self.logged("-vv")
        for part in (r"<(\d+) new client connection", r"<\d+ set key-1 0 0 6$", r">\d+ STORED, 8 bytes$",
                     r"<\d+ get key-1 key-2$", r">\d+ VALUE key-1 0 6, \d+ bytes$",
                     r"<\d+ set large 0 0 100000$", r"<\d+ connection closed$"):  # fmt: skip
            self.assertRegex(log, f"(?m){part}")
        self.assertNotIn("secret", log)
        self.assertNotIn("going from", log)

    def test_vvv_adds_states(self):
        self.assertRegex(self.logged("-vvv"), r"(?m)trace .* \d+: going from conn_\w+ to conn_read$")

    def test_json(self):
        lines = self.logged("-vv", "--log-format", "json").splitlines()
        rows = [json.loads(line) for line in lines]
        self.assertTrue(any(row["message"].endswith(" set key-1 0 0 6") for row in rows))
        for row in rows:
            self.assertEqual({"time", "level", "thread", "message"}, set(row))
            self.assertIn(row["level"], ("debug", "info"))

    def test_keys_can_be_redacted(self):
        log = self.logged("-vvv", "--log-redact-keys")
        self.assertRegex(log, r"(?m)<\d+ get <key \w{16}> <key \w{16}>$")
        for word in "key-1", "key-2", "large", "secret":
            self.assertNotIn(word, log)

    def test_a_flood_is_bounded(self):
        with server.cocached("-vv", "--log-limit", "50") as running, running.connect() as link:
            ask(link, b"get a\r\n" * 20_000 + b"mn\r\n", b"MN\r\n")

            def left_out():
                ask(link, b"get a\r\n", b"END\r\n")
                return "lines of the log were left out" in running.output("err")

            wait_until(left_out, "the log to say so")
            self.assertLess(running.output("err").count("get a"), 10_000)


if __name__ == "__main__":
    unittest.main()
