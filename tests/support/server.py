"""Starts a cache server on a free port, and stops it again whatever the test does.

The program under test is named by COCACHED_BIN; the real memcached by MEMCACHED_BIN, or else it is
the one on the PATH. Both write the port they got to the file named by MEMCACHED_PORT_FILENAME, so
no test needs a fixed port.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# The time after which a test gives up. It is never a pass criterion, because sanitizer builds on a busy
# machine are slow.
PATIENCE = 60.0

SANITIZER_REPORT = re.compile(rb"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
PORT_LINE = re.compile(r"^TCP INET6?: (\d+)$", re.MULTILINE)
UDP_PORT_LINE = re.compile(r"^UDP INET6?: (\d+)$", re.MULTILINE)


def wait_until(condition, what, patience=PATIENCE):
    """Polls condition() until it is true and returns its value."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {patience:.0f} s")
        time.sleep(0.005)
    return value


def content(path):
    """The text of the file; nothing as long as there is no file."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def connect(port, host="127.0.0.1"):
    link = socket.create_connection((host, port), timeout=PATIENCE)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


class Server:
    """A running server; leaving the `with` block (or stop()) ends it."""

    def __init__(self, argv, well_behaved, environment=None, unix_socket=None,
                 pass_fds=(), before_start=None):
        """well_behaved: stop() demands exit code 0 and no sanitizer report. The environment adds to
        that of the test. unix_socket: the path of the socket that it listens on, instead of a
        port. pass_fds: descriptors that it inherits.
        before_start: called in its process."""
        self._unix_socket = unix_socket
        self._well_behaved = well_behaved
        self._folder = tempfile.TemporaryDirectory(prefix="cocached-test-")
        os.chmod(self._folder.name, 0o777)  # the server may have become another user by then
        self._port_file = os.path.join(self._folder.name, "ports")
        self._output = {name: os.path.join(self._folder.name, name) for name in ("out", "err")}
        with open(self._output["out"], "wb") as out, open(self._output["err"], "wb") as err:
            self.process = subprocess.Popen(
                argv,
                env=os.environ | (environment or {}) | {"MEMCACHED_PORT_FILENAME": self._port_file},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=pass_fds,
                preexec_fn=before_start,
            )
        try:
            ready = self._is_on_unix_socket if unix_socket else self._read_port
            self.port = wait_until(ready, f"{argv[0]} to listen")
        except BaseException:
            self.process.kill()
            self.process.wait()
            self._folder.cleanup()
            raise

    def _fail_if_ended(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"exited with {self.process.returncode} at start:\n{self.output()}")

    def _is_on_unix_socket(self):
        self._fail_if_ended()
        with contextlib.suppress(OSError), self.connect():
            return True
        return False

    def _read_port(self):
        self._fail_if_ended()
        match = PORT_LINE.search(self.port_lines())
        return int(match.group(1)) if match else None

    def port_lines(self):
        """The server's list of ports so far, one `TCP INET: <port>` line for each."""
        return content(self._port_file)

    def udp_port(self):
        return int(UDP_PORT_LINE.search(self.port_lines()).group(1))

    def output(self, *names):
        """The server's output: standard output and error, or only the one named out or err."""
        text = ""
        for name in names or ("out", "err"):
            with open(self._output[name], "rb") as file:
                text += file.read().decode(errors="replace")
        return text

    def connect(self, host="127.0.0.1"):
        if self._unix_socket:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(PATIENCE)
            try:
                link.connect(self._unix_socket)
            except OSError:
                link.close()
                raise
            return link
        return connect(self.port, host)

    def resident_kib(self, anonymous=True):
        """The process' memory now: what it has allocated, or that and its program text."""
        field = "RssAnon:" if anonymous else "VmRSS:"
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))

    def runs_under_sanitizer(self):
        with open(f"/proc/{self.process.pid}/maps", encoding="ascii") as maps:
            return re.search(r"lib[atu]b?san\.so", maps.read()) is not None

    def kill(self):
        """Kills the server, without a check of its exit."""
        self.process.kill()
        self.process.wait()
        self._folder.cleanup()

    def stop(self, with_signal=signal.SIGTERM):
        """Asks the server to end and waits. Checks the exit code and reports if it is well-behaved."""
        if not self._well_behaved:
            return self.kill()
        self.process.send_signal(with_signal)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = f"none: it had to be killed, {self.process.wait()}"
        printed = self.output()
        self._folder.cleanup()
        if code != 0 or SANITIZER_REPORT.search(printed.encode()):
            raise AssertionError(f"server ended badly, exit code {code}; it had printed:\n{printed}")

    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        if kind is not None and self._well_behaved:
            print(f"the server had printed:\n{self.output()}")
        self.stop()


def unprivileged_user():
    """memcached refuses to run as root, and so does cocached."""
    return ["-u", "nobody"] if os.geteuid() == 0 else []


def cocached(*flags, listen="127.0.0.1", environment=None, before_start=None):
    binary = os.environ["COCACHED_BIN"]
    base = [binary, "-p", "-1", "-l", listen, "--no-http", *unprivileged_user()]
    return Server([*base, *flags], well_behaved=True, environment=environment,
                  before_start=before_start)


def cocached_on_unix_socket(path, *flags):
    argv = [os.environ["COCACHED_BIN"], "-s", path, "--no-http", *unprivileged_user(), *flags]
    return Server(argv, well_behaved=True, unix_socket=path)


def memcached_binary():
    return os.environ.get("MEMCACHED_BIN") or shutil.which("memcached") or "/usr/bin/memcached"


def memcached(*flags, listen="127.0.0.1"):
    """memcached, the reference. It is killed at the end, because an orderly stop takes up to a second."""
    base = [memcached_binary(), "-p", "-1", "-l", listen, "-U", "0", *unprivileged_user()]
    return Server([*base, *flags], well_behaved=False)


def memcached_version():
    """The reference's version as numbers, for example (1, 6, 18)."""
    printed = subprocess.run([memcached_binary(), "-V"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in printed.stdout.split()[-1].split("."))
