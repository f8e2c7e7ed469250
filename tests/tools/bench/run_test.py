"""cocached-bench against the system's memcached, and against servers that misbehave."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BENCH = os.environ.get("COCACHED_BENCH", "cocached-bench")
COMPARE = pathlib.Path(__file__).resolve().parents[3] / "tools/bench/compare"


def bench(port, *arguments):
    command = [BENCH, "--json", "--server", f"127.0.0.1:{port}", "--connections", "4"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


class MemcachedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program = shutil.which("memcached")
        if not program:
            raise unittest.SkipTest("no memcached")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        port_file = pathlib.Path(folder.name) / "port"
        command = [program, "-l", "127.0.0.1", "-p", "-1", "-U", "0", "-m", "64"]
        if os.geteuid() == 0:
            command += ["-u", "root"]
        cls.server = subprocess.Popen(
            command, env=os.environ | {"MEMCACHED_PORT_FILENAME": str(port_file)}
        )
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.terminate)
        while not port_file.exists():
            if cls.server.poll() is not None:
                raise AssertionError("memcached did not start")
            time.sleep(0.01)
        cls.port = int(port_file.read_text().split()[2])

    # The tests share one server: each has a key size of its own, or fills first.
    def run_bench(self, *arguments):
        done = bench(self.port, "--pid", self.server.pid, *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_every_protocol_reads_what_it_wrote(self):
        for protocol in ("text", "meta", "binary"):
            for multiget in (1, 10):
                with self.subTest(protocol=protocol, multiget=multiget):
                    result = self.run_bench(
                        *("--protocol", protocol, "--multiget", multiget, "--depth", 8),
                        *("--keys", 500, "--value-size", "0-20000", "--fill"),
                        *("--requests", 2000, "--get-ratio", 0.8, "--dist", "zipf"),
                    )
                    self.assertEqual(result["requests"], 2000)
                    self.assertEqual(result["misses"], 0)
                    self.assertEqual(result["hits"] + result["stored"], result["operations"])
                    self.assertGreater(result["server"]["cpu_us_per_operation"], 0)
                    self.assertGreater(result["server"]["resident_bytes"], 100_000)

    def test_counts_misses(self):
        result = self.run_bench("--keys", 100, "--key-size", 77, "--requests", 300)
        self.assertEqual((result["hits"], result["misses"]), (0, 300))

    def test_large_values_cross_many_reads(self):
        result = self.run_bench(
            *("--fill", "--keys", 20, "--value-size", 500_000, "--requests", 100, "--depth", 5)
        )
        self.assertEqual(result["hits"], 100)

    def test_open_loop_sends_on_schedule(self):
        result = self.run_bench("--rate", 2000, "--requests", 200, "--key-size", 51)
        self.assertEqual(result["requests"], 200)
        # The last of 200 requests is due after 199 / 2000 s.
        self.assertGreaterEqual(result["seconds"], 199 / 2000)

    def test_wrong_values_fail(self):
        self.run_bench("--fill", "--keys", 10, "--key-size", 20, "--requests", 1)
        done = bench(
            self.port, "--keys", 10, "--key-size", 20, "--value-size", 99, "--requests", 50
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["wrong"], 50)

    def test_errors_fail(self):
        done = bench(self.port, "--get-ratio", 0, "--value-size", 2_000_000, "--requests", 4)
        self.assertEqual(done.returncode, 1)
        result = json.loads(done.stdout)
        self.assertEqual(result["errors"], 4)
        self.assertIn("SERVER_ERROR object too large", result["first_error"])


class CompareTest(unittest.TestCase):
    def start(self, *scenarios):
        if not shutil.which("memcached"):
            self.skipTest("no memcached")
        command = [COMPARE, "--ours", "memcached", "--theirs", "memcached", "--bench", BENCH]
        command += ["--rounds", "1", "--seconds", "0.05", "--memory", "64", *scenarios]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def expect_nobody_left(self, group):
        with self.assertRaises(ProcessLookupError):
            os.killpg(group, 0)

    def test_prints_a_row_for_each_scenario_and_ends_its_servers(self):
        compare = self.start("get1", "mget64")
        out, errors = compare.communicate(timeout=120)
        self.assertEqual(compare.returncode, 0, out + errors)
        self.assertRegex(out, r"(?m)^get1 +[\d,]+ +[\d,]+ +[\d.]+ +[\d.]+ +[\d.]+$")
        self.assertIn("mget64", out)
        self.expect_nobody_left(compare.pid)

    def test_ends_its_servers_when_it_is_ended(self):
        compare = self.start("get1", "mget64")
        while not compare.stdout.readline().startswith("get1"):
            pass
        compare.terminate()  # somewhere in the second scenario
        compare.communicate(timeout=120)
        self.assertEqual(compare.returncode, 128 + signal.SIGTERM)
        self.expect_nobody_left(compare.pid)


@contextlib.contextmanager
def server_of(behaviour):
    """Listens; `behaviour(connection)` runs once for each connection. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        behaviour(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


class BadServerTest(unittest.TestCase):
    def expect_failure(self, port, message):
        done = bench(port, "--requests", "100")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertIn(message, done.stderr)

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.expect_failure(port, "cannot connect")

    def test_a_server_that_closes(self):
        with server_of(lambda connection: connection.recv(100)) as port:
            self.expect_failure(port, "server gone")

    def test_a_server_of_another_protocol(self):
        def answer(connection):
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with server_of(answer) as port:
            self.expect_failure(port, "HTTP/1.1 400")


if __name__ == "__main__":
    unittest.main()
