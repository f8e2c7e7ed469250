"""The list of differences names conversations that exist, each once."""

import collections
import unittest

from conformance import differences, script
from conformance.binary_conversations import CONVERSATIONS as BINARY


class Differences(unittest.TestCase):
    def test_every_conversation_has_a_name_of_its_own(self):
        count = collections.Counter(conversation.name for conversation in script.read_all())
        self.assertEqual([], [name for name, times in count.items() if times > 1])

    def test_every_entry_names_a_conversation(self):
        names = {conversation.name for conversation in script.read_all()}
        listed = [name for entry in differences.DIFFERENCES for name in entry.replies]
        self.assertEqual([], sorted(set(listed) - names), "stale entries")
        self.assertEqual(len(set(listed)), len(listed), "a conversation is listed twice")

    def test_every_entry_of_the_binary_protocol_names_a_conversation(self):
        listed = {name for entry in differences.BINARY_DIFFERENCES for name in entry.replies}
        self.assertEqual(set(), listed - BINARY.keys(), "stale entries")

    def test_every_entry_has_a_reason(self):
        for entry in differences.DIFFERENCES + differences.BINARY_DIFFERENCES:
            self.assertGreater(len(entry.reason.split()), 5)
