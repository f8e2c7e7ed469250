"""`stats` and its groups: every name that memcached shows is there, in memcached's order."""

import re
import unittest

from support import server
from support.conversation import ask, stats
from support.server import wait_until

# Statistics that memcached dropped before 1.6.45.
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
        return by_kind(found)
    return numberless(found)


def numberless(found):
    return list(dict.fromkeys(re.sub(r"\d+", "#", name) for name in found))


def by_kind(found):
    """The names of listeners, then those of clients, which have more fields. Their order in the reply
    depends on descriptors."""
    clients = {name.split(":")[0] for name in found if name.endswith(":listen_addr")}
    is_clients = lambda name: name.split(":")[0] in clients  # noqa: E731
    return [numberless(name for name in found if is_clients(name) is wanted)
            for wanted in (False, True)]


class StatsNames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.theirs = server.memcached()
        cls.addClassCleanup(cls.theirs.stop)
        cls.ours = server.cocached()
        cls.addClassCleanup(cls.ours.stop)

    def test_memcacheds_names_are_there_in_its_order(self):
        for group in ((), ("settings",), ("items",), ("slabs",)):
            with self.subTest(group):
                theirs = [name for name in names(self.theirs, *group) if name not in GONE]
                ours = names(self.ours, *group)
                self.assertEqual(theirs, [name for name in ours if name in theirs])

    def test_names_of_connections_are_the_same(self):
        self.assertEqual(names(self.theirs, "conns"), names(self.ours, "conns"))

    def test_names_of_udp_sockets_are_the_same(self):
        found = []
        for start in (server.memcached, server.cocached):
            with start("-U", "-1") as running:
                wait_until(lambda: "UDP" in running.port_lines(), "the port")
                shown = stats(running, "conns")
                found.append([(re.sub(r"\d+", "#", name), value) for name, value in shown.items()
                              if value.startswith(("UDP", "udp"))][:1])
        self.assertEqual(*found)
