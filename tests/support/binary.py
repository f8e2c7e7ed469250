"""The binary protocol: packets as bytes, and as lines for people."""

import struct

HEADER = struct.Struct(">BBHBBHIIQ")
REQUEST, REPLY = 0x80, 0x81
NEVER_CREATE = 0xFFFFFFFF

OPCODES = {
    "Get": 0x00, "Set": 0x01, "Add": 0x02, "Replace": 0x03, "Delete": 0x04, "Increment": 0x05,
    "Decrement": 0x06, "Quit": 0x07, "Flush": 0x08, "GetQ": 0x09, "Noop": 0x0A, "Version": 0x0B,
    "GetK": 0x0C, "GetKQ": 0x0D, "Append": 0x0E, "Prepend": 0x0F, "Stat": 0x10, "SetQ": 0x11,
    "AddQ": 0x12, "ReplaceQ": 0x13, "DeleteQ": 0x14, "IncrementQ": 0x15, "DecrementQ": 0x16,
    "QuitQ": 0x17, "FlushQ": 0x18, "AppendQ": 0x19, "PrependQ": 0x1A, "Verbosity": 0x1B,
    "Touch": 0x1C, "GAT": 0x1D, "GATQ": 0x1E, "SaslList": 0x20, "SaslAuth": 0x21, "SaslStep": 0x22,
    "GATK": 0x23, "GATKQ": 0x24, "RGet": 0x30,
}  # fmt: skip
NAMES = {code: name for name, code in OPCODES.items()}


def packet(
    name, key=b"", value=b"", extras=b"", cas=0, opaque=0, *,
    magic=REQUEST, data_type=0, vbucket=0, key_length=None, extras_length=None, body_length=None,
):  # fmt: skip
    """A request. The last four lengths and marks are right unless given. name: or its number."""
    opcode = OPCODES.get(name, name)
    body = extras + key + value
    key_length = len(key) if key_length is None else key_length
    extras_length = len(extras) if extras_length is None else extras_length
    body_length = len(body) if body_length is None else body_length
    head = HEADER.pack(
        magic, opcode, key_length, extras_length, data_type, vbucket, body_length, opaque, cas
    )
    return head + body


def store(name, key, value, flags=0, exptime=0, **fields):
    return packet(name, key, value, struct.pack(">II", flags, exptime & 0xFFFFFFFF), **fields)


def arithmetic(name, key, delta=1, initial=0, exptime=0, **fields):
    return packet(name, key, b"", struct.pack(">QQI", delta, initial, exptime), **fields)


def timed(name, key, exptime, **fields):
    return packet(name, key, b"", struct.pack(">I", exptime & 0xFFFFFFFF), **fields)


class Reply:
    """One reply; tests compare `text`, which leaves the CAS number out."""

    def __init__(self, header, body):
        magic, opcode, key_length, extras_length, data_type, status, _, self.opaque, self.cas = header
        self.opcode, self.status = opcode, status
        self.extras = body[:extras_length]
        self.key = body[extras_length : extras_length + key_length]
        self.value = body[extras_length + key_length :]
        self.marks = (magic, data_type)

    def line(self, cas):
        """The reply as one line, without zero or empty fields; `cas` stands for the CAS number."""
        version = self.opcode == OPCODES["Version"] and self.status == 0
        parts = {
            "extras": self.extras.hex(),
            "key": self.key,
            "value": "(a version)" if version else self.value,
            "opaque": self.opaque,
            "cas": cas,
            "marks": self.marks != (REPLY, 0) and self.marks,
        }
        name = NAMES.get(self.opcode, hex(self.opcode))
        shown = "".join(f" {part}={content}" for part, content in parts.items() if content)
        return f"{name} {self.status:#x}{shown}"


def replies(received):
    """Cuts the received bytes into replies; an incomplete rest is an error."""
    found = []
    while received:
        header = HEADER.unpack_from(received)
        end = HEADER.size + header[6]
        if end > len(received):
            raise AssertionError(f"half a reply: {received!r}")
        found.append(Reply(header, received[HEADER.size : end]))
        received = received[end:]
    return found


def lines(found):
    """Replies to compare: CAS numbers are numbered by their first appearance."""
    order = {0: None}
    return [reply.line(order.setdefault(reply.cas, f"#{len(order)}")) for reply in found]
