"""tools/check-format accepts formatted sources, shows what differs in others, and can format them.

Once: a sanitizer has nothing to add to this.
"""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOOD = "int main() {\n  return 0;\n}\n"
BAD = "int main()\n{ return 0 ; }\n"


class CheckFormatTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        (self.root / "lib/store").mkdir(parents=True)
        (self.root / "tests").mkdir()
        shutil.copy(ROOT / ".clang-format", self.root)

    def check(self, *options):
        command = [ROOT / "tools" / "check-format", *options, self.root]
        return subprocess.run(command, capture_output=True, text=True)

    def test_accepts_formatted_sources(self):
        (self.root / "tests/good.cpp").write_text(GOOD)
        self.assertEqual(self.check().returncode, 0)

    def test_shows_the_difference(self):
        (self.root / "tests/good.cpp").write_text(GOOD)
        (self.root / "lib/store/bad file.cpp").write_text(BAD)
        run = self.check()
        self.assertEqual(run.returncode, 1)
        self.assertIn("--- lib/store/bad file.cpp", run.stdout)
        self.assertIn("-{ return 0 ; }", run.stdout)
        self.assertNotIn("good.cpp", run.stdout)

    def test_fix_formats(self):
        source = self.root / "lib/store/bad.hpp"
        source.write_text(BAD)
        self.assertEqual(self.check("--fix").returncode, 0)
        self.assertEqual(source.read_text(), GOOD)
        self.assertEqual(self.check().returncode, 0)

    def test_a_tree_without_sources_is_an_error(self):
        run = self.check()
        self.assertEqual(run.returncode, 1)
        self.assertIn("no sources", run.stderr)


if __name__ == "__main__":
    unittest.main()
