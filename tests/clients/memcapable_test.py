"""memcapable, the conformance suite of libmemcached: a test for each of its own."""

import shutil
import subprocess
import unittest

from support import server

# Debian's package calls it memccapable.
PROGRAM = shutil.which("memcapable") or shutil.which("memccapable") or "memcapable"


class Memcapable(unittest.TestCase):
    def run_it(self, *flags):
        with server.cocached() as running:
            ended = subprocess.run(
                [PROGRAM, "-h", "127.0.0.1", "-p", str(running.port), *flags],
                capture_output=True,
                text=True,
                timeout=server.PATIENCE,
                check=False,
            )
        printed = ended.stdout + ended.stderr
        self.assertEqual(0, ended.returncode, printed)
        self.assertIn("All tests passed", printed)
        self.assertNotIn("FAIL", printed)

    def test_text_protocol(self):
        self.run_it("-a")

    def test_binary_protocol(self):
        self.run_it("-b")
