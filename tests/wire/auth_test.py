"""Logins with -Y and -S, over sockets."""

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from support import binary, server
from support.conversation import ask, read_exactly, read_to_end
from support.server import wait_until

USERS = "ann:secret\nbob:two words\n"
FAILURE = b"CLIENT_ERROR authentication failure\r\n"
UNKNOWN = b"CLIENT_ERROR unauthenticated\r\n"


def text_login(user, password):
    token = f"{user} {password}".encode()
    return b"set any 0 0 %d\r\n%s\r\n" % (len(token), token)


def crypted(password, setting):
    """The hash that the system's own tools write."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), setting.encode()).decode()


def plain(user, password):
    return binary.packet("SaslAuth", b"PLAIN", f"\0{user}\0{password}".encode())


def ask_binary(link, packet):
    link.sendall(packet)
    head = read_exactly(link, binary.HEADER.size)
    (reply,) = binary.replies(head + read_exactly(link, binary.HEADER.unpack(head)[6]))
    return reply


class AuthFile(unittest.TestCase):
    def setUp(self):
        handle, self.path = tempfile.mkstemp(prefix="cocached-users-")
        os.close(handle)
        os.chmod(self.path, 0o644)  # the server reads it as another user
        self.addCleanup(os.unlink, self.path)
        self.write(USERS)

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, *flags):
        running = server.cocached("-Y", self.path, *flags)
        self.addCleanup(running.stop)
        return running

    def connect(self, running):
        link = running.connect()
        self.addCleanup(link.close)
        return link

    def counts(self, running):
        """auth_cmds and auth_errors, as a user sees them who has just logged in."""
        with running.connect() as link:
            ask(link, text_login("ann", "secret"))
            lines = ask(link, b"stats\r\n", b"END\r\n").decode().split("\r\n")
        found = dict(line.split(" ")[1:3] for line in lines if line.startswith("STAT auth_"))
        return int(found["auth_cmds"]), int(found["auth_errors"])

    def test_text(self):
        running = self.start()
        link = self.connect(running)
        for command in (b"get a\r\n", b"mg a v\r\n", b"version\r\n", b"flush_all\r\n"):
            self.assertEqual(UNKNOWN, ask(link, command))
        self.assertEqual(b"STORED\r\n", ask(link, text_login("bob", "two words")))
        self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 1\r\n1\r\n"))
        self.assertEqual(b"VA 1\r\n1\r\n", ask(link, b"mg a v\r\n", b"\r\n1\r\n"))
        settings = ask(link, b"stats settings\r\n", b"END\r\n").decode()
        self.assertIn(f"auth_enabled_ascii {self.path}\r\n", settings)
        self.assertIn("auth_enabled_sasl yes\r\n", settings)

    def test_binary(self):
        running = self.start()
        link = self.connect(running)
        self.assertEqual(b"PLAIN", ask_binary(link, binary.packet("SaslList")).value)
        self.assertEqual(0x20, ask_binary(link, plain("ann", "guess")).status)
        self.assertEqual(b"Authenticated", ask_binary(link, plain("ann", "secret")).value)
        self.assertEqual(0, ask_binary(link, binary.packet("Noop")).status)
        link = self.connect(running)
        link.sendall(binary.packet("Get", b"a"))
        (refusal,) = binary.replies(read_to_end(link))
        self.assertEqual((0x20, b"Auth failure."), (refusal.status, refusal.value))

    def test_failures_are_counted_and_late_and_hold_nobody_up(self):
        running = self.start("-t", "1")
        guessing, other = self.connect(running), self.connect(running)
        ask(other, text_login("ann", "secret"))
        began = time.monotonic()
        guessing.sendall(text_login("ann", "guess") + text_login("eve", "secret"))
        for _ in range(100):
            self.assertEqual(b"MN\r\n", ask(other, b"mn\r\n"))
        self.assertEqual(FAILURE * 2, read_exactly(guessing, 2 * len(FAILURE)))
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.assertEqual((4, 2), self.counts(running))

    def test_nobody_else_waits_while_a_slow_password_is_hashed(self):
        self.write(f"ann:secret\nslow:{crypted('secret', '$6$rounds=3000000$cocached$')}\n")
        running = self.start("-t", "1")
        slow, other = self.connect(running), self.connect(running)
        ask(other, text_login("ann", "secret"))
        slow.sendall(text_login("slow", "secret"))
        for _ in range(3):
            self.assertEqual(b"MN\r\n", ask(other, b"mn\r\n"))
        slow.settimeout(0)
        with self.assertRaises(BlockingIOError):  # others have been answered before
            slow.recv(1)
        slow.settimeout(server.PATIENCE)
        self.assertEqual(b"STORED\r\n", read_exactly(slow, 8))

    def test_wrong_guesses_of_one_address_hold_no_login_of_another_up(self):
        """By count: few of the guesses are checked before the login, however long each takes."""
        slow = crypted("secret", "$6$rounds=1000000$cocached$")
        self.write(f"ann:{slow}\n")
        running = self.start()
        for _ in range(100):
            guess = socket.create_connection(
                ("127.0.0.1", running.port), server.PATIENCE, source_address=("127.0.0.2", 0))
            self.addCleanup(guess.close)
            guess.sendall(text_login("ann", "guess"))
        link = self.connect(running)
        self.assertEqual(b"STORED\r\n", ask(link, text_login("ann", "secret")))
        lines = ask(link, b"stats\r\n", b"END\r\n").decode().split("\r\n")
        checked = next(int(line.split()[2]) for line in lines if line.startswith("STAT auth_cmds "))
        self.assertLess(checked, 75)

    def test_hangup_reads_the_users_again_and_a_bad_file_changes_nothing(self):
        running = self.start()

        def may_come_in(user, password):
            with running.connect() as link:
                return ask(link, text_login(user, password)) == b"STORED\r\n"

        self.assertFalse(may_come_in("eve", "new"))
        self.write("eve:new\n")
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: may_come_in("eve", "new"), "the new user")
        self.assertFalse(may_come_in("ann", "secret"))
        self.write("this is no user\n")
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "line 1" in running.output("err"), "the complaint")
        self.assertTrue(may_come_in("eve", "new"))

    def test_whoever_is_in_stays_in_when_the_users_change(self):
        running = self.start()
        link = self.connect(running)
        ask(link, text_login("ann", "secret"))
        self.write("eve:new\n")
        running.process.send_signal(signal.SIGHUP)
        self.assertEqual(b"MN\r\n", ask(link, b"mn\r\n"))

    def test_a_file_that_cannot_be_used_is_an_error_at_start(self):
        self.write("no user here\n")
        with self.assertRaisesRegex(RuntimeError, r"exited with 71[\s\S]*line 1"):
            server.cocached("-Y", self.path)
        with self.assertRaisesRegex(RuntimeError, r"exited with 71[\s\S]*No such file"):
            server.cocached("-Y", "/no/such/file")

    def test_stopping_waits_for_no_refusal(self):
        running = server.cocached("-Y", self.path)
        with running.connect() as link:
            link.sendall(text_login("ann", "guess") * 5)
            running.stop()

    def test_the_users_of_sasl(self):
        os.environ["MEMCACHED_SASL_PWDB"] = self.path
        self.addCleanup(os.environ.pop, "MEMCACHED_SASL_PWDB")
        running = server.cocached("-S")
        self.addCleanup(running.stop)
        link = self.connect(running)
        self.assertEqual(b"Authenticated", ask_binary(link, plain("bob", "two words")).value)

    def test_sasl_without_users_is_a_mistake(self):
        ended = subprocess.run([os.environ["COCACHED_BIN"], "-S"], capture_output=True, text=True,
                               timeout=server.PATIENCE, check=False)
        self.assertEqual(64, ended.returncode)
        self.assertIn("MEMCACHED_SASL_PWDB", ended.stderr)


if __name__ == "__main__":
    unittest.main()
