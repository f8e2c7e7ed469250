"""Lists the test classes of modules for ctest: a name on each line, and its label if it has one.

    cd tests && python3 -m support.list_tests wire.values_test wire.limits_test

A test runs in the optimised build and again under each sanitizer, unless a comment `# Once: <reason>` stands
right above its class, or a line `Once: <reason>` in the text that opens its module. Then it runs in the
optimised build alone, and has the label "once".

A module that does not import here is listed as a whole, so that its test fails and says why.
"""

import inspect
import re
import sys
import unittest

ONCE = re.compile(r"^(?:# )?Once: ", re.MULTILINE)


def classes(tests):
    """The class of each test, each class once, in the order of the module."""
    found = {}
    for test in tests:
        found.update(classes(test) if isinstance(test, unittest.TestSuite) else {type(test): None})
    return found


def label(test_class):
    texts = sys.modules[test_class.__module__].__doc__, inspect.getcomments(test_class)
    return "once" if any(ONCE.search(text or "") for text in texts) else ""


def listing(module):
    """The lines of a module: (name, label)."""
    found = classes(unittest.defaultTestLoader.loadTestsFromName(module))
    own = [one for one in found if one.__module__ == module]  # a base class may come from another module
    return [(f"{module}.{one.__name__}", label(one)) for one in own] or [(module, "")]


if __name__ == "__main__":
    for line in (line for module in sys.argv[1:] for line in listing(module)):
        print(*line)
