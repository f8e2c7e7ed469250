"""tools/check-words finds each comment that opens with a word that hides its subject."""

import subprocess
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).parents[2] / "tools" / "check-words"


class CheckWordsTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def write(self, path, *lines):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n")

    def complaints(self):
        run = subprocess.run([CHECK, self.root], capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        self.assertEqual(run.returncode, 1 if run.stdout else 0)
        return run.stdout.splitlines()

    def test_accepts_comments_that_start_with_their_subject(self):
        self.write("lib/a.hpp", "/// Returns what is left.", "int left();  ///< Office hours of Whoopi, that is")
        self.write("tests/a_test.cpp", "// What a test says is not checked.")
        self.assertEqual(self.complaints(), [])

    def test_finds_each_word_in_each_kind_of_comment(self):
        self.write("lib/net/a.hpp", "/// What is left.", "int left;  ///< Of the list")
        self.write("app/main.cpp", "//! Who asks.", "// That is so.", "int main() {}  // But for the end")
        self.assertEqual(self.complaints(), [
            'lib/net/a.hpp:1: the comment opens with "What"',
            'lib/net/a.hpp:2: the comment opens with "Of"',
            'app/main.cpp:1: the comment opens with "Who"',
            'app/main.cpp:2: the comment opens with "That"',
            'app/main.cpp:3: the comment opens with "But for"',
        ])


if __name__ == "__main__":
    unittest.main()
