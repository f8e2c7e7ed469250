#include "tests/support/binary_packet.hpp"
#include "tests/support/conversation.hpp"

#include <list>

#include <fmt/format.h>
#include <gtest/gtest.h>

/// `watch`: who is shown what, in which words.
namespace cocached::command {
namespace {

using protocol::binary::Opcode;
using test::Client;
using test::Packet;
using test::TestServer;

constexpr const char* kStored = "STORED\r\n";

class WatchTest : public testing::Test {
 protected:
  explicit WatchTest(const test::Setup& setup = {}) : server_(setup) {}

  void watch(const std::string& topics) {
    EXPECT_EQ(watcher_.send("watch " + topics + "\r\n"), "OK\r\n");
  }

  /// Returns the events shown since the last call, without times and numbers.
  std::string shown() {
    std::string events;
    const auto lines = watcher_.send("");
    for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
      const auto type = lines.find("type=", at);
      if (type == std::string::npos) return events + lines.substr(at);
      events += lines.substr(type + 5, lines.find('\n', type) - type - 4);
    }
    return events;
  }

  /// Sends a request and returns the events that it causes.
  std::string shown_of(const std::string& request) {
    heard_ = client_.send(request);
    return shown();
  }

  TestServer server_;
  Client watcher_{server_};
  Client client_{server_};
  std::string heard_;
};

TEST_F(WatchTest, Fetches) {
  client_.send("set a 0 0 3\r\nabc\r\nset gone 0 -1 1\r\n1\r\n");
  watch("fetchers");
  EXPECT_EQ(shown_of("get a b\r\n"),
            "item_get key=a status=found clsid=1 cfd=-1 size=3\n"
            "item_get key=b status=not_found clsid=0 cfd=-1 size=0\n");
  const std::string found = "item_get key=a status=found clsid=1 cfd=-1 size=3\n";
  for (const char* request :
       {"gets a\r\n", "gat 0 a\r\n", "mg a v\r\n", "mg YQ== b v\r\n", "touch a 0\r\n"})
    EXPECT_EQ(shown_of(request), found) << request;
  EXPECT_EQ(shown_of("get gone\r\n"), "item_get key=gone status=expired clsid=0 cfd=-1 size=0\n");
  client_.send("flush_all\r\n");
  EXPECT_EQ(shown_of("get a\r\n"), "item_get key=a status=flushed clsid=0 cfd=-1 size=0\n");
  EXPECT_EQ(shown_of("mg viv N30\r\n"),
            "item_get key=viv status=not_found clsid=0 cfd=-1 size=0\n");
}

TEST_F(WatchTest, FetchesByBinaryRequests) {
  client_.send(Packet{.opcode = Opcode::noop}.request());
  watch("fetchers");
  EXPECT_EQ(shown_of(Packet{.opcode = Opcode::get, .key = "a"}.request()),
            "item_get key=a status=not_found clsid=0 cfd=-1 size=0\n");
}

TEST_F(WatchTest, FetchersAreWhatIsWatchedUnlessSaid) {
  EXPECT_EQ(watcher_.send("watch\r\n"), "OK\r\n");
  EXPECT_EQ(shown_of("get b\r\nset a 0 0 1\r\n1\r\ndelete a\r\n"),
            "item_get key=b status=not_found clsid=0 cfd=-1 size=0\n");
}

TEST_F(WatchTest, Mutations) {
  watch("mutations");
  const auto store = [](const char* key, const char* rest) {
    return std::string{"item_store key="} + key + " status=" + rest + "\n";
  };
  EXPECT_EQ(shown_of("set a 5 100 3\r\nabc\r\n"),
            store("a", "stored cmd=set ttl=100 clsid=1 cfd=-1 size=3"));
  EXPECT_EQ(shown_of("add a 0 0 1\r\n1\r\n"),
            store("a", "not_stored cmd=add ttl=0 clsid=1 cfd=-1 size=1"));
  EXPECT_EQ(shown_of("replace none 0 0 1\r\n1\r\n"),
            store("none", "not_stored cmd=replace ttl=0 clsid=1 cfd=-1 size=1"));
  EXPECT_EQ(shown_of("append a 0 0 2\r\nde\r\n"),
            store("a", "stored cmd=append ttl=100 clsid=1 cfd=-1 size=5"));
  EXPECT_EQ(shown_of("prepend a 0 0 2\r\nde\r\n"),
            store("a", "stored cmd=prepend ttl=100 clsid=1 cfd=-1 size=7"));
  EXPECT_EQ(shown_of("cas a 0 0 1 999\r\n1\r\n"),
            store("a", "exists cmd=cas ttl=0 clsid=1 cfd=-1 size=1"));
  EXPECT_EQ(shown_of("cas none 0 0 1 999\r\n1\r\n"),
            store("none", "not_found cmd=cas ttl=0 clsid=1 cfd=-1 size=1"));
  EXPECT_EQ(shown_of("ms YQ== 2 b T40\r\nhi\r\n"),
            store("a", "stored cmd=set ttl=40 clsid=1 cfd=-1 size=2"));
  EXPECT_EQ(shown_of("ma new N0 J77\r\n"),
            store("new", "stored cmd=add ttl=0 clsid=1 cfd=-1 size=2"));
  EXPECT_EQ(shown_of("ma new\r\nincr new 1\r\nincr none 1\r\nmg viv N30\r\n"), "");
}

TEST_F(WatchTest, MutationsByLargeValues) {
  watch("mutations");
  EXPECT_EQ(shown_of("set a 0 9 100000\r\n" + std::string(100'000, 'x') + "\r\n"),
            "item_store key=a status=stored cmd=set ttl=9 clsid=1 cfd=-1 size=100000\n");
  EXPECT_EQ(heard_, kStored);
  EXPECT_EQ(shown_of("set a 0 0 1048577\r\n"),
            "item_store key=a status=too_large cmd=set ttl=0 clsid=1 cfd=-1 size=1048577\n");
}

TEST_F(WatchTest, Deletions) {
  client_.send("set a 0 0 3\r\nabc\r\nset b 0 0 1\r\n1\r\nset c 0 0 1\r\n1\r\n");
  watch("deletions");
  EXPECT_EQ(shown_of("delete a\r\ndelete a\r\n"), "deleted key=a cmd=delete clsid=1 size=3\n");
  EXPECT_EQ(shown_of("md b I\r\nmd b C1234567\r\n"), "");
  EXPECT_EQ(shown_of("md b x\r\n"), "deleted key=b cmd=md clsid=1 size=0\n");
  EXPECT_EQ(shown_of("md c q\r\nmd c q\r\n"), "deleted key=c cmd=md clsid=1 size=1\n");
}

TEST_F(WatchTest, WatchingDoesNotCount) {
  client_.send("set a 0 0 3\r\nabc\r\n");
  watch("deletions");
  client_.send("delete a\r\n");
  EXPECT_EQ(server_.count(Count::get), 0U);
  EXPECT_EQ(server_.count(Count::get_hit), 0U);
}

TEST_F(WatchTest, KeysArePercentEncoded) {
  watch("fetchers");
  EXPECT_EQ(shown_of("get a%\x01\xff~\r\n"),
            "item_get key=a%25%01%FF~ status=not_found clsid=0 cfd=-1 size=0\n");
  EXPECT_EQ(shown_of("mg CiAK b\r\n"),  // a space between line ends
            "item_get key=%0A%20%0A status=not_found clsid=0 cfd=-1 size=0\n");
}

TEST_F(WatchTest, SeveralTopicsInAnyOrder) {
  watch("deletions rawcmds  mutations sysevents mutations");
  EXPECT_EQ(shown_of("get a\r\nset a 0 0 1\r\n1\r\ndelete a\r\n"),
            "item_store key=a status=stored cmd=set ttl=0 clsid=1 cfd=-1 size=1\n"
            "deleted key=a cmd=delete clsid=1 size=1\n");
}

TEST_F(WatchTest, WhatAWatcherSaysIsNotHeard) {
  watch("mutations");
  EXPECT_EQ(watcher_.send("version\r\nwatch fetchers\r\nset a 0 0 1\r\n1\r\nquit\r\n"), "");
  EXPECT_FALSE(watcher_.closed());
  EXPECT_EQ(client_.send("get a\r\n"), "END\r\n");
  EXPECT_NE(shown_of("set a 0 0 1\r\n1\r\n"), "");
}

TEST_F(WatchTest, WhatWasAskedForBeforeIsAnswered) {
  EXPECT_EQ(watcher_.send("get a\r\nwatch fetchers\r\nget a\r\n"), "END\r\nOK\r\n");
}

TEST_F(WatchTest, AWatcherIsWokenWhenItHasSeenAll) {
  watch("fetchers");
  client_.send("get a\r\nget b\r\n");
  EXPECT_EQ(watcher_.wakes(), 1U);
  EXPECT_NE(shown(), "");
  EXPECT_EQ(shown(), "");
  client_.send("get a\r\n");
  EXPECT_EQ(watcher_.wakes(), 2U);
}

TEST_F(WatchTest, MistakesAndLimits) {
  EXPECT_EQ(client_.send("watch fetchers bogus\r\n"), "ERROR\r\n");
  EXPECT_EQ(client_.send("watch noreply\r\n"), "ERROR\r\n");
  std::list<Client> watchers;
  for (std::size_t i = 0; i < Watchers::kMaxWatchers; ++i)
    EXPECT_EQ(watchers.emplace_back(server_).send("watch\r\n"), "OK\r\n");
  EXPECT_EQ(client_.send("watch\r\n"), "WATCHER_TOO_MANY log watcher limit reached\r\n");
  EXPECT_EQ(client_.send("mn\r\n"), "MN\r\n");
  watchers.pop_front();
  EXPECT_EQ(client_.send("watch\r\n"), "OK\r\n");
}

TEST(WatchPolicyTest, ItMayBeForbidden) {
  TestServer server{{.policy = {.watch_allowed = false}}};
  Client client{server};
  EXPECT_EQ(client.send("watch\r\nwatch bogus\r\nmn\r\n"),
            "CLIENT_ERROR watch commands not allowed\r\n"
            "CLIENT_ERROR watch commands not allowed\r\nMN\r\n");
}

class EvictionWatchTest : public WatchTest {
 protected:
  EvictionWatchTest()
      : WatchTest(test::Setup{.store = {.memory_limit = std::size_t{2} << 20, .threads = 1}}) {}
};

TEST_F(EvictionWatchTest, Evictions) {
  watch("evictions");
  std::string all;
  for (int i = 0; i < 2'000; ++i) {
    const auto expiry = i % 2 == 0 ? "0" : "1000";
    client_.send(fmt::format("set key{} 0 {} 2000\r\n{}\r\n", i, expiry, std::string(2'000, 'x')));
    all += shown();
  }
  EXPECT_TRUE(
      all.starts_with("eviction key=key0 fetch=no ttl=-1 la=0 clsid=1 size=2000\n"
                      "eviction key=key1 fetch=no ttl=1000 la=0 clsid=1 size=2000\n"))
      << all.substr(0, 200);
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(all, '\n'));
  EXPECT_EQ(lines, server_.store.stats().evictions);
}

}  // namespace
}  // namespace cocached::command
