"""Sockets from a service manager, messages to it, and a new server that replaces an old one."""

import contextlib
import os
import re
import signal
import socket
import tempfile
import threading
import time
import unittest

from support import server
from support.conversation import ask, read_to_end

# systemd's first descriptor, and a shell that puts what it inherits there: it is exec that keeps the
# process id, which the protocol names.
FIRST = 3
HAND_OVER = 'exec {moves}; LISTEN_PID=$$ exec "$@"'


def handed(sockets, *flags, environment=None):
    """A server that is given sockets, a dictionary by their names."""
    # In two steps, for what is moved may be where another one belongs.
    spare = [os.dup(one.fileno()) for one in sockets.values()]
    high = [fd + 100 for fd in range(len(spare))]
    for fd, place in zip(spare, high):
        os.dup2(fd, place)
        os.close(fd)
    moves = " ".join(f"{FIRST + i}<&{fd}" for i, fd in enumerate(high))
    names = {"LISTEN_FDS": str(len(high)), "LISTEN_FDNAMES": ":".join(sockets)}
    argv = ["bash", "-c", HAND_OVER.format(moves=moves), "bash", os.environ["COCACHED_BIN"],
            *server.unprivileged_user(), *flags]
    try:
        return server.Server(argv, well_behaved=True, environment=names | (environment or {}),
                             pass_fds=high)
    finally:
        for fd in high:
            os.close(fd)


class Readiness(unittest.TestCase):
    def test_it_says_when_it_is_ready_reads_again_and_stops(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(folder, "notify")
            manager.bind(path)
            os.chmod(folder, 0o777)  # the server has become another user by then
            os.chmod(path, 0o777)
            manager.settimeout(server.PATIENCE)
            with server.cocached(environment={"NOTIFY_SOCKET": path}) as running:
                self.assertEqual(b"READY=1", manager.recv(100))
                with running.connect() as link:
                    self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
                running.process.send_signal(signal.SIGHUP)
                self.assertEqual([b"RELOADING=1", b"READY=1"],
                                 [manager.recv(100) for _ in range(2)])
                running.process.send_signal(signal.SIGTERM)
                self.assertEqual(b"STOPPING=1", manager.recv(100))


class Handed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "socket")

    def test_tcp_unix_and_http(self):
        with contextlib.ExitStack() as stack:
            listeners = {
                "cache": socket.create_server(("127.0.0.1", 0)),
                "local": socket.create_server(self.path, family=socket.AF_UNIX),
                "http": socket.create_server(("127.0.0.1", 0)),
            }
            for one in listeners.values():
                stack.enter_context(one)
            with handed(listeners) as running:
                self.assertEqual(listeners["cache"].getsockname()[1], running.port)
                for place in listeners["cache"], listeners["local"]:
                    with socket.socket(place.family) as link:
                        link.connect(place.getsockname())
                        self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
                with socket.create_connection(listeners["http"].getsockname()) as link:
                    link.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    self.assertTrue(read_to_end(link).startswith(b"HTTP/1.1 200"))
            # They outlive the server: whoever comes now waits for the next one.
            self.assertTrue(os.path.exists(self.path))
            with socket.create_connection(listeners["cache"].getsockname()) as link:
                link.sendall(b"mn\r\nquit\r\n")
                with handed(listeners):
                    self.assertEqual(b"MN\r\n", read_to_end(link))

    def test_a_descriptor_that_does_not_listen_is_refused(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            with self.assertRaisesRegex(RuntimeError, "(?s)exited with 71.*cache is no listening"):
                handed({"cache": udp})

    def test_a_socket_for_http_that_is_none_of_tcp_is_refused(self):
        """It was served, under an address made up from the path."""
        with socket.create_server(self.path, family=socket.AF_UNIX) as local:
            with self.assertRaisesRegex(RuntimeError, "(?s)exited with 71.*http is no TCP socket"):
                handed({"http": local}, "-p", "-1", "-l", "127.0.0.1")


class Client(threading.Thread):
    """A connection for every request, as of a script without a pool."""

    # A connection that has said nothing for longer is idle, and may be closed.
    AT_ONCE = 0.02

    def __init__(self, port):
        super().__init__()
        self._port = port
        self._over = threading.Event()
        self.failures = []
        self.served = self.late = 0
        self.start()

    def run(self):
        while not self._over.is_set():
            began = time.monotonic()
            try:
                with server.connect(self._port) as link:
                    link.sendall(b"set a 0 0 1\r\n1\r\nquit\r\n")
                    asked_at_once = time.monotonic() - began < self.AT_ONCE
                    if (reply := read_to_end(link)) != b"STORED\r\n":
                        raise ConnectionResetError(f"no reply but {reply}")
                self.served += 1
            except ConnectionRefusedError as error:
                self.failures.append(error)
            except OSError as error:
                if asked_at_once:
                    self.failures.append(error)
                self.late += 1

    def finish(self):
        self._over.set()
        self.join()


class Upgrade(unittest.TestCase):
    """A new server is started and then the old one stopped, while clients come all the time."""

    UPGRADES = 4

    def upgrade(self, start):
        old = start(None)
        clients = [Client(old.port) for _ in range(4)]
        for _ in range(self.UPGRADES):
            new = start(old.port)
            old.stop()
            before = [client.served for client in clients]
            server.wait_until(lambda: all(client.served > count + 50 for client, count
                                          in zip(clients, before)), "the new one to serve")
            old = new
        for client in clients:
            client.finish()
        old.stop()
        served = sum(client.served for client in clients)
        failures = [error for client in clients for error in client.failures]
        print(f"{self.UPGRADES} upgrades: {served} connections served, {len(failures)} failed, "
              f"{sum(client.late for client in clients)} closed before they asked")
        return failures

    def test_with_sockets_that_are_handed_over_nothing_fails(self):
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            self.assertEqual([], self.upgrade(lambda _: handed({"cache": listener}, "--no-http")))

    def test_with_a_shared_port_nobody_is_refused(self):
        def start(port):
            return server.cocached("--reuse-port", listen=f"127.0.0.1:{port or 0}")

        refused = [error for error in self.upgrade(start)
                   if isinstance(error, ConnectionRefusedError)]
        self.assertEqual([], refused)

    def test_a_port_is_shared_only_where_both_say_so(self):
        with server.cocached("--reuse-port") as running:
            with self.assertRaisesRegex(RuntimeError, "Address already in use"):
                server.cocached(listen=f"127.0.0.1:{running.port}")

    def test_the_endpoint_is_shared_as_well(self):
        with server.cocached("--reuse-port", "--http", "127.0.0.1:0") as running:
            place = lambda which: re.search(r"http://(\S+)/", which.output("out"))[1]
            with server.cocached("--reuse-port", "--http", place(running)) as other:
                self.assertEqual(place(running), place(other))


if __name__ == "__main__":
    unittest.main()
