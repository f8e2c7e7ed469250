"""Watching a server: the lines that `watch` shows, as dictionaries."""

import re

from support.conversation import READ_SIZE

LINE = re.compile(rb"ts=(\d+)\.(\d+) gid=(\d+) (.*)")


class Watcher:
    def __init__(self, running, topics=b""):
        self._link = running.connect()
        self._received = b""
        self._link.sendall(b"watch " + topics + b"\r\n")
        self.answer = self._take(b"\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._link.close()

    @property
    def local_port(self):
        return self._link.getsockname()[1]

    def say(self, words):
        self._link.sendall(words)

    def _take(self, end):
        while end not in self._received:
            received = self._link.recv(READ_SIZE)
            if not received:
                raise EOFError(self._received)
            self._received += received
        taken, _, self._received = self._received.partition(end)
        return taken

    def is_gone(self):
        """Reads on until the server closes."""
        while self._link.recv(READ_SIZE):
            pass
        return True

    def line(self):
        """The next line, without its end."""
        return self._take(b"\n")

    def event(self):
        """The fields of the next line, without its time and number."""
        match = LINE.fullmatch(line := self.line())
        if not match:
            raise AssertionError(f"no event: {line!r}")
        return dict(field.split(b"=", 1) for field in match[4].split(b" "))

    def events(self, until):
        """All events before the first that meets the condition."""
        found = []
        while not until(event := self.event()):
            found.append(event)
        return found
