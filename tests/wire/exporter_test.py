"""/metrics against Prometheus's memcached_exporter, whose dashboards and alerts shall work unchanged.

Where that program is on the PATH (memcached_exporter, or prometheus-memcached-exporter), it is asked:
it reads a server over its cache port, and must show what the server's own /metrics shows. Debian 12 has
no package of it, so what it showed of a server is recorded, and stands for it where it is missing. Its
kinds are part of that: some counters are called gauges there, or the other way round.
"""

import contextlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from support import server
from support.endpoint import Endpoint

RECORDED = pathlib.Path(__file__).parent / "exporter_series.txt"
EXPORTER = shutil.which("memcached_exporter") or shutil.which("prometheus-memcached-exporter")
LISTENING = re.compile(r'msg="Listening on" address=(\S+)')

SAMPLE = re.compile(r"^(memcached_[a-z_]+)(\{.*\})? (\S+)$", re.MULTILINE)
KIND = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)

# Series that the server shows always, and the exporter only sometimes or never.
OURS_ALONE = {
    "memcached_direct_reclaims_total": "exporters before 0.15 do not know it",
    "memcached_process_resident_memory_bytes": "the exporter needs a file with the process id for it",
}
# Series that the exporter shows, and the server does not.
THEIRS_ALONE = {
    "memcached_exporter_build_info": "it is about the exporter",
}
# Series that change between two scrapes.
MOVING = re.compile("memcached_(time|uptime|process|read_bytes|written_bytes|(current_)?connections)")


def series(text):
    """By a line of kind, name and labels, in a fixed order: the value."""
    kinds = dict(KIND.findall(text))
    found = {}
    for name, labels, value in SAMPLE.findall(text):
        pairs = ",".join(sorted(re.findall(r'\w+="[^"]*"', labels)))
        found[f"{kinds[name]} {name}{{{pairs}}}" if pairs else f"{kinds[name]} {name}"] = float(value)
    return found


def without(names, found):
    return {line: value for line, value in found.items() if re.split("[ {]", line)[1] not in names}


def of_any_version(lines):
    return {re.sub('version="[^"]*"', 'version=""', line) for line in lines}


def fetch(url):
    with urllib.request.urlopen(url, timeout=server.PATIENCE) as answer:
        return answer.read().decode()


@contextlib.contextmanager
def exporter(port):
    """The address of the program itself, which asks the server on `port`."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [EXPORTER, f"--memcached.address=127.0.0.1:{port}", "--web.listen-address=127.0.0.1:0"],
            stdout=log, stderr=log)

        def address():
            log.seek(0)
            said = log.read()
            if process.poll() is not None:
                raise RuntimeError(f"{EXPORTER} ended:\n{said}")
            return LISTENING.search(said)

        try:
            yield server.wait_until(address, EXPORTER)[1]
        finally:
            process.terminate()
            process.wait(server.PATIENCE)


class Exporter(Endpoint):
    def setUp(self):
        super().setUp()
        self.talk(b"set a 0 0 1\r\n1\r\nget a b\r\nincr a 1\r\ntouch a 60\r\ngets a\r\ncas a 0 0 1 99\r\n"
                  b"x\r\ndelete b\r\nflush_all 1000\r\n", b"OK\r\n")

    def shown(self):
        response, text = self.get("/metrics")
        self.assertTrue(response.getheader("Content-Type").startswith("text/plain; version=0.0.4"))
        for line in text.splitlines():
            self.assertRegex(line, r'^(#.*|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.]+)$')
        return series(text)

    def exported(self):
        """By line: the value, where the exporter is here to tell."""
        if not EXPORTER:
            return dict.fromkeys(RECORDED.read_text().splitlines())
        with exporter(self.server.port) as address:
            exported = without(THEIRS_ALONE, series(fetch(f"http://{address}/metrics")))
        recorded = RECORDED.read_text().splitlines()
        newer = without(OURS_ALONE, exported)
        self.assertEqual(set(recorded), of_any_version(newer), "what is recorded is out of date")
        return exported

    def test_shows_the_same(self):
        exported = without(OURS_ALONE, self.exported())
        shown = without(OURS_ALONE, self.shown())
        self.assertEqual(of_any_version(exported), of_any_version(shown))
        for line, value in exported.items():
            if value is not None and not MOVING.match(line.split()[1]):
                self.assertEqual(value, shown[line], line)

    def test_differences_are_there(self):
        names = {line.split()[1] for line in self.shown()}
        self.assertEqual(set(), OURS_ALONE.keys() - names)
        self.assertEqual(set(), THEIRS_ALONE.keys() & names)


if __name__ == "__main__":
    unittest.main()
