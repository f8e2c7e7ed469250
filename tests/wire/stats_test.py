"""The stats replies whose values cannot be compared with memcached's byte for byte."""

import unittest

from support import server
from support.conversation import ask, stats
from support.server import wait_until

# The fields that exporters, agents and dashboards read from the general reply.
GENERAL = """
    pid uptime time version libevent pointer_size rusage_user rusage_system max_connections
    curr_connections total_connections rejected_connections connection_structures
    response_obj_oom response_obj_count response_obj_bytes read_buf_count read_buf_bytes
    read_buf_bytes_free read_buf_oom reserved_fds cmd_get cmd_set cmd_flush cmd_touch cmd_meta
    get_hits get_misses get_expired get_flushed delete_misses delete_hits incr_misses incr_hits
    decr_misses decr_hits cas_misses cas_hits cas_badval touch_hits touch_misses store_too_large
    store_no_memory auth_cmds auth_errors bytes_read bytes_written limit_maxbytes accepting_conns
    listen_disabled_num time_in_listen_disabled_us threads conn_yields hash_power_level hash_bytes
    hash_is_expanding slab_reassign_rescues slab_reassign_running slabs_moved lru_crawler_running
    lru_crawler_starts lru_maintainer_juggles malloc_fails log_worker_dropped log_worker_written
    log_watcher_skipped log_watcher_sent log_watchers unexpected_napi_ids round_robin_fallback bytes
    curr_items total_items slab_global_page_pool expired_unfetched evicted_unfetched evicted_active
    evictions reclaimed crawler_reclaimed crawler_items_checked lrutail_reflocked moves_to_cold
    moves_to_warm moves_within_lru direct_reclaims lru_bumps_dropped
""".split()

SETTINGS = """
    maxbytes maxconns tcpport udpport inter verbosity oldest evictions domain_socket umask
    shutdown_command growth_factor chunk_size num_threads num_threads_per_udp stat_key_prefix
    detail_enabled reqs_per_event cas_enabled tcp_backlog binding_protocol auth_enabled_sasl
    auth_enabled_ascii item_size_max maxconns_fast hashpower_init slab_reassign slab_automove
    slab_automove_ratio slab_automove_window slab_chunk_max lru_crawler lru_crawler_sleep
    lru_crawler_tocrawl tail_repair_time flush_enabled dump_enabled hash_algorithm
    lru_maintainer_thread lru_segmented hot_lru_pct warm_lru_pct hot_max_factor warm_max_factor
    temp_lru temporary_ttl idle_timeout watcher_logbuf_size worker_logbuf_size read_buf_mem_limit
    track_sizes inline_ascii_response
""".split()

ITEMS = """
    number number_hot number_warm number_cold age_hot age_warm age mem_requested evicted
    evicted_nonzero evicted_time outofmemory tailrepairs reclaimed expired_unfetched
    evicted_unfetched evicted_active crawler_reclaimed crawler_items_checked lrutail_reflocked
    moves_to_cold moves_to_warm moves_within_lru direct_reclaims hits_to_hot hits_to_warm
    hits_to_cold hits_to_temp
""".split()

SLABS = """
    chunk_size chunks_per_page total_pages total_chunks used_chunks free_chunks free_chunks_end
    get_hits cmd_set delete_hits incr_hits decr_hits cas_hits cas_badval touch_hits
""".split()


class Stats(unittest.TestCase):
    def setUp(self):
        self.server = server.cocached("-t", "4")
        self.addCleanup(self.server.stop)
        self.link = self.server.connect()
        self.addCleanup(self.link.close)

    def assert_counted(self, **expected):
        found = stats(self.server)
        counted = {name: int(found[name]) for name in expected}
        self.assertEqual(expected, counted)

    def test_every_general_field_is_there(self):
        self.assertEqual([], [name for name in GENERAL if name not in stats(self.server)])

    def test_process_fields(self):
        found = stats(self.server)
        self.assertEqual(str(self.server.process.pid), found["pid"])
        self.assertEqual("64", found["pointer_size"])
        self.assertEqual(str(64 << 20), found["limit_maxbytes"])
        self.assertEqual("4", found["threads"])
        self.assertEqual("1024", found["max_connections"])
        self.assertRegex(found["rusage_user"], r"^\d+\.\d{6}$")
        self.assertRegex(found["version"], r"^\d+\.\d+\.\d+")

    def test_commands_are_counted(self):
        for request in (b"get a", b"set a 0 0 2\r\n10", b"get a a", b"gets a", b"touch a 0"):
            self.link.sendall(request + b"\r\n")
        for request in (b"touch b 0", b"incr a 1", b"incr b 1", b"decr a 1", b"decr b 1"):
            self.link.sendall(request + b"\r\n")
        for request in (b"cas a 0 0 1 999999\r\n1", b"cas b 0 0 1 1\r\n1", b"gat 0 a b"):
            self.link.sendall(request + b"\r\n")
        for request in (b"delete b", b"delete a", b"flush_all"):
            self.link.sendall(request + b"\r\n")
        ask(self.link, b"set b 0 0 2000000\r\n" + b"x" * 2_000_000 + b"\r\nmn\r\n", b"MN\r\n")
        self.assert_counted(
            cmd_set=3, cmd_touch=4, cmd_flush=1, get_misses=1, delete_hits=1, delete_misses=1,
            touch_hits=2, touch_misses=2, incr_hits=1, incr_misses=1, decr_hits=1, decr_misses=1,
            cas_badval=1, cas_misses=1, cas_hits=0, store_too_large=1,
        )  # fmt: skip

    def test_items_and_bytes_follow_the_contents(self):
        self.assert_counted(curr_items=0, total_items=0)
        ask(self.link, b"set a 0 0 1000\r\n" + b"x" * 1000 + b"\r\n")
        ask(self.link, b"set b 0 0 1000\r\n" + b"x" * 1000 + b"\r\n")
        self.assert_counted(curr_items=2, total_items=2)
        self.assertGreater(int(stats(self.server)["bytes"]), 2000)
        ask(self.link, b"delete a\r\n")
        self.assert_counted(curr_items=1, total_items=2)
        ask(self.link, b"delete b\r\n")
        self.assert_counted(curr_items=0, total_items=2, bytes=0)

    def test_traffic_is_counted(self):
        ask(self.link, b"set a 0 0 10000\r\n" + b"x" * 10_000 + b"\r\n")
        ask(self.link, b"get a\r\n", b"END\r\n")
        # The server counts bytes after it has sent them, so another thread may see the count later.
        for name in ("bytes_read", "bytes_written"):
            wait_until(lambda name=name: int(stats(self.server)[name]) > 10_000, name)

    def test_reset_zeroes_counters_and_keeps_gauges(self):
        ask(self.link, b"set a 0 0 1\r\n1\r\n")
        ask(self.link, b"get a\r\n", b"END\r\n")
        self.assertEqual(b"RESET\r\n", ask(self.link, b"stats reset\r\n"))
        self.assert_counted(cmd_get=0, cmd_set=0, get_hits=0, curr_items=1)

    def test_evictions_are_counted(self):
        with server.cocached("-m", "8") as small, small.connect() as link:
            for number in range(2000):
                ask(link, b"set %d 0 0 10000\r\n" % number + b"x" * 10_000 + b"\r\n")
            self.assertGreater(int(stats(small)["evictions"]), 500)

    def test_settings(self):
        with server.cocached("-m", "100", "-c", "200", "-t", "3", "-R", "7", "-F", "-M", "-I", "2m") as it:
            found = stats(it, "settings")
        self.assertEqual([], [name for name in SETTINGS if name not in found])
        expected = {
            "maxbytes": str(100 << 20), "maxconns": "200", "num_threads": "3", "evictions": "off",
            "reqs_per_event": "7", "item_size_max": str(2 << 20), "flush_enabled": "no",
            "cas_enabled": "yes", "detail_enabled": "no", "verbosity": "0",
        }  # fmt: skip
        self.assertEqual(expected, {name: found[name] for name in expected})

    def test_items(self):
        self.assertEqual({}, stats(self.server, "items"))
        ask(self.link, b"set a 0 0 1\r\n1\r\n")
        found = stats(self.server, "items")
        classes = {name.split(":")[1] for name in found}
        self.assertEqual(1, len(classes))
        names = {name.split(":")[2] for name in found}
        self.assertEqual([], [name for name in ITEMS if name not in names])
        self.assertEqual("1", found[f"items:{classes.pop()}:number"])

    def test_slabs(self):
        ask(self.link, b"set a 0 0 1\r\n1\r\n")
        found = stats(self.server, "slabs")
        names = {name.split(":")[1] for name in found if ":" in name}
        self.assertEqual([], [name for name in SLABS if name not in names])
        self.assertEqual("1", found["active_slabs"])
        self.assertGreater(int(found["total_malloced"]), 0)

    def test_conns(self):
        ask(self.link, b"get a\r\n")
        with self.server.connect() as other:
            ask(other, b"get a\r\n")
            found = stats(self.server, "conns")
        own = "tcp:127.0.0.1:%d" % self.link.getsockname()[1]
        (descriptor,) = (name.split(":")[0] for name, value in found.items() if value == own)
        self.assertEqual(f"tcp:127.0.0.1:{self.server.port}", found[f"{descriptor}:listen_addr"])
        self.assertRegex(found[f"{descriptor}:state"], "^conn_")
        self.assertRegex(found[f"{descriptor}:secs_since_last_cmd"], r"^\d+$")

    def test_a_connection_whose_value_arrives_is_in_nread(self):
        def state_of(link):
            found = stats(self.server, "conns")
            own = "tcp:127.0.0.1:%d" % link.getsockname()[1]
            known = (name.split(":")[0] for name, value in found.items() if value == own)
            return found.get(f"{next(known, None)}:state")  # None: not accepted yet

        for begun in (b"set a 0 0 5\r\nab", b"set a 0 0 600000\r\nab", b"ms a 5\r\nabcde"):
            with self.server.connect() as link:
                link.sendall(begun)
                wait_until(lambda: state_of(link) == "conn_nread", "a value")
        with self.server.connect() as link:
            link.sendall(b"get a")
            wait_until(lambda: state_of(link) == "conn_read", "a line")

    def test_sizes(self):
        with server.cocached("-o", "track_sizes") as tracking, tracking.connect() as link:
            for number in range(10):
                ask(link, b"set k%d 0 0 100\r\n" % number + b"x" * 100 + b"\r\n")
            found = stats(tracking, "sizes")
        self.assertEqual(10, sum(int(count) for count in found.values()))

    def test_cachedump_names_every_key(self):
        for number in range(100):
            ask(self.link, b"set k%d 0 1000 3\r\nabc\r\n" % number)
        reply = ask(self.link, b"stats cachedump 1 0\r\n", b"END\r\n").decode()
        self.assertEqual(
            sorted(f"k{number}" for number in range(100)),
            sorted(line.split(" ")[1] for line in reply.split("\r\n") if line.startswith("ITEM")),
        )
        self.assertRegex(reply, r"^ITEM k\d+ \[3 b; \d{10} s\]\r\n")
        limited = ask(self.link, b"stats cachedump 1 7\r\n", b"END\r\n")
        self.assertEqual(7, limited.count(b"ITEM "))

    def test_hot_keys(self):
        for _ in range(30):
            ask(self.link, b"get often\r\n", b"END\r\n")
        ask(self.link, b"set large 0 0 5000\r\n" + b"x" * 5000 + b"\r\n")
        found = stats(self.server, "hotkeys")
        self.assertEqual(("often", "30"), (found["operations:1:key"], found["operations:1:operations"]))
        self.assertEqual(("large", "5000"), (found["bytes:1:key"], found["bytes:1:bytes"]))

    def test_hot_keys_are_private_where_keys_are(self):
        with server.cocached("-X") as discreet, discreet.connect() as link:
            ask(link, b"get a\r\n", b"END\r\n")
            self.assertEqual(b"CLIENT_ERROR stats hotkeys not allowed\r\n",
                             ask(link, b"stats hotkeys\r\n"))

    def test_miss_ratio_curve_of_what_fits(self):
        for number in range(100):
            ask(self.link, b"get k%d\r\n" % number, b"END\r\n")
            ask(self.link, b"set k%d 0 0 3\r\nabc\r\n" % number)
            ask(self.link, b"get k%d\r\n" % number, b"END\r\n")
        # The workers pass on their samples once a second.
        found = wait_until(
            lambda: (it := stats(self.server, "mrc"))["keys"] == "100"
            and it["1x:hit_ratio"] == "0.5000" and it, "all that was asked for")
        self.assertEqual("200", found["gets"])
        self.assertEqual("0.5000", found["measured_hit_ratio"])
        for scale in ("0.5x", "2x", "4x"):
            self.assertEqual("0.5000", found[f"{scale}:hit_ratio"])

    def test_latency(self):
        for _ in range(20):
            ask(self.link, b"get a\r\n", b"END\r\n")
        # The last one is booked when its reply is out, so perhaps after it has arrived.
        found = wait_until(
            lambda: (it := stats(self.server, "latency"))["get:count"] == "20" and it, "all gets")
        self.assertLess(0, float(found["get:p50_us"]))
        self.assertLessEqual(float(found["get:p50_us"]), float(found["get:max_us"]))
        self.assertEqual("0", found["touch:count"])
        ask(self.link, b"stats reset\r\n")
        self.assertEqual("0", stats(self.server, "latency")["get:count"])

    def test_time_passes(self):
        start = int(stats(self.server)["uptime"])
        wait_until(lambda: int(stats(self.server)["uptime"]) > start, "a second to pass")
