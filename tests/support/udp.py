"""Speaking to a server in datagrams."""

import select
import socket
import struct

from support.server import PATIENCE

HEADER = struct.Struct(">HHHH")
MAX_DATAGRAM = 1400
REQUEST_ID = 0x1234


class Client:
    """One socket. Joins datagrams into messages, in the order of each message's first datagram."""

    def __init__(self, port, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._link = socket.socket(family, socket.SOCK_DGRAM)
        self._link.settimeout(PATIENCE)
        self._link.connect((host, port))

    def close(self):
        self._link.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, payload, request_id=REQUEST_ID, sequence=0, total=1, reserved=0):
        self._link.send(HEADER.pack(request_id, sequence, total, reserved) + payload)

    def send_raw(self, datagram):
        self._link.send(datagram)

    def receive(self, request_id=REQUEST_ID):
        """The next message."""
        parts = []
        while True:
            datagram = self._link.recv(1 << 16)
            echoed, sequence, total, reserved = HEADER.unpack_from(datagram)
            if total == 0 and len(datagram) == HEADER.size:
                continue  # memcached says nothing by an empty datagram
            if (echoed, sequence, reserved) != (request_id, len(parts), 0):
                raise AssertionError(f"unexpected header {(echoed, sequence, total, reserved)}")
            if len(datagram) > MAX_DATAGRAM:
                raise AssertionError(f"a datagram of {len(datagram)} bytes")
            parts.append(datagram[HEADER.size :])
            if len(parts) == total:
                return b"".join(parts)

    def ask(self, payload, **header):
        self.send(payload, **header)
        return self.receive(header.get("request_id", REQUEST_ID))

    def messages(self, payload, last_word=b"version\r\n", ending=b"VERSION "):
        """All messages that answer the payload."""
        self.send(payload)
        return self.pending(last_word, ending)

    def pending(self, last_word=b"version\r\n", ending=b"VERSION "):
        """All messages before the answer to a datagram of its own."""
        self.send(last_word)
        found = []
        while not (message := self.receive()).startswith(ending):
            found.append(message)
        return found

    def is_silent(self, seconds=0.0):
        return not select.select([self._link], [], [], seconds)[0]
