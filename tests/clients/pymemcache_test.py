"""pymemcache: a client library in plain Python."""

import unittest

from pymemcache.client.base import Client

from clients.operations import Operations


class Adapter(Client):
    """Waits for every reply."""

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), default_noreply=False)

    def stats(self):
        return {name.decode(): str(value) for name, value in super().stats().items()}


class Pymemcache(Operations, unittest.TestCase):
    connect = staticmethod(Adapter)

    def test_noreply(self):
        client = Client(("127.0.0.1", self.server.port), default_noreply=True)
        self.addCleanup(client.close)
        client.set("key", b"10")
        client.add("key", b"11")
        client.incr("key", 5, noreply=True)
        client.append("key", b"0")
        client.touch("key", 100)
        self.assertEqual(b"150", client.get("key"))
        client.delete("key")
        client.replace("key", b"1")
        self.assertIsNone(client.get("key"))

    def test_version_and_memory_limit(self):
        self.assertRegex(self.client.version(), rb"^\d+\.\d+\.\d+")
        self.assertTrue(self.client.cache_memlimit(64))
