"""The dashboard and the alerts of tools/monitoring use what a real server shows, and nothing else.

Once: a sanitizer has nothing to add to this.
"""

import contextlib
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from support import conversation, server

FOLDER = pathlib.Path(__file__).parents[2] / "tools" / "monitoring"
URL = re.compile(r"^http://127\.0\.0\.1:\d+/$", re.MULTILINE)
SELECTOR = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
OURS = re.compile(r"\b(?:memcached|cocached)[_:][a-zA-Z0-9_:]*")
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? \S+$", re.MULTILINE)

# The series and labels that Prometheus itself adds to each target.
ADDED = {"up"}
ADDED_LABELS = {"job", "instance"}


def promtool(*arguments, **options):
    return subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True,
                          timeout=server.PATIENCE, check=False, **options)


def alert_expressions():
    """The expressions of alerts.yml, folded into a line each."""
    text = (FOLDER / "alerts.yml").read_text()
    folded = re.findall(r"expr: >-\n((?: {10}.*\n)+)", text)
    plain = re.findall(r"expr: (?!>-)(.*)", text)
    return [" ".join(expression.split()) for expression in folded + plain]


def recorded():
    return set(re.findall(r"record: (\S+)", (FOLDER / "alerts.yml").read_text()))


def dashboard():
    return json.loads((FOLDER / "dashboard.json").read_text())


def dashboard_expressions():
    document = dashboard()
    targets = [target["expr"] for panel in document["panels"] for target in panel["targets"]]
    return targets + [note["expr"] for note in document["annotations"]["list"]]


def snapshot_in(folder):
    os.chmod(folder, 0o777)  # the server may have become another user by then
    return "--snapshot", os.path.join(folder, "items")


def shown_series():
    """Each series of a server that has seen some traffic, as its name and labels."""
    with tempfile.TemporaryDirectory() as folder, \
            server.cocached("--http", "127.0.0.1:0", *snapshot_in(folder)) as running:
        url = server.wait_until(lambda: URL.search(running.output("out")), "URL")[0]
        conversation.converse(running, b"set a 0 0 1\r\nx\r\nget a b\r\n")
        with urllib.request.urlopen(url + "metrics", timeout=server.PATIENCE) as answer:
            text = answer.read().decode()
    return [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels)))
            for name, labels in SAMPLE.findall(text)]


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.series = shown_series()
        cls.expressions = alert_expressions() + dashboard_expressions()

    def test_every_name_is_shown_by_a_server(self):
        known = {name for name, _ in self.series} | recorded()
        used = set(itertools.chain.from_iterable(OURS.findall(one) for one in self.expressions))
        self.assertGreater(len(used), 20)
        self.assertEqual(set(), used - known)

    def test_every_selector_names_something_known(self):
        known = {name for name, _ in self.series} | recorded() | ADDED
        for expression in self.expressions:
            for name, _ in SELECTOR.findall(expression):
                self.assertIn(name, known, expression)

    def test_every_selector_can_match(self):
        for expression in self.expressions:
            for name, matchers in SELECTOR.findall(expression):
                wanted = {label: value for label, kind, value in MATCHER.findall(matchers)
                          if kind == "=" and label not in ADDED_LABELS}
                self.assertTrue(name in recorded() | ADDED or self.can_match(name, wanted),
                                f"{name}{wanted}")

    def can_match(self, name, wanted):
        return any(name == shown and wanted.items() <= labels.items() for shown, labels in self.series)

    def test_every_label_that_is_grouped_by_exists(self):
        labels = ADDED_LABELS.union(*(labels for _, labels in self.series))
        for expression in self.expressions:
            for group in re.findall(r"\bby \(([^)]*)\)", expression):
                self.assertEqual(set(), set(re.split(r",\s*", group)) - labels, expression)


class Alerts(unittest.TestCase):
    def test_the_rules_are_valid(self):
        ended = promtool("check", "rules", "alerts.yml")
        self.assertEqual(0, ended.returncode, ended.stdout + ended.stderr)

    def test_each_alert_fires_when_it_should_and_only_then(self):
        ended = promtool("test", "rules", "alerts_test.yml")
        self.assertEqual(0, ended.returncode, ended.stdout + ended.stderr)

    def test_each_alert_has_a_case_where_it_fires(self):
        alerts = set(re.findall(r"alert: (\S+)", (FOLDER / "alerts.yml").read_text()))
        cases = (FOLDER / "alerts_test.yml").read_text()
        fired = set(re.findall(r"alertname: (\S+)\n\s+exp_alerts:", cases))
        self.assertEqual(alerts, fired)


@contextlib.contextmanager
def prometheus(target):
    """Prometheus itself, on a port of its choice, with one target that it asks each second."""
    with tempfile.TemporaryDirectory(prefix="cocached-prometheus-") as folder:
        place = pathlib.Path(folder)
        (place / "config.yml").write_text(json.dumps({  # JSON is YAML
            "global": {"scrape_interval": "1s"},
            "rule_files": [str(FOLDER / "alerts.yml")],
            "scrape_configs": [{"job_name": "cocached",
                                "static_configs": [{"targets": [target]}]}]}))
        with open(place / "log", "wb") as log:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={place}/config.yml", f"--storage.tsdb.path={place}/data",
                 "--web.listen-address=127.0.0.1:0"], stdout=log, stderr=log)
        try:
            said = re.compile(r'msg="Listening on" address=(\S+)')
            yield server.wait_until(lambda: said.search((place / "log").read_text()), "Prometheus")[1]
        finally:
            process.terminate()
            process.wait(server.PATIENCE)


def query(address, expression):
    url = f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        with urllib.request.urlopen(url, timeout=server.PATIENCE) as answer:
            return json.load(answer)["data"]["result"]
    except urllib.error.URLError:  # it is not ready yet
        return []


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = cls.enterClassContext(
            server.cocached("--http", "127.0.0.1:0", *snapshot_in(folder)))
        cls.url = server.wait_until(lambda: URL.search(cls.server.output("out")), "URL")[0]
        conversation.converse(cls.server, b"set a 0 0 1\r\nx\r\nget a b\r\n")

    def test_promtool_has_nothing_to_say_of_our_own_names(self):
        with urllib.request.urlopen(self.url + "metrics", timeout=server.PATIENCE) as answer:
            text = answer.read().decode()
        ended = promtool("check", "metrics", input=text)
        self.assertNotIn("error while linting", ended.stderr)
        # The exporter's names are as they are: tools know them by these.
        complaints = [line for line in (ended.stdout + ended.stderr).splitlines()
                      if not line.startswith("memcached_")]
        self.assertEqual([], complaints)

    def test_prometheus_takes_every_series(self):
        shown = {name for name, _ in shown_series()}
        with prometheus(self.url.removeprefix("http://").rstrip("/")) as address:
            server.wait_until(lambda: query(address, "up == 1"), "a scrape")
            taken = {sample["metric"]["__name__"]
                     for sample in query(address, '{job="cocached"}')}
            self.assertEqual(set(), shown - taken)
            hits = query(address, 'memcached_commands_total{command="get",status="hit"}')
            self.assertEqual("1", hits[0]["value"][1])
            self.assertEqual([], query(address, 'up{job="cocached"} == 0'))


class Dashboard(unittest.TestCase):
    def test_every_expression_is_promql(self):
        rules = [{"record": f"panel:{number}", "expr": self.without_variables(expression)}
                 for number, expression in enumerate(dashboard_expressions())]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)  # JSON is YAML
            file.flush()
            ended = promtool("check", "rules", file.name)
        self.assertEqual(0, ended.returncode, ended.stdout + ended.stderr)

    def without_variables(self, expression):
        for name, value in (("$__rate_interval", "1m"), ("$job", ".*"), ("$instance", ".*")):
            expression = expression.replace(name, value)
        self.assertNotIn("$", expression)
        return expression

    def test_panels_have_names_and_places_of_their_own(self):
        panels = dashboard()["panels"]
        for key in ("id", "title"):
            self.assertEqual(len(panels), len({panel[key] for panel in panels}), key)
        taken = [cell for panel in panels for cell in self.cells(panel["gridPos"])]
        self.assertEqual(len(taken), len(set(taken)))
        self.assertLess(max(x for x, _ in taken), 24)

    @staticmethod
    def cells(place):
        return itertools.product(range(place["x"], place["x"] + place["w"]),
                                 range(place["y"], place["y"] + place["h"]))


if __name__ == "__main__":
    unittest.main()
