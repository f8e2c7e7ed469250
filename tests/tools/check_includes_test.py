"""tools/check-includes accepts what follows the layers and names every line that does not.

Once: a sanitizer has nothing to add to this.
"""

import subprocess
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).parents[2] / "tools" / "check-includes"


class CheckIncludesTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.write("lib/base/clock.hpp")
        self.write("lib/store/store.hpp", '#include "base/clock.hpp"')
        self.write("lib/protocol/request.hpp")
        self.write("lib/server/server.hpp")

    def write(self, path, *lines):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        head = ["#pragma once"] if path.endswith(".hpp") else []
        file.write_text("\n".join([*head, *lines]) + "\n")

    def complaints(self):
        run = subprocess.run([CHECK, self.root], capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        self.assertEqual(run.returncode, 1 if run.stdout else 0)
        return run.stdout.splitlines()

    def assert_complains(self, *expected):
        found = self.complaints()
        self.assertEqual(len(found), len(expected), found)
        for complaint, part in zip(found, expected):
            self.assertIn(part, complaint)

    def test_accepts_what_follows_the_arrows(self):
        self.write("lib/command/execute.hpp", '#include "store/store.hpp"',
                   '#include "protocol/request.hpp"', "#include <vector>")
        self.write("lib/command/execute.cpp", '#include "command/execute.hpp"')
        self.write("app/main.cpp", '#include "server/server.hpp"', "#include <CLI/CLI.hpp>")
        self.assertEqual(self.complaints(), [])

    def test_rejects_every_arrow_that_points_up_or_sideways(self):
        for folder, target in [("base", "store/store.hpp"), ("store", "protocol/request.hpp"),
                               ("protocol", "store/store.hpp"), ("store", "server/server.hpp")]:
            with self.subTest(folder=folder, target=target):
                self.write(f"lib/{folder}/bad.cpp", f'#include "{target}"')
                self.assert_complains(f"lib/{folder}/bad.cpp:1: {folder}/ must not know")
                (self.root / f"lib/{folder}/bad.cpp").unlink()

    def test_rooms_of_a_layer_have_an_order(self):
        self.write("lib/store/memory/segment.hpp", '#include "store/item.hpp"')
        self.write("lib/store/item.hpp")
        self.write("lib/store/index/key_index.hpp", '#include "store/memory/segment.hpp"')
        self.write("lib/store/shard.hpp", '#include "store/index/key_index.hpp"')
        self.assertEqual(self.complaints(), [])
        self.write("lib/store/memory/bad.cpp", '#include "store/index/key_index.hpp"',
                   '#include "store/shard.hpp"')
        self.assert_complains("lib/store/memory/bad.cpp:1", "lib/store/memory/bad.cpp:2")

    def test_a_room_without_a_place_in_the_order(self):
        self.write("lib/store/attic/old.hpp")
        self.write("lib/base/attic/old.hpp")
        self.assert_complains("lib/base/attic/old.hpp:1: the room attic/",
                              "lib/store/attic/old.hpp:1: the room attic/")

    def test_no_source_includes_another(self):
        self.write("lib/store/store.cpp", '#include "store/store.hpp"')
        self.write("lib/store/shard.cpp", '#include "store/store.cpp"')
        self.assert_complains("lib/store/shard.cpp:1: \"store/store.cpp\" must be written")

    def test_a_name_that_a_source_takes_over_is_used(self):
        self.write("lib/store/store.cpp", '#include "store/store.hpp"', "using base::Clock;",
                   "using base::TimePoint;  // TimePoint", "Clock clock;")
        self.assert_complains("lib/store/store.cpp:3: nothing uses TimePoint")

    def test_the_application_knows_the_server_and_nothing_beneath(self):
        self.write("app/main.cpp", '#include "store/store.hpp"')
        self.assert_complains("app/main.cpp:1: app/ must not know store/")

    def test_protocol_may_name_buffers_and_no_more_of_asio(self):
        self.write("lib/protocol/batch.hpp", "#include <boost/asio/buffer.hpp>")
        self.assertEqual(self.complaints(), [])
        self.write("lib/protocol/batch.hpp", "#include <boost/asio/write.hpp>")
        self.assert_complains("<boost/asio/write.hpp> has no place in protocol/")

    def test_no_sockets_below_net(self):
        self.write("lib/command/bad.cpp", "#include <sys/socket.h>")
        self.write("lib/store/bad.cpp", "#include <boost/asio/ip/tcp.hpp>")
        self.assert_complains("store/bad.cpp:1", "command/bad.cpp:1")

    def test_the_log_library_stays_in_base(self):
        self.write("lib/server/server.cpp", '#include "server/server.hpp"',
                   "#include <spdlog/spdlog.h>")
        self.assert_complains("server.cpp:2: <spdlog/spdlog.h> has no place in server/")

    def test_includes_are_written_in_one_way(self):
        self.write("lib/store/bad.cpp", '#include "store.hpp"', "#include <store/store.hpp>",
                   '#include "store/absent.hpp"')
        self.assert_complains('must be written "folder/file.hpp"', "takes quotes", "does not exist")

    def test_its_own_header_comes_first(self):
        self.write("lib/store/store.cpp", "#include <vector>", '#include "store/store.hpp"')
        self.assert_complains('store.cpp:1: its own header "store/store.hpp" must come first')

    def test_a_header_is_read_once(self):
        (self.root / "lib/base/old.hpp").write_text("#ifndef OLD\n#define OLD\n#endif\n")
        self.assert_complains("lib/base/old.hpp:1: a header needs #pragma once")

    def test_a_new_folder_needs_a_place(self):
        self.write("lib/util/all.hpp")
        self.assert_complains("lib/util: this folder has no place among the layers")


if __name__ == "__main__":
    unittest.main()
