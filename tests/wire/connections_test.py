"""Connections: many, refused, broken off, idle."""

import contextlib
import resource
import socket
import struct
import unittest

from support import server
from support.conversation import ask, is_served, read_to_end, stats
from support.server import wait_until

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def reset(link):
    """Closes so that the server sees an error instead of the end of the stream."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    link.close()


class Connections(unittest.TestCase):
    def setUp(self):
        self.server = server.cocached()
        self.addCleanup(self.server.stop)

    def count(self):
        return int(stats(self.server)["curr_connections"]) - 1  # without the one that asks

    def test_two_hundred_at_once(self):
        links = [self.server.connect() for _ in range(200)]
        for number, link in enumerate(links):
            self.assertEqual(b"STORED\r\n", ask(link, b"set k%d 0 0 3\r\n%03d\r\n" % (number, number)))
        for number, link in enumerate(links):
            other = (number + 77) % 200
            reply = ask(link, b"get k%d\r\n" % other, b"END\r\n")
            self.assertEqual(b"VALUE k%d 0 3\r\n%03d\r\nEND\r\n" % (other, other), reply)
        self.assertEqual(200, self.count())
        for link in links:
            link.close()
        wait_until(lambda: self.count() == 0, "connections to be gone")

    def test_a_reset_within_a_line_a_value_and_a_reply(self):
        with self.server.connect() as link:
            ask(link, b"set large 0 0 1000000\r\n" + b"x" * 1_000_000 + b"\r\n")
        beginnings = [b"get ", b"set a 0 0 100\r\nabc", b"set b 0 0 900000\r\n" + b"x" * 100_000]
        for beginning in [*beginnings, b"get large\r\n" * 50]:
            link = self.server.connect()
            link.sendall(beginning)
            reset(link)
        wait_until(lambda: self.count() == 0, "connections to be gone")
        with self.server.connect() as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a b\r\n"))

    def test_a_client_that_closes_its_side_first_gets_every_reply(self):
        with self.server.connect() as link:
            link.sendall(b"get missing\r\n" * 3000)
            link.shutdown(socket.SHUT_WR)
            self.assertEqual(b"END\r\n" * 3000, read_to_end(link))

    def test_the_last_reply_arrives_although_input_was_left_unread(self):
        for _ in range(20):
            with self.server.connect() as link:
                link.sendall(b"version\r\nquit\r\n" + b"get missing\r\n" * 1000)
                self.assertRegex(read_to_end(link), rb"^VERSION \S+\r\n$")


class ConnectionLimit(unittest.TestCase):
    def test_one_too_many_is_told_so(self):
        with server.cocached("-c", "20") as running:
            links = [running.connect() for _ in range(20)]
            for link in links:
                self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            with running.connect() as refused:
                self.assertEqual(b"ERROR Too many open connections\r\n", read_to_end(refused))
            links.pop().close()
            wait_until(lambda: is_served(running), "room for another connection")
            # By one who is in: a new client may come before the server has seen the others leave.
            lines = ask(links[0], b"stats\r\n", b"END\r\n").decode().split("\r\n")
            rejected = next(int(line.split()[2]) for line in lines if "rejected_connections" in line)
            self.assertGreaterEqual(rejected, 1)
            for link in links:
                link.close()


# Once: the bounds on memory are ones of the optimised build.
class Idle(unittest.TestCase):
    CLIENTS = 5000
    BYTES_EACH = 1_000_000
    LIMIT_KIB_EACH = 2
    STOCK_KIB = 1024  # the blocks that a worker keeps for the next burst

    def test_an_idle_timeout_closes(self):
        with server.cocached("-o", "idle_timeout=1") as running:
            with running.connect() as link:
                self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
                self.assertEqual(b"", read_to_end(link))
            self.assertEqual("1", stats(running)["idle_kicks"])

    def test_idle_connections_hold_next_to_no_memory(self):
        """Each moved a megabyte; once silent, it holds no buffer any more."""
        allow_open_files(self.CLIENTS + 200)
        with server.cocached("-c", str(self.CLIENTS + 100), "-t", "1") as running:
            with running.connect() as link:
                for _ in range(200):  # the store reaches its size
                    move_a_megabyte(link, self.BYTES_EACH)
            before = running.resident_kib() + self.STOCK_KIB
            links = [running.connect() for _ in range(self.CLIENTS)]
            for link in links:
                move_a_megabyte(link, self.BYTES_EACH)

            def held_by_each():
                return (running.resident_kib() - before) / self.CLIENTS

            with contextlib.suppress(TimeoutError):
                wait_until(lambda: held_by_each() <= self.LIMIT_KIB_EACH, "memory to be given back")
            self.assertLessEqual(held_by_each(), self.LIMIT_KIB_EACH, "KiB for a connection")
            print(f"{held_by_each():.2f} KiB for a connection")
            for link in links:
                self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            for link in links:
                link.close()


def move_a_megabyte(link, size):
    """Half of it to the server, half from it."""
    half = size // 2
    link.sendall(b"set half 0 0 %d\r\n" % half + bytes(half) + b"\r\nget half\r\n")
    expected = len(b"STORED\r\n") + len(b"VALUE half 0 %d\r\n" % half) + half + len(b"\r\nEND\r\n")
    left = expected
    while left:
        left -= len(link.recv(left))


def allow_open_files(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise unittest.SkipTest(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
