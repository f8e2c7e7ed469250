r"""Reads the conversation scripts in conversations/: what a client says, and nothing else.

    # a comment
    == name of a conversation            starts one; [fresh] after the name gives it new servers,
                                         which a conversation needs that leaves something behind
    get a                                a line sent as it stands, with \r\n after it
    get a\                               a backslash at the end: nothing is added
    \r \n \t \0 \xff \\                  such bytes
    {250*k}                              repeated text
    {now+100}                            Unix time
    ---                                  wait for the replies so far, then go on
    --- 2 seconds                        ... and until the server's clock has moved on
    {cas a}                              the unique that the replies so far gave for key a
    {opaque cas}                         the latest c<unique> a meta reply gave
    @ -M -I 2k                           flags of the servers for the conversations that follow

Blank lines mean nothing: an empty command is `\r\n\`.
"""

import pathlib
import re
import time
from dataclasses import dataclass, field

FOLDER = pathlib.Path(__file__).parent / "conversations"

HEADING = re.compile(r"== (?P<name>.*?)(?P<fresh> \[fresh\])?$")
PAUSE = re.compile(r"---(?: (?P<seconds>\d+) seconds)?$")
FLAGS = re.compile(r"@ ?(?P<flags>.*)$")

ESCAPE = re.compile(r"\\(?:x(?P<hex>[0-9a-f]{2})|(?P<letter>[rnt0\\]))")
LETTERS = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}
REPEAT = re.compile(r"\{(?P<count>\d+)\*(?P<text>[^}]+)\}")
TIME = re.compile(r"\{now(?P<offset>[+-]\d+)\}")
NOW = int(time.time())


@dataclass
class Step:
    """Bytes that are sent at once, when the clock has moved on by `after_seconds`."""

    sent: bytes = b""
    after_seconds: int = 0


@dataclass
class Conversation:
    name: str
    flags: tuple
    fresh: bool
    steps: list = field(default_factory=lambda: [Step()])


def expand(line):
    """The bytes of one line of a script; only {cas ...} is left in them."""
    line = REPEAT.sub(lambda match: int(match["count"]) * match["text"], line)
    line = TIME.sub(lambda match: str(NOW + int(match["offset"])), line)
    ending = "\r\n"
    if line.endswith("\\") and not line.endswith("\\\\"):
        line, ending = line[:-1], ""
    plain = ESCAPE.sub(
        lambda match: chr(int(match["hex"], 16)) if match["hex"] else LETTERS[match["letter"]], line
    )
    return (plain + ending).encode("latin-1")


def read(file_name):
    """The conversations of one script, in order."""
    conversations = []
    flags = ()
    for line in (FOLDER / file_name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if heading := HEADING.match(line):
            fresh = heading["fresh"] is not None
            conversations.append(Conversation(heading["name"], flags, fresh))
        elif pause := PAUSE.match(line):
            conversations[-1].steps.append(Step(after_seconds=int(pause["seconds"] or 0)))
        elif chosen := FLAGS.match(line):
            flags = tuple(chosen["flags"].split())
        else:
            conversations[-1].steps[-1].sent += expand(line)
    return conversations


def read_all():
    return [talk for file in sorted(FOLDER.glob("*.txt")) for talk in read(file.name)]
