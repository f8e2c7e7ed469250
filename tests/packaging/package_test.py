"""The Debian package: made by cpack, installed over a copy-on-write view of this system, started as
its service would be, and removed again. And the files for containers, read as their users would."""

import os
import re
import subprocess
import tempfile
import unittest

import yaml

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


# What happens inside of the view, with a network of its own: "$1" is the package.
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
        run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", cls.folder.name)
        cls.file = next(os.path.join(cls.folder.name, name) for name in os.listdir(cls.folder.name)
                        if name.endswith(".deb"))

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


def memory_need(mebibytes, connections):
    """As the server computes it, in MiB."""
    return mebibytes + 32 + connections * 32 / 1024


class Containers(unittest.TestCase):
    def test_kubernetes_gives_the_memory_that_is_needed(self):
        service, nodes = yaml.safe_load_all(packaged("kubernetes.yaml"))
        pod = nodes["spec"]["template"]["spec"]
        container, = pod["containers"]
        arguments = dict(zip(container["args"][::2], container["args"][1::2]))
        limit = int(re.fullmatch(r"(\d+)Mi", container["resources"]["limits"]["memory"])[1])
        self.assertGreaterEqual(limit, memory_need(int(arguments["-m"]), int(arguments["-c"])))
        self.assertEqual(container["resources"]["limits"]["memory"],
                         container["resources"]["requests"]["memory"])
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        self.assertFalse(pod["enableServiceLinks"])
        names = {port["name"] for port in container["ports"]}
        for probe in "livenessProbe", "readinessProbe":
            self.assertIn(container[probe]["tcpSocket"]["port"], names)
        self.assertEqual(names, {port["targetPort"] for port in service["spec"]["ports"]})
        self.assertEqual(service["metadata"]["name"], nodes["spec"]["serviceName"])
        self.assertEqual(service["spec"]["selector"], nodes["spec"]["selector"]["matchLabels"])
        self.assertEqual(service["spec"]["selector"], nodes["spec"]["template"]["metadata"]["labels"])

    def test_compose_gives_the_memory_that_is_needed(self):
        service = yaml.safe_load(packaged("compose.yaml"))["services"]["cocached"]
        mebibytes = int(service["environment"]["COCACHED_MEMORY_LIMIT"])
        limit = int(service["mem_limit"].removesuffix("m"))
        self.assertGreaterEqual(limit, memory_need(mebibytes, 1024))
        build = service["build"]
        self.assertTrue(os.path.samefile(ROOT, os.path.join(PACKAGING, build["context"])))
        self.assertTrue(os.path.exists(os.path.join(ROOT, build["dockerfile"])))

    def test_the_environment_of_both_is_understood(self):
        service = yaml.safe_load(packaged("compose.yaml"))["services"]["cocached"]
        image = dict(re.findall(r"^ENV (\w+)=(\S+)$", packaged("Dockerfile"), re.MULTILINE))
        started = subprocess.run([os.environ["COCACHED_BIN"], "--threads=0"], capture_output=True,
                                 text=True, check=False, timeout=60,
                                 env=os.environ | service["environment"] | image)
        self.assertIn("threads must be greater than 0", started.stderr)
        help_text = run(os.environ["COCACHED_BIN"], "--help")
        for name in service["environment"] | image:
            self.assertIn("--" + name.removeprefix("COCACHED_").lower().replace("_", "-"), help_text)

    def test_the_image_has_the_libraries_and_no_more_rights(self):
        stages = re.split(r"^FROM ", packaged("Dockerfile"), flags=re.MULTILINE)[1:]
        self.assertEqual(["debian:12-slim AS build", "debian:12-slim"],
                         [stage.split("\n")[0] for stage in stages])
        self.assertRegex(stages[-1], r"(?m)^USER \d+:\d+$")
        self.assertNotRegex(stages[-1], r"(?m)^USER 0")
        self.assertIn("COPY --from=build /source/build/release/bin/cocached", stages[-1])
        # What those need in turn comes with them.
        direct = set(re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", os.environ["COCACHED_BIN"])))
        found = re.findall(r"(\S+) => (?:/usr)?(\S+)", run("ldd", os.environ["COCACHED_BIN"]))
        needed = {path for name, path in found if name in direct}
        owners = [subprocess.run(["dpkg", "-S", *(prefix + file for file in needed)], text=True,
                                 capture_output=True, check=False).stdout for prefix in ("", "/usr")]
        packages = {line.split(":")[0] for line in "".join(owners).splitlines()}
        self.assertGreater(len(packages), 3)
        present = set(re.findall(r"\bz?lib[\w.+-]+", stages[-1])) | {"libc6", "libgcc-s1"}
        sanitizers = {"libasan8", "libtsan2", "libubsan1"}
        self.assertEqual(set(), packages - present - sanitizers)


if __name__ == "__main__":
    unittest.main()
