"""cocached-bench over TLS, and the comparison of two servers by it."""

import json
import os
import pathlib
import subprocess
import unittest

from support import server
from support.certificates import Authority

BENCH = os.environ.get("COCACHED_BENCH", "cocached-bench")
COMPARE = pathlib.Path(__file__).resolve().parents[3] / "tools/bench/compare"


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          timeout=2 * server.PATIENCE)


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        authority = Authority()
        cls.addClassCleanup(authority.close)
        identity = authority.sign("localhost")
        cls.flags = ["-Z", "-o", f"ssl_chain_cert={identity.certificate},ssl_key={identity.key}"]
        cls.server = cls.enterClassContext(server.cocached(*cls.flags))

    def bench(self, *arguments, port=None):
        return run(BENCH, "--json", "--tls", "--server", f"127.0.0.1:{port or self.server.port}",
                   "--connections", 4, *arguments)

    def test_every_protocol_reads_what_it_wrote(self):
        for protocol in ("text", "meta", "binary"):
            with self.subTest(protocol=protocol):
                done = self.bench("--protocol", protocol, "--depth", 8, "--keys", 100, "--fill",
                                  "--value-size", "0-100000", "--requests", 500, "--get-ratio", 0.8)
                self.assertEqual(0, done.returncode, done.stdout + done.stderr)
                result = json.loads(done.stdout)
                self.assertEqual((500, 0), (result["requests"], result["misses"]))

    def test_a_server_without_tls_is_told(self):
        with server.cocached() as plain:
            done = self.bench("--requests", 10, port=plain.port)
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertIn("TLS", done.stderr)


# Once: the comparison measures, and waits less for a server than a sanitizer may need to start one.
class Comparison(unittest.TestCase):
    def test_both_servers_are_compared_with_one_certificate(self):
        done = run(COMPARE, "--tls", "--ours", os.environ["COCACHED_BIN"], "--theirs",
                   os.environ["COCACHED_BIN"], "--bench", BENCH, "--rounds", 1, "--seconds", 0.05,
                   "--memory", 64, "get1")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn(", over TLS\n", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^get1 +[\d,]+ +[\d,]+ +[\d.]+ +[\d.]+ +[\d.]+$")


if __name__ == "__main__":
    unittest.main()
