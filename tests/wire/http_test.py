"""The HTTP endpoint of a whole server, asked by Python's HTTP client and, where there is one, curl."""

import gzip
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from support import server
from support.conversation import ask
from support.endpoint import URL, Endpoint
from support.users import users_file


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
        for path in ("/keys", "/hotkeys.json"):
            response, text = self.get(path)
            self.assertEqual(403, response.status)
            self.assertIn("-X", json.loads(text)["error"])


class ClosedCache(unittest.TestCase):
    """The cache lets in only some; the endpoint answers every user of this machine."""

    KEY = "secret:key"

    def show(self, address, path, token=None):
        header = {"Authorization": f"Bearer {token}"} if token else {}
        asked = urllib.request.Request(address + path, headers=header)
        try:
            with urllib.request.urlopen(asked, timeout=server.PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def check_it_shows_no_key(self, address, reason):
        for path in ("/keys", "/hotkeys.json"):
            status, text = self.show(address, path)
            self.assertEqual(403, status, path)
            self.assertRegex(json.loads(text)["error"], reason + ".*--http-token-file")
        for path in ("/stats.json", "/metrics", "/history.json", "/mrc.json", "/"):
            status, text = self.show(address, path)
            self.assertEqual(200, status, path)
            self.assertNotIn("secret", text, path)
        self.assertEqual(1, json.loads(self.show(address, "/stats.json")[1])["namespace_count"])
        self.assertIn("cocached_namespaces 1\n", self.show(address, "/metrics")[1])

    def check_it_shows_keys(self, address, token):
        for path in ("/keys", "/hotkeys.json", "/stats.json"):
            self.assertEqual(401, self.show(address, path)[0])
            status, text = self.show(address, path, token)
            self.assertEqual(200, status, path)
        self.assertIn(self.KEY, self.show(address, "/keys", token)[1])

    def token_file(self):
        file = self.enterContext(tempfile.NamedTemporaryFile("w"))
        print("t0ken", file=file, flush=True)
        return file.name

    def run_one(self, running):
        self.addCleanup(running.stop)
        return server.wait_until(lambda: URL.search(running.output("out")), "URL")[0].rstrip("/")

    def test_a_socket_closed_to_other_users(self):
        for mode, token in (("0700", None), ("0770", None), ("0700", "t0ken")):
            with self.subTest(mode=mode, token=token):
                folder = self.enterContext(tempfile.TemporaryDirectory())
                os.chmod(folder, 0o777)
                flags = ["--http-token-file", self.token_file()] if token else []
                running = server.cocached_on_unix_socket(
                    f"{folder}/socket", "-a", mode, "-D", ":", "--http", "127.0.0.1:0", *flags)
                address = self.run_one(running)
                with running.connect() as link:
                    ask(link, b"set %b 0 0 1\r\nx\r\n" % self.KEY.encode())
                if token:
                    self.check_it_shows_keys(address, token)
                else:
                    self.check_it_shows_no_key(address, "closed to other users")

    def test_a_socket_open_to_all_hides_nothing(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o777)
        running = server.cocached_on_unix_socket(f"{folder}/socket", "-a", "0777", "--http",
                                                 "127.0.0.1:0")
        address = self.run_one(running)
        self.assertEqual(200, self.show(address, "/keys")[0])

    def test_passwords(self):
        with users_file("user", "password") as users:
            for token in (None, "t0ken"):
                with self.subTest(token=token):
                    flags = ["--http-token-file", self.token_file()] if token else []
                    running = server.cocached("-Y", users, "-D", ":", "--http", "127.0.0.1:0", *flags)
                    address = self.run_one(running)
                    with running.connect() as link:
                        ask(link, b"set login 0 0 13\r\nuser password\r\n")
                        ask(link, b"set %b 0 0 1\r\nx\r\n" % self.KEY.encode())
                    if token:
                        self.check_it_shows_keys(address, token)
                    else:
                        self.check_it_shows_no_key(address, "password")


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


class Shortage(Endpoint):
    # Only the same user may change another process' limits.
    OPTIONS = ("-u", "root") if os.geteuid() == 0 else ()

    def test_it_says_that_it_has_no_descriptors_and_goes_on(self):
        pid = self.server.process.pid
        used = 1 + max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd"))
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, before[1]))
        self.client.request("GET", "/metrics")
        server.wait_until(lambda: "http: cannot accept connections" in self.server.output("err"),
                          "the news")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        shown = self.client.getresponse().read().decode()
        self.assertRegex(shown, r'cocached_http_connections_refused_total{reason="shortage"} [1-9]')


class Ports(unittest.TestCase):
    def test_a_port_that_was_asked_for_must_be_free(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with self.assertRaisesRegex(RuntimeError, "exited with 71"):
                server.cocached("--http", address)


if __name__ == "__main__":
    unittest.main()
