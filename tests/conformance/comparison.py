"""Holds the same conversation with memcached and with cocached, and compares what they say."""

import contextlib
import functools
import re
import unittest
from concurrent import futures

from conformance import differences, script
from support import server
from support.conversation import ask, converse, stats
from support.server import wait_until

# Said last in every conversation: answered if and only if the connection has been kept.
LAST_WORD = b"version\r\n"

VERSION = re.compile(rb"VERSION \S+\r\n")
CLASSIC_CAS = re.compile(rb"(?<=\n)(VALUE (\S+) \d+ \d+ )(\d+)(?=\r\n)")
META_CAS = re.compile(rb"(?<=\n)((?:HD|VA \d+|NS|EX|NF)(?: \S+)* c)(\d+)(?=[ \r])")
META_SECONDS = re.compile(rb"(?<=\n)((?:HD|VA \d+)(?: \S+)* [tl])\d+(?=[ \r])")
META_DEBUG = re.compile(rb"(?<=\n)(ME \S+) exp=\S+ la=\d+ cas=\d+ fetch=(\w+) cls=\d+ size=\d+")
CAS_WANTED = re.compile(rb"\{cas (\S+)\}")
NO_SUCH_UNIQUE = b"1234567890123456789"
OPAQUE_CAS_WANTED = re.compile(rb"\{opaque cas\}")

# Conversations up to this length are repeated with a cut at every byte.
CUT_UP_TO = 300


def normalised(reply):
    """The reply without what no two servers share: version number, seconds, and the values of CAS
    uniques, which become their order of first appearance."""
    order = {b"0": b"0"}

    def ordinal(match):
        unique = match.groups()[-1]
        return match[1] + order.setdefault(unique, b"#%d" % len(order))

    reply = VERSION.sub(b"VERSION\r\n", b"\n" + reply)
    reply = CLASSIC_CAS.sub(ordinal, reply)
    reply = META_SECONDS.sub(rb"\1#", META_SECONDS.sub(rb"\1#", reply))
    reply = META_DEBUG.sub(rb"\1 fetch=\2", reply)
    return META_CAS.sub(ordinal, reply)[1:]


def with_uniques(request, replies):
    """The request with each {cas key} replaced by the unique that `replies` gave last."""
    known = {match[2]: match[3] for match in CLASSIC_CAS.finditer(b"\n" + replies)}
    request = CAS_WANTED.sub(lambda match: known.get(match[1], NO_SUCH_UNIQUE), request)
    meta = META_CAS.findall(b"\n" + replies)
    return OPAQUE_CAS_WANTED.sub(lambda _: meta[-1][1], request)


def forgetting(requests):
    """Commands that delete every key which `requests` can have stored, without a reply.

    Servers are shared by conversations; each starts with this, as if they were new.
    """
    words = {word.rstrip(b"\r") for word in re.split(rb"[ \n]", requests)}
    keys = sorted(word for word in words if 0 < len(word) <= 250 and b"\0" not in word)
    return b"".join(b"delete %s noreply\r\n" % key for key in keys)


def hold(conversation, partner):
    """Goes through the conversation with one server; returns its replies, normalised."""
    replies = b""
    with partner.connect() as link:
        if not conversation.fresh:
            everything = b"".join(step.sent for step in conversation.steps)
            ask(link, forgetting(everything) + b"verbosity 0\r\n")
        for step, following in zip(conversation.steps, conversation.steps[1:]):
            request = with_uniques(step.sent, replies)
            replies += ask(link, request + b"cache_memlimit 1\r\n", END_OF_STEP)[: -len(END_OF_STEP)]
            if following.after_seconds:
                let_the_clock_move(partner, following.after_seconds)
    last = with_uniques(conversation.steps[-1].sent, replies)
    return normalised(replies + converse(partner, last + LAST_WORD))


# The reply to `cache_memlimit 1`, which no conversation of several steps uses for itself.
END_OF_STEP = b"MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n"


def let_the_clock_move(partner, seconds):
    """Waits until the server's own clock, which ticks once a second, has moved on so far."""
    target = int(stats(partner)["time"]) + seconds
    wait_until(lambda: int(stats(partner)["time"]) >= target, "the server's clock")


class Comparison(unittest.TestCase):
    """Holds all conversations of one script. Subclasses name it."""

    script_name = None

    @classmethod
    def setUpClass(cls):
        cls.conversations = script.read(cls.script_name)
        cls.shared = {}
        cls.addClassCleanup(cls.stop_shared)

    @classmethod
    def stop_shared(cls):
        for partner in cls.shared.values():
            partner.stop()

    @contextlib.contextmanager
    def partner(self, start, conversation):
        """A server with the conversation's flags: a new one if it asks for it, else a shared one."""
        if conversation.fresh:
            with start(*conversation.flags) as partner:
                yield partner
            return
        key = (start, conversation.flags)
        if key not in self.shared:
            self.shared[key] = start(*conversation.flags)
        yield self.shared[key]

    def test_replies_are_those_of_memcached(self):
        for conversation in self.conversations:
            with self.subTest(conversation.name):
                self.compare(conversation, *self.hold_with_both(conversation))

    def hold_with_both(self, conversation):
        """memcached's replies and cocached's. At the same time, since some conversations wait."""
        with (
            self.partner(server.memcached, conversation) as theirs,
            self.partner(server.cocached, conversation) as ours,
            futures.ThreadPoolExecutor() as pool,
        ):
            return pool.map(functools.partial(hold, conversation), (theirs, ours))

    def compare(self, conversation, theirs, ours):
        listed = expected_differences().get(conversation.name)
        if listed is None:
            self.assertEqual(shown(theirs), shown(ours), "memcached's reply, then cocached's")
        else:
            self.assertEqual(shown(listed), shown(ours), "the listed difference, then cocached's")
            self.assertNotEqual(shown(theirs), shown(ours), "stale entry: no difference any more")

    def test_replies_do_not_depend_on_the_cut(self):
        for conversation in self.conversations:
            if conversation.fresh or len(conversation.steps) > 1:
                continue
            request = conversation.steps[0].sent + LAST_WORD
            if len(request) <= CUT_UP_TO:
                with (
                    self.subTest(conversation.name),
                    self.partner(server.cocached, conversation) as partner,
                ):
                    self.cut_everywhere(partner, forgetting(request), request)

    def cut_everywhere(self, partner, before, request):
        whole = normalised(converse(partner, before + request))
        for cut in range(1, len(request)):
            reply = normalised(converse(partner, before + request[:cut], request[cut:]))
            self.assertEqual(shown(whole), shown(reply), f"uncut, then cut after {request[:cut]!r}")


@functools.cache
def expected_differences():
    applying = differences.applying(differences.DIFFERENCES, server.memcached_version())
    return {
        name: "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        for name, lines in applying.items()
    }


def shown(reply):
    """A reply as lines of text, for a readable comparison."""
    return reply.decode("latin-1").split("\r\n")
