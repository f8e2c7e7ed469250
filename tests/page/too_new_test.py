"""The page uses nothing that browsers of spring 2022 lack (Chrome 99, Firefox 98, Safari 15.4), and its
tests nothing that Node.js 18, the version of Debian 12, lacks.

Once: this test reads the sources of the page.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parents[2]
ASSETS = ROOT / "lib" / "http" / "assets"

# Methods by name alone: no object of the page has a method of its own that is called so.
METHODS = """
    toSorted toReversed toSpliced with findLast findLastIndex isWellFormed toWellFormed
    union intersection difference symmetricDifference isSubsetOf isSupersetOf isDisjointFrom
    take drop toArray getOrInsert getOrInsertComputed transfer transferToFixedLength toBase64 toHex
    checkVisibility moveBefore setHTMLUnsafe getHTML showPopover hidePopover togglePopover
    startViewTransition requestIdleCallback showPicker
""".split()

STATICS = """
    AbortSignal.any AbortSignal.timeout Array.fromAsync Atomics.waitAsync Error.isError Iterator.concat
    Iterator.from Map.groupBy Math.f16round Math.sumPrecise Object.groupBy Promise.try
    Promise.withResolvers RegExp.escape Response.json Symbol.asyncDispose Symbol.dispose
    Uint8Array.fromBase64 Uint8Array.fromHex URL.canParse URL.parse
    Intl.DurationFormat Intl.Segmenter scheduler.postTask scheduler.yield
""".split()

SCRIPT = [
    *(rf"\.{name}\(" for name in METHODS),
    *(rf"\b{re.escape(name)}\b" for name in STATICS),
    r"\b(Float16Array|URLPattern|CloseWatcher|Temporal)\b",
    r"\b(await )?using \w+ =",
    r"\bfrom \"[^\"]*\" with\b",
    r"/[a-z]*v[a-z]*\.(test|exec)\(",
]

STYLE = [
    r"(?m)^\s*&|\{[^{}]*&",  # nested rules
    r":has\(|:user-valid|:popover-open|:open\b|::backdrop|::details-content",
    r"@(container|scope|starting-style|property|view-transition|position-try)\b",
    r"@media[^{]*[<>]",
    r"\b(color-mix|light-dark|oklch|oklab|lch|lab|color|linear|anchor|round|mod|rem|sin|cos|tan|sqrt|pow|hypot)\(",
    r"\b(rgb|hsl)a?\(from\b",
    r"\d(dvh|dvw|svh|svw|lvh|lvw|cqw|cqh|cqi|lh|rlh|cap)\b",
    r"\b(text-wrap|field-sizing|interpolate-size|anchor-name|position-anchor|view-transition-name|"
    r"(scroll|view|animation)-timeline|container(-type|-name)?|content-visibility|scrollbar-(width|color|gutter))\s*:",
    r"[{;]\s*(translate|rotate|scale|zoom|inert)\s*:",
    r"\bsubgrid\b|overflow(-[xy])?\s*:\s*clip",
]


def too_new(text, patterns):
    """All that the text uses of it."""
    return [found[0] for pattern in patterns for found in re.finditer(pattern, text)]


def scripts():
    yield from sorted(ASSETS.glob("*.js"))
    yield from sorted((ROOT / "tests" / "page").glob("*.mjs"))
    yield from sorted((ROOT / "tests" / "clients" / "programs").glob("*.js"))


class TooNew(unittest.TestCase):
    def test_no_script_uses_a_builtin_newer_than_node_18_and_spring_2022(self):
        self.assertIn(ASSETS / "page.js", list(scripts()))
        for script in scripts():
            with self.subTest(script.name):
                self.assertEqual([], too_new(script.read_text(encoding="utf-8"), SCRIPT))

    def test_no_style_is_newer_than_spring_2022(self):
        for sheet in ASSETS.glob("*.css"):
            self.assertEqual([], too_new(sheet.read_text(encoding="utf-8"), STYLE))

    def test_the_check_sees_what_it_looks_for(self):
        for text in ("run.toReversed().map(f)", "values.toSorted((a, b) => a - b)", "kept.findLast(f)",
                     "{ signal: AbortSignal.timeout(1000) }", "Object.groupBy(all, f)", "using file = open();"):
            self.assertEqual(1, len(too_new(text, SCRIPT)), text)
        for text in (".card:has(img) {}", "a { color: color-mix(in srgb, red, blue); }", "a { b & { top: 0; } }",
                     "@media (width >= 40rem) {}", "div { height: 100dvh; }", "h1 { text-wrap: balance; }"):
            self.assertEqual(1, len(too_new(text, STYLE)), text)


if __name__ == "__main__":
    unittest.main()
