"""The protocols: operations as requests, and replies as results.

An operation is a tuple: ("set", key, ttl, value), ("get", key), ("delete", key) or ("incr", key).
Results: of a set None; of a get the value or None; of a delete True or False; of an incr the number
or None. Whatever else comes is a Violation.
"""

import struct


class Violation(Exception):
    """A reply that the protocol does not allow."""


class Gone(Exception):
    """The server has closed the connection."""


def read(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise Gone(f"{len(data)} of {size} bytes")
    return data


def read_line(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise Gone(f"in a line: {line!r}")
    return line[:-2]


def expect(line, results):
    """What `line` means, by the table `results`."""
    if line not in results:
        raise Violation(repr(line))
    return results[line]


class Text:
    """The classic commands."""

    def encode(self, operation):
        match operation:
            case "set", key, ttl, value:
                return b"set %b 0 %d %d\r\n%b\r\n" % (key, ttl, len(value), value)
            case "incr", key:
                return b"incr %b 1\r\n" % key
            case name, key:
                return b"%b %b\r\n" % (name.encode(), key)

    def decode(self, operation, stream):
        line = read_line(stream)
        match operation[0]:
            case "set":
                return expect(line, {b"STORED": None})
            case "delete":
                return expect(line, {b"DELETED": True, b"NOT_FOUND": False})
            case "incr":
                return int(line) if line.isdigit() else expect(line, {b"NOT_FOUND": None})
            case "get":
                return self._value(operation[1], line, stream)

    def _value(self, key, line, stream):
        if line == b"END":
            return None
        words = line.split(b" ")
        if words[:3] != [b"VALUE", key, b"0"]:
            raise Violation(repr(line))
        value = read(stream, int(words[3]) + 2)[:-2]
        expect(read_line(stream), {b"END": None})
        return value


class Meta:
    """The meta commands."""

    def encode(self, operation):
        match operation:
            case "set", key, ttl, value:
                return b"ms %b %d T%d\r\n%b\r\n" % (key, len(value), ttl, value)
            case "get", key:
                return b"mg %b v k\r\n" % key
            case "delete", key:
                return b"md %b\r\n" % key
            case "incr", key:
                return b"ma %b v\r\n" % key

    def decode(self, operation, stream):
        line = read_line(stream)
        match operation[0]:
            case "set":
                return expect(line, {b"HD": None})
            case "delete":
                return expect(line, {b"HD": True, b"NF": False})
            case "incr":
                return None if line == b"NF" else int(self._value(line, b"", stream))
            case "get":
                flags = b" k" + operation[1]
                return None if line == b"EN" + flags else self._value(line, flags, stream)

    def _value(self, line, flags, stream):
        words = line.split(b" ", 2)
        if words[0] != b"VA" or line != b"VA %b%b" % (words[1], flags):
            raise Violation(repr(line))
        return read(stream, int(words[1]) + 2)[:-2]


class Binary:
    """The binary protocol."""

    HEADER = struct.Struct(">BBHBBHIIQ")
    OPCODES = {"get": 0x00, "set": 0x01, "delete": 0x04, "incr": 0x05}
    NEVER_CREATE = 0xFFFFFFFF
    OK, NOT_FOUND = 0, 1

    def encode(self, operation):
        name, key, extras, value = operation[0], operation[1], b"", b""
        if name == "set":
            extras, value = struct.pack(">II", 0, operation[2]), operation[3]
        elif name == "incr":
            extras = struct.pack(">QQI", 1, 0, self.NEVER_CREATE)
        size = len(extras) + len(key) + len(value)
        head = self.HEADER.pack(0x80, self.OPCODES[name], len(key), len(extras), 0, 0, size, 0, 0)
        return head + extras + key + value

    def decode(self, operation, stream):
        name = operation[0]
        head = self.HEADER.unpack(read(stream, self.HEADER.size))
        magic, opcode, key_size, extras_size, _, status, size, _, _ = head
        body = read(stream, size)[key_size + extras_size :]
        if magic != 0x81 or opcode != self.OPCODES[name] or status not in (self.OK, self.NOT_FOUND):
            raise Violation(f"{name}: {head}")
        found = status == self.OK
        if name == "set" and not found:
            raise Violation(f"{name}: {head}")
        match name:
            case "get":
                return body if found else None
            case "incr":
                return struct.unpack(">Q", body)[0] if found else None
            case "delete":
                return found
        return None


DIALECTS = Text, Meta, Binary
