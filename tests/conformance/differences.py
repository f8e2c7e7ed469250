"""Every deliberate difference from memcached, with its reason and cocached's exact reply.

The list is exact: a difference that is not listed fails the tests, and so does an entry whose
difference does not occur (any more).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    reason: str
    # Conversation -> cocached's reply, line by line.
    replies: dict
    # Only memcached versions older than this differ; None: all known ones do.
    before: tuple | None = None


DIFFERENCES = [
]


def by_conversation(memcached_version):
    """What cocached replies in the conversations in which that memcached says something else."""
    return {
        name: "".join(line + "\r\n" for line in lines).encode("latin-1")
        for difference in DIFFERENCES
        if difference.before is None or memcached_version < difference.before
        for name, lines in difference.replies.items()
    }
