"""The dashboard and the alerts of tools/monitoring use what a real server shows, and nothing else."""

import itertools
import json
import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.request

from support import conversation, server

FOLDER = pathlib.Path(__file__).parents[2] / "tools" / "monitoring"
URL = re.compile(r"^http://127\.0\.0\.1:\d+/$", re.MULTILINE)
SELECTOR = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
OURS = re.compile(r"\b(?:memcached|cocached)[_:][a-zA-Z0-9_:]*")
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? \S+$", re.MULTILINE)

# What Prometheus itself adds to each target: a series, and labels.
ADDED = {"up"}
ADDED_LABELS = {"job", "instance"}


def promtool(*arguments):
    return subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True,
                          timeout=server.PATIENCE, check=False)


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


def shown_series():
    """Each series of a server that has seen some traffic, as its name and labels."""
    with server.cocached("--http", "127.0.0.1:0") as running:
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
