"""The server that is soaked: on a port for plain clients and one for TLS, with its own certificate."""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = str(ROOT / "build/release/bin/cocached")

PATIENCE = 60
PORT_LINE = re.compile(r"^TCP INET: (\d+)$", re.MULTILINE)


class Target:
    """A running server, and after its end what it has said."""

    def __init__(self, process, ports, errors):
        self._process = process
        self._errors = errors
        self._said = ""
        plain, over_tls = (("127.0.0.1", port) for port in ports)
        self.places = [(plain, False), (plain, False), (over_tls, True)]

    def resident(self):
        """Bytes."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        return int(lines["VmRSS"].split()[0]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def descriptors_when_idle(self, expected):
        """As soon as there are no more than expected, or after a while."""
        deadline = time.monotonic() + PATIENCE
        while (count := self.descriptors()) > expected and time.monotonic() < deadline:
            time.sleep(0.05)
        return count

    def stats(self):
        with socket.create_connection(self.places[0][0], PATIENCE) as link:
            link.sendall(b"stats\r\nquit\r\n")
            lines = link.makefile("rb").read().decode().splitlines()
        return dict(line.split(" ", 2)[1:] for line in lines if line.startswith("STAT "))

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._said = self._errors.read_text()

    def complaints(self):
        """After its end."""
        if self._process.returncode != 0:
            yield f"the server ended with {self._process.returncode}"
        yield from (f"the server said: {line}" for line in self._said.splitlines())


def make_certificate(folder):
    """Files that the server may read when it has become another user."""
    chain, key = folder / "chain", folder / "key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", chain, "-days", "2", "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return f"ssl_chain_cert={chain},ssl_key={key}"


def ports_in(file, process):
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        ports = PORT_LINE.findall(file.read_text()) if file.exists() else []
        if len(ports) == 2:
            return [int(port) for port in ports]
        time.sleep(0.01)
    sys.exit(f"{process.args[0]} did not start")


@contextlib.contextmanager
def running(program, memory):
    """`program` with -m `memory` (MiB) on free ports of the loopback."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        command = [program, "-m", str(memory), "-p", "0", "--no-http", "-Z", "-o",
                   make_certificate(folder), "-l", "notls:127.0.0.1,127.0.0.1"]  # fmt: skip
        if os.geteuid() == 0:
            command += ["-u", "root"]
        errors, ports = folder / "errors", folder / "ports"
        with open(errors, "wb") as stderr:
            process = subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=os.environ | {"MEMCACHED_PORT_FILENAME": str(ports)},
            )
        try:
            target = Target(process, ports_in(ports, process), errors)
            yield target
            target.stop()
        finally:
            process.kill()
            process.wait()
