"""tools/lib.sh installs what tools/packages lists and is missing, and nothing else.

Once: a sanitizer has nothing to add to this.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"
LINE = re.compile(r"(build|test|fresh) +[a-z0-9.+-]+( +unless +\S+)? +# \S.*")


class PackagesTest(unittest.TestCase):
    """Runs need_packages against a dpkg-query and an apt-get that only write down what they do."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.bin = Path(directory.name)
        self.calls = self.bin / "calls"
        self.calls.touch()
        self.program("dpkg-query", "shift 2", 'for package; do echo "installed $package"; done')

    def program(self, name, *lines):
        file = self.bin / name
        file.write_text("\n".join(["#!/bin/bash", *lines]) + "\n")
        file.chmod(0o755)

    def apt_get(self, *lines):
        self.program("apt-get", f'echo "$@" >>{self.calls}', *lines)

    def need(self, packages):
        (self.bin / "tools").mkdir()
        (self.bin / "tools/packages").write_text(packages)
        commands = (f'. "{TOOLS}/lib.sh"; root="{self.bin}"; can_be_root() {{ true; }}; '
                    'as_root() { "$@"; }; without_starting_services() { "$@"; }; '
                    "need_packages build")
        return subprocess.run(["bash", "-c", commands], capture_output=True, text=True,
                              env={"PATH": f"{self.bin}:{os.environ['PATH']}"})

    def apt_calls(self):
        return self.calls.read_text().splitlines()

    def test_every_package_has_a_reason(self):
        for line in (TOOLS / "packages").read_text().splitlines():
            if line and not line.startswith("#"):
                self.assertRegex(line, LINE)

    def test_nothing_to_do_when_all_are_installed(self):
        self.apt_get()
        run = self.need("build one # why\nbuild two # why\n")
        self.assertEqual((run.returncode, run.stdout), (0, ""))
        self.assertEqual(self.apt_calls(), [])

    def test_installs_what_is_missing_for_this_need(self):
        self.apt_get()
        self.program("dpkg-query", "echo installed one; echo config-files two; exit 1")
        run = self.need("build one # why\nbuild two # why\nbuild three # why\ntest four # why\n")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(len(self.apt_calls()), 1)
        self.assertTrue(self.apt_calls()[0].endswith("--no-install-recommends three two"))

    def test_a_command_that_is_there_needs_no_package(self):
        self.apt_get()
        self.program("dpkg-query", "exit 1")
        self.need("build one unless bash # why\nbuild two unless no-such-command # why\n")
        self.assertTrue(self.apt_calls()[0].endswith("--no-install-recommends two"))

    def test_refreshes_old_lists_once(self):
        self.apt_get(f"[[ $(wc -l <{self.calls}) != 1 ]]")
        self.program("dpkg-query", "exit 1")
        run = self.need("build one # why\n")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([call.split()[-1] for call in self.apt_calls()], ["one", "update", "one"])

    def test_says_what_failed(self):
        self.apt_get('[[ ${*: -1} == update ]] || { echo "no such package"; exit 100; }')
        self.program("dpkg-query", "exit 1")
        run = self.need("build one # why\n")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no such package", run.stderr)
        self.assertIn("failed: apt-get install one", run.stderr)


if __name__ == "__main__":
    unittest.main()
