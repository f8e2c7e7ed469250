"""docs/operations.md lists every flag of the program, and every -o option with its part.

Once: a sanitizer has nothing to add to this.
"""

import os
import re
import subprocess
import unittest
from pathlib import Path

from support import server

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
MEANING = re.compile(r'\bMeaning\{"(\w+)"')
TLS_MEANING = re.compile(r'SslMeaning\{"(\w+)"')
TLS_SWITCH = re.compile(r'name == "(\w+)"')
# The options of memcached 1.6.45; those of `ext_path` and the proxy end the start here.
MEMCACHED = set("""
    maxconns_fast no_maxconns_fast hashpower no_hashexpand slab_reassign no_slab_reassign
    slab_automove no_slab_automove slab_automove_ratio slab_automove_window slab_automove_freeratio
    slab_sizes slab_chunk_max no_chunked_items tail_repair_time hash_algorithm lru_crawler
    no_lru_crawler lru_crawler_sleep lru_crawler_tocrawl lru_maintainer no_lru_maintainer
    hot_lru_pct warm_lru_pct hot_max_factor warm_max_factor temporary_ttl idle_timeout
    watcher_logbuf_size worker_logbuf_size track_sizes inline_ascii_resp no_inline_ascii_resp modern
    no_modern drop_privileges no_drop_privileges relaxed_privileges resp_obj_mem_limit
    read_buf_mem_limit ssl_chain_cert ssl_key ssl_verify_mode ssl_keyformat ssl_ciphers ssl_ca_cert
    ssl_wbuf_size ssl_session_cache ssl_kernel_tls ssl_min_version sock_cookie_id ext_page_size
    ext_wbuf_size ext_threads ext_io_depth ext_item_size ext_item_age ext_low_ttl ext_recache_rate
    ext_compact_under ext_drop_under ext_max_sleep ext_max_frag ext_drop_unread
""".split())
FLAG = re.compile(r"^  ((?:-\w|--[\w-]+)(?:,--?[\w-]+)*)", re.MULTILINE)


def section(heading):
    """The text below a heading, up to the next one of the same level or above."""
    level = heading.split(" ")[0]
    rest = PAGE.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text):
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]


def inert():
    text = section("### Options without a meaning here")
    return re.findall(r"`(\w+)`", text)


def source(name):
    return (ROOT / "app" / name).read_text()


class Flags(unittest.TestCase):
    def test_the_page_lists_the_flags_of_the_program(self):
        command = [os.environ["COCACHED_BIN"], "--help"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.assertEqual(sorted(FLAG.findall(printed)),
                         sorted(row.split(" ")[0] for row in rows(section("## Flags"))))


class ExtendedOptions(unittest.TestCase):
    def test_the_page_lists_the_options_that_mean_something(self):
        known = MEANING.findall(source("extended_options.cpp"))
        tls = source("tls_option.cpp")
        known += TLS_MEANING.findall(tls) + TLS_SWITCH.findall(tls)
        documented = [row.split("=")[0] for row in rows(section("## The -o options").split("\n### ")[0])]
        self.assertEqual(sorted(set(known)), sorted(documented))

    def test_the_page_lists_the_options_without_a_meaning(self):
        text = source("extended_options.cpp")
        names = re.search(r"kMeaningless = .*?\(\{(.*?)\}\);", text, re.DOTALL)[1]
        self.assertEqual(sorted(re.findall(r'"(\w+)"', names)), sorted(inert()))

    def test_every_option_of_memcached_is_known(self):
        documented = {row.split("=")[0] for row in rows(section("## The -o options").split("\n### ")[0])}
        self.assertEqual(set(), MEMCACHED - documented - set(inert()))

    def test_the_program_warns_of_each_option_without_a_meaning(self):
        with server.cocached("-o", ",".join(inert())) as running:
            printed = server.wait_until(
                lambda: running.output() if f"-o {inert()[-1]} has no" in running.output() else "", "warnings")
        for name in inert():
            self.assertIn(f"-o {name} has no meaning here and is ignored", printed)
