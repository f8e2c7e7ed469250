"""tools/test runs its parts, counts them, and skips the one that a machine may refuse only where it may.

Once: a sanitizer has nothing to add to this.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"


class PartsTest(unittest.TestCase):
    """Runs tools/test with a cmake and a ctest that do nothing, and a part fresh that ends as it is told."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        for folder in "bin", "tools/fresh":
            (self.root / folder).mkdir(parents=True)
        for name in "test", "lib.sh":
            shutil.copy(TOOLS / name, self.root / "tools" / name)
        (self.root / "tools/packages").touch()
        self.program("bin/cmake")
        self.program("bin/ctest", 'report=$(sed "s/.*--output-junit //; s/ .*//" <<<"$*")',
                     """echo '<x tests="2" failures="0" disabled="0" skipped="0"' >"$report" """)

    def program(self, name, *lines):
        file = self.root / name
        file.write_text("\n".join(["#!/bin/bash", *lines]) + "\n")
        file.chmod(0o755)

    def run_with_fresh_ending(self, code, *arguments, **environment):
        self.program("tools/fresh/fresh", f"exit {code}")
        inherited = {name: value for name, value in os.environ.items() if name != "CI"}
        return subprocess.run([self.root / "tools/test", *arguments], capture_output=True, text=True, check=False,
                              env=inherited | {"PATH": f"{self.root}/bin:{os.environ['PATH']}"} | environment)

    def assert_ends(self, run, code, last_line):
        self.assertEqual((code, last_line), (run.returncode, run.stdout.splitlines()[-1]), run.stdout + run.stderr)

    def test_every_part_is_counted(self):
        self.assert_ends(self.run_with_fresh_ending(0, CI="true"), 0, "10 passed, 0 failed")
        self.assert_ends(self.run_with_fresh_ending(0, "asan", "clang"), 0, "3 passed, 0 failed")
        self.assert_ends(self.run_with_fresh_ending(1), 1, "9 passed, 1 failed")

    def test_a_part_that_the_machine_does_not_allow_is_skipped(self):
        run = self.run_with_fresh_ending(77)
        self.assert_ends(run, 0, "9 passed, 0 failed")
        self.assertIn("fresh: SKIPPED", run.stdout)
        self.assertIn("everything passed: release asan tsan clang fuzz\n", run.stdout)

    def test_it_is_not_skipped_in_ci_nor_when_it_is_named(self):
        self.assert_ends(self.run_with_fresh_ending(77, CI="true"), 1, "9 passed, 1 failed")
        self.assert_ends(self.run_with_fresh_ending(77, "fresh"), 1, "0 passed, 1 failed")

    def test_a_build_alone_runs_no_test(self):
        self.program("bin/ctest", "exit 1")
        self.assert_ends(self.run_with_fresh_ending(1, "--build"), 0, "5 passed, 0 failed")
        self.assertIn("no part fresh", self.run_with_fresh_ending(0, "--build", "fresh").stderr)


if __name__ == "__main__":
    unittest.main()
