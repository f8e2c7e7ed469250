"""The predictions of `stats mrc`, beside servers that have the predicted amounts of memory.

Once: the prediction is the same in every build.
"""

import itertools
import random
import unittest

from support import server
from support.conversation import stats

MEGABYTES = 8
SCALES = (0.5, 1, 2, 4)
KEYS = 40_000
GETS = 120_000
BATCH = 400
VALUE = b"v" * 1000
WITHIN = 0.03


def zipf_batches():
    """Keys of which few are asked for often, so many in a get; in each get no key twice."""
    weights = list(itertools.accumulate((rank + 1) ** -0.9 for rank in range(KEYS)))
    chosen = random.Random(5).choices(range(KEYS), cum_weights=weights, k=GETS)
    for at in range(0, GETS, BATCH):
        yield [b"key:%d" % key for key in dict.fromkeys(chosen[at : at + BATCH])]


def found_in(stream, keys):
    stream.write(b"get " + b" ".join(keys) + b"\r\n")
    stream.flush()
    found = set()
    while (line := stream.readline()) != b"END\r\n":
        found.add(line.split()[1])
        stream.read(len(VALUE) + 2)
    return found


def read_through(stream, keys):
    """Gets keys, and stores those that are missing, as an application does."""
    found = found_in(stream, keys)
    missing = [key for key in keys if key not in found]
    for key in missing:
        stream.write(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(VALUE), VALUE))
    stream.flush()
    for _ in missing:
        stream.readline()


def hit_ratio(running):
    figures = stats(running)
    return int(figures["get_hits"]) / int(figures["cmd_get"])


class MissRatioCurve(unittest.TestCase):
    def replay(self, scale):
        """A server with so much memory that has answered all."""
        running = server.cocached("-t", "1", "-m", f"{MEGABYTES * scale:g}", "--no-http")
        self.addCleanup(running.stop)
        with running.connect() as link, link.makefile("rwb") as stream:
            for keys in zipf_batches():
                read_through(stream, keys)
        return running

    def test_is_within_three_points_of_servers_with_that_memory(self):
        servers = {scale: self.replay(scale) for scale in SCALES}
        gets = stats(servers[1])["cmd_get"]
        predicted = stats(servers[1], "mrc")
        self.assertEqual(gets, predicted["gets"])
        self.assertGreater(float(predicted["sampling_rate"]), 0.05)
        for scale, replayed in servers.items():
            with self.subTest(scale=scale):
                self.assertAlmostEqual(hit_ratio(replayed),
                                       float(predicted[f"{scale:g}x:hit_ratio"]), delta=WITHIN)
        self.assertLess(hit_ratio(servers[0.5]) + 0.1, hit_ratio(servers[4]), "no difference to see")


if __name__ == "__main__":
    unittest.main()
