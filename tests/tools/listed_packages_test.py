"""The build and the tests use nothing but what comes with the packages of tools/packages, on a minimal
Debian: headers, libraries, programs, and Python's modules.

It sees a package that somebody installed by hand and forgot to list. The part `fresh` of tools/test shows
the same on a system that has nothing else, but only for what that part does there.

Once: a sanitizer has nothing to add to this.
"""

import functools
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("COCACHED_BUILD", ROOT / "build" / "release"))
RECORDS = pathlib.Path("/var/lib/dpkg/info")
# Debian installs these everywhere. A minimal system has the required ones, and apt.
BASE_PRIORITY, BASE = "required", {"apt"}
SKIPPED = {"node_modules", "fresh"}  # tools/fresh has packages of its own
RUN_BY_CPACK = {"dpkg-deb", "dpkg-shlibdeps", "file", "strip"}

CALL = re.compile(r"""(?:\bwhich|\brun|\bPopen|\bcheck_output|\bcheck_call)\(\s*\[?\s*"([a-z][\w.+-]*)\"""")
COMMAND = re.compile(r"""(?:^|[|&;(!])\s*(?:(?:if|then|do|else|while|exec|env|nice|!|command\ -v|as_root)\s+)*
                         ([a-z][\w.+-]*)(?=[\s;)]|$)""", re.MULTILINE | re.VERBOSE)
CMAKE_COMMAND = re.compile(r"\bCOMMAND\s+([a-z][\w.+-]*)")
IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
SHELL_TEXT = re.compile(r'r?"""\n(set -eu\n.*?)"""', re.DOTALL)


class Packages:
    """The installed ones, and what they depend on."""

    def __init__(self):
        fields = "${Package}\t${Priority}\t${Essential}\t${Provides}\t${Pre-Depends}, ${Depends}\n"
        shown = subprocess.run(["dpkg-query", "-W", "-f", fields], capture_output=True, text=True, check=True)
        self.depends, self.providers, self.base = {}, {}, set(BASE)
        for line in shown.stdout.splitlines():
            name, priority, essential, provides, depends = line.split("\t")
            self.depends[name] = depends
            if priority == BASE_PRIORITY or essential == "yes":
                self.base.add(name)
            for virtual in re.findall(r"[a-z0-9][a-z0-9.+-]+(?=\s*(?:\(|,|$))", provides):
                self.providers.setdefault(virtual, name)

    def _chosen(self, alternatives):
        for name in re.findall(r"(?:^|\|)\s*([a-z0-9.+-]+)", alternatives):
            if name in self.depends:
                return name
            if name in self.providers:
                return self.providers[name]
        return None

    def with_dependencies(self, names):
        found, left = set(), [name for name in names if name in self.depends]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += filter(None, map(self._chosen, self.depends[name].split(",")))
        return found


@functools.cache
def listed_files(forgotten=frozenset()):
    """All files of the listed packages, of what they depend on, and of a minimal system."""
    lines = (ROOT / "tools" / "packages").read_text(encoding="utf-8").splitlines()
    listed = [line.split()[1] for line in lines if line.startswith(("build", "test"))]
    packages = Packages()
    files = set()
    for name in packages.with_dependencies({*listed, *packages.base} - forgotten):
        for record in (*RECORDS.glob(f"{name}.list"), *RECORDS.glob(f"{name}:*.list")):
            files.update(record.read_text(encoding="utf-8").splitlines())
    return files


def names_of(path):
    """The names that dpkg may know it by: /lib is /usr/lib, and a link is what it leads to."""
    for name in {os.path.normpath(path), os.path.realpath(path)}:
        yield name
        if name.startswith("/usr/"):
            yield name.removeprefix("/usr")


def unlisted(paths, forgotten=frozenset()):
    """The files of packages that no list names. Files of no package are this machine's own."""
    files = listed_files(frozenset(forgotten))
    suspects = [path for path in paths if files.isdisjoint(names_of(path))]
    names = [name for path in suspects for name in names_of(path)]
    if not names:
        return []
    shown = subprocess.run(["dpkg-query", "--search", *names], capture_output=True, text=True, check=False,
                           env=os.environ | {"LC_ALL": "C.UTF-8"})
    return sorted(line for line in shown.stdout.splitlines() if not line.startswith("diversion by"))


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def without_comments(text):
    return re.sub(r"(?m)(^|\s)#.*$", "", text)


def texts(*patterns, folders=("tests", "tools", ".ci")):
    for folder in folders:
        for pattern in patterns:
            for path in (ROOT / folder).rglob(pattern):
                if path.is_file() and SKIPPED.isdisjoint(path.relative_to(ROOT).parts) and path != pathlib.Path(__file__):
                    yield read(path)


def python_sources():
    yield from texts("*.py")
    yield from (text for text in texts("*") if text.startswith("#!/usr/bin/env python3"))


def shell_sources():
    yield from texts("*.sh")
    yield from (text for text in texts("*") if re.match(r"#!(/usr/bin/env |/bin/)(ba)?sh\n", text))
    for source in texts("*.py"):
        yield from SHELL_TEXT.findall(source)


def programs():
    """The programs that are called by their name alone."""
    named = set(RUN_BY_CPACK)
    for source in python_sources():
        named.update(CALL.findall(source))
    for source in shell_sources():
        named.update(COMMAND.findall(without_comments(source)))
    for lists in (texts("CMakeLists.txt", folders=("tests", "tools", "lib", "app")),
                  texts("*.cmake", folders=("cmake",))):
        for source in lists:
            named.update(CMAKE_COMMAND.findall(source))
    builtins = subprocess.run(["bash", "-c", "compgen -b; compgen -k"], capture_output=True, text=True, check=True)
    return named - set(builtins.stdout.split())


def headers():
    shown = subprocess.run(["ninja", "-C", BUILD, "-t", "deps"], capture_output=True, text=True, check=True)
    return set(re.findall(r"(?m)^\s+(/usr/\S+)$", shown.stdout))


def found_by_cmake():
    values = re.findall(r"(?m)^\w+:(?:FILEPATH|PATH)=(/usr/.+)$", read(BUILD / "CMakeCache.txt"))
    return {value for value in values if os.path.exists(value)}


@unittest.skipUnless(RECORDS.is_dir(), "needs a system with dpkg")
class ListedPackages(unittest.TestCase):
    def test_the_list_covers_what_cmake_found(self):
        self.assertEqual([], unlisted(found_by_cmake()))

    def test_the_list_covers_the_headers_that_are_included(self):
        self.assertGreater(len(headers()), 100)
        self.assertEqual([], unlisted(headers()))

    def test_the_list_covers_the_programs_that_are_run(self):
        named = programs()
        self.assertLessEqual({"cpack", "memcached", "unshare", "ip", "npm", "gzip", "setarch"}, named)
        self.assertEqual([], unlisted(filter(None, map(shutil.which, named))))

    def test_the_list_covers_the_modules_that_python_imports(self):
        wanted = {name for source in python_sources() for name in IMPORT.findall(source)}
        wanted -= set(sys.stdlib_module_names)
        found = [spec.origin for name in sorted(wanted) if (spec := importlib.util.find_spec(name))]
        self.assertTrue(any("selenium" in path for path in filter(None, found)))
        self.assertEqual([], unlisted(filter(None, found)))

    def test_forgetting_liblzma_dev_is_seen(self):
        paths = ["/usr/include/lzma.h", "/usr/include/zlib.h", "/bin/sh", "/usr/local/nobody's"]
        self.assertEqual(["liblzma-dev"], [line.split(":")[0] for line in unlisted(paths, {"liblzma-dev"})])


if __name__ == "__main__":
    unittest.main()
