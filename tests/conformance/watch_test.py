"""The events that memcached and cocached show to a watcher, for the same commands."""

import unittest

from support import server
from support.conversation import ask
from support.watching import Watcher

# Fields that differ between any two servers: the descriptor, and the slab class, which is always 1 here.
LEFT_OUT = (b"cfd", b"clsid")

# Both servers show the same events for these requests. memcached also shows the look-ups with which its
# writes begin, although no client asked for them; so writes are compared by their mutations only.
FETCHES = [
    b"set a 5 100 3\r\nabc\r\n",
    b"get a\r\n", b"get a b\r\n", b"gets a\r\n", b"gat 0 a\r\n", b"gats 0 none\r\n",
    b"touch a 50\r\n", b"touch none 50\r\n", b"mg a v t\r\n", b"mg none v\r\n", b"mg a k q s\r\n",
    b"mg c3Bh b v k\r\n", b"get \x01%~-._\xff\r\n", b"get " + b"k" * 250 + b"\r\n",
]  # fmt: skip
MUTATIONS = [
    b"set a 5 100 3\r\nabc\r\n", b"add a 0 0 1\r\nx\r\n", b"add new 0 0 1\r\nx\r\n",
    b"replace none 0 0 1\r\nx\r\n", b"replace a 0 0 1\r\nx\r\n", b"append a 0 0 1\r\nx\r\n",
    b"prepend a 0 0 1\r\nx\r\n", b"append none 0 0 1\r\nx\r\n", b"cas a 0 0 1 99\r\nx\r\n",
    b"cas none 0 0 1 99\r\nx\r\n", b"ms a 2 T40\r\nhi\r\n", b"ms a 2 ME\r\nhi\r\n",
    b"ms a 2 MA\r\nhi\r\n", b"ms c3Bh 2 b\r\nxx\r\n", b"set n 0 0 1\r\n5\r\n", b"incr n 1\r\n",
    b"incr none 1\r\n", b"ma made N0 J7\r\n", b"delete a\r\n", b"mg viv v N30\r\n",
    b"set noreply 0 0 1 noreply\r\nx\r\n",
]  # fmt: skip
DELETIONS = [
    b"set a 0 0 3\r\nabc\r\n", b"set b 0 0 1\r\n1\r\n", b"delete a\r\n", b"delete a\r\n",
    b"md b I T30\r\n", b"md b q\r\n", b"md b\r\n", b"set a 0 0 3\r\nabc\r\n", b"delete a noreply\r\n",
]  # fmt: skip

LAST_KEY = b"the-last"


class Watch(unittest.TestCase):
    maxDiff = None

    def shown(self, start, topic, commands, last):
        """The events that the commands cause, without what no two servers share."""
        with start() as running, Watcher(running, topic) as watcher, running.connect() as link:
            if watcher.answer != b"OK":
                self.skipTest(f"this memcached answers {watcher.answer}")
            for command in [*commands, last]:
                link.sendall(command)
                ask(link, b"mn\r\n", b"MN\r\n")
            events = watcher.events(lambda event: event.get(b"key") == LAST_KEY)
        return [
            {name: value for name, value in event.items() if name not in LEFT_OUT}
            for event in events
        ]

    def compare(self, topic, commands, last, leave_out=lambda events: events):
        theirs = self.shown(server.memcached, topic, commands, last)
        self.assertEqual(leave_out(theirs), self.shown(server.cocached, topic, commands, last))

    def test_fetches(self):
        without_the_set = lambda events: events[1:]  # noqa: E731
        self.compare(b"fetchers", FETCHES, b"get %s\r\n" % LAST_KEY, without_the_set)

    def test_mutations(self):
        self.compare(b"mutations", MUTATIONS, b"set %s 0 0 1\r\n1\r\n" % LAST_KEY)

    def test_deletions(self):
        last = b"set %s 0 0 1\r\n1\r\ndelete %s\r\n" % (LAST_KEY, LAST_KEY)
        self.compare(b"deletions", DELETIONS, last)

    def test_answers(self):
        for topics in (b"", b"fetchers", b"mutations evictions", b"bogus", b"fetchers bogus",
                       b"fetchers fetchers", b"sysevents", b" connevents  rawcmds "):
            with self.subTest(topics=topics):
                answers = []
                for start in (server.memcached, server.cocached):
                    with start() as running, Watcher(running, topics) as watcher:
                        answers.append(watcher.answer)
                self.assertEqual(*answers)


if __name__ == "__main__":
    unittest.main()
