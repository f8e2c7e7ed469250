"""The npm client `memcached`, which speaks the text protocol."""

import os
import pathlib
import subprocess
import unittest

from support import server

OPERATIONS = pathlib.Path(__file__).parent / "npm" / "operations.js"


class Npm(unittest.TestCase):
    def test_every_operation(self):
        with server.cocached() as running:
            ended = subprocess.run(
                ["node", OPERATIONS, str(running.port)],
                env=os.environ | {"NODE_PATH": os.environ["COCACHED_NODE_MODULES"]},
                capture_output=True,
                text=True,
                timeout=server.PATIENCE,
                check=False,
            )
        self.assertEqual(0, ended.returncode, ended.stdout + ended.stderr)
