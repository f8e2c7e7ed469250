"""The Debian package: made by cpack, installed over a copy-on-write view of this system, started as
its service would be, and removed again.

Once: the package holds the optimised build.
"""

import os
import re
import subprocess
import tempfile
import unittest

from packaging.files import build_package, packaged, run

# The script that runs inside the view, with a network of its own: "$1" is the package.
INSIDE = r"""
set -eu
ip link set lo up
dpkg --install --force-depends,unsafe-io --no-triggers "$1" >/dev/null
id cocached >/dev/null
cocached --version
man --warnings -E UTF-8 -l -Tutf8 -Z /usr/share/man/man1/cocached.1.gz 2>&1 >/dev/null | sed 's/^/man: /'
systemd-analyze verify --man=no cocached.service cocached@other.service cocached.socket 2>&1 |
  grep cocached | sed 's/^/verify: /' || true
start=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/cocached.service)
mkdir -p /run/test && chown cocached /run/test
setpriv --reuid cocached --regid cocached --clear-groups \
  env MEMCACHED_PORT_FILENAME=/run/test/ports $start >/run/test/log 2>&1 &
while [ ! -e /run/test/ports ] && kill -0 $!; do sleep 0.1; done
python3 -c 'import socket
with socket.create_connection(("127.0.0.1", 11211), 30) as link:
    link.sendall(b"set a 0 0 1\r\n1\r\nget a\r\nquit\r\n")
    print("reply:", link.makefile("rb").read())'
kill $! && wait $! && echo ended well
complete() { bash -c '. /usr/share/bash-completion/completions/cocached
  COMP_WORDS=(cocached "$0"); COMP_CWORD=1; _cocached cocached; echo "${COMPREPLY[*]}"' "$1"; }
echo "completed: $(complete --memory-l)"
dpkg --purge --no-triggers cocached >/dev/null
for left in /usr/bin/cocached /etc/cocached /usr/lib/systemd/system/cocached.service; do
  [ ! -e $left ] || echo "left behind: $left"
done
"""

# The view: everything is read from this system, and written to memory.
VIEW = r"""
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
for folder in dev proc sys; do mount --rbind /$folder "$1/root/$folder"; done
mount -t tmpfs none "$1/root/run"
mount -t tmpfs none "$1/root/tmp"
cp "$2" "$1/root/tmp/"
exec chroot "$1/root" sh -c "$3" sh "/tmp/${2##*/}"
"""

OVERLAY = r"""
set -eu
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
"""


def has_overlays():
    argv = "unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", OVERLAY
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = build_package(cls.folder.name)

    def test_has_all_that_belongs_to_it(self):
        names = run("dpkg-deb", "--contents", self.file)
        for name in ("./usr/bin/cocached", "./usr/share/man/man1/cocached.1.gz",
                     "./etc/cocached/cocached.conf", "./usr/lib/systemd/system/cocached.service",
                     "./usr/lib/systemd/system/cocached@.service",
                     "./usr/lib/systemd/system/cocached.socket", "./usr/lib/sysusers.d/cocached.conf",
                     "./usr/share/bash-completion/completions/cocached",
                     "./usr/share/doc/cocached/copyright"):
            self.assertRegex(names, rf"(?m)^-r.* {re.escape(name)}$")
        for line in names.splitlines():
            self.assertRegex(line, r" root/root ")
        control = run("dpkg-deb", "--info", self.file)
        self.assertRegex(control, r"Depends: .*libc6.*libssl3")
        self.assertIn("/etc/cocached/cocached.conf", run("dpkg-deb", "--info", self.file, "conffiles"))

    @unittest.skipUnless(has_overlays(), "needs root, and overlays")
    def test_is_installed_started_and_removed(self):
        place = os.path.join(self.folder.name, "view")
        os.mkdir(place)
        printed = run("unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", VIEW, "sh", place,
                      self.file, INSIDE)
        self.assertRegex(printed, r"cocached \d+\.\d+")
        self.assertIn(r"reply: b'STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n'", printed)
        self.assertIn("ended well", printed)
        self.assertIn("completed: --memory-limit", printed)
        for complaint in ("man:", "verify:", "left behind:"):
            self.assertNotIn(complaint, printed)
        self.assertFalse(os.path.exists("/etc/cocached"), "the system itself was touched")

    def test_the_service_is_locked_up(self):
        for name in "cocached.service", "cocached@.service":
            text = packaged(name)
            with tempfile.TemporaryDirectory() as folder:
                unit = os.path.join(folder, name.replace("@", "@x"))
                with open(unit, "w", encoding="ascii") as file:
                    file.write(text)
                printed = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
            self.assertLess(float(re.search(r"exposure level.*: ([\d.]+)", printed)[1]), 2, name)


if __name__ == "__main__":
    unittest.main()
