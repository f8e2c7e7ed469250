"""The Debian package on a system that boots: systemd itself, as the first process of a container over a
copy-on-write view of this system, installs it and does with it what an operator would.

Once: the package holds the optimised build.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

from packaging.files import build_package

# The view: everything is read from this system, and written to memory. It boots into the checks alone,
# and ends with them. "$1" is a folder to mount it at, "$2" one with what it shall have of ours.
VIEW = r"""
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cp -r "$2" "$1/root/opt/checks"
cp "$2/checks.service" "$1/root/etc/systemd/system/"
rm -f "$1/root/usr/sbin/policy-rc.d" "$1/root/etc/machine-id"
systemd-nspawn --quiet --directory "$1/root" --register=no --keep-unit --private-network \
  --link-journal=no --console=pipe --boot systemd.unit=checks.service </dev/null
cat "$1/root/opt/checks/printed"
"""

SERVICE = """
[Unit]
Description=Checks
Requires=dbus.socket
After=basic.target dbus.socket
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -B /opt/checks/booted.py /opt/checks/package.deb
StandardOutput=file:/opt/checks/printed
StandardError=inherit
TimeoutStartSec=250
"""

# Whether this machine lets systemd boot in a container at all.
TRIAL = r"""
set -eu
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
systemd-nspawn --quiet --directory /mnt/root --register=no --keep-unit --private-network \
  --link-journal=no --console=pipe true </dev/null
"""


def in_a_namespace(script, *arguments):
    """Runs a script in namespaces of its own; the processes that it leaves running end with it."""
    argv = "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh"
    return subprocess.run([*argv, *arguments], capture_output=True, text=True, check=False, timeout=290)


class Boot(unittest.TestCase):
    @unittest.skipUnless(in_a_namespace(TRIAL).returncode == 0, "needs root, overlays, systemd-nspawn")
    def test_the_service_under_systemd(self):
        with tempfile.TemporaryDirectory() as name:
            place, ours = os.path.join(name, "view"), os.path.join(name, "ours")
            os.mkdir(place)
            os.mkdir(ours)
            os.rename(build_package(name), os.path.join(ours, "package.deb"))
            shutil.copy(os.path.join(os.path.dirname(__file__), "booted.py"), ours)
            with open(os.path.join(ours, "checks.service"), "w", encoding="ascii") as file:
                file.write(SERVICE)
            ended = in_a_namespace(VIEW, place, ours)
        shown = ended.stdout + ended.stderr
        self.assertEqual(0, ended.returncode, shown)
        self.assertRegex(shown, r"(?m)^Ran 11 tests in .*\n\nOK$", shown)


if __name__ == "__main__":
    unittest.main()
