"""Every deliberate difference from memcached, with its reason and cocached's exact reply.

The list is exact: the tests fail for a difference that is not listed, and for an entry whose
difference no longer occurs. cocached follows the newest known memcached. An older memcached also
differs where memcached itself has changed since; the entries with `until` list these differences.
"""

from dataclasses import dataclass

NEWEST_KNOWN = (1, 6, 45)


@dataclass(frozen=True)
class Difference:
    reason: str
    # Conversation -> cocached's reply, line by line.
    replies: dict
    # The versions of memcached that differ: `since` and later, but earlier than `until`.
    since: tuple = (0,)
    until: tuple = (1000,)

    def is_to(self, memcached_version):
        return self.since <= memcached_version < self.until


DIFFERENCES = [
    Difference(
        "cocached stores a number without padding; memcached pads a shorter one with blanks (`9 `), which strict clients cannot parse.",
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
        "cocached replies that the line is too long and then closes, as older versions did; memcached closes without a reply.",
        {
            "a line of 70000 bytes": ["CLIENT_ERROR line too long"],
        },
    ),
    Difference(
        "cocached answers a list longer than its input buffer as the keys arrive, so keys before a bad one get their answers.",
        {
            "a bad key behind 18 KB of good ones": [
                "STORED", "VALUE a 5 1", "1", "CLIENT_ERROR bad command line format", "VALUE a 5 1",
                "1", "END", "VERSION",
            ],
        },
    ),
    Difference(
        "cocached refuses client flags that do not fit 32 bits; memcached stores other flags instead.",
        {
            "flags of 2^32": ["CLIENT_ERROR bad command line format", "END", "VERSION"],
        },
    ),
    Difference(
        "Expiry times do not wrap at 32 bits: a time after 2038 stays in the future, and a far negative one stays in the past.",
        {
            "exptime of 2^31": ["STORED", "VALUE a 0 1", "1", "END", "VERSION"],
            "exptimes past 2^31 in other commands": [
                "STORED", "TOUCHED", "VALUE a 0 1", "1", "END", "VALUE a 0 1", "1", "END", "HD",
                "HD", "HD", "HD W", "VALUE a 0 1", "2", "VALUE b 0 1", "1", "END", "VERSION",
            ],
            "a far negative one": ["STORED", "END", "STORED", "END", "VERSION"],
        },
    ),
    Difference(
        "cocached replies that the value would be too large; memcached replies NOT_STORED, which means that the key is missing.",
        {
            "append beyond the limit": [
                "STORED", "SERVER_ERROR object too large for cache",
                "SERVER_ERROR object too large for cache", "STORED",
                "CLIENT_ERROR cannot increment or decrement non-numeric value", "VERSION",
            ],
        },
    ),
    Difference(
        "`flush_all` with a past Unix time flushes at once; memcached does not flush at all.",
        {
            "flush_all with a Unix time that is past": ["STORED", "OK", "END", "VERSION"],
        },
    ),
    Difference(
        "cocached refuses `delete` with too many words, as the test tool memcapable demands; memcached 1.6.45 ignores the extra words.",
        {
            "delete with three extra tokens": ["STORED", "VALUE a 0 1", "1", "END", "VERSION"],
        },
    ),
    Difference(
        "A key that begins with the delimiter has no prefix; memcached lists an empty one, so its line lacks a word.",
        {
            "stats detail and a key that begins with the delimiter": [
                "OK", "END", "END", "VERSION",
            ],
        },
    ),
    Difference(
        "cocached always looks for expired items, so it has no crawler thread to start and refuses no crawl.",
        {
            "lru_crawler enable when it is enabled": ["OK", "VERSION"],
            "lru_crawler crawl when it is disabled": ["OK", "OK", "VERSION"],
        },
    ),
    Difference(
        "cocached has no slab classes, so `slabs reassign` never fails for lack of a page.",
        {
            "slabs reassign without spare pages": ["OK", "VERSION"],
        },
    ),
    Difference(
        "cocached refuses settings of flash storage, which it does not have; memcached accepts them without effect.",
        {
            "extstore without flash": ["ERROR", "ERROR", "ERROR", "VERSION"],
        },
    ),
    Difference(
        "cocached knows the commands of managed buckets, as memcached 1.2 did, and replies that the instance is not managed.",
        {
            "commands of 1.2 that are gone": [
                "CLIENT_ERROR not a managed instance", "CLIENT_ERROR not a managed instance",
                "CLIENT_ERROR not a managed instance", "ERROR", "ERROR", "ERROR", "VERSION",
            ],
        },
    ),
    Difference(
        "`bget` is an alias of `get`, as in memcached 1.2, and has the errors of `get`.",
        {
            "bget without a key": ["CLIENT_ERROR bad command line format", "VERSION"],
        },
    ),
    Difference(
        "`bget` is an alias of `get`, as in memcached 1.2; newer versions of memcached do not know it.",
        {
            "bget, as memcached 1.2 had it": [
                "STORED", "VALUE a 1 1", "1", "END", "VALUE a 1 1", "1", "END", "VERSION",
            ],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "An error is one line; memcached 1.6.45 sends an empty line after it, which a client reads as the next reply.",
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
        "cocached compares whole names of statistics, so `stats r` does not reset the counters; memcached compares prefixes.",
        {
            "a prefix of a sub-command": ["ERROR", "ERROR", "ERROR", "ERROR", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "A minus sign alone is not a number; memcached 1.6.45 reads it as zero in some commands.",
        {
            "a minus sign alone for an exptime": [
                "STORED", "CLIENT_ERROR invalid exptime argument",
                "CLIENT_ERROR invalid exptime argument", "VERSION",
            ],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "cocached accepts `mn` with a bare newline; memcached refuses every line of less than four bytes.",
        {
            "mn with a bare newline": ["MN", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "`watch` works behind other commands of one packet; memcached 1.6.45 refuses it until their replies are sent.",
        {},
        since=NEWEST_KNOWN,
    ),
    Difference(
        "`-o idle_timeout` closes a client in the middle of a value, so many seconds after its last byte; memcached waits for ever, with memory reserved.",
        {},
        since=NEWEST_KNOWN,
    ),
    Difference(
        "`me` decodes a base64 key before it looks it up; memcached 1.6.45 looks for the encoded text.",
        {
            "me: base64 key": ["HD", "ME Zm9v fetch=no", "ME Zm9v fetch=no", "VERSION"],
        },
        since=NEWEST_KNOWN,
    ),
    Difference(
        "A meta flag that is not a letter gets `invalid flag`; memcached 1.6.45 replies that the line has a bad format.",
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
        "A meta flag that is not a letter gets `invalid flag`, and cocached skips the value that follows.",
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
        "An item whose value is cleared keeps its time to live; in memcached it never expires.",
        {
            "md: x keeps the time to live": ["STORED", "HD", "VA 0 t#", "", "VERSION"],
        },
    ),
    Difference(
        "`R` compares the time that was left before the request, even behind `T`; in memcached an earlier `T` hides that the item needs a refill.",
        {
            "mg: T, and then R": ["STORED", "HD W", "VERSION"],
        },
    ),
    Difference(
        "`t` tells the time to live after the request, whatever the order of the flags; memcached handles the flags in order.",
        {
            "mg: t, and then T": ["STORED", "HD t-1", "HD t-1", "VERSION"],
            "mg: t, and then N": ["HD t# W", "HD t# Z", "VERSION"],
            "ma: t, and then N": ["HD t#", "HD t#", "VERSION"],
            "ma: t, and then T": ["STORED", "HD t#", "HD t#", "VERSION"],
        },
    ),
    Difference(
        "`mg` with `T` and `E` gives the item the CAS number of `E`; memcached obeys `E` in `mg` only where `N` creates the item.",
        {
            "mg: E with T": ["STORED", "HD c#1", "HD", "VERSION"],
        },
    ),
    Difference(
        "A key is echoed as the request wrote it, so that the client finds its request; memcached echoes a key stored in text as text.",
        {
            "base64 keys are echoed as they were asked for": [
                "HD kZm9v b", "HD kZm9v b", "HD kZm9v b", "EN kZm9w b", "HD kZm9v b", "HD",
                "HD kZm9v b", "HD kfoo", "VA 1 kZm9v b", "2", "VERSION",
            ],
        },
    ),
    Difference(
        "`me` refuses a key of invalid base64, and a miss echoes the key as it came; memcached 1.6.45 misses, and echoes other padding bits.",
        {
            "bad base64 in every command": [
                "CLIENT_ERROR error decoding key", "CLIENT_ERROR error decoding key",
                "CLIENT_ERROR error decoding key", "CLIENT_ERROR error decoding key",
                "CLIENT_ERROR invalid or duplicate flag", "CLIENT_ERROR error decoding key",
                "CLIENT_ERROR bad command line format", "EN kZh== b", "MN", "VERSION",
            ],
        },
    ),
    Difference(
        "`incr` and `decr` keep that an item was fetched or is stale; memcached 1.6.45 forgets the first, and the second where the number gets longer.",
        {
            "incr keeps what the item was": [
                "STORED", "VALUE a 0 1", "1", "END", "2", "HD h1", "STORED", "HD", "2",
                "VA 1 X W", "2", "STORED", "HD", "10", "VA 2 X W", "10", "VERSION",
            ],
        },
    ),
    Difference(
        "The limit of `-I` holds for the value alone; memcached's holds for key, header and value, so its largest value is some 60 bytes smaller.",
        {
            "sizes above memcached's limit": [
                "STORED", "STORED", "SERVER_ERROR object too large for cache", "VERSION",
            ],
        },
    ),
    Difference(
        "A line of less than four bytes has a bad format; in older versions it is an unknown command.",
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
        "Too few words get `bad command line format` and too many are ignored; older versions reply ERROR to both.",
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
        "cocached skips the value of a refused storage command; older versions read it as commands.",
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
        "Numbers have no plus sign and do not wrap at 32 bits; older versions read them with `strtol`.",
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
        "A line may hold a NUL, and starts with its command; older versions stop at a NUL and skip blanks before the command.",
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
        "`delete` ignores the word at the place of its former time argument; older versions accept only 0 there.",
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
        "`delete noreply` deletes the key `noreply` without a reply, because the last word is `noreply`; older versions reply.",
        {
            "a key that is a command or a number": [
                "STORED", "VALUE set 0 1", "1", "END", "STORED", "VALUE 1 0 1", "1", "END",
                "STORED", "VALUE noreply 0 1", "1", "END", "DELETED", "END", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "A storage command with a bad length gets an error despite `noreply`, because the server cannot find the next command; older versions hide the error.",
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
        "An unknown command with `noreply` has no reply; older versions reply to it.",
        {
            "on an unknown command": ["VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "A minus sign stands only before a zero in unsigned numbers of storage commands; older versions took it elsewhere too.",
        {
            "a minus sign before a zero": [
                "STORED", "STORED", "STORED", "STORED",
                "CLIENT_ERROR invalid numeric delta argument", "TOUCHED", "VALUE a 0 1", "1",
                "END", "OK", "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad command line format",
                "CLIENT_ERROR bad token in command line format", "HD",
                "CLIENT_ERROR invalid or duplicate flag", "CLIENT_ERROR invalid or duplicate flag",
                "HD", "VERSION",
            ],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "A failed `ms` with `s` tells the size that was sent; older versions tell it on success only.",
        {
            "ms: s on failure": ["NS s3", "NS s3", "NF s2 kmissing", "HD", "NS s3", "EX s2", "VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "`noreply` works in every command for operators; older versions reply to some of them.",
        {
            "on commands that do not know it": ["VERSION", "ERROR", "END", "VERSION"],
            "on commands for operators": ["VERSION"],
        },
        until=NEWEST_KNOWN,
    ),
    Difference(
        "The error of `shutdown` starts with SERVER_ERROR; in older versions it starts with ERROR.",
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
        "`slabs automove` has the settings `freeratio` and `window`, which older versions do not know.",
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
        "`-X` also forbids `stats detail`; in older versions it forbids only `stats cachedump`.",
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
        "Meta commands have features that came after memcached 1.6.18: `E`, `x` of `md`, stale stores, append that creates items, and more uses of `s` and `C`.",
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
        "Bad meta flags get the exact errors that memcached introduced after 1.6.18.",
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
        "A negative expiry time means that the item has expired already, as in text; memcached reads a time in the far future.",
        {
            "a negative expiry time": [
                "Set 0x0 cas=#1", "Get 0x1 value=b'Not found'", "Noop 0x0 opaque=4294967295",
            ],
        },
    ),
    Difference(
        "`Add` ignores a CAS number, because it stores only missing items, which have none to compare.",
        {
            "add with a unique": [
                "Add 0x0 cas=#1", "Add 0x2 value=b'Data exists for key.'",
                "Noop 0x0 opaque=4294967295",
            ],
        },
    ),
    Difference(
        "cocached skips the body of an unknown command; memcached reads the body as a header and closes.",
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
        "A malformed packet gets an error before cocached closes the connection; memcached closes without a reply.",
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
    """Returns conversation -> cocached's reply lines, for each that differs from this memcached."""
    return {
        name: lines
        for difference in differences
        if difference.is_to(memcached_version)
        for name, lines in difference.replies.items()
    }
