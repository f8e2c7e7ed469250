"""What the server allows its clients: connections, time, memory; and what it says of those it sends
away."""

import contextlib
import os
import random
import resource
import socket
import threading
import unittest

from support import server
from support.certificates import Authority
from support.conversation import ask, is_served, read_exactly, read_to_end, stats
from support.server import wait_until

TEXT = b"ERROR Too many open connections\r\n"


def closed_for(running, field):
    return int(stats(running)[field])


def trickle(link, byte=b"x"):
    """Sends byte after byte until the server has had enough."""
    link.settimeout(0.02)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while True:
            link.sendall(byte)
            with contextlib.suppress(TimeoutError):
                if link.recv(100) == b"":
                    return


class Addresses(unittest.TestCase):
    def test_each_address_has_its_share(self):
        with server.cocached("--max-connections-per-address", "3") as running:
            links = [running.connect() for _ in range(3)]
            for link in links:
                self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            with running.connect() as refused:
                self.assertEqual(TEXT, read_to_end(refused))
            place = ("127.0.0.1", running.port)
            with socket.create_connection(place, source_address=("127.0.0.2", 0)) as other:
                self.assertEqual(b"END\r\n", ask(other, b"get a\r\n"))
                lines = ask(other, b"stats\r\n", b"END\r\n")
            self.assertIn(b"STAT rejected_by_address 1\r\n", lines)
            self.assertIn(b"STAT rejected_connections 1\r\n", lines)
            links.pop().close()
            wait_until(lambda: is_served(running), "room for another connection")
            for link in links:
                link.close()


class Slow(unittest.TestCase):
    def assert_sent_away(self, beginning):
        with server.cocached("--request-timeout", "1") as running:
            with running.connect() as link:
                link.sendall(beginning)
                trickle(link)
            wait_until(lambda: closed_for(running, "slow_requests_closed") == 1, "its being counted")
            self.assertEqual("0", stats(running)["store_pins"])

    def test_a_line_byte_by_byte(self):
        self.assert_sent_away(b"get ")

    def test_a_large_value_byte_by_byte(self):
        self.assert_sent_away(b"set a 0 0 500000\r\n")

    def test_an_unwanted_value_byte_by_byte(self):
        self.assert_sent_away(b"set a 0 0 50000000\r\n")

    def test_whole_requests_take_their_time(self):
        with server.cocached("--request-timeout", "1") as running, running.connect() as link:
            for _ in range(3):
                with running.connect() as other:  # a request, then silence for longer than the limit
                    self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
                    trickle(other, b"get a")
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))

    def test_replies_that_are_never_read(self):
        clients = 10
        with server.cocached("--reply-timeout", "1") as running:
            with running.connect() as link:
                ask(link, b"set large 0 0 921600\r\n" + bytes(921_600) + b"\r\n")
            links = [running.connect() for _ in range(clients)]
            for link in links:
                link.sendall(b"get large\r\n" * 20)
            counted = lambda: closed_for(running, "slow_replies_closed")
            wait_until(lambda: counted() == clients, "all to be closed")
            wait_until(lambda: stats(running)["store_pins"] == "0", "the value to be let go")
            for link in links:
                link.close()

    def test_replies_that_are_read_late_but_fast(self):
        with server.cocached("--reply-timeout", "1") as running, running.connect() as link:
            ask(link, b"set large 0 0 921600\r\n" + bytes(921_600) + b"\r\n")
            for _ in range(30):
                link.sendall(b"get large\r\n")
                size = len(b"VALUE large 0 921600\r\n") + 921_600 + len(b"\r\nEND\r\n")
                read_exactly(link, size)
            self.assertEqual(0, closed_for(running, "slow_replies_closed"))

    def test_the_idle_timeout_holds_within_a_value_and_within_a_line(self):
        for beginning in (b"set a 0 0 500000\r\nabc", b"get a"):
            with server.cocached("-o", "idle_timeout=1") as running:
                with running.connect() as link:
                    link.sendall(beginning)
                    self.assertEqual(b"", read_to_end(link))
                self.assertEqual(1, closed_for(running, "idle_kicks"))

    def test_a_handshake_that_never_comes(self):
        authority = Authority()
        self.addCleanup(authority.close)
        own = authority.sign("cache.example")
        files = f"ssl_chain_cert={own.certificate},ssl_key={own.key}"
        flags = ["-Z", "-o", files, "--handshake-timeout", "1"]
        listen = "127.0.0.1:0,notls:127.0.0.1:0"
        with server.cocached(*flags, listen=listen) as running:
            with running.connect() as link:
                link.sendall(b"\x16\x03\x01")  # the beginning of one
                self.assertEqual(b"", read_to_end(link))
            wait_until(lambda: len(server.PORT_LINE.findall(running.port_lines())) == 2, "ports")
            running.port = int(server.PORT_LINE.findall(running.port_lines())[1])
            self.assertEqual(1, closed_for(running, "slow_handshakes_closed"))
            self.assertEqual("1", stats(running)["ssl_handshake_errors"])


# Once: the bounds on memory are ones of the optimised build.
class Memory(unittest.TestCase):
    def test_client_memory_is_bounded_and_small_requests_are_served(self):
        """4 MiB are the least for one thread: 256 blocks."""
        with server.cocached("-t", "1", "-o", "read_buf_mem_limit=4") as running:
            with running.connect() as link:
                ask(link, b"set large 0 0 500000\r\n" + bytes(500_000) + b"\r\n")
                before = running.resident_kib()
                held = [running.connect() for _ in range(100)]
                for number, other in enumerate(held):  # each wants 0.5 MB at least
                    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                        other.sendall(b"set up%d 0 0 900000\r\n" % number + bytes(500_000))
                refused = lambda: int(stats(running)["store_no_memory"])
                wait_until(lambda: refused() > 50, "those who ask for too much to be refused")
                for number in range(100):
                    self.assertEqual(b"END\r\n", ask(link, b"get k%d\r\n" % number))
                shown = stats(running)
                self.assertEqual(4 << 20, int(shown["client_memory_limit"]))
                self.assertLessEqual(int(shown["client_memory"]), 4 << 20)
                self.assertGreater(int(shown["client_memory_refused"]), 0)
                self.assertLess(running.resident_kib() - before, 12 * 1024)  # of it 4 in the store
            for other in held:
                other.close()

    def test_half_requests_beyond_the_limit_are_told(self):
        """Each needs a block of 16 KiB; 4 MiB have 256."""
        with server.cocached("-t", "1", "-o", "read_buf_mem_limit=4") as running:
            links = [running.connect() for _ in range(400)]
            for link in links:
                with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                    link.sendall(b"get " + b"k" * 100)
            told = read_to_end(links[-1])
            self.assertIn(told, (b"SERVER_ERROR out of memory reading request\r\n", b""))
            for link in links:
                link.close()

            def count():
                with contextlib.suppress(AssertionError, ConnectionResetError):
                    return int(stats(running)["read_buf_oom"])

            self.assertGreaterEqual(wait_until(count, "the server to have buffers again"), 100)
            said = lambda: "no more memory for what clients hold" in running.output("err")
            wait_until(said, "that to be logged")

    def test_a_limit_that_is_too_small_is_raised(self):
        with server.cocached("-t", "32", "-o", "read_buf_mem_limit=1") as running:
            self.assertEqual(66 << 20, int(stats(running)["client_memory_limit"]))
            self.assertIn("read_buf_mem_limit=1 is too little", running.output("err"))

    def test_dumps_that_nobody_reads_hold_little(self):
        with server.cocached("-o", "track_sizes", "-D", ":") as running, running.connect() as link:
            for first in range(0, 20_000, 1000):
                sets = b"".join(
                    b"set n%d:%0100d 0 0 1 noreply\r\nx\r\n" % (number, number)
                    for number in range(first, first + 1000)
                )
                ask(link, sets + b"mn\r\n", b"MN\r\n")
            before = running.resident_kib()
            dumps = (b"stats cachedump 1 0\r\n", b"stats detail dump\r\n", b"ns stats\r\n",
                     b"stats sizes\r\n", b"stats\r\n", b"stats conns\r\n")  # fmt: skip
            links = [running.connect() for _ in range(60)]
            for number, other in enumerate(links):
                other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                other.sendall(dumps[number % len(dumps)] * 20)
            writing = lambda: list(stats(running, "conns").values()).count("conn_mwrite")
            wait_until(lambda: writing() >= 30, "replies to wait for their readers")
            self.assertLess(running.resident_kib() - before, 20 * 1024)
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            for other in links:
                other.close()

    def test_unfinished_lists_of_keys_hold_little(self):
        with server.cocached() as running, running.connect() as link:
            before = running.resident_kib()
            links = [running.connect() for _ in range(200)]
            for other in links:
                other.sendall(b"get" + b" not-there" * 20_000)
            count = lambda: int(stats(running)["cmd_get"])
            wait_until(lambda: count() == 200 * 19_999, "the keys to be answered")
            self.assertLess(running.resident_kib() - before, 10 * 1024)
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            for other in links:
                self.assertEqual(b"END\r\n", ask(other, b"\r\n"))
                other.close()

    def test_announced_uploads_evict_nothing(self):
        """Each announces a MB and sends 2 KB of it."""
        with server.cocached("-m", "64") as running, running.connect() as link:
            for number in range(500):
                ask(link, b"set k%d 0 0 1000\r\n" % number + bytes(1000) + b"\r\n")
            before = running.resident_kib()
            uploads = [running.connect() for _ in range(200)]
            for number, upload in enumerate(uploads):
                upload.sendall(b"set up%d 0 0 1000000\r\n" % number + bytes(2000))
            reading = lambda: list(stats(running, "conns").values()).count("conn_nread")
            wait_until(lambda: reading() == len(uploads), "all to be on their way")
            shown = stats(running)
            self.assertEqual("0", shown["evictions"])
            self.assertEqual("500", shown["curr_items"])
            self.assertLess(running.resident_kib() - before, 20 * 1024)
            for upload in uploads[-3:]:
                upload.sendall(bytes(998_000) + b"\r\n")
                self.assertEqual(b"STORED\r\n", read_exactly(upload, 8))
            for upload in uploads:
                upload.close()

    def test_memory_that_unread_replies_keep_is_bounded(self):
        self.check_bound_of_unread_replies("-m", "64", "--pinned-limit", "1")

    def test_memory_that_unread_replies_keep_is_bounded_by_default(self):
        """The default was above what may be pinned at all."""
        self.check_bound_of_unread_replies("-m", "16")

    def check_bound_of_unread_replies(self, *flags):
        with server.cocached(*flags, "-t", "1", "--reply-timeout", "0") as running:
            with running.connect() as link:
                for number in range(8):
                    ask(link, b"set k%d 0 0 900000\r\n" % number + bytes(900_000) + b"\r\n")
                reader = running.connect()
                reader.sendall(b"get k0 k1 k2 k3 k4 k5 k6 k7\r\n" * 20)
                self.assertTrue(reader.recv(1))
                ask(link, b"flush_all\r\n")

                def closed():
                    for number in range(100):
                        ask(link, b"set n%d 0 0 900000\r\n" % number + bytes(900_000) + b"\r\n")
                    return closed_for(running, "pinning_replies_closed")

                self.assertEqual(1, wait_until(closed, "the reader to be closed"))
                reader.close()
            wait_until(lambda: stats(running)["store_pinned_bytes"] == "0", "the memory to be free")


class Descriptors(unittest.TestCase):
    def limit_open_files(self, running, count):
        _, hard = resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (count, hard))

    @staticmethod
    def open_files(running):
        return len(os.listdir(f"/proc/{running.process.pid}/fd"))

    @staticmethod
    def cpu_seconds(running):
        with open(f"/proc/{running.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_without_descriptors_it_waits_and_says_so_once(self):
        # Only the same user may change another process' limits.
        user = ["-u", "root"] if os.geteuid() == 0 else []
        with server.cocached(*user) as running, running.connect() as old:
            self.assertEqual(b"END\r\n", ask(old, b"get a\r\n"))
            self.limit_open_files(running, self.open_files(running))
            with running.connect() as new:  # as far as the listen queue
                new.sendall(b"get a\r\n")
                has = lambda field: dict(
                    line.split(b" ")[1:] for line in
                    ask(old, b"stats\r\n", b"END\r\n").splitlines()[:-1]
                )[field]  # fmt: skip
                wait_until(lambda: has(b"accepting_conns") == b"0", "the pause")
                before = self.cpu_seconds(running)
                paused = lambda: int(has(b"time_in_listen_disabled_us"))
                self.limit_open_files(running, 1024)
                self.assertEqual(b"END\r\n", read_exactly(new, 5))
                self.assertEqual(b"1", has(b"accepting_conns"))
                self.assertEqual(b"1", has(b"listen_disabled_num"))
                self.assertGreaterEqual(paused(), 10_000)
                self.assertLess(self.cpu_seconds(running) - before, 1)
            self.assertEqual(1, running.output("err").count("cannot accept connections"))


# Once: the bounds on memory are ones of the optimised build.
class Dropped(unittest.TestCase):
    """Connections that end at a random point of what they send."""

    CONNECTIONS = 10_000
    AT_ONCE = 20

    def test_ten_thousand_leave_nothing_behind(self):
        value = b"v" * 5000
        whole = (
            b"set a 0 0 5000\r\n" + value + b"\r\nget a\r\nmg a v\r\nincr n 1\r\ngets a b c\r\n"
            b"set b 0 0 30000\r\n" + value * 6 + b"\r\nget a a a a a a a a a a\r\n"
        )
        with server.cocached("-t", "2", "-m", "8") as running:

            def count():
                # Refused as long as the server has not seen all the others leave.
                with contextlib.suppress(AssertionError, ConnectionError):
                    return int(stats(running)["curr_connections"])

            self.drop(running, whole, 2000)  # the store and the pools reach their sizes
            wait_until(lambda: count() == 1, "connections to be gone")
            files = Descriptors.open_files(running)
            memory = running.resident_kib()
            self.drop(running, whole, self.CONNECTIONS)
            wait_until(lambda: count() == 1, "connections to be gone")
            wait_until(lambda: Descriptors.open_files(running) <= files, "descriptors to be closed")
            shown = stats(running)
            grown = running.resident_kib() - memory
            self.assertEqual("0", shown["store_pins"])
            self.assertLess(grown, 4096, "KiB more than before")
            print(f"{self.CONNECTIONS} connections dropped: {grown} KiB more")

    def drop(self, running, whole, connections):
        def client(seed):
            choose = random.Random(seed)
            for _ in range(connections // self.AT_ONCE):
                # The server may hang up because of the request that these bytes belong to.
                with running.connect() as link, contextlib.suppress(ConnectionError):
                    if choose.random() < 0.5:
                        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    link.sendall(whole[: choose.randrange(len(whole))])
                    if choose.random() < 0.3:
                        link.sendall(b"\r\nversion\r\n" * 2000)  # whatever that is the rest of

        def client_that_may_wait(seed):
            try:
                client(seed)
            except OSError as error:
                failures.append(error)

        failures = []
        threads = [
            threading.Thread(target=client_that_may_wait, args=(seed,))
            for seed in range(self.AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
