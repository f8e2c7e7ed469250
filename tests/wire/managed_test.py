"""A managed instance, as memcached 1.2 had it: buckets are the server's, claims the connection's."""

import os
import subprocess
import unittest

from support import server
from support.conversation import ask


class Managed(unittest.TestCase):
    def test_a_claim_is_of_one_connection_and_what_is_owned_is_of_all(self):
        with server.cocached("--managed", "-t", "2") as it, it.connect() as one, it.connect() as other:
            self.assertEqual(b"OWNED\r\n", ask(one, b"own 3:1\r\n"))
            self.assertEqual(b"STORED\r\n", ask(other, b"bg 3:1\r\nset a 0 0 1\r\n1\r\n"))
            one.sendall(b"bg 3:1\r\n")
            refusal = b"CLIENT_ERROR no BG data in managed mode\r\n"
            self.assertEqual(refusal, ask(other, b"get a\r\n"))
            self.assertEqual(b"VALUE a 0 1\r\n1\r\nEND\r\n", ask(one, b"get a\r\n", b"END\r\n"))
            self.assertEqual(b"OWNED\r\n", ask(other, b"own 3:2\r\n"))
            self.assertEqual(b"ERROR_NOT_OWNER\r\n", ask(one, b"bg 3:1\r\nget a\r\n"))

    def test_the_binary_protocol_and_it_exclude_each_other(self):
        for arguments in (["-B", "binary"], ["-l", "proto[binary]:127.0.0.1"], ["-U-1", "-l", "127.0.0.1"]):
            run = subprocess.run(
                [os.environ["COCACHED_BIN"], "--managed", *arguments], capture_output=True, text=True, timeout=60
            )
            self.assertNotEqual(0, run.returncode)
            self.assertIn("--managed", run.stderr)


if __name__ == "__main__":
    unittest.main()
