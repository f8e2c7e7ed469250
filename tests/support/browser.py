"""Headless Chromium on a page of the server, driven by Debian's ChromeDriver."""

import contextlib
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from support import server

# The sandbox refuses root, so it is off. The other flags keep the browser from talking to other hosts.
FLAGS = """
--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync --disable-extensions
--hide-scrollbars
""".split()


class Page:
    """The browser, with one page open in it."""

    def __init__(self, driver, url):
        self.driver = driver
        self.url = url

    def open(self):
        self.driver.get(self.url)

    def forget(self):
        """The items that the page has stored in the browser."""
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin",
                                    {"origin": self.url.rstrip("/"), "storageTypes": "all"})

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def call(self, module, function, *arguments):
        """The result of a function of one of the page's modules."""
        return self.driver.execute_async_script(
            "const [module, name, values, done] = arguments;"
            "import(`/assets/${module}.js`).then((found) => done(found[name](...values)));",
            module, function, list(arguments))

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def wait_for(self, condition, what):
        return server.wait_until(condition, what)

    def resize(self, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def prefer(self, **features):
        """Sets a preference of the user's system, for example color_scheme="dark"."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": f"prefers-{name.replace('_', '-')}", "value": value}
            for name, value in features.items()]})

    def complaints(self):
        """The warnings and errors of the console since the last call."""
        return [entry for entry in self.driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]


@contextlib.contextmanager
def page(url):
    with tempfile.TemporaryDirectory(prefix="cocached-browser-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        driver.set_page_load_timeout(server.PATIENCE)
        driver.set_script_timeout(server.PATIENCE)
        try:
            yield Page(driver, url)
        finally:
            driver.quit()
