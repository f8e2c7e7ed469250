"""The binary protocol: cocached replies what memcached replies, byte for byte."""

import unittest

from conformance import differences
from conformance.binary_conversations import CONVERSATIONS
from support import server
from support.binary import lines, packet, replies
from support.conversation import READ_SIZE, converse

END_OF_STEP = 0xE0F5
FORGOTTEN = 0xF0F0
LAST_WORD = packet("Noop", opaque=0xFFFFFFFF)
KEYS = [b"a", b"b", b"missing", b"key"]
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


class Binary(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.theirs = server.memcached()
        cls.addClassCleanup(cls.theirs.stop)
        cls.ours = server.cocached()
        cls.addClassCleanup(cls.ours.stop)

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
