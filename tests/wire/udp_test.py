"""Requests and replies in datagrams, over real sockets."""

import os
import subprocess
import unittest

from support import binary, server, udp
from support.conversation import ask, stats
from support.server import wait_until

USER = ["-u", "nobody"] if os.geteuid() == 0 else []


def started(running, host="127.0.0.1"):
    """The server, once it accepts clients. Datagrams are answered a little earlier, when a signal
    to stop may still be lost: by ThreadSanitizer, not by the server."""
    with running.connect(host) as link:
        ask(link, b"mn\r\n", b"MN\r\n")
    return running


class Udp(unittest.TestCase):
    def start(self, *flags, host="127.0.0.1", **options):
        running = server.cocached("-U", "-1", *flags, **options)
        self.addCleanup(running.stop)
        return started(running, host)

    def client(self, running, host="127.0.0.1"):
        client = udp.Client(running.udp_port(), host)
        self.addCleanup(client.close)
        return client

    def test_text_meta_and_binary_share_the_items_of_tcp(self):
        running = self.start()
        client = self.client(running)
        self.assertEqual(b"STORED\r\n", client.ask(b"set a 0 0 1\r\n1\r\n"))
        self.assertEqual(b"VA 1 f0\r\n1\r\n", client.ask(b"mg a v f\r\n"))
        (reply,) = binary.replies(client.ask(binary.packet("Get", b"a", opaque=7)))
        self.assertEqual((b"1", 7), (reply.value, reply.opaque))
        with running.connect() as link:
            self.assertEqual(b"VALUE a 0 1\r\n1\r\nEND\r\n", ask(link, b"get a\r\n", b"END\r\n"))

    def test_ids_are_echoed(self):
        client = self.client(self.start())
        for request_id in (0, 1, 0xFF, 0x100, 0xFFFF):
            self.assertEqual(b"MN\r\n", client.ask(b"mn\r\n", request_id=request_id))

    def test_replies_in_many_datagrams(self):
        running = self.start()
        client = self.client(running)
        for size in (1_300, 1_392, 1_393, 3_000, 60_000):
            value = os.urandom(size)
            self.assertEqual(b"STORED\r\n", client.ask(b"set a 0 0 %d\r\n%s\r\n" % (size, value)))
            expected = b"VALUE a 0 %d\r\n%s\r\nEND\r\n" % (size, value)
            self.assertTrue(expected == client.ask(b"get a\r\n"), size)

    def test_a_reply_too_large_is_an_error(self):
        running = self.start()
        client = self.client(running)
        with running.connect() as link:
            ask(link, b"set a 0 0 100000\r\n" + b"x" * 100_000 + b"\r\n")
        refusal = b"SERVER_ERROR reply too large for UDP\r\n"
        self.assertEqual(refusal, client.ask(b"get a\r\n"))
        (reply,) = binary.replies(client.ask(binary.packet("Get", b"a", opaque=7)))
        self.assertEqual((3, b"Too large.", 7), (reply.status, reply.value, reply.opaque))

    def test_a_dump_is_a_reply_like_any_other(self):
        client = self.client(self.start())
        self.assertEqual(b"STORED\r\n", client.ask(b"set a 0 0 1\r\n1\r\n"))
        self.assertRegex(client.ask(b"lru_crawler metadump all\r\n"), rb"^OK\r\nkey=a .*\nEND\r\n$")

    def test_noise_is_dropped(self):
        client = self.client(self.start())
        for noise in (b"", b"1234567", b"12345678", udp.HEADER.pack(1, 0, 1, 0)):
            client.send_raw(noise)
        client.send(b"version\r\n", total=2)
        client.send(b"set a 0 0 10\r\n123")
        client.send(b"versi")
        client.send(os.urandom(60_000).replace(b"\n", b"x"))
        self.assertEqual(b"MN\r\n", client.messages(b"mn\r\n")[-1])
        self.assertTrue(client.is_silent())

    def test_the_whole_answer_to_a_datagram_is_bounded(self):
        client = self.client(self.start())
        self.assertEqual(b"STORED\r\n", client.ask(b"set a 0 0 60000\r\n%s\r\n" % (b"x" * 60_000)))
        messages = client.messages(b"get a\r\n" * 8_000)
        self.assertEqual(2, len(messages))
        self.assertEqual(b"SERVER_ERROR reply too large for UDP\r\n", messages[1])

    def test_two_servers_do_not_talk_to_each_other_for_ever(self):
        """A forged sender makes one server send its replies to the other."""
        clients = [self.client(self.start()) for _ in range(2)]
        bait = b"\r\nget a\r\nmn\r\n"
        for client in clients:
            self.assertEqual(b"STORED\r\n", client.ask(b"set a 0 0 %d\r\n%s\r\n" % (len(bait), bait)))
        for start in (b"bogus\r\n", b"get a\r\n", b"incr a 1\r\n", b"mg a v\r\n", b"get\r\n",
                      binary.packet("Get", b"a"), binary.packet("Get", b"none")):
            for message in clients[0].messages(start):
                self.assertEqual([], clients[1].messages(message), message)

    def test_every_worker_answers(self):
        running = self.start("-t", "4")
        clients = [self.client(running) for _ in range(40)]
        for client in clients:
            client.send(b"mn\r\n")
        for client in clients:
            self.assertEqual(b"MN\r\n", client.receive())

    def test_ipv6(self):
        client = self.client(self.start(host="::1", listen="[::1]:0"), "::1")
        self.assertEqual(b"MN\r\n", client.ask(b"mn\r\n"))

    def test_the_listeners_protocols_hold(self):
        client = self.client(self.start(listen="proto[ascii]:127.0.0.1:0"))
        self.assertEqual([], client.messages(binary.packet("Version") + b"\n"))

    def test_what_it_says_of_itself(self):
        running = self.start()
        said = f"listening on 127.0.0.1:{running.udp_port()} for UDP"
        wait_until(lambda: said in running.output("out"), "the port to be told")
        client = self.client(running)
        before = stats(running)
        client.ask(b"mn\r\n")
        after = wait_until(
            lambda: (now := stats(running))["bytes_written"] != before["bytes_written"] and now,
            "traffic to be counted")
        self.assertGreater(int(after["bytes_read"]), int(before["bytes_read"]))

    def test_stopping_while_datagrams_come(self):
        running = started(server.cocached("-U", "-1"))
        with udp.Client(running.udp_port()) as client:
            client.ask(b"mn\r\n")
            for _ in range(100):
                client.send(b"mn\r\n")
            running.stop()


class Refusals(unittest.TestCase):
    def run_it(self, *flags):
        return subprocess.run(
            [os.environ["COCACHED_BIN"], "-p", "-1", "--no-http", *USER, *flags],
            capture_output=True, text=True, timeout=server.PATIENCE, check=False)

    def test_every_address_must_be_asked_for(self):
        for where in ([], ["-l", "*"], ["-l", "0.0.0.0"], ["-l", "::"]):
            ended = self.run_it("-U", "-1", *where)
            self.assertEqual(64, ended.returncode, where)
            self.assertIn("--udp-on-every-address", ended.stderr)
        with server.cocached("-U", "-1", "--udp-on-every-address", listen="0.0.0.0") as running:
            started(running)
            with udp.Client(running.udp_port()) as client:
                self.assertEqual(b"MN\r\n", client.ask(b"mn\r\n"))

    def test_not_together_with_authentication(self):
        ended = self.run_it("-U", "-1", "-l", "127.0.0.1", "-Y", "/no/such/file")
        self.assertEqual(64, ended.returncode)
        self.assertIn("log in", ended.stderr)

    def test_not_together_with_tls(self):
        ended = self.run_it("-U", "-1", "-l", "127.0.0.1", "-Z", "-o", "ssl_chain_cert=/no/such")
        self.assertEqual(64, ended.returncode)
        self.assertIn("not encrypted", ended.stderr)

    def test_a_port_that_another_server_has(self):
        with server.cocached("-U", "-1") as running:
            started(running)
            ended = self.run_it("-U", str(running.udp_port()), "-l", "127.0.0.1")
            self.assertEqual(71, ended.returncode)
            self.assertIn("Address already in use", ended.stderr)

    def test_off_unless_asked_for(self):
        for flags in ([], ["-U", "0"]):
            with server.cocached(*flags) as running:
                self.assertNotIn("UDP", running.port_lines() + running.output())
                self.assertEqual("0", stats(running, "settings")["udpport"])


if __name__ == "__main__":
    unittest.main()
