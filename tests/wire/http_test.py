"""The HTTP endpoint of a whole server, asked by Python's HTTP client and, where there is one, curl."""

import gzip
import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from support import server
from support.endpoint import Endpoint

# What Prometheus's memcached_exporter shows of a server, with its types: its dashboards and alerts
# rely on them. Some counters are called gauges there or the other way round; so they are here.
COUNTERS = """
uptime_seconds process_user_cpu_seconds_total process_system_cpu_seconds_total read_bytes_total
written_bytes_total connections_total connections_rejected_total connections_yielded_total
connections_listener_disabled_total items_total items_evicted_total items_reclaimed_total
item_too_large_total item_no_memory_total direct_reclaims_total commands_total
lru_crawler_starts_total lru_crawler_reclaimed_total lru_crawler_items_checked_total
lru_crawler_moves_to_cold_total lru_crawler_moves_to_warm_total lru_crawler_moves_within_lru_total
slab_lru_hits_total slab_items_crawler_reclaimed_total slab_items_evicted_total
slab_items_evicted_nonzero_total slab_items_evicted_time_seconds slab_items_evicted_unfetched_total
slab_items_expired_unfetched_total slab_items_outofmemory_total slab_items_reclaimed_total
slab_items_tailrepairs_total slab_items_moves_to_cold slab_items_moves_to_warm
slab_items_moves_within_lru slab_mem_requested_bytes slab_commands_total
""".split()
GAUGES = """
up time_seconds version current_connections max_connections accepting_connections current_bytes
limit_bytes current_items malloced_bytes process_resident_memory_bytes
lru_crawler_enabled lru_crawler_maintainer_thread lru_crawler_sleep lru_crawler_to_crawl
lru_crawler_hot_percent lru_crawler_warm_percent lru_crawler_hot_max_factor
lru_crawler_warm_max_factor
slab_current_items slab_items_age_seconds slab_hot_items slab_warm_items slab_cold_items
slab_hot_age_seconds slab_warm_age_seconds slab_chunk_size_bytes slab_chunks_per_page
slab_current_pages slab_current_chunks slab_chunks_used slab_chunks_free slab_chunks_free_end
""".split()
EXPORTED = dict.fromkeys(COUNTERS, "counter") | dict.fromkeys(GAUGES, "gauge")

class Http(Endpoint):
    OPTIONS = ("-t", "4")

    def test_figures_agree_with_stats(self):
        self.talk(b"set a 0 0 1\r\nx\r\nget a b\r\n", b"END\r\n")
        stats = dict(re.findall(r"STAT (\S+) (.*)\r", self.talk(b"stats\r\n", b"END\r\n")))
        shown = json.loads(self.get("/stats.json")[1])
        for name in ("version", "cmd_set", "get_hits", "get_misses", "curr_items", "bytes"):
            self.assertEqual(stats[name], str(shown["stats"][name]), name)
        self.assertEqual(4, len(shown["threads"]))
        self.assertEqual(1048576, shown["settings"]["item_size_max"])

    def test_every_metric_of_the_exporter_is_there(self):
        self.talk(b"set a 0 0 1\r\nx\r\n", b"\r\n")
        response, text = self.get("/metrics")
        self.assertTrue(response.getheader("Content-Type").startswith("text/plain; version=0.0.4"))
        described = dict(re.findall(r"^# TYPE memcached_(\S+) (\S+)$", text, re.MULTILINE))
        described.pop("slab_temporary_items", None)
        self.assertEqual(EXPORTED, described)
        for line in text.splitlines():
            self.assertRegex(line, r'^(#.*|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.]+)$')

    def test_one_connection_serves_many_requests(self):
        for _ in range(50):
            response, text = self.get("/livez")
            self.assertEqual((200, "ok\n"), (response.status, text))
        self.assertEqual((200, ""), (self.get("/metrics", "HEAD")[0].status, self.get("/", "HEAD")[1]))

    def test_mistakes_get_a_clear_status(self):
        self.assertEqual(404, self.get("/no/such/path")[0].status)
        response, _ = self.get("/metrics", "DELETE")
        self.assertEqual((405, "GET, HEAD"), (response.status, response.getheader("Allow")))
        self.client.request("GET", "/", headers={"Host": "rebound.example"})
        self.assertEqual(421, self.client.getresponse().status)

    def test_keys_are_browsed_page_by_page(self):
        self.talk(b"".join(b"set user:%d 0 60 3\r\nabc\r\n" % n for n in range(500)) +
                  b"set other 0 0 1\r\nx\r\nmn\r\n", b"MN\r\n")
        found, cursor = [], "0"
        while cursor is not None:
            response, text = self.get(f"/keys?prefix=user%3A&limit=50&cursor={cursor}")
            self.assertEqual(200, response.status)
            page = json.loads(text)
            found += page["keys"]
            cursor = page["cursor"]
        self.assertEqual([f"user:{n}" for n in range(500)],
                         sorted((item["key"] for item in found), key=lambda key: int(key[5:])))
        for item in found:
            self.assertEqual(3, item["size"])
            self.assertTrue(0 < item["ttl"] <= 60 and 0 <= item["idle"] <= 60, item)

    def test_answers_are_packed_for_those_who_take_it(self):
        packed = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics",
                                        headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(packed, timeout=server.PATIENCE) as answer:
            self.assertEqual("gzip", answer.headers["Content-Encoding"])
            self.assertIn(b"cocached_build_info", gzip.decompress(answer.read()))
        self.assertIsNone(self.get("/metrics")[0].getheader("Content-Encoding"))

    @unittest.skipUnless(shutil.which("curl"), "no curl here")
    def test_curl_gets_the_page(self):
        printed = subprocess.run(
            ["curl", "-sS", "-i", f"http://localhost:{self.port}/"],
            capture_output=True, text=True, check=True, timeout=server.PATIENCE)
        self.assertIn("Content-Security-Policy: default-src 'none'", printed.stdout)
        self.assertIn("<title>cocached</title>", printed.stdout)


class Private(Endpoint):
    OPTIONS = ("-X",)

    def test_keys_are_not_told(self):
        self.talk(b"set secret 0 0 1\r\nx\r\nget secret\r\n", b"END\r\n")
        response, text = self.get("/keys")
        self.assertEqual(403, response.status)
        self.assertIn("-X", json.loads(text)["error"])
        self.assertEqual({"enabled": False}, json.loads(self.get("/hotkeys.json")[1]))


class Token(Endpoint):
    def setUp(self):
        file = self.enterContext(tempfile.NamedTemporaryFile("w"))
        print("t0ken", file=file, flush=True)
        self.OPTIONS = ("--http-token-file", file.name)
        super().setUp()

    def test_is_asked_for(self):
        response, _ = self.get("/metrics")
        self.assertEqual(401, response.status)
        self.assertIn("Bearer", response.getheader("WWW-Authenticate"))
        self.assertEqual(401, self.status("/keys", Authorization="Bearer token"))
        self.assertEqual(200, self.status("/metrics", Authorization="Bearer t0ken"))
        self.assertEqual(200, self.status("/", Authorization="Basic OnQwa2Vu"))
        self.assertEqual(200, self.status("/readyz"))

    def test_must_be_readable(self):
        with self.assertRaisesRegex(RuntimeError, "cannot read the token file"):
            server.cocached("--http", "127.0.0.1:0", "--http-token-file", "/no/such/file")


class Draining(Endpoint):
    OPTIONS = ("--drain-timeout", "60")

    def test_is_not_ready(self):
        value = b"x" * 1_000_000
        self.talk(b"set a 0 0 %d\r\n%s\r\n" % (len(value), value), b"STORED\r\n")
        self.assertEqual(200, self.status("/readyz"))
        with self.server.connect() as slow:
            slow.sendall(b"get a\r\n" * 32)
            slow.recv(1)  # the answer is on its way, and more than the kernel takes
            self.server.process.send_signal(signal.SIGTERM)
            server.wait_until(lambda: self.status("/readyz") == 503, "draining")
            self.assertEqual(200, self.status("/livez"))
        self.assertEqual(0, self.server.process.wait(server.PATIENCE))


class Ports(unittest.TestCase):
    def test_a_port_that_was_asked_for_must_be_free(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with self.assertRaisesRegex(RuntimeError, "exited with 71"):
                server.cocached("--http", address)


if __name__ == "__main__":
    unittest.main()
