"""The server starts, listens and stops."""

import contextlib
import itertools
import os
import signal
import subprocess
import tempfile
import threading
import unittest

from support import server
from support.conversation import ask, read_exactly, read_to_end, read_while_stopping, stats
from support.server import PORT_LINE, wait_until


@contextlib.contextmanager
def flood(running):
    """A client that sends lists of 500 keys as fast as the server takes them, and reads all replies,
    until it is closed. It has begun when this is entered."""
    keys = b" ".join(b"key%d" % number for number in range(500))
    busy = threading.Event()

    def send(link):
        with contextlib.suppress(OSError):
            while True:
                link.sendall(b"get " + keys + b"\r\n")

    def receive(link):
        total = 0
        with contextlib.suppress(OSError):
            while part := link.recv(1 << 20):
                total += len(part)
                if total > 10_000_000:
                    busy.set()
        busy.set()

    with running.connect() as link:
        for key in keys.split():
            ask(link, b"set %s 0 0 100\r\n" % key + b"v" * 100 + b"\r\n")
        threads = [threading.Thread(target=does, args=(link,)) for does in (send, receive)]
        for thread in threads:
            thread.start()
        busy.wait()
        try:
            yield
        finally:
            for thread in threads:
                thread.join()


class Listening(unittest.TestCase):
    def test_port_zero_takes_a_free_port_and_prints_it(self):
        with server.cocached() as first, server.cocached() as second:
            self.assertNotEqual(first.port, second.port)
            wait_until(lambda: str(first.port) in first.output(), "the port to be printed")

    def test_two_addresses(self):
        with server.cocached(listen="127.0.0.1,127.0.0.2") as running:
            first, second = wait_until(
                lambda: len(ports := PORT_LINE.findall(running.port_lines())) == 2 and ports,
                "both ports",
            )
            with running.connect() as link:
                self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 1\r\n1\r\n"))
            running.port = int(second)
            with running.connect("127.0.0.2") as link:
                self.assertEqual(b"VALUE a 0 1\r\n1\r\nEND\r\n", ask(link, b"get a\r\n", b"END\r\n"))
            self.assertTrue(first)

    def test_two_addresses_with_ports_of_their_own(self):
        with server.cocached("-l", "127.0.0.2:0", listen="127.0.0.1:0") as running:
            wait_until(lambda: len(PORT_LINE.findall(running.port_lines())) == 2, "both ports")

    def test_ipv6(self):
        with server.cocached(listen="[::1]:0") as running, running.connect("::1") as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))

    def test_a_port_that_is_taken(self):
        with server.cocached() as running:
            taken = f"127.0.0.1:{running.port}"
            with self.assertRaisesRegex(RuntimeError, "exited with 71"):
                server.cocached(listen=taken)


class Flags(unittest.TestCase):
    def run_it(self, *flags):
        return subprocess.run(
            [os.environ["COCACHED_BIN"], *flags],
            capture_output=True,
            text=True,
            timeout=server.PATIENCE,
            check=False,
        )

    def test_version(self):
        ended = self.run_it("-V")
        self.assertEqual(0, ended.returncode)
        self.assertRegex(ended.stdout, r"cocached \d+\.\d+\.\d+")

    def test_help(self):
        ended = self.run_it("--help")
        self.assertEqual(0, ended.returncode)
        self.assertIn("--memory-limit", ended.stdout)

    def test_an_unknown_flag(self):
        ended = self.run_it("--no-such-flag")
        self.assertEqual(64, ended.returncode)
        self.assertIn("no-such-flag", ended.stderr)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_root_needs_a_user(self):
        self.assertEqual(64, self.run_it("-p", "-1", "--no-http").returncode)
        self.assertEqual(67, self.run_it("-p", "-1", "--no-http", "-u", "no-such-user").returncode)

    def test_flags_without_a_meaning_here_are_accepted(self):
        flags = ["-f", "1.5", "-n", "64", "-o", "slab_reassign,slab_automove=1,lru_maintainer"]
        with server.cocached(*flags) as running, running.connect() as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))

    def test_leading_blanks_of_values(self):
        with server.cocached("-m 100", "-t  2") as running:
            self.assertEqual(str(100 << 20), stats(running)["limit_maxbytes"])
            self.assertEqual("2", stats(running)["threads"])


class Stopping(unittest.TestCase):
    """stop() demands exit code 0 in each of these."""

    def test_idle(self):
        for which in (signal.SIGTERM, signal.SIGINT):
            running = server.cocached()
            with running.connect() as link:
                ask(link, b"get a\r\n")
                running.stop(which)
                self.assertEqual(b"", read_to_end(link))

    def test_half_a_line_and_half_a_value_have_no_answer(self):
        running = server.cocached()
        with running.connect() as line, running.connect() as value:
            line.sendall(b"get a")
            value.sendall(b"set a 0 0 100000\r\nabc")
            running.stop()
            self.assertEqual(b"", read_to_end(line) + read_to_end(value))

    def test_under_load_whoever_was_served_has_been_told_so(self):
        """The snapshot holds every set that had a reply, and no other."""
        for which in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(which.name), tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o777)  # the server has become another user by then
                flags = ["-v", "--snapshot", os.path.join(folder, "items")]
                acknowledged = self.stop_under_load(server.cocached(*flags), which)
                with server.cocached(*flags) as again:
                    wait_until(lambda: "items loaded" in again.output("err"), "the snapshot")
                    self.assert_done(again, acknowledged)
                print(f"{which.name}: {sum(acknowledged)} sets done, and none without its reply")

    def stop_under_load(self, running, which, clients=16):
        """The number of sets to which each client has had replies."""
        reply = b"STORED\r\n"
        acknowledged = [0] * clients
        busy = [threading.Event() for _ in range(clients)]

        def load(number):
            received = bytearray()
            with running.connect() as link:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    for batch in itertools.count(1):
                        first = 20 * (batch - 1)
                        link.sendall(b"".join(b"set c%d.%d 0 0 1\r\nv\r\n" % (number, key)
                                              for key in range(first, first + 20)))
                        while len(received) < batch * 20 * len(reply) and (part := link.recv(8192)):
                            received += part
                        if batch == 10:
                            busy[number].set()
                received += read_to_end(link)  # a client that has been closed may still read
            acknowledged[number] = len(received) // len(reply)
            if received != reply * acknowledged[number]:
                failures.append(bytes(received[-100:]))

        failures = []
        threads = [threading.Thread(target=load, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for one in busy:  # or a client that is yet to connect would count as refused
            self.assertTrue(one.wait(60))
        running.stop(which)
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
        return acknowledged

    def assert_done(self, running, acknowledged):
        """That many sets of each client, which came in order, and no more."""
        with running.connect() as link:
            for number, count in enumerate(acknowledged):
                last = ask(link, b"mg c%d.%d\r\n" % (number, count - 1))
                after_it = ask(link, b"mg c%d.%d\r\n" % (number, count))
                self.assertEqual((b"HD\r\n", b"EN\r\n"), (last, after_it))
        self.assertEqual(sum(acknowledged), int(stats(running)["curr_items"]))

    def test_replies_that_are_owed_are_delivered(self):
        running = server.cocached()
        with running.connect() as link:
            value = b"x" * 1_000_000
            ask(link, b"set large 0 0 1000000\r\n" + value + b"\r\n")
            # More than the socket's buffers take; the server has begun when the first bytes come.
            link.sendall(b"get large\r\n" * 20)
            received = read_while_stopping(running, link)
        one = b"VALUE large 0 1000000\r\n" + value + b"\r\nEND\r\n"
        self.assertEqual(0, len(received) % len(one))
        self.assertTrue(received == one * 20)

    def test_a_client_that_reads_nothing_cannot_hold_it_up(self):
        running = server.cocached("--drain-timeout", "1")
        with self.client_that_reads_nothing(running):
            running.stop()

    @staticmethod
    def client_that_reads_nothing(running):
        link = running.connect()
        ask(link, b"set large 0 0 1000000\r\n" + b"x" * 1_000_000 + b"\r\n")
        link.sendall(b"get large\r\n" * 100)
        read_exactly(link, 100)
        return link

    def test_a_client_that_keeps_sending_cannot_hold_it_up(self):
        """It has an hour, and needs none of it: the client's next requests are nobody's debt."""
        running = server.cocached("-t", "1", "--drain-timeout", "3600")
        with contextlib.ExitStack() as floods:
            for _ in range(3):
                floods.enter_context(flood(running))
            running.stop()

    def test_a_second_signal_ends_a_client_that_keeps_sending(self):
        running = server.cocached("-t", "1", "--drain-timeout", "3600", "-v")
        with flood(running), self.client_that_reads_nothing(running):
            running.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "stopping" in running.output("err"), "the first to be seen")
            running.stop(signal.SIGTERM)

    def test_a_second_signal_waits_for_nobody(self):
        running = server.cocached("--drain-timeout", "3600", "-v")
        with self.client_that_reads_nothing(running):
            running.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "stopping" in running.output("err"), "the first to be seen")
            running.stop(signal.SIGTERM)

    def test_a_second_signal_is_no_crash(self):
        running = server.cocached()
        with running.connect() as link:
            ask(link, b"get a\r\n")
            running.process.send_signal(signal.SIGINT)
            running.process.send_signal(signal.SIGTERM)
            # It had ended by then, or it was ended by the signal, as one who insists expects.
            code = running.process.wait(server.PATIENCE)
            self.assertIn(code, (0, -signal.SIGTERM), running.output())
            running.kill()

    def test_the_shutdown_command(self):
        for how in (b"shutdown", b"shutdown graceful"):
            running = server.cocached("-A")
            with running.connect() as link:
                link.sendall(b"set a 0 0 1\r\n1\r\n" + how + b"\r\n")
                self.assertEqual(b"STORED\r\n", read_to_end(link))
            self.assertEqual(0, running.process.wait(server.PATIENCE))
            running.stop()
