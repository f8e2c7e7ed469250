"""The page of a running server, in a real browser.

Once: a sanitizer sees the same requests in the tests of the endpoint.
"""

import json
import re
import threading
import unittest
import urllib.request

from selenium.webdriver.common.keys import Keys

from support import conversation, server
from support.browser import page
from support.users import users_file

URL = re.compile(r"^http://127\.0\.0\.1:\d+/$", re.MULTILINE)
PHONE = (360, 740)
DESKTOP = (1280, 900)

CONTRAST = """
const colour = (name) => {
  const [r, g, b] = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
    .match(/[0-9a-f]{2}/g).map((hex) => parseInt(hex, 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
return arguments[0].map(([text, ground]) => {
  const [low, high] = [colour(text), colour(ground)].sort((a, b) => a - b);
  return [text, ground, (high + 0.05) / (low + 0.05)];
});
"""
TEXT_ON_GROUND = [(text, ground) for ground in ("--paper", "--surface")
                  for text in ("--ink", "--soft", "--accent", "--good", "--bad")] + [
    ("--ink", "--warn-wash"), ("--ink", "--bad-wash"), ("--ink", "--hint-wash"),
    ("--warn", "--warn-wash"), ("--bad", "--bad-wash"), ("--accent", "--hint-wash")]


class Load:
    """A client that reads, writes and misses until it is told to stop."""

    def __init__(self, target):
        self._stop = threading.Event()
        self._link = target.connect()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        number = 0
        while not self._stop.wait(0.01):
            key = b"user:%d" % (number % 50)
            conversation.ask(self._link, b"set %s 0 0 3\r\nabc\r\n" % key)
            conversation.ask(self._link, b"get %s nobody\r\n" % key, b"END\r\n")
            number += 1

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._link.close()


class Browser(unittest.TestCase):
    """A server, and one browser for all tests of a class: each opens the page anew."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(server.cocached("--http", "127.0.0.1:0", "-m", "16"))
        found = server.wait_until(lambda: URL.search(cls.server.output("out")), "URL")
        cls.url = found[0]
        cls.page = cls.enterClassContext(page(cls.url))

    def setUp(self):
        self.page.resize(*DESKTOP)
        self.page.prefer(color_scheme="light")
        self.page.forget()
        self.page.open()
        self.wait_until_drawn()

    def tearDown(self):
        self.assertEqual([], self.page.complaints())

    def wait_until_drawn(self):
        self.page.wait_for(lambda: self.page.text("#state") == "serving", "figures on the page")

    def under_load(self):
        load = Load(self.server)
        self.addCleanup(load.stop)
        return load

    def history(self):
        with urllib.request.urlopen(self.url + "history.json", timeout=server.PATIENCE) as answer:
            return json.load(answer)

    def wait_for_points(self, count):
        return self.page.wait_for(
            lambda: (found := self.history()) and len(found["at_ms"]) >= count and found, "history")

    def curves(self, title):
        """The number of curves in the chart with at least two points."""
        return self.page.run(
            "const chart = [...document.querySelectorAll('.chart')]"
            "  .find((one) => one.querySelector('h3').textContent === arguments[0]);"
            "return [...chart.querySelectorAll('path')]"
            "  .filter((path) => path.getAttribute('d').includes('L')).length;", title)


class Figures(Browser):
    def test_draws_the_charts_of_a_busy_server(self):
        self.under_load()
        self.wait_for_points(3)
        for title in ("Operations", "Hit ratio", "Memory", "Connections"):
            self.page.wait_for(lambda: self.curves(title) > 0, title)
        self.assertGreaterEqual(self.page.count(".chart"), 8)
        self.assertEqual(0, self.page.count(".findings .serious"))

    def test_figures_move(self):
        self.under_load()
        self.page.wait_for(lambda: re.match(r"[1-9]", self.page.text("#operations")), "operations")
        before = self.total("get")
        self.page.wait_for(lambda: self.total("get") != before, "gets that grow")

    def total(self, command):
        """The column of a command that says how often it came since the start."""
        return self.page.run(
            "return [...document.querySelectorAll('#commands tr')]"
            "  .find((row) => row.cells[0].textContent === arguments[0])?.cells[2].textContent;", command)

    def test_figures_agree_with_stats(self):
        self.under_load().stop()
        conversation.converse(self.server, b"set a 0 0 1\r\nx\r\nget a b c\r\ndelete a\r\n")
        stats = conversation.stats(self.server)
        for command, number in (("get", stats["cmd_get"]), ("set", stats["cmd_set"]),
                                ("delete", stats["delete_hits"])):
            shown = self.page.call("format", "count", int(number))
            self.page.wait_for(lambda: self.total(command) == shown, f"{number} of {command}")
        hits, gets = int(stats["get_hits"]), int(stats["cmd_get"])
        self.page.wait_for(lambda: self.page.text("#hit-ratio-note").startswith(
            self.page.call("format", "percent", hits / gets)), "the hit ratio")
        self.assertIn(stats["max_connections"], self.page.text("#connections-note").replace(",", ""))

    def test_names_of_keys_are_text(self):
        key = b"<img/src=x/onerror=document.title='caught'>"
        shown = f"#hot-keys code[title=\"{key.decode()}\"]"
        self.page.wait_for(lambda: self.ask_often_for(key) and self.page.count(shown), "the key")
        self.assertEqual(key.decode(), self.page.text(shown))
        self.assertEqual(0, self.page.count("#hot-keys img"))
        self.assertNotIn("caught", self.page.driver.title)

    def ask_often_for(self, key):
        return conversation.converse(self.server, b"get %s\r\n" % key * 1000)

    def test_tells_what_more_memory_would_buy(self):
        self.under_load()
        self.page.wait_for(lambda: self.page.count("#miss-ratios tbody tr") >= 4, "the curve")
        self.assertIn("as now", self.page.text("#miss-ratios tbody"))

    def test_tells_how_long_commands_take(self):
        self.under_load()
        self.page.wait_for(lambda: re.match(r"get.*s$", self.page.text("#latencies tr")), "latencies")
        self.page.wait_for(lambda: re.match(r"[\d.]+ \S?s$", self.page.text("#latency")), "the tile")

    def test_history_survives_a_reload(self):
        known = self.wait_for_points(2)["at_ms"]
        self.page.open()
        self.page.run("document.querySelector('.chart details').open = true")
        oldest = self.page.call("format", "clock", known[0])
        self.page.wait_for(lambda: oldest in self.page.text(".chart table tbody"), "the oldest point")


class Looks(Browser):
    def ground(self):
        return self.page.run("return getComputedStyle(document.body).backgroundColor")

    def test_follows_the_system_into_the_dark(self):
        light = self.ground()
        self.page.prefer(color_scheme="dark")
        self.page.wait_for(lambda: self.ground() != light, "a dark page")

    def test_keeps_the_theme_that_was_chosen(self):
        light = self.ground()
        while self.page.text("#theme span") != "dark":
            self.page.find("#theme").click()
        self.assertNotEqual(light, self.ground())
        self.page.open()
        self.assertEqual("dark", self.page.text("#theme span"))
        self.assertNotEqual(light, self.ground())

    def test_text_can_be_read_in_both_themes(self):
        for scheme in ("light", "dark"):
            self.page.prefer(color_scheme=scheme)
            self.page.wait_for(
                lambda: self.page.run("return document.documentElement.dataset.theme") == scheme, scheme)
            for text, ground, contrast in self.page.run(CONTRAST, TEXT_ON_GROUND):
                self.assertGreaterEqual(contrast, 4.5, f"{text} on {ground}, {scheme}")

    def test_nothing_sticks_out_on_a_phone(self):
        self.under_load()
        self.page.resize(*PHONE)
        self.page.open()
        self.wait_until_drawn()
        self.page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        self.wait_for_points(1)
        width = self.page.run("return document.documentElement.scrollWidth")
        self.assertLessEqual(width, PHONE[0])

    def test_does_not_move_where_that_is_not_wanted(self):
        self.page.prefer(reduced_motion="reduce")
        moving = self.page.run(
            "return [...document.querySelectorAll('*')].filter((one) => {"
            "  const style = getComputedStyle(one);"
            "  return style.transitionDuration !== '0s' || style.animationName !== 'none';"
            "}).map((one) => one.tagName)")
        self.assertEqual([], moving)


class Keyboard(Browser):
    def press(self, *keys):
        self.page.driver.switch_to.active_element.send_keys(*keys)

    def focused(self):
        return self.page.run("const at = document.activeElement;"
                             "return at.id || at.className || at.tagName.toLowerCase();")

    def test_tab_skips_to_the_figures(self):
        self.press(Keys.TAB)
        self.assertEqual("skip", self.focused())
        self.press(Keys.ENTER)
        self.page.wait_for(lambda: self.focused() == "main", "focus on the figures")

    def test_tab_reaches_everything_and_shows_where_it_is(self):
        wanted = self.page.run(
            "return [...document.querySelectorAll('a, button, summary, input, [tabindex=\"0\"]')]"
            "  .filter((one) => one.checkVisibility()).length")
        reached = set()
        for _ in range(wanted):
            self.press(Keys.TAB)
            reached.add(self.page.driver.switch_to.active_element.id)
            self.assertNotEqual("none", self.page.run(
                "return getComputedStyle(document.activeElement).outlineStyle"), self.focused())
        self.assertEqual(wanted, len(reached))

    def test_arrow_keys_read_a_chart_aloud(self):
        self.under_load()
        self.wait_for_points(3)
        self.page.wait_for(lambda: self.curves("Operations") > 0, "curves")
        self.page.run("document.querySelector('.plot').focus()")
        self.press(Keys.ARROW_LEFT)
        last = self.page.text("#spoken")
        self.assertRegex(last, r"^\d\d:\d\d:\d\d: get ")
        self.assertGreaterEqual(self.page.count(".crosshair line"), 8)
        self.press(Keys.HOME)
        self.page.wait_for(lambda: self.page.text("#spoken") not in ("", last), "another point")
        self.press(Keys.ESCAPE)
        self.assertEqual(0, self.page.count(".crosshair line"))

    def test_charts_have_their_figures_in_words(self):
        self.wait_for_points(1)
        self.page.wait_for(lambda: "now" in self.page.find(".plot").get_attribute("aria-label"), "words")
        self.assertEqual(self.page.count(".plot"), self.page.count(".plot[aria-label][role='group']"))


class ClosedCache(unittest.TestCase):
    def test_the_page_says_why_it_shows_no_keys(self):
        with users_file("user", "password") as users, \
                server.cocached("-Y", users, "--http", "127.0.0.1:0") as running:
            url = server.wait_until(lambda: URL.search(running.output("out")), "URL")[0]
            with page(url) as shown:
                shown.open()
                shown.wait_for(lambda: "--http-token-file" in shown.text("#hot-keys"), "the reason")
                self.assertIn("the cache asks its clients for a password", shown.text("#hot-keys"))
                shown.wait_for(lambda: shown.text("#state") == "serving", "figures on the page")


class ServerGone(unittest.TestCase):
    def test_the_page_says_so(self):
        with server.cocached("--http", "127.0.0.1:0") as running:
            url = server.wait_until(lambda: URL.search(running.output("out")), "URL")[0]
            with page(url) as shown:
                shown.open()
                shown.wait_for(lambda: shown.text("#state") == "serving", "figures on the page")
                running.process.terminate()
                shown.wait_for(lambda: shown.text("#state").startswith("no answer since"), "the news")
                self.assertEqual(1, shown.count("body.stale"))


if __name__ == "__main__":
    unittest.main()
