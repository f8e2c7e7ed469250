"""tools/check-names finds each type name that means two things."""

import subprocess
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).parents[2] / "tools" / "check-names"


class CheckNamesTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.write("lib/store/slot.hpp", "struct Slot {", "  int word;", "};")

    def write(self, path, *lines):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n")

    def complaints(self):
        run = subprocess.run([CHECK, self.root], capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        self.assertEqual(run.returncode, 1 if run.stdout else 0)
        return run.stdout.splitlines()

    def assert_clash(self, name, *places):
        self.assertEqual(self.complaints(), [f"{name} is declared in {', '.join(places)}"])

    def test_each_name_once(self):
        self.write("lib/net/limit.hpp", "class Slot;", "class Limit {", " public:", "  class Share {};", "};")
        self.assertEqual(self.complaints(), [])

    def test_two_types_of_namespaces(self):
        self.write("lib/net/limit.hpp", "class Slot {};")
        self.assert_clash("Slot", "lib/net/limit.hpp:1", "lib/store/slot.hpp:1")

    def test_a_nested_type_is_not_called_as_one_of_a_namespace(self):
        self.write("lib/net/limit.hpp", "class Limit {", "  struct Slot {};", "};")
        self.assert_clash("Slot", "lib/net/limit.hpp:2", "lib/store/slot.hpp:1")

    def test_a_type_of_a_single_source_is_not_called_as_one_of_a_namespace(self):
        self.write("app/main.cpp", "namespace {", "enum class Slot { a };", "}  // namespace")
        self.assert_clash("Slot", "lib/store/slot.hpp:1", "app/main.cpp:2")

    def test_an_alias_is_a_name_too(self):
        self.write("lib/net/types.hpp", "using Slot = int;")
        self.assert_clash("Slot", "lib/net/types.hpp:1", "lib/store/slot.hpp:1")

    def test_taking_a_name_over_declares_none(self):
        self.write("lib/net/types.hpp", "using Slot = store::Slot;", "using store::Slot;")
        self.assertEqual(self.complaints(), [])

    def test_two_public_types_within_classes(self):
        self.write("lib/net/a.hpp", "struct A {", "  struct Entry {};", "};")
        self.write("lib/net/b.hpp", "class B {", " public:", "  struct Entry {};", "};")
        self.assert_clash("Entry", "lib/net/a.hpp:2", "lib/net/b.hpp:3")

    def test_private_types_and_those_that_mean_nothing_alone_may_share_a_name(self):
        self.write("lib/net/a.hpp", "class A {", "  struct Entry {};", " public:", "  struct Options {};", "};")
        self.write("lib/net/b.hpp", "class B {", "  struct Entry {};", " public:", "  struct Options {};", "};")
        self.assertEqual(self.complaints(), [])


if __name__ == "__main__":
    unittest.main()
