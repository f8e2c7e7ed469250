"""Every deliberate difference from memcached, with its reason and cocached's exact reply.

The list is exact: a difference that is not listed fails the tests, and so does an entry whose
difference does not occur (any more). Against an older memcached than the newest known one, what it
has changed itself since then differs too; there cocached replies what the newest one does.
"""

from dataclasses import dataclass

NEWEST_KNOWN = (1, 6, 45)


@dataclass(frozen=True)
class Difference:
    reason: str
    # Conversation -> cocached's reply, line by line.
    replies: dict
    # The versions of memcached that differ: from `since` on, before `until`.
    since: tuple = (0,)
    until: tuple = (1000,)

    def is_to(self, memcached_version):
        return self.since <= memcached_version < self.until


DIFFERENCES = [
    Difference(
        "A number is stored as it is, never padded with blanks: clients that parse strictly stumble over `9 `.",
        {
            "decr to fewer digits": ["STORED", "9", "VALUE a 0 1", "9", "END", "VERSION"],
            "decr stops at zero from many digits": [
                "STORED", "0", "VALUE a 0 1", "0", "END", "5", "VALUE a 0 1", "5", "END",
                "VERSION",
            ],
            "incr that wraps, then get": ["STORED", "5", "VALUE a 0 1", "5", "END", "VERSION"],
            "a value with a plus sign": ["STORED", "2", "VALUE a 0 1", "2", "END", "VERSION"],
            "a value with a leading blank": ["STORED", "2", "VALUE a 0 1", "2", "END", "VERSION"],
        },
    ),
    Difference(
        "Says that the line is too long before it closes, as memcached once did, instead of closing silently.",
        {
            "a line of 70000 bytes": ["CLIENT_ERROR line too long"],
        },
    ),
    Difference(
        "Flags that do not fit 32 bits are refused, instead of being stored as something else.",
        {
            "flags of 2^32": ["CLIENT_ERROR bad command line format", "END", "VERSION"],
        },
    ),
    Difference(
        "Expiry times do not wrap at 32 bits: the far future is the future after 2038 too, and the far past is the past.",
        {
            "exptime of 2^31": ["STORED", "VALUE a 0 1", "1", "END", "VERSION"],
            "a far negative one": ["STORED", "END", "STORED", "END", "VERSION"],
        },
    ),
    Difference(
        "NOT_STORED would say that there is no such key; the value would become too large.",
        {
            "append beyond the limit": [
                "STORED", "SERVER_ERROR object too large for cache",
                "SERVER_ERROR object too large for cache", "STORED",
                "CLIENT_ERROR cannot increment or decrement non-numeric value", "VERSION",
            ],
        },
    ),
    Difference(
        "A flush that is due already takes place at once; memcached takes a past Unix time for no flush at all.",
        {
            "flush_all with a Unix time that is past": ["STORED", "OK", "END", "VERSION"],
        },
    ),
    Difference(
        "memcapable demands an error for more words than delete ever had; memcached 1.6.45 ignores them and fails it.",
        {
            "delete with three extra tokens": [
                "STORED", "CLIENT_ERROR bad command line format", "VALUE a 0 1", "1", "END",
                "VERSION",
            ],
        },
    ),
    Difference(
        "A key without a name before the delimiter has no prefix: a line with a word missing would confuse those who read it.",
        {
            "stats detail and a key that begins with the delimiter": [
                "OK", "END", "END", "VERSION",
            ],
        },
    ),
    Difference(
        "Expired items are looked for all the time, so there is no thread to start, and nothing to be refused.",
        {
            "lru_crawler enable when it is enabled": ["OK", "VERSION"],
            "lru_crawler crawl when it is disabled": ["OK", "OK", "VERSION"],
        },
    ),
    Difference(
        "There are no slab classes that could lack a page: moving one is done as soon as it is asked for.",
        {
            "slabs reassign without spare pages": ["OK", "VERSION"],
        },
    ),
    Difference(
        "Flash settings are refused where there is no flash tier, instead of being accepted without an effect.",
        {
            "extstore without flash": ["ERROR", "ERROR", "ERROR", "VERSION"],
        },
    ),
    Difference(
        "bget is an alias of get, as in memcached 1.2, with the errors of get.",
        {
            "bget without a key": ["CLIENT_ERROR bad command line format", "VERSION"],
        },
    ),
    Difference(
        "bget is an alias of get, as in memcached 1.2; removed in later versions, where it is an unknown command.",
        {
            "bget, as memcached 1.2 had it": [
                "STORED", "VALUE a 1 1", "1", "END", "VALUE a 1 1", "1", "END", "VERSION",
            ],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "An error is one line: memcached 1.6.45 sends an empty one after it, which the client takes for the next reply.",
        {
            "a key of 251 bytes in get": ["CLIENT_ERROR bad command line format", "VERSION"],
            "a key of 251 bytes in gets": ["CLIENT_ERROR bad command line format", "VERSION"],
            "a key of 251 bytes after good ones in get": [
                "STORED", "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "a key of 251 bytes in gat": ["CLIENT_ERROR bad command line format", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "Names of stats are compared whole: `stats r` is not to reset the counters.",
        {
            "a prefix of a sub-command": ["ERROR", "ERROR", "ERROR", "ERROR", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "A minus sign alone is no number; memcached 1.6.45 reads it as zero in some commands.",
        {
            "a minus sign alone for an exptime": [
                "STORED", "CLIENT_ERROR invalid exptime argument",
                "CLIENT_ERROR invalid exptime argument", "VERSION",
            ],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "noreply belongs to the commands that document it; memcached 1.6.45 obeys it in lru_crawler as well.",
        {
            "on commands that do not know it": ["VERSION", "ERROR", "ERROR", "END", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "Lines of less than four bytes are bad format in newer versions, unknown commands before.",
        {
            "an empty line": ["CLIENT_ERROR bad command line format", "VERSION"],
            "a bare newline alone": ["CLIENT_ERROR bad command line format", "VERSION"],
            "one letter": ["CLIENT_ERROR bad command line format", "VERSION"],
            "two letters and a bare newline": ["CLIENT_ERROR bad command line format", "VERSION"],
            "value longer than announced by one": [
                "CLIENT_ERROR bad data chunk", "CLIENT_ERROR bad command line format", "END",
                "VERSION",
            ],
            "value shorter than announced": [
                "CLIENT_ERROR bad data chunk", "CLIENT_ERROR bad command line format", "VERSION",
                "VERSION",
            ],
            "-B: the text protocol alone": [
                "STORED", "VALUE a 0 1", "1", "END", "CLIENT_ERROR bad command line format",
                "ERROR", "VERSION", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "Too few words are bad format, too many are ignored; older versions answered ERROR to both.",
        {
            "get without a key": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "gat without tokens": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "VERSION",
            ],
            "gat with exptime only": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "VERSION",
            ],
            "gat with a bad exptime": [
                "STORED", "CLIENT_ERROR invalid exptime argument",
                "CLIENT_ERROR invalid exptime argument", "CLIENT_ERROR invalid exptime argument",
                "CLIENT_ERROR bad command line format", "VALUE a 1 1", "1", "END", "VERSION",
            ],
            "delete without a key": ["CLIENT_ERROR bad command line format", "VERSION"],
            "touch with too few tokens or a bad exptime": [
                "STORED", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR invalid exptime argument",
                "CLIENT_ERROR invalid exptime argument", "TOUCHED", "TOUCHED", "VALUE a 1 1", "1",
                "END", "VERSION",
            ],
            "too few or too many tokens": [
                "STORED", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "2", "3", "VALUE a 0 1", "3", "END",
                "VERSION",
            ],
            "too few tokens: set": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "VERSION",
            ],
            "too few tokens: add, replace, append, prepend, cas": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "too many tokens": [
                "STORED", "VALUE a 0 1", "1", "END", "STORED", "VALUE a 0 1", "2", "END",
                "VERSION",
            ],
            "a storage command with twenty extra tokens": ["STORED", "VERSION"],
            "cas without its unique": [
                "STORED", "CLIENT_ERROR bad command line format", "VALUE a 0 1", "1", "END",
                "VERSION",
            ],
            "bad flags and no length": [
                "CLIENT_ERROR bad command line format", "VERSION", "VERSION",
            ],
            "length that is not a number": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "END", "VERSION",
            ],
            "verbosity with bad tokens": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "OK", "OK", "VERSION",
            ],
            "flush_all with bad tokens": [
                "CLIENT_ERROR invalid exptime argument", "CLIENT_ERROR invalid exptime argument",
                "OK", "OK", "VERSION",
            ],
            "cache_memlimit with bad tokens": ["ERROR", "ERROR", "ERROR", "ERROR", "OK", "VERSION"],
            "kept after unknown commands and bad tokens": [
                "ERROR", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "VERSION", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "The value of a refused storage command is swallowed; older versions took it for commands.",
        {
            "a key of 251 bytes in a storage command": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "a very long key in a storage command": [
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "cas with a unique of 2^64-1 and beyond": [
                "STORED", "EXISTS", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "VALUE a 0 1", "1", "END", "VERSION",
            ],
            "cas with a bad unique": [
                "STORED", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "VALUE a 0 1", "1", "END", "VERSION",
            ],
            "bad flags": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "END", "VERSION",
            ],
            "flags of 2^64": ["CLIENT_ERROR bad command line format", "END", "VERSION"],
            "bad exptime": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "END", "VERSION",
            ],
            "exptime of 2^63": ["CLIENT_ERROR bad command line format", "END", "VERSION"],
            "bad key, flags or exptime with a usable length swallow the value": [
                "CLIENT_ERROR bad command line format", "END",
                "CLIENT_ERROR bad command line format", "END",
                "CLIENT_ERROR bad command line format", "END",
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "a value too large with bad flags": [
                "CLIENT_ERROR bad command line format", "VERSION", "VERSION",
            ],
            "on a storage command with bad flags": ["VERSION", "VERSION"],
            "on a storage command with a key too long": ["VERSION", "VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "Numbers have no plus sign and do not wrap at 32 bits; older versions read them with strtol.",
        {
            "a delta with a plus sign or leading zeros": [
                "STORED", "CLIENT_ERROR invalid numeric delta argument", "2", "VALUE a 0 1", "2",
                "END", "VERSION",
            ],
            "length with a plus sign": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "END", "VERSION",
            ],
            "length near 2^31": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "END", "VERSION",
            ],
            "cache_memlimit in bytes by mistake": [
                "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes", "ERROR", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "A line is counted in bytes, and a command starts it: older versions stopped at a NUL and skipped blanks.",
        {
            "a leading space": ["ERROR", "ERROR", "VERSION"],
            "control bytes and NUL in a key": [
                "STORED", "VALUE a\u0001b\u007f 0 2", "xy", "END", "STORED", "VALUE a\u0000b 0 2",
                "yz", "END", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "delete ignores what stands where its time once stood; older versions accepted only 0 there.",
        {
            "delete with another number": ["STORED", "DELETED", "END", "VERSION"],
            "delete with any other token": ["STORED", "DELETED", "END", "VERSION"],
            "delete with two extra tokens, none noreply": ["STORED", "DELETED", "END", "VERSION"],
            "delete with a negative number": ["STORED", "DELETED", "END", "VERSION"],
            "on delete with another token": ["STORED", "END", "VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "`delete noreply` acts on that key and is silent, for noreply is the last word; older versions answered.",
        {
            "a key that is a command or a number": [
                "STORED", "VALUE set 0 1", "1", "END", "STORED", "VALUE 1 0 1", "1", "END",
                "STORED", "VALUE noreply 0 1", "1", "END", "DELETED", "END", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "Without a usable length nothing is known of the line's end, so the error is shown; older versions hid it.",
        {
            "on a storage command with a bad length": [
                "CLIENT_ERROR bad command line format", "VERSION", "VERSION",
            ],
            "on a storage command with a negative length": [
                "CLIENT_ERROR bad command line format", "VERSION", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "An unknown command with noreply is silent; older versions answered it.",
        {
            "on an unknown command": ["VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "The error of shutdown names its class in newer versions.",
        {
            "shutdown without -A": ["SERVER_ERROR: shutdown not enabled", "VERSION", "VERSION"],
            "shutdown graceful without -A": [
                "SERVER_ERROR: shutdown not enabled", "VERSION", "VERSION",
            ],
            "shutdown of an unknown kind without -A": [
                "SERVER_ERROR: shutdown not enabled", "VERSION", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "slabs automove has more settings than older versions knew.",
        {
            "slabs automove freeratio": ["OK", "ERROR", "VERSION"],
            "slabs automove window": [
                "OK", "CLIENT_ERROR automove window too low or too high", "OK", "OK",
                "CLIENT_ERROR automove window too low or too high",
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "-X forbids stats detail too; older versions forbade only cachedump.",
        {
            "-X: stats detail": [
                "CLIENT_ERROR stats detail not allowed", "CLIENT_ERROR stats detail not allowed",
                "CLIENT_ERROR stats detail not allowed", "CLIENT_ERROR stats detail not allowed",
                "CLIENT_ERROR stats detail not allowed", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "refresh_certs is an unknown command in a server without TLS; Debian's has TLS built in.",
        {
            "refresh_certs without TLS": ["ERROR", "VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
]


def by_conversation(memcached_version):
    """What cocached replies in the conversations in which that memcached says something else."""
    return {
        name: "".join(line + "\r\n" for line in lines).encode("latin-1")
        for difference in DIFFERENCES
        if difference.is_to(memcached_version)
        for name, lines in difference.replies.items()
    }
