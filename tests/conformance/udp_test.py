"""The same datagrams to memcached and to cocached, and the same messages back."""

import random
import unittest

from conformance import binary_generator, generator
from conformance.comparison import forgetting, normalised, shown, with_uniques
from support import binary, server, udp
from support.server import wait_until

VALUE = b"x" * 3000
UNKNOWN = 0x81  # of a binary reply: there is no such operation

# One datagram each; (name, payload).
CONVERSATIONS = [
    ("storage", b"set a 5 0 2\r\n22\r\n"),
    ("a hit", b"set a 5 0 2 noreply\r\n22\r\nget a\r\n"),
    ("a miss", b"get none\r\n"),
    ("two commands", b"version\r\nget none\r\n"),
    ("many commands", b"set a 0 0 1\r\n1\r\n" + b"incr a 1\r\n" * 15),
    ("noreply", b"set a 0 0 1 noreply\r\n1\r\n"),
    ("an error of a known command", b"incr none x\r\nget none\r\n"),
    ("meta", b"ms a 2\r\nab\r\nmg a v s k\r\nmg none v\r\nmn\r\n"),
    ("meta, quiet", b"ms a 2 q\r\nab\r\nmg a v q\r\nmg none v q\r\nmn\r\n"),
    ("several datagrams", b"set a 0 0 3000\r\n" + VALUE + b"\r\nget a\r\n"),
    ("several datagrams, meta", b"ms a 3000\r\n" + VALUE + b"\r\nmg a v s\r\n"),
    ("quit", b"quit\r\n"),
    ("quit and more", b"get none\r\nquit\r\nget none\r\n"),
    ("HTTP", b"GET / HTTP/1.0\r\n\r\n"),
    ("half a line", b"get a"),
    ("binary", binary.packet("Noop", opaque=5)),
    ("binary: a set", binary.store("Set", b"a", b"22", flags=5)),
    ("binary: a quiet miss", binary.packet("GetQ", b"none")),
    ("binary: a miss", binary.packet("Get", b"none", opaque=9)),
    ("binary: quit", binary.packet("Quit")),
] + [
    # The edges of a datagram: 1392 bytes are a reply's, 24 of them not the value's.
    (f"a value of {size}", b"set a 0 0 %d\r\n%s\r\nget a\r\n" % (size, b"x" * size))
    for size in range(1365, 1380)
]

HEADERS = [
    ("another sequence number", {"sequence": 1}),
    ("what is reserved", {"reserved": 7}),
    ("no datagram at all", {"total": 0}),
    ("two datagrams", {"total": 2}),
    ("many datagrams", {"total": 257}),
    ("a large id", {"request_id": 0xFFFE}),
]

# Where cocached does otherwise, and why.
#
# - A list of keys is one request and its reply is one message, as memcached's protocol has it and
#   all versions before 1.6 did; since then each item is a message of its own, each the first of one.
# - Every binary request of a datagram is answered; memcached may answer the first alone.
# - A request of no known command has no answer and ends the datagram: with a forged sender two
#   servers would answer each other's replies for ever.
# - What has no reply has no datagram; memcached sends a header without a message.
DIFFERENT = [
    ("a list of keys", b"set a 0 0 1\r\n1\r\nset b 0 0 1\r\n2\r\nget a b\r\n",
     [b"STORED\r\n", b"STORED\r\n", b"VALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n"]),
    ("an unknown command", b"bogus\r\nget none\r\n", []),
    ("a bad value, whose end is no command", b"set a 0 0 4\r\nabcdmore\r\n",
     [b"CLIENT_ERROR bad data chunk\r\n"]),
]


def is_of_unknown(message):
    """True for a reply to an unknown command, which only memcached sends over UDP."""
    return message in (b"ERROR\r\n", b"CLIENT_ERROR bad command line format\r\n")


def comparable(message):
    """A message without what no two servers share, as the values of uniques."""
    if message.startswith(b"\x81"):
        return binary.lines(binary.replies(message))
    return normalised(message)


def say(client, kind, seed):
    """The replies to all commands of a conversation, as if on one connection."""
    writer = generator.Writer(seed)
    commands = [getattr(writer, kind)().encode("latin-1") for _ in range(40)]
    client.messages(forgetting(b"".join(commands)))
    said = b""
    for command in commands:
        messages = client.messages(with_uniques(command, said))
        said += b"".join(message for message in messages if not is_of_unknown(message))
    return [said]


def say_binary(client, seed):
    client.messages(b"flush_all noreply\r\n")
    said = []
    for request in binary_generator.conversation(seed, 40):
        if callable(request):
            request = request(said)
        for message in client.messages(request):
            said += [reply for reply in binary.replies(message) if reply.status != UNKNOWN]
    return binary.lines(said)


def say_frames(client, seed):
    """Each by itself: of several that come at once memcached may lose some."""
    dice = random.Random(seed)
    answers = []
    for _ in range(40):
        payload = dice.choice([b"mn\r\n", b"mn\r\nmn\r\n", dice.randbytes(5).replace(b"\n", b"") + b"\r\n"])
        total = dice.choice([0, 1, 1, 1, 2, 255, 256, 257, 0xFFFF])
        header = udp.HEADER.pack(udp.REQUEST_ID, dice.choice([0, 1, 0xFFFF]), total, dice.randrange(3))
        client.send_raw((header + payload)[: dice.choice([0, 1, 7, 8, 9, 12, 99, 99, 99])])
        answers += [message for message in client.pending() if not is_of_unknown(message)]
    return answers


class BothServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = []
        for start in (server.cocached, server.memcached):
            # With one thread the replies of memcached have an order. -R 1000 prevents a yield, at which
            # memcached drops unread requests.
            running = start("-U", "-1", "-t", "1", "-R", "1000")
            cls.addClassCleanup(running.stop)
            wait_until(lambda: "UDP" in running.port_lines(), "the port")
            cls.servers.append(running)

    def both(self, ask, judged=lambda messages: [comparable(message) for message in messages]):
        """The replies of each server to a client of its own, after it has forgotten all items."""
        replies = []
        for running in self.servers:
            with udp.Client(running.udp_port()) as client:
                client.ask(b"delete a\r\n")
                client.ask(b"delete b\r\n")
                replies.append(judged(ask(client)))
        return replies


class Messages(BothServers):
    def test_messages(self):
        for name, payload in CONVERSATIONS:
            with self.subTest(name):
                ours, theirs = self.both(lambda client, said=payload: client.messages(said))
                self.assertEqual(theirs, ours)

    def test_headers(self):
        def ask(client, header):
            client.send(b"mn\r\n", **header)
            client.send(b"version\r\n", request_id=header.get("request_id", udp.REQUEST_ID))
            first = client.receive(header.get("request_id", udp.REQUEST_ID))
            return [first] if first.startswith(b"VERSION") else [first, b"and more"]

        for name, header in HEADERS:
            with self.subTest(name):
                ours, theirs = self.both(lambda client, fields=header: ask(client, fields))
                self.assertEqual(theirs, ours)

    def test_random_commands(self):
        """One in each datagram; a reply of several messages counts as what they say together."""
        for kind in ("valid", "meta", "nearly_valid"):
            for seed in range(8):
                with self.subTest(kind=kind, seed=seed):
                    ours, theirs = self.both(lambda client, of=(kind, seed): say(client, *of))
                    self.assertEqual(shown(theirs[0]), shown(ours[0]))

    def test_random_binary_requests(self):
        for seed in range(8):
            with self.subTest(seed=seed):
                ours, theirs = self.both(lambda client, of=seed: say_binary(client, of), list)
                self.assertEqual(theirs, ours)

    def test_two_binary_requests(self):
        ours, theirs = self.both(lambda client: client.messages(binary.packet("Noop") * 2))
        self.assertEqual([["Noop 0x0"]] * 2, ours)
        self.assertIn(theirs, (ours, ours[:1]))  # see above

    def test_deliberate_differences(self):
        for name, payload, expected in DIFFERENT:
            with self.subTest(name):
                ours, theirs = self.both(lambda client, said=payload: client.messages(said))
                self.assertEqual(expected, ours)
                self.assertNotEqual(theirs, ours)


class Frames(BothServers):
    """With servers of their own: memcached's answer less well when much has been said before."""

    def test_random_frames(self):
        """Headers that are cut, false, or without a request."""
        for seed in range(8):
            with self.subTest(seed=seed):
                ours, theirs = self.both(lambda client, of=seed: say_frames(client, of))
                self.assertEqual(theirs, ours)


del BothServers


if __name__ == "__main__":
    unittest.main()
