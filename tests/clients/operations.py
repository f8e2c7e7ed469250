"""The operations that every Python client library must do; an adapter makes its calls."""

import threading

from support import server

LARGE = bytes(range(256)) * 4000
LIFETIME = 1000


class Operations:
    """Mixed into a TestCase that has connect(port), which returns an adapter of its library.

    Adapters return values as bytes, True and False for stored and not stored, and None for a miss.
    """

    flags = ()

    def setUp(self):
        self.server = server.cocached(*self.flags)
        self.addCleanup(self.server.stop)
        self.client = self.connect(self.server.port)
        self.addCleanup(self.client.close)

    def test_set_and_get(self):
        self.assertIsNone(self.client.get("key"))
        for value in (b"value", b"", b"a\r\nEND\r\n\0\xff", LARGE):
            self.assertTrue(self.client.set("key", value))
            self.assertEqual(value, self.client.get("key"))

    def test_many_keys(self):
        expected = {f"key-{number}": b"%d" % number for number in range(500)}
        self.client.set_many(expected)
        self.assertEqual(expected, self.client.get_many([*expected, "missing", "another"]))

    def test_add_and_replace(self):
        self.assertFalse(self.client.replace("key", b"1"))
        self.assertTrue(self.client.add("key", b"2"))
        self.assertFalse(self.client.add("key", b"3"))
        self.assertTrue(self.client.replace("key", b"4"))
        self.assertEqual(b"4", self.client.get("key"))

    def test_append_and_prepend(self):
        self.assertFalse(self.client.append("key", b"1"))
        self.client.set("key", b"-")
        self.assertTrue(self.client.append("key", b"after"))
        self.assertTrue(self.client.prepend("key", b"before"))
        self.assertEqual(b"before-after", self.client.get("key"))

    def test_cas(self):
        self.client.set("key", b"1")
        value, unique = self.client.gets("key")
        self.assertEqual(b"1", value)
        self.assertTrue(self.client.cas("key", b"2", unique))
        self.assertFalse(self.client.cas("key", b"3", unique))
        self.assertEqual(b"2", self.client.get("key"))

    def test_numbers(self):
        self.client.set("key", b"10")
        self.assertEqual(15, self.client.incr("key", 5))
        self.assertEqual(9, self.client.decr("key", 6))
        self.assertEqual(b"9", self.client.get("key"))
        self.assertEqual(0, self.client.decr("key", 100))
        self.assertEqual(2**30, self.client.incr("key", 2**30))
        self.assertIsNone(self.client.incr("missing", 1))

    def test_touch_and_delete(self):
        self.client.set("key", b"1")
        self.assertTrue(self.client.touch("key", LIFETIME))
        self.assertFalse(self.client.touch("missing", LIFETIME))
        self.assertTrue(self.client.delete("key"))
        self.assertFalse(self.client.delete("key"))
        self.assertIsNone(self.client.get("key"))

    def test_expiry(self):
        self.client.set("key", b"1", LIFETIME)
        self.assertEqual(b"1", self.client.get("key"))
        self.client.set("key", b"1", 1)
        server.wait_until(lambda: self.client.get("key") is None, "a value to expire")

    def test_flush_all(self):
        self.client.set("key", b"1")
        self.client.flush_all()
        self.assertIsNone(self.client.get("key"))

    def test_stats(self):
        self.client.set("key", b"1")
        self.client.get("key")
        stats = self.client.stats()
        self.assertEqual(("1", "1", "1"), (stats["cmd_set"], stats["cmd_get"], stats["get_hits"]))

    def test_many_clients_at_once(self):
        failures = []

        def work(name):
            client = self.connect(self.server.port)
            for number in range(200):
                key, value = f"{name}-{number % 10}", b"%d" % number
                if not client.set(key, value) or client.get(key) != value:
                    failures.append(key)
            client.close()

        threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
