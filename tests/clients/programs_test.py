"""Client libraries of other languages: each has a program that does all that its library offers."""

import os
import pathlib
import subprocess
import unittest

from support import server
from support.users import users_file

PROGRAMS = pathlib.Path(__file__).parent / "programs"

SPYMEMCACHED = "/usr/share/java/spymemcached.jar"  # where Debian puts it

# Every program goes through these and says so, but for what its library lacks.
PARTS = {
    "values", "a value too large", "conditional stores", "cas", "numbers", "many keys",
    "lifetimes", "expiry", "flush", "about the server",
}  # fmt: skip


LOGIN = {"CLIENT_USER": "ann", "CLIENT_PASSWORD": "two words: and a colon"}


def run_program(*command, lacks=(), more=(), environment=None, flags=()):
    """Runs the command on a new server, whose port is its last argument."""
    with server.cocached(*flags) as running:
        ended = subprocess.run(
            [*command, str(running.port)],
            env=os.environ | (environment or {}),
            capture_output=True,
            text=True,
            timeout=2 * server.PATIENCE,
            check=False,
        )
    printed = ended.stdout + ended.stderr
    if ended.returncode != 0:
        raise AssertionError(f"exit code {ended.returncode}:\n{printed}")
    done = {line.removesuffix(": as expected") for line in ended.stdout.splitlines()}
    expected = PARTS - {*lacks} | {*more}
    if done != expected:
        raise AssertionError(f"not done: {expected - done}, not known: {done - expected}\n{printed}")


def run_logged_in(*command, environment=None, **options):
    """The same on a server that lets nobody in but who logs in by SASL."""
    with users_file(LOGIN["CLIENT_USER"], LOGIN["CLIENT_PASSWORD"]) as path:
        environment = LOGIN | (environment or {})
        run_program(*command, flags=("-Y", path), environment=environment, **options)


# Once: a sanitizer has nothing to add that the other clients do not show, and these start slowly.
class Npm(unittest.TestCase):
    def run_it(self, program, lacks, run=run_program):
        modules = {"NODE_PATH": os.environ["COCACHED_NODE_MODULES"]}
        run("node", PROGRAMS / program, lacks=lacks, environment=modules)

    def test_memcached_in_text(self):
        self.run_it("memcached.js", lacks={"a value too large"})

    def test_memjs_in_binary(self):
        self.run_it("memjs.js", lacks={"cas", "many keys"})

    def test_memjs_with_a_password(self):
        self.run_it("memjs.js", lacks={"cas", "many keys"}, run=run_logged_in)


class Php(unittest.TestCase):
    """php-memcached, over libmemcached."""

    def test_text(self):
        run_program("php", PROGRAMS / "memcached.php", "text")

    def test_binary(self):
        run_program("php", PROGRAMS / "memcached.php", "binary")

    def test_binary_with_a_password(self):
        run_logged_in("php", PROGRAMS / "memcached.php", "binary")


class Ruby(unittest.TestCase):
    def test_dalli_in_binary(self):
        run_program("ruby", PROGRAMS / "dalli.rb", more={"quiet requests"})

    def test_dalli_with_a_password(self):
        run_logged_in("ruby", PROGRAMS / "dalli.rb", more={"quiet requests"})


class Perl(unittest.TestCase):
    def test_cache_memcached_fast_in_text(self):
        run_program("perl", PROGRAMS / "fast.pl", more={"requests without replies"})


# Once: a sanitizer has nothing to add that the other clients do not show, and these start slowly.
class Java(unittest.TestCase):
    def run_it(self, protocol, lacks=()):
        program = PROGRAMS / "Spymemcached.java"
        run_program("java", "-cp", SPYMEMCACHED, program, protocol, lacks=lacks)

    def test_spymemcached_in_text(self):
        self.run_it("text")

    def test_spymemcached_in_binary(self):
        self.run_it("binary")
