"""The HTTP endpoint of a whole server, asked by Python's HTTP client and, where there is one, curl."""

import http.client
import json
import re
import shutil
import socket
import subprocess
import unittest

from support import server

# What Prometheus's memcached_exporter shows of a server, and its dashboards and alerts rely on.
EXPORTED = """
up uptime_seconds time_seconds version process_user_cpu_seconds_total
process_system_cpu_seconds_total read_bytes_total written_bytes_total current_connections
max_connections connections_total connections_rejected_total connections_yielded_total
connections_listener_disabled_total accepting_connections current_bytes limit_bytes current_items
items_total items_evicted_total items_reclaimed_total item_too_large_total item_no_memory_total
direct_reclaims_total malloced_bytes commands_total process_resident_memory_bytes
lru_crawler_enabled lru_crawler_maintainer_thread lru_crawler_sleep lru_crawler_to_crawl
lru_crawler_hot_percent lru_crawler_warm_percent lru_crawler_hot_max_factor
lru_crawler_warm_max_factor lru_crawler_starts_total lru_crawler_reclaimed_total
lru_crawler_items_checked_total lru_crawler_moves_to_cold_total lru_crawler_moves_to_warm_total
lru_crawler_moves_within_lru_total
slab_current_items slab_items_age_seconds slab_hot_items slab_warm_items slab_cold_items
slab_hot_age_seconds slab_warm_age_seconds slab_lru_hits_total slab_items_crawler_reclaimed_total
slab_items_evicted_total slab_items_evicted_nonzero_total slab_items_evicted_time_seconds
slab_items_evicted_unfetched_total slab_items_expired_unfetched_total
slab_items_outofmemory_total slab_items_reclaimed_total slab_items_tailrepairs_total
slab_items_moves_to_cold slab_items_moves_to_warm slab_items_moves_within_lru
slab_mem_requested_bytes slab_chunk_size_bytes slab_chunks_per_page slab_current_pages
slab_current_chunks slab_chunks_used slab_chunks_free slab_chunks_free_end slab_commands_total
""".split()

URL = re.compile(r"^http://127\.0\.0\.1:(\d+)/$", re.MULTILINE)


class Http(unittest.TestCase):
    def setUp(self):
        self.server = server.cocached("--http", "127.0.0.1:0", "-t", "4")
        self.addCleanup(self.server.stop)
        self.port = int(server.wait_until(lambda: URL.search(self.server.output("out")), "URL")[1])
        self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=server.PATIENCE)
        self.addCleanup(self.client.close)

    def get(self, path, method="GET"):
        self.client.request(method, path)
        response = self.client.getresponse()
        return response, response.read().decode()

    def talk(self, request, end):
        with self.server.connect() as link:
            link.sendall(request)
            reply = b""
            while not reply.endswith(end):
                reply += link.recv(65536)
            return reply.decode()

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
        described = set(re.findall(r"^# TYPE memcached_(\S+) ", text, re.MULTILINE))
        self.assertEqual(set(), set(EXPORTED) - described)
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

    def test_the_cache_serves_beside_many_halfway_requests(self):
        with_half = []
        for _ in range(100):
            link = socket.create_connection(("127.0.0.1", self.port), timeout=server.PATIENCE)
            self.addCleanup(link.close)
            link.sendall(b"GET / HTTP/1.1\r\nHo")
            with_half.append(link)
        self.assertIn("STORED", self.talk(b"set a 0 0 1\r\nx\r\n", b"\r\n"))

    @unittest.skipUnless(shutil.which("curl"), "no curl here")
    def test_curl_gets_the_page(self):
        printed = subprocess.run(
            ["curl", "-sS", "-i", f"http://localhost:{self.port}/"],
            capture_output=True, text=True, check=True, timeout=server.PATIENCE)
        self.assertIn("Content-Security-Policy: default-src 'none'", printed.stdout)
        self.assertIn("<title>cocached</title>", printed.stdout)


class Ports(unittest.TestCase):
    def test_a_port_that_was_asked_for_must_be_free(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with self.assertRaisesRegex(RuntimeError, "exited with 71"):
                server.cocached("--http", address)


if __name__ == "__main__":
    unittest.main()
