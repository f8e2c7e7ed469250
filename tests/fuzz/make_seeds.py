"""Writes what the fuzz targets start from: the conformance conversations, as each target reads them.

    make_seeds.py <folder>        one folder in it for each target
"""

import base64
import hashlib
import pathlib
import random
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from conformance import script
from conformance.binary_conversations import CONVERSATIONS as BINARY

LARGEST = 4096  # bytes; larger ones would only slow the fuzzer down

# The order of kParsers in arguments_fuzz.cpp.
COMMANDS = [
    "mg", "ms", "md", "me", "ma", "flush_all", "verbosity", "cache_memlimit", "shutdown", "slabs",
    "lru", "lru_crawler", "ns", "own", "disown", "bg",
]  # fmt: skip

# Requests that memcached does not know, so that no conformance conversation holds them.
OURS = [
    b"set u:1 0 0 1\r\na\r\nns flush u\r\nget u:1\r\nadd u:1 0 0 1\r\nb\r\nns stats u\r\n",
    b"ns quota u 200\r\nset u:1 0 0 90\r\n" + b"v" * 90 + b"\r\nset u:2 0 0 90\r\n" + b"v" * 90
    + b"\r\nget u:1 u:2\r\nns quota u 0\r\nns stats\r\n",
    b"stats detail on\r\nms u:1 1\r\na\r\nmg u:1 v\r\nns flush u noreply\r\nstats detail dump\r\n",
    b"own 1:2\r\nbg 1:2\r\nset a 0 0 1\r\n1\r\nbg 1:2\r\nget a\r\nget a\r\nbg 1:3\r\nget a\r\n",
    b"own 5\r\nown -1:1\r\nown 32768:1\r\ndisown 1\r\ndisown x\r\nbg 1\r\nbg 1:0\r\nget a\r\n",
]

UDP_HEADERS = [b"\x12\x34\0\0\0\1\0\0", b"\0\0\0\1\0\1\0\7", b"\xff\xff\0\0\0\2\0\0", b"\0\1"]

USERS = [
    b"ann:secret\n",
    b"ann:secret\r\nbob:with blanks: and colons\r\n\r\n",
    b"ann:\nbob:$not a hash$\nann:twice\n",
    b"without a colon\n",
    b":nobody\n",
    b"ann:\0\xff",
]

# Such as only a client of the binary protocol can set, and such as look like what shows them.
KEYS = [
    b"a\r\nflush_all\r\n", b"a b", b"%0D%0A", b"a%", b"YSBi b", b"\x7f\x1b[2J", b"\0", b"n\r\nEND:1",
    b"user:1", b"caf\xc3\xa9:%20", b"\xff" * 250, b"\n" * 250,
]

HTTP = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9150\r\nAccept: text/plain\r\n\r\n",
    b"HEAD /stats.json?pretty HTTP/1.1\r\nHost: [::1]:9150\r\nConnection: close\r\n\r\n",
    b"GET /history.json HTTP/1.0\r\n\r\n",
    b"GET /page.js HTTP/1.1\r\nHost: rebound.example\r\n\r\n",
    b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
    b"GET http://localhost/page.css HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
]


def text_conversations():
    """The requests of the text conversations, each in one piece; CAS numbers become some number."""
    for conversation in script.read_all():
        said = b"".join(step.sent for step in conversation.steps)
        yield re.sub(rb"\{(opaque )?cas[^}]*\}", b"1", said)
    yield from OURS


def binary_conversations():
    for conversation in BINARY.values():
        yield b"".join(step for step in conversation if not callable(step))


def lines():
    for said in text_conversations():
        yield from (line.rstrip(b"\r") for line in said.split(b"\n"))


def arguments():
    """Lines as arguments_fuzz reads them: which parser, and what follows the name."""
    for line in lines():
        name, blank, rest = line.partition(b" ")
        if (command := name.decode("latin-1")) in COMMANDS:
            yield bytes([COMMANDS.index(command)]) + blank + rest


def with_choices(seeds, count, before=lambda said: said):
    """Seeds of targets that take choices from the end of their input, and the rest from its start."""
    choices = random.Random(1)
    for said in seeds:
        yield before(said) + choices.randbytes(count)


def in_pieces(said):
    """A string that ends where a backslash is followed by something else."""
    return said.replace(b"\\", b"\\\\").replace(b"\n", b"\n\\;")


def lines_apart(said):
    return said.replace(b"\\", b"\\\\").replace(b"\r\n", b"\n").replace(b"\n", b"\\;")


def conversations():
    yield from text_conversations()
    yield from binary_conversations()


def frames():
    for number, said in enumerate(conversations()):
        yield UDP_HEADERS[number % len(UDP_HEADERS)] + said


def datagrams():
    """Each with its length before it: a conversation whole, and a command in each."""
    for said in conversations():
        if len(said) > LARGEST:
            continue
        yield with_length(UDP_HEADERS[0] + said)
        yield b"".join(with_length(UDP_HEADERS[0] + line + b"\n") for line in said.split(b"\n"))


def with_length(datagram):
    return len(datagram).to_bytes(2, "big") + datagram


def snapshots():
    """As snapshot_fuzz reads them: a header's bytes, a state, and blocks of records."""
    block = lambda records, count: struct.pack("<HB", len(records), count) + records  # noqa: E731
    record = lambda key, value, deadline, marks=0, frequency=0: struct.pack(  # noqa: E731
        "<qQIIBBB5x", deadline, 5, 9, len(value), len(key), marks, frequency) + key + value
    named = lambda *pairs: struct.pack("<I", len(pairs)) + b"".join(  # noqa: E731
        struct.pack("<QB", number, len(name)) + name for name, number in pairs)
    header = struct.pack("<8xII6Q8x", 2, 1, 7, 3, 1_800_000_000_000, 0, 0, 0)
    never = 2**63 - 1
    items = record(b"user:1", b"one", never) + record(b"page:1", b"22", 1_800_000_009_000, 3, 15)
    for due in never, 1_700_000_000_000, 1_800_000_001_000:
        state = b":" + struct.pack("<qQ", due, 0) + named((b"user", 10**6)) + named((b"page", 1000))
        yield b"\1" + header + block(state, 0) + block(items, 2) + block(record(b"b", b"3" * 600, never), 1)
    yield b"\0cocached\2\0\0\0" + bytes(200)


SEEDS = {
    "words": lines,
    "base64": lambda: (base64.b64encode(line) for line in lines() if len(line) < 60),
    "key_text": lambda: KEYS,
    "dump": lambda: [*KEYS, b"\\;".join(KEYS[:10])],
    "arguments": arguments,
    "text_line": text_conversations,
    "binary_message": binary_conversations,
    "session": lambda: with_choices(conversations(), 9),
    "steps": lambda: with_choices(text_conversations(), 24, lines_apart),
    "connection": lambda: with_choices(conversations(), 24, in_pieces),
    "udp_frame": frames,
    "datagrams": datagrams,
    "users": lambda: USERS,
    "http": lambda: HTTP,
    "snapshot": snapshots,
}


def main():
    for target, seeds in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in {seed for seed in seeds() if 0 < len(seed) <= LARGEST}:
            (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
