"""Random conversations: cocached replies what memcached replies, however they are cut."""

import unittest

from conformance import generator
from conformance.comparison import Comparison, forgetting, normalised, shown
from support import server
from support.conversation import converse


class Random(Comparison):
    """Conversations of one kind of command, by seed. Subclasses name the kind."""

    kind = None
    seeds = range(25)
    steps = 4
    commands = 20

    @classmethod
    def setUpClass(cls):
        cls.conversations = [
            generator.conversation(cls.kind, seed, cls.steps, cls.commands) for seed in cls.seeds
        ]
        cls.shared = {}
        cls.addClassCleanup(cls.stop_shared)

    def test_replies_do_not_depend_on_the_cut(self):
        for seed, conversation in zip(self.seeds, self.conversations):
            with (
                self.subTest(conversation.name),
                self.partner(server.cocached, conversation) as partner,
            ):
                request = b"".join(step.sent for step in conversation.steps)
                before = forgetting(request)
                whole = converse(partner, before + request)
                cut = converse(partner, before, *generator.Writer(seed).cuts(request))
                self.assertEqual(shown(normalised(whole)), shown(normalised(cut)))


class Valid(Random):
    kind = "valid"


class Meta(Random):
    kind = "meta"


class NearlyValid(Random):
    kind = "nearly_valid"


class BadlyFormed(Random):
    kind = "badly_formed"
    seeds = range(50)
    steps = 1  # a wrong length may swallow what follows
    commands = 40

    @unittest.skipIf(
        server.memcached_version() < (1, 6, 45),
        "older versions count tokens strictly, and read the value of a refused command as commands",
    )
    def test_replies_are_those_of_memcached(self):
        super().test_replies_are_those_of_memcached()


del Comparison, Random
