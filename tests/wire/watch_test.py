"""Watchers over real sockets: how they are shown what happens, lose lines, and leave."""

import os
import socket
import struct
import tempfile
import unittest

from support import server
from support.conversation import ask, stats
from support.server import wait_until
from support.watching import LINE, Watcher


class Watch(unittest.TestCase):
    def start(self, *flags):
        running = server.cocached(*flags)
        self.addCleanup(running.stop)
        return running

    def watch(self, running, topics):
        watcher = Watcher(running, topics)
        self.addCleanup(watcher.__exit__)
        self.assertEqual(b"OK", watcher.answer)
        return watcher

    def test_events_of_all_workers_are_shown_in_order(self):
        running = self.start("-t", "3")
        watcher = self.watch(running, b"mutations")
        links = [running.connect() for _ in range(6)]
        for number, link in enumerate(links):
            self.addCleanup(link.close)
            ask(link, b"set key%d 0 0 1\r\n1\r\n" % number)
        before = 0
        for number in range(len(links)):
            match = LINE.fullmatch(watcher.line())
            self.assertIn(b"key=key%d " % number, match[4])
            self.assertEqual(6, len(match[2]))
            self.assertGreater(int(match[3]), before)
            before = int(match[3])

    def test_several_watch_at_once(self):
        running = self.start()
        watchers = [self.watch(running, b"fetchers") for _ in range(5)]
        with running.connect() as link:
            ask(link, b"get a\r\n")
        for watcher in watchers:
            self.assertEqual(b"a", watcher.event()[b"key"])

    def test_connections(self):
        running = self.start("-o", "idle_timeout=1")
        watcher = self.watch(running, b"connevents")
        reset = struct.pack("ii", 1, 0)
        for reason, leave in (
            (b"normal", socket.socket.close),
            (b"normal", lambda link: link.sendall(b"quit\r\n")),
            (b"error", lambda link: (link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset),
                                     link.close())),
            (b"idle_timeout", lambda link: None),
        ):
            link = running.connect()
            port = b"%d" % link.getsockname()[1]
            came = watcher.event()
            self.assertEqual(
                {b"type": b"conn_new", b"rip": b"127.0.0.1", b"rport": port, b"transport": b"tcp",
                 b"cfd": came[b"cfd"]}, came)
            self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n", b"MN\r\n"))
            leave(link)
            went = watcher.event()
            link.close()
            self.assertEqual((b"conn_close", reason, came[b"cfd"]),
                             (went[b"type"], went[b"reason"], went[b"cfd"]))

    def test_descriptors_tell_clients_apart(self):
        running = self.start()
        watcher = self.watch(running, b"connevents fetchers")
        with running.connect() as one, running.connect() as other:
            ask(one, b"get a\r\n")
            ask(other, b"get b\r\n")
            events = [watcher.event() for _ in range(4)]
            clients = {event[b"cfd"] for event in events if event[b"type"] == b"conn_new"}
            self.assertEqual(clients, {e[b"cfd"] for e in events if e[b"type"] == b"item_get"})
            self.assertEqual(2, len(clients))

    def test_a_slow_watcher_loses_lines_and_holds_nobody_up(self):
        """A watcher's unread lines are bounded, and every line is counted as sent or skipped."""
        gets, rounds = 500, 200
        running = self.start("-o", "watcher_logbuf_size=64")
        slow, quick = self.watch(running, b"fetchers"), self.watch(running, b"fetchers")
        key = b"k" * 200
        with running.connect() as link:
            for _ in range(rounds):
                link.sendall(b"get %s\r\n" % key * gets)
                ask(link, b"mn\r\n", b"MN\r\n")
        with running.connect() as link:
            ask(link, b"get last\r\n")
        for watcher in (quick, slow):
            seen = skipped = 0
            while b"key=last" not in (line := watcher.line()):
                if line.startswith(b"skipped="):
                    skipped += int(line.partition(b"=")[2])
                    if seen + skipped > gets * rounds:
                        break  # the last one too
                else:
                    seen += 1
            self.assertGreater(skipped, 0)
            self.assertIn(seen + skipped - gets * rounds, (0, 1))
        figures = stats(running)
        self.assertGreater(int(figures["log_watcher_skipped"]), 0)
        self.assertGreater(int(figures["log_watcher_sent"]), 0)

    def test_a_watcher_that_leaves_is_forgotten(self):
        running = self.start()
        watcher = Watcher(running, b"fetchers mutations")
        self.assertEqual("1", stats(running)["log_watchers"])
        watcher.__exit__()
        wait_until(lambda: stats(running)["log_watchers"] == "0", "the watcher to be forgotten")

    def test_a_watcher_may_be_silent_and_is_told_so(self):
        """Neither the idle timeout nor that of unfinished requests is for watchers."""
        running = self.start("-o", "idle_timeout=1", "--request-timeout", "1")
        watcher = self.watch(running, b"mutations")
        with running.connect() as link:
            self.assertEqual(b"", link.recv(1))  # the timeout has come, for another
        watcher.say(b"get a")
        with running.connect() as link:
            self.assertIn(b"conn_watch", ask(link, b"stats conns\r\n", b"END\r\n"))
            ask(link, b"set a 0 0 1\r\n1\r\n")
        self.assertEqual(b"a", watcher.event()[b"key"])

    def test_stopping_while_somebody_watches(self):
        running = server.cocached()
        with Watcher(running, b"connevents") as watcher, running.connect() as link:
            ask(link, b"mn\r\n", b"MN\r\n")
            running.stop()
            self.assertTrue(watcher.is_gone())

    def test_over_a_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            path = os.path.join(folder, "socket")
            with server.cocached_on_unix_socket(path) as running:
                with Watcher(running, b"connevents") as watcher, running.connect():
                    event = watcher.event()
            self.assertEqual((b"unix", b"0", b"local"),
                             (event[b"rip"], event[b"rport"], event[b"transport"]))

    def test_it_may_be_forbidden(self):
        watcher = Watcher(self.start("-W"))
        self.addCleanup(watcher.__exit__)
        self.assertEqual(b"CLIENT_ERROR watch commands not allowed", watcher.answer)


if __name__ == "__main__":
    unittest.main()
