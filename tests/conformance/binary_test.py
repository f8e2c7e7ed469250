"""The binary protocol: cocached replies what memcached replies, byte for byte."""

import unittest

from conformance import binary_generator, differences
from conformance.binary_conversations import CONVERSATIONS
from support import server
from support.binary import arithmetic, lines, packet, replies, store, timed
from support.conversation import READ_SIZE, converse

END_OF_STEP = 0xE0F5
FORGOTTEN = 0xF0F0
LAST_WORD = packet("Noop", opaque=0xFFFFFFFF)
KEYS = sorted({b"a", b"b", b"missing", b"key", *binary_generator.KEYS})
CUT_UP_TO = 300


def forgetting():
    """Deletes all keys; `said` leaves out the replies to that."""
    return b"".join(packet("DeleteQ", key, opaque=FORGOTTEN) for key in KEYS)


def said(received):
    return lines([reply for reply in replies(received) if reply.opaque != FORGOTTEN])


def ask(link, request):
    """The replies to the request, and to the Noop that ends it."""
    link.sendall(request + packet("Noop", opaque=END_OF_STEP))
    received = b""
    while not received.endswith(packet("Noop", opaque=END_OF_STEP, magic=0x81)):
        received += link.recv(READ_SIZE)
    return replies(received)[:-1]


def hold(conversation, partner):
    """Goes through the conversation with a server; returns its replies as lines."""
    found, request = [], b""
    with partner.connect() as link:
        ask(link, forgetting())
        for step in conversation:
            if callable(step):
                found += ask(link, request)
                step, request = step(found), b""
            request += step
    return lines(found + replies(converse(partner, request + LAST_WORD)))


class BothServers(unittest.TestCase):
    maxDiff = None
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.theirs = server.memcached(*cls.flags)
        cls.addClassCleanup(cls.theirs.stop)
        cls.ours = server.cocached(*cls.flags)
        cls.addClassCleanup(cls.ours.stop)


class Binary(BothServers):
    def test_replies_are_those_of_memcached(self):
        listed = differences.applying(
            differences.BINARY_DIFFERENCES, server.memcached_version()
        )
        for name, conversation in CONVERSATIONS.items():
            with self.subTest(name):
                theirs, ours = hold(conversation, self.theirs), hold(conversation, self.ours)
                self.assertEqual(listed.get(name, theirs), ours)
                if name in listed:
                    self.assertNotEqual(theirs, ours, "stale entry: no difference any more")

    def test_replies_do_not_depend_on_the_cut(self):
        for name, conversation in CONVERSATIONS.items():
            if any(callable(step) for step in conversation):
                continue
            request = b"".join(conversation) + LAST_WORD
            if len(request) <= CUT_UP_TO:
                with self.subTest(name):
                    self.cut_everywhere(request)

    def cut_everywhere(self, request):
        before = forgetting()
        whole = said(converse(self.ours, before + request))
        for cut in range(1, len(request)):
            pieces = (before + request[:cut], request[cut:])
            self.assertEqual(whole, said(converse(self.ours, *pieces)), f"cut at {cut}")


class Random(BothServers):
    """Conversations by seed."""

    seeds = range(40)
    length = 60

    def test_replies_are_those_of_memcached(self):
        for seed in self.seeds:
            with self.subTest(seed=seed):
                conversation = binary_generator.conversation(seed, self.length)
                theirs, ours = hold(conversation, self.theirs), hold(conversation, self.ours)
                self.assertEqual(theirs, ours)

    def test_replies_do_not_depend_on_the_cut(self):
        for seed in self.seeds:
            with self.subTest(seed=seed):
                steps = binary_generator.conversation(seed, self.length)
                request = b"".join(step for step in steps if not callable(step)) + LAST_WORD
                before = forgetting()
                whole = said(converse(self.ours, before + request))
                pieces = binary_generator.Writer(seed).cuts(request)
                self.assertEqual(whole, said(converse(self.ours, before, *pieces)))


class Switches(BothServers):
    """Flags of the server that change what binary requests are answered."""

    def compare(self, *conversation):
        self.assertEqual(hold(conversation, self.theirs), hold(conversation, self.ours))


class WithoutUniques(Switches):
    flags = ("-C",)

    def test_uniques_are_zero(self):
        self.compare(
            store("Set", b"a", b"1"),
            packet("Get", b"a"),
            arithmetic("Increment", b"n", 1, 5, 0),
            timed("GAT", b"a", 100),
        )

    def test_no_unique_matches(self):
        """As in text; in binary, memcached compares nothing and stores."""
        said = hold([store("Set", b"a", b"1"), store("Set", b"a", b"2", cas=7)], self.ours)
        self.assertIn("Set 0x2 value=b'Data exists for key.'", said)


class WithoutFlush(Switches):
    flags = ("-F",)

    def test_flush_is_refused(self):
        self.compare(store("Set", b"a", b"1"), packet("Flush"), packet("FlushQ"), packet("Get", b"a"))


class BinaryAlone(Switches):
    flags = ("-B", "binary")

    def test_requests_are_answered(self):
        self.compare(store("Set", b"a", b"1"), packet("Get", b"a"))


del BothServers, Switches
