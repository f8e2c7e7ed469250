"""`cmake --preset X`, `cmake --build --preset X` and `ctest --preset X` work for the same presets.

Once: a sanitizer has nothing to add to this.
"""

import json
import pathlib
import unittest

PRESETS = pathlib.Path(__file__).parents[2] / "CMakePresets.json"


class Presets(unittest.TestCase):
    def test_every_build_can_be_configured_built_and_tested_by_one_name(self):
        presets = json.loads(PRESETS.read_text())

        def shown(kind):
            return [preset for preset in presets[kind] if not preset.get("hidden")]

        names = {preset["name"] for preset in shown("configurePresets")}
        for kind in "buildPresets", "testPresets":
            with self.subTest(kind=kind):
                self.assertEqual({name: name for name in names},
                                 {preset["name"]: preset["configurePreset"] for preset in shown(kind)})


if __name__ == "__main__":
    unittest.main()
