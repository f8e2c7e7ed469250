"""Three nodes behind what spreads keys over them: libmemcached's ketama, and twemproxy.

A node is killed under load and comes back. Every value that is read is compared with what was written
last: it may be lost, and must never be an older one.

Once: nothing here depends on how the server was built.
"""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
import unittest

import pylibmc
import pymemcache

from support import server
from support.conversation import ask, stats
from support.server import wait_until

KEYS = 300
NUTCRACKER = shutil.which("nutcracker") or "/usr/sbin/nutcracker"


class Nodes:
    """Three servers whose ports stay when they go and come back."""

    def __init__(self, folder):
        self._folder = folder
        self.running = [server.cocached(*self._flags(i)) for i in range(3)]
        self.ports = [node.port for node in self.running]

    def _flags(self, i):
        return "--snapshot", os.path.join(self._folder, f"node{i}"), "--snapshot-interval", "1", "-v"

    def wait_for_snapshot(self, i):
        """Until one has been begun and finished after this call."""
        for _ in range(2):
            seen = len(self.running[i].output("err"))
            wait_until(lambda: "items saved" in self.running[i].output("err")[seen:], "a snapshot")

    def items(self):
        return [int(stats(node)["curr_items"]) for node in self.running]

    def kill(self, i):
        self.running[i].kill()

    def bring_back(self, i, with_snapshot=False, flush=True):
        """As an operator does: whatever an earlier life has left is flushed before clients come."""
        flags = self._flags(i) if with_snapshot else ()
        self.running[i] = server.cocached(*flags, listen=f"127.0.0.1:{self.ports[i]}")
        if with_snapshot:
            wait_until(lambda: "items loaded" in self.running[i].output("err"), "the snapshot")
        if flush:
            with self.running[i].connect() as link:
                ask(link, b"flush_all\r\n")

    def stop(self):
        for node in self.running:
            with contextlib.suppress(Exception):
                node.kill()


class Ketama:
    """libmemcached: the client spreads the keys. A dead node's keys stay its own: no key has two
    homes, so none can be read at the wrong one."""

    def __init__(self, ports):
        self._client = pylibmc.Client([f"127.0.0.1:{port}" for port in ports],
                                      behaviors={"ketama": True, "connect_timeout": 1000,
                                                 "dead_timeout": 1, "retry_timeout": 1})

    def set(self, key, value):
        self._client.set(key, value)

    def get(self, key):
        return self._client.get(key)

    errors = pylibmc.Error
    close = contextlib.nullcontext().__enter__


class Twemproxy:
    """The same with a proxy in between, so that clients need not know of the nodes."""

    def __init__(self, ports):
        self._folder = tempfile.TemporaryDirectory()
        with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(
                ("127.0.0.1", 0)) as other:
            port, stats_port = free.getsockname()[1], other.getsockname()[1]
        config = os.path.join(self._folder.name, "nutcracker.yml")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"cache:\n  listen: 127.0.0.1:{port}\n  hash: fnv1a_64\n"
                       "  distribution: ketama\n  timeout: 10000\n  auto_eject_hosts: false\n  servers:\n"
                       + "".join(f"    - 127.0.0.1:{at}:1 node{i}\n" for i, at in enumerate(ports)))
        self._process = subprocess.Popen(
            [NUTCRACKER, "-c", config, "-s", str(stats_port), "-a", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self._client = pymemcache.Client(("127.0.0.1", port), timeout=server.PATIENCE,
                                         default_noreply=False)
        wait_until(self._answers, "twemproxy listening")

    def _answers(self):
        with contextlib.suppress(OSError):
            self._client.get("a")
            return True
        return False

    def set(self, key, value):
        self._client.set(key, value)

    def get(self, key):
        value = self._client.get(key)
        return None if value is None else value.decode()

    errors = (pymemcache.exceptions.MemcacheError, OSError)

    def close(self):
        self._client.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


class Load:
    """Reads and writes random keys. A write that failed has still changed what is true, as a change
    of the database behind a cache has: what was cached before is stale from then on."""

    def __init__(self, client):
        self._client = client
        self._random = random.Random(5)
        self._latest = {}
        self._version = 0
        self.failed = self.missed = self.read = 0
        self.stale = []

    def write(self, key):
        self._version += 1
        self._latest[key] = f"{key} version {self._version}"
        try:
            self._client.set(key, self._latest[key])
        except self._client.errors:
            self.failed += 1

    def check(self, key):
        try:
            value = self._client.get(key)
        except self._client.errors:
            self.failed += 1
            return
        self.read += 1
        if value is None:
            self.missed += 1
        elif value != self._latest[key]:
            self.stale.append((key, value, self._latest[key]))

    def fill(self):
        for i in range(KEYS):
            self.write(f"key{i}")

    def run(self, operations):
        for _ in range(operations):
            key = f"key{self._random.randrange(KEYS)}"
            self.write(key) if self._random.random() < 0.3 else self.check(key)

    def check_all(self):
        """Checks all keys. Returns the number of keys that are neither missing nor on a failed server."""
        before = self.missed + self.failed
        for i in range(KEYS):
            self.check(f"key{i}")
        return KEYS - (self.missed + self.failed - before)


class ClusterTest:
    spread = None  # how keys are spread

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o777)
        self.nodes = Nodes(folder.name)
        self.addCleanup(self.nodes.stop)
        self.client = self.spread(self.nodes.ports)
        self.addCleanup(self.client.close)
        self.load = Load(self.client)
        self.load.fill()

    def wait_until_all_answer(self):
        def answered():
            before = self.load.failed
            for i in range(KEYS):
                self.load.write(f"key{i}")
            return self.load.failed == before
        wait_until(answered, "every node being used again")

    def test_keys_are_spread(self):
        items = self.nodes.items()
        self.assertEqual(KEYS, sum(items))
        self.assertGreater(min(items), KEYS / 10)
        self.assertEqual(KEYS, self.load.check_all())

    def test_a_killed_node_loses_its_share_and_nothing_is_stale(self):
        for victim in 0, 2:
            share = self.nodes.items()[victim]
            self.load.run(300)
            self.nodes.kill(victim)
            self.load.run(300)
            self.assertEqual(KEYS - share, self.load.check_all(), "more or less lost than it held")
            self.nodes.bring_back(victim)
            self.wait_until_all_answer()
            self.assertEqual(KEYS, sum(self.nodes.items()))
            self.load.run(300)
            self.assertEqual(KEYS, self.load.check_all())
        self.assertEqual([], self.load.stale)
        self.assertGreater(self.load.failed, 0, "the node was never missed")

    def stale_after_an_old_snapshot(self, flush):
        self.nodes.wait_for_snapshot(1)
        self.nodes.kill(1)
        self.load.run(600)  # what is written of its keys now is not in its snapshot
        self.nodes.bring_back(1, with_snapshot=True, flush=flush)
        self.wait_until_asked()
        self.load.check_all()
        return len(self.load.stale)

    def wait_until_asked(self):
        """Until the node is used again, by reads alone, which change nothing."""
        def answered():
            before = self.load.failed
            self.load.check_all()
            return self.load.failed == before
        wait_until(answered, "every node being used again")

    def test_an_old_snapshot_brings_stale_values_back(self):
        """So much for what the test can see, and why the next one flushes."""
        self.assertGreater(self.stale_after_an_old_snapshot(flush=False), 0)

    def test_a_node_with_an_old_snapshot_is_flushed_before_clients_come(self):
        self.assertEqual(0, self.stale_after_an_old_snapshot(flush=True), self.load.stale)


class KetamaTest(ClusterTest, unittest.TestCase):
    spread = Ketama


class TwemproxyTest(ClusterTest, unittest.TestCase):
    spread = Twemproxy


if __name__ == "__main__":
    unittest.main()
