"""`stats` and its groups: every name that memcached shows is there, in memcached's order."""

import re
import unittest

from support import server
from support.conversation import ask, stats

# What memcached dropped before 1.6.45.
GONE = {"slab_reassign_evictions_nomem"}

# Names in these hold a slab class, an item size or a descriptor, which no two servers share.
NUMBERED = {"items", "slabs", "conns"}


def names(partner, *group):
    with partner.connect() as link:
        ask(link, b"set a:b 0 0 1\r\nx\r\nget a:b\r\nmn\r\n", b"MN\r\n")
    found = list(stats(partner, *group))
    if NUMBERED.isdisjoint(group):
        return found
    if "conns" in group:
        found = of_clients(found)
    return list(dict.fromkeys(re.sub(r"\d+", "#", name) for name in found))


def of_clients(names_of_conns):
    """Without memcached's listeners, which show less, and come first or last as their descriptors
    have it."""
    clients = {name.split(":")[0] for name in names_of_conns if name.endswith(":listen_addr")}
    return [name for name in names_of_conns if name.split(":")[0] in clients]


class StatsNames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.theirs = server.memcached()
        cls.addClassCleanup(cls.theirs.stop)
        cls.ours = server.cocached()
        cls.addClassCleanup(cls.ours.stop)

    def test_memcacheds_names_are_there_in_its_order(self):
        for group in ((), ("settings",), ("items",), ("slabs",), ("conns",)):
            with self.subTest(group):
                theirs = [name for name in names(self.theirs, *group) if name not in GONE]
                ours = names(self.ours, *group)
                self.assertEqual(theirs, [name for name in ours if name in theirs])
