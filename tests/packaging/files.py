"""The packaged files, and the commands that make the package."""

import os
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PACKAGING = os.path.join(ROOT, "tools", "packaging")
BUILD = os.path.dirname(os.path.dirname(os.environ["COCACHED_BIN"]))


def run(*argv, **options):
    """The output; a failure shows all of it."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300, **options)
    if done.returncode != 0:
        raise AssertionError(f"{argv[0]} failed, {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def packaged(name):
    with open(os.path.join(PACKAGING, name), encoding="utf-8") as file:
        return file.read()


def build_package(folder):
    """The path of the Debian package, made in that folder."""
    run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", folder)
    return next(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".deb"))
