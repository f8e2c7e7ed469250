"""A server under measurement, one connection to it, and items that prove themselves right."""

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

KEY_SIZE = 20
START_SECONDS = 60
PORT_LINE = re.compile(r"^TCP INET: (\d+)$", re.MULTILINE)


class Server:
    """A running server and one connection to it."""

    def __init__(self, program, port, process):
        self.name = pathlib.Path(program).name
        self.process = process
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb", 1 << 20)

    def ask(self, request):
        self.socket.sendall(request)
        return self.input.readline()

    def resident(self):
        """Bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        return int(lines["VmRSS"].split()[0]) * 1024

    def stats(self):
        self.socket.sendall(b"stats\r\n")
        fields = {}
        while (line := self.input.readline()) != b"END\r\n":
            _, name, value = line.split(maxsplit=2)
            fields[name.decode()] = value.decode().strip()
        return fields

    def get(self, keys):
        """The values found, by key."""
        self.socket.sendall(b"get " + b" ".join(keys) + b"\r\n")
        found = {}
        while (line := self.input.readline()) != b"END\r\n":
            _, key, _, size = line.split()
            found[key] = self.input.read(int(size) + 2)[:-2]
        return found

    def set_all(self, items):
        """Stores (key, TTL, value)s in one pipeline; ends the program if one is refused."""
        self.socket.sendall(
            b"".join(
                b"set %b 0 %d %d\r\n%b\r\n" % (key, ttl, len(value), value)
                for key, ttl, value in items
            )
        )
        for key, _, value in items:
            if (reply := self.input.readline()) != b"STORED\r\n":
                sys.exit(f"{self.name} answered {reply!r} to a set of {len(value)} bytes, {key!r}")


@contextlib.contextmanager
def running(program, memory):
    """`program` with -m `memory` (MiB) on a free port of the loopback."""
    command = [program, "-m", str(memory), "-p", "-1", "-l", "127.0.0.1", "-U", "0"]
    if os.geteuid() == 0:
        command += ["-u", "root"]
    if "cocached" in pathlib.Path(program).name:
        command += ["--no-http"]
    with tempfile.TemporaryDirectory() as folder:
        ports = pathlib.Path(folder) / "ports"
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"MEMCACHED_PORT_FILENAME": str(ports)},
        )
        try:
            yield Server(program, port_in(ports, process), process)
        finally:
            process.terminate()
            process.wait()


def port_in(ports, process):
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        match = PORT_LINE.search(ports.read_text()) if ports.exists() else None
        if match:
            return int(match.group(1))
        time.sleep(0.01)
    sys.exit(f"{process.args[0]} did not start")


def key_of(number):
    return b"key:%016d" % number


def value_of(number, size):
    """As long as asked, and different for each number."""
    text = b"%d/" % (number * 2654435761 % (1 << 32))
    return (text * (size // len(text) + 1))[:size]
