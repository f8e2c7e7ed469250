"""docs/protocol.md names the fields that the server answers, all of them and no others."""

import json
import os
import re
import tempfile
import unittest
from pathlib import Path

from support import endpoint, server

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()
# Objects whose names depend on the load, the settings or memcached.
OPEN = {"stats", "settings", "latency", "namespaces", "http.answers"}


def documented(heading):
    text = PAGE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}


def fields(value, path=""):
    """The names of all fields in it, as the page writes them."""
    if isinstance(value, dict):
        found = set()
        for name, inner in value.items():
            shown = "*" if path in OPEN else name
            found |= fields(inner, f"{path}.{shown}" if path else shown)
        return found
    if isinstance(value, list):
        return set().union(*(fields(one, f"{path}[]") for one in value)) if value else {f"{path}[]"}
    return {path}


class Fields(endpoint.Endpoint):
    def setUp(self):
        super().setUp()
        self.talk(b"set user:1 0 0 3\r\nann\r\nget user:1\r\nns quota user 1000\r\nversion\r\n", b"\r\nVERSION 1.6.45\r\n")

    def assert_documented(self, path):
        self.maxDiff = None
        self.assertEqual(documented(f"### {path}"), fields(json.loads(self.get(path)[1])))

    def test_stats(self):
        self.get("/livez")  # so that an answer is counted
        self.assert_documented("/stats.json")

    def test_hot_keys(self):
        # The worker passes on about every second what it has seen.
        server.wait_until(lambda: json.loads(self.get("/hotkeys.json")[1]).get("by_bytes"), "hot keys")
        self.assert_documented("/hotkeys.json")

    def test_miss_ratio(self):
        server.wait_until(lambda: json.loads(self.get("/mrc.json")[1])["points"], "a curve")
        self.assert_documented("/mrc.json")

    def test_keys(self):
        self.assert_documented("/keys")

    def test_history(self):
        self.assert_documented("/history.json")


class OwnStatistics(unittest.TestCase):
    def names(self, *flags):
        with server.cocached(*flags) as running, running.connect() as link:
            link.sendall(b"stats\r\n")
            reply = b""
            while not reply.endswith(b"END\r\n"):
                reply += link.recv(65536)
        names = re.findall(r"^STAT (\S+)", reply.decode(), re.MULTILINE)
        return names[names.index("cocached_version"):]

    def test_own_fields_of_stats(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)  # the server may become another user
            names = self.names("--snapshot", os.path.join(folder, "snapshot"))
        self.assertEqual(documented("### Fields of stats"), set(names))
        self.assertTrue(any(name.startswith("snapshot_") for name in names))
