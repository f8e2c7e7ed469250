"""The build compiles every source on the disk, and ctest runs every test.

Once: a sanitizer has nothing to add to this.
"""

import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("COCACHED_BUILD", ROOT / "build" / "debug"))
# The preset `fuzz` builds these, and finds them by their names.
ELSEWHERE = {"tests/fuzz"}
OPTIONAL = {"tools", "tests/tools"}  # without the option COCACHED_TOOLS


def cached(variable):
    found = re.search(rf"^{variable}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found[1] if found else ""


def on_disk(pattern, *folders):
    """The files of these folders, as paths from the root, without what this build leaves out."""
    skipped = ELSEWHERE | (set() if cached("COCACHED_TOOLS") == "ON" else OPTIONAL)
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob(pattern))
    return {str(path) for path in found if not any(path.is_relative_to(folder) for folder in skipped)}


def compiled():
    """Every source that some target compiles, by itself or together with others."""
    together = re.compile(r'^#include "(.*)"$', re.MULTILINE)
    for command in json.loads((BUILD / "compile_commands.json").read_text()):
        source = pathlib.Path(command["directory"], command["file"])
        yield source
        if source.parent.name == "Unity":
            yield from map(pathlib.Path, together.findall(source.read_text()))


class Registered(unittest.TestCase):
    def test_every_source_is_compiled(self):
        known = {str(path.relative_to(ROOT)) for path in compiled() if path.is_relative_to(ROOT)}
        self.assertEqual(set(), on_disk("*.cpp", "lib", "app", "tests", "tools") - known)

    def test_every_python_test_is_run(self):
        shown = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], capture_output=True,
                               text=True, check=True)
        names = {test["name"] for test in json.loads(shown.stdout)["tests"]}
        modules = {name.removesuffix(f".{name.split('.')[-1]}") for name in names} | names
        files = {path.removeprefix("tests/") for path in on_disk("*_test.py", "tests")}
        self.assertEqual(set(), {file.removesuffix(".py").replace("/", ".") for file in files} - modules)


if __name__ == "__main__":
    unittest.main()
