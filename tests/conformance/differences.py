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
        "A list longer than the input is answered as its keys arrive, so that those before a bad key have their answers.",
        {
            "a bad key behind 18 KB of good ones": [
                "STORED", "VALUE a 5 1", "1", "CLIENT_ERROR bad command line format", "VALUE a 5 1",
                "1", "END", "VERSION",
            ],
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
            "delete with three extra tokens": ["STORED", "VALUE a 0 1", "1", "END", "VERSION"],
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
        "The commands of managed buckets are known, as in memcached 1.2, and say what is missing.",
        {
            "commands of 1.2 that are gone": [
                "CLIENT_ERROR not a managed instance", "CLIENT_ERROR not a managed instance",
                "CLIENT_ERROR not a managed instance", "ERROR", "ERROR", "ERROR", "VERSION",
            ],
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
        "`mn` with a bare newline is a line like any other, however short it is.",
        {
            "mn with a bare newline": ["MN", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "me finds the key that its base64 stands for; memcached 1.6.45 looks for the text.",
        {
            "me: base64 key": ["HD", "ME Zm9v fetch=no", "ME Zm9v fetch=no", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "A mark that is no letter is an invalid flag; memcached 1.6.45 takes it for a malformed line.",
        {
            "mg: bad flags": [
                "CLIENT_ERROR invalid flag", "EN", "CLIENT_ERROR duplicate flag",
                "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format", "VERSION",
            ],
            "md: bad flags": [
                "CLIENT_ERROR invalid flag", "CLIENT_ERROR bad token in command line format",
                "CLIENT_ERROR bad token in command line format", "CLIENT_ERROR duplicate flag",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "VERSION",
            ],
            "ma: bad flags": [
                "STORED", "CLIENT_ERROR invalid or duplicate flag",
                "CLIENT_ERROR invalid or duplicate flag", "CLIENT_ERROR invalid or duplicate flag",
                "CLIENT_ERROR invalid or duplicate flag", "CLIENT_ERROR invalid or duplicate flag",
                "CLIENT_ERROR invalid or duplicate flag", "CLIENT_ERROR invalid or duplicate flag",
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR invalid or duplicate flag",
                "MN", "VERSION",
            ],
        },
    ),
    Difference(
        "A mark that is no letter is an invalid flag, and the value is swallowed all the same.",
        {
            "ms: a wrong flag swallows the value": [
                "CLIENT_ERROR invalid flag", "MN", "CLIENT_ERROR bad token in command line format",
                "MN", "CLIENT_ERROR duplicate flag", "MN", "CLIENT_ERROR bad command line format",
                "MN", "VERSION",
            ],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "A value that is emptied keeps its time to live; memcached loses it, so that the item never expires.",
        {
            "md: x keeps the time to live": ["STORED", "HD", "VA 0 t#", "", "VERSION"],
        },
    ),
    Difference(
        "R looks at the time that was left when the request came, wherever T stands: else T would hide the need.",
        {
            "mg: T, and then R": ["STORED", "HD W", "VERSION"],
        },
    ),
    Difference(
        "t tells the time to live after the request, wherever T and N stand; memcached takes its flags in order.",
        {
            "mg: t, and then T": ["STORED", "HD t-1", "HD t-1", "VERSION"],
            "mg: t, and then N": ["HD t# W", "HD t# Z", "VERSION"],
            "ma: t, and then N": ["HD t#", "HD t#", "VERSION"],
        },
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
            "upper case and other letters": [
                "ERROR", "ERROR", "ERROR", "CLIENT_ERROR bad command line format", "ERROR",
                "VERSION",
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
            "mg: bad keys": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "EN", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format", "VERSION",
            ],
            "ms without anything": [
                "CLIENT_ERROR bad command line format", "CLIENT_ERROR bad command line format",
                "VERSION",
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
            "ms: keys": [
                "HD", "VA 1", "1", "CLIENT_ERROR bad command line format", "MN", "VERSION",
            ],
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
        "Meta commands learnt much after 1.6.18: E, md x, stale stores, append that creates, s and C in more places.",
        {
            "mg: C compares the unique": [
                "STORED", "HD c#1", "HD", "VA 1", "1", "VA 1 ka s1", "1", "EN", "VERSION",
            ],
            "mg: E is of no use without N": ["STORED", "HD c#1", "VERSION"],
            "mg: N with E": ["VA 0 c#1 W", "", "VERSION"],
            "ms: return flags": [
                "HD c#1", "HD ka", "HD O7 ka", "HD ka O7 s3", "CLIENT_ERROR error decoding key",
                "VERSION",
            ],
            "ms: s gives the size of what is stored now": [
                "HD s3", "HD s6", "HD s7", "VA 7 s7", "xabcdef", "VERSION",
            ],
            "ms: append with N creates": [
                "HD", "HD", "VA 6 t#", "abcdef", "HD", "VA 3 t-1", "abc", "VERSION",
            ],
            "ms: E sets the unique": [
                "HD", "VALUE a 0 1 #1", "1", "END", "HD", "VA 1", "2", "HD", "EX", "VA 1", "3",
                "VERSION",
            ],
            "ms: I stores an older version as stale": [
                "HD", "HD", "VA 1 X W", "2", "VA 1 Z X", "2", "HD", "VA 1", "3", "VERSION",
            ],
            "ms: I with a newer unique": ["HD", "EX", "VA 1", "1", "VERSION"],
            "md: E sets the unique of a stale item": [
                "STORED", "HD", "VA 1 c#1 X W", "1", "HD", "VA 1", "2", "VERSION",
            ],
            "md: x empties the value": ["STORED", "HD", "VA 0 f0 s0", "", "VERSION"],
            "md: x with I": ["STORED", "HD", "VA 0 X W", "", "VA 0 Z X", "", "VERSION"],
            "md: x with T": ["STORED", "HD", "VA 0 t#", "", "VERSION"],
            "md of a missing key with I or x": ["NF", "NF", "EN", "VERSION"],
            "ma: E sets the unique": ["STORED", "VA 2 c#1", "11", "VA 2 c#2", "12", "VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "The errors of meta flags became more exact after 1.6.18.",
        {
            "mg: letters of other commands, and unknown ones": [
                "STORED", "HD", "HD", "CLIENT_ERROR invalid flag", "HD", "HD", "HD", "VA 1", "1",
                "CLIENT_ERROR invalid flag", "CLIENT_ERROR invalid flag", "VERSION",
            ],
            "ms: modes in lower case or unknown": [
                "CLIENT_ERROR invalid mode for ms M token",
                "CLIENT_ERROR invalid mode for ms M token",
                "CLIENT_ERROR invalid mode for ms M token",
                "CLIENT_ERROR invalid mode for ms M token", "HD", "VA 1", "1", "VERSION",
            ],
            "md: k, O, b": [
                "NF ka O1", "STORED", "HD ka O1", "CLIENT_ERROR error decoding key", "VERSION",
            ],
            "ma: modes": [
                "STORED", "VA 2", "51", "VA 2", "52", "VA 2", "51", "VA 2", "50",
                "CLIENT_ERROR invalid mode for ma M token",
                "CLIENT_ERROR invalid mode for ma M token",
                "CLIENT_ERROR invalid mode for ma M token",
                "CLIENT_ERROR invalid mode for ma M token", "VERSION",
            ],
            "noreply is a flag like any other": [
                "STORED", "CLIENT_ERROR invalid flag", "CLIENT_ERROR invalid flag", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
]


# In the binary protocol, as lines of support/binary.py.
BINARY_DIFFERENCES = [
    Difference(
        "A negative expiry time means at once, as in text; memcached reads it as one far ahead.",
        {
            "a negative expiry time": [
                "Set 0x0 cas=#1", "Get 0x1 value=b'Not found'", "Noop 0x0 opaque=4294967295",
            ],
        },
    ),
    Difference(
        "Add stores what is not there, so that there is nothing to compare a unique with.",
        {
            "add with a unique": [
                "Add 0x0 cas=#1", "Add 0x2 value=b'Data exists for key.'",
                "Noop 0x0 opaque=4294967295",
            ],
        },
    ),
    Difference(
        "The body of an unknown command is skipped; memcached loses step and closes.",
        {
            "verbosity": [
                "Verbosity 0x81 value=b'Unknown command'", "Noop 0x0", "Noop 0x0 opaque=4294967295",
            ],
            "an unknown opcode with a body": [
                "0x50 0x81 value=b'Unknown command' opaque=2", "Noop 0x0",
                "Noop 0x0 opaque=4294967295",
            ],
        },
    ),
    Difference(
        "What is no request, or has lengths that do not fit, is told so before the end.",
        {
            "a wrong magic": ["Noop 0x0", "Get 0x4 value=b'Invalid arguments'"],
            "text after a packet": [
                "Noop 0x0", "0x65 0x4 value=b'Invalid arguments' opaque=1936289646",
            ],
            "lengths that do not fit": ["Get 0x4 value=b'Invalid arguments'"],
        },
    ),
]


def applying(differences, memcached_version):
    """Conversation -> the lines cocached replies where that memcached says something else."""
    return {
        name: lines
        for difference in differences
        if difference.is_to(memcached_version)
        for name, lines in difference.replies.items()
    }
