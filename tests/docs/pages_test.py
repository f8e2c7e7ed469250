"""The pages are current: every relative link leads to a file, every anchor to a heading, and what programs
write for a page stands in it.

Once: a sanitizer has nothing to add to this.
"""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^]]+\]: (\S+)", re.MULTILINE)  # [text](path), or [name]: path
REFERENCE = re.compile(r"\[([^][]+)\](?![(:])")
DEFINITION = re.compile(r"^\[([^]]+)\]: ", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")


def anchors(text):
    """The anchors that GitHub makes of the headings: lower case, no punctuation, blanks become dashes."""
    found = set()
    for heading in HEADING.findall(CODE.sub("", text)):
        anchor = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "]", heading).lower()).replace(" ", "-")
        repeated = [one for one in found if re.fullmatch(re.escape(anchor) + r"(-\d+)?", one)]
        found.add(f"{anchor}-{len(repeated)}" if repeated else anchor)
    return found


def complaint(page, link):
    """Empty for a link that leads somewhere."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return f"{page.name}: {link}: no such file"
    if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
        return f"{page.name}: {link}: no such heading"
    return ""


def pages():
    rooms = (ROOT / name for name in ("app", "docs", "lib", "tests", "tools"))
    return sorted([*ROOT.glob("*.md"), *(page for room in rooms for page in room.rglob("*.md"))])


def links(page):
    text = INLINE_CODE.sub("", CODE.sub("", page.read_text()))
    found = [inline or definition for inline, definition in LINK.findall(text)]
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


def undefined(page):
    """References such as [store/pin.hpp] that no line defines."""
    text = INLINE_CODE.sub("", CODE.sub("", page.read_text()))
    used = {name for name in REFERENCE.findall(text) if re.search(r"\.\w+$", name)}
    return sorted(used - set(DEFINITION.findall(text)))


class Links(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        found = [complaint(page, link) for page in pages() for link in links(page)]
        self.assertEqual([], [one for one in found if one])

    def test_every_reference_is_defined(self):
        self.assertEqual([], [f"{page.name}: [{name}]" for page in pages() for name in undefined(page)])

    def test_the_pages_are_found(self):
        self.assertIn("README.md", [page.name for page in pages()])

    def test_anchors_are_those_of_github(self):
        text = "# The `-o` options\n## Twice\n## Twice\n```\n# a comment\n```\n"
        self.assertEqual({"the--o-options", "twice", "twice-1"}, anchors(text))


class Readme(unittest.TestCase):
    def test_it_has_at_most_150_lines(self):
        self.assertLessEqual(len((ROOT / "README.md").read_text().splitlines()), 150)


class Differences(unittest.TestCase):
    def test_the_page_of_differences_is_current(self):
        check = subprocess.run([ROOT / "tools" / "list-differences", "--check"], capture_output=True, text=True)
        self.assertEqual((0, ""), (check.returncode, check.stderr))


class Architecture(unittest.TestCase):
    def test_the_picture_of_the_layers_is_current(self):
        drawn = subprocess.run([ROOT / "tools" / "check-includes", "--picture"], capture_output=True, text=True, check=True)
        self.assertIn(drawn.stdout.strip(), (ROOT / "docs" / "architecture.md").read_text())
