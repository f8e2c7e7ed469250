"""pylibmc: a client library over libmemcached, in C."""

import functools
import unittest

import pylibmc

from clients.operations import Operations
from support import server
from support.users import users_file


class Adapter(pylibmc.Client):
    def __init__(self, port, binary=False, login=None, **behaviors):
        address = [f"127.0.0.1:{port}"]
        behaviors = {"cas": True} | behaviors
        super().__init__(address, behaviors=behaviors, binary=binary, **login or {})

    set_many = pylibmc.Client.set_multi
    get_many = pylibmc.Client.get_multi
    close = pylibmc.Client.disconnect_all

    def replace(self, key, value):
        try:
            return super().replace(key, value)
        except pylibmc.NotFound:  # what the binary protocol answers
            return False

    def append(self, key, value):
        try:
            return super().append(key, value)
        except pylibmc.Error:  # has no name for NOT_STORED here
            return False

    def incr(self, key, delta):
        try:
            return super().incr(key, delta)
        except pylibmc.NotFound:
            return None

    def stats(self):
        ((_, stats),) = super().get_stats()
        return {name: value.decode() for name, value in stats.items()}


class Pylibmc(Operations, unittest.TestCase):
    connect = staticmethod(Adapter)


class PylibmcBinary(Operations, unittest.TestCase):
    connect = staticmethod(functools.partial(Adapter, binary=True))


class PylibmcWithAPassword(Operations, unittest.TestCase):
    """By SASL, before each connection's first request."""

    LOGIN = {"username": "ann", "password": "two words: and a colon"}
    connect = staticmethod(functools.partial(Adapter, binary=True, login=LOGIN))

    def setUp(self):
        self.flags = ("-Y", self.enterContext(users_file(*self.LOGIN.values())))
        super().setUp()

    def test_a_wrong_password(self):
        stranger = Adapter(self.server.port, binary=True, login=self.LOGIN | {"password": "wrong"})
        with self.assertRaises(pylibmc.Error):
            stranger.set("key", b"1")
        self.assertIsNone(self.client.get("key"))


class PylibmcWithoutReplies(unittest.TestCase):
    def test_stores_are_silent_and_done(self):
        with server.cocached() as running:
            client = Adapter(running.port, _noreply=True)
            for number in range(100):
                client.set(f"key-{number}", b"%d" % number)
            self.assertEqual(b"99", client.get("key-99"))
            client.close()
