#include "command/protocol_version.hpp"
#include "tests/support/conversation.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using test::Client;
using test::converse;
using test::Script;
using test::TestServer;

constexpr auto kNoBucket = "CLIENT_ERROR no BG data in managed mode\r\n";
constexpr auto kNotOwner = "ERROR_NOT_OWNER\r\n";
constexpr auto kRange = "CLIENT_ERROR bucket number out of range\r\n";
constexpr auto kFormat = "CLIENT_ERROR bad format\r\n";

/// A managed instance; each conversation disowns what it owned, for it is held more than once.
void converse_managed(const Script& script, test::Setup setup = {}) {
  ManagedBuckets buckets;
  setup.buckets = &buckets;
  converse(script, setup);
}

TEST(BucketTest, WhereNothingIsManaged) {
  constexpr auto kNot = "CLIENT_ERROR not a managed instance\r\n";
  converse({{"own 1:1\r\n", kNot},
            {"disown 1\r\n", kNot},
            {"bg 1:1\r\n", kNot},
            {"bg x\r\n", kNot},
            {"own\r\n", "ERROR\r\n"},
            {"set a 0 0 1\r\n1\r\n", "STORED\r\n"}});
}

TEST(BucketTest, AClaimIsGoodForOneCommand) {
  converse_managed({{"own 5:7\r\n", "OWNED\r\n"},
                    {"bg 5:7\r\n", ""},
                    {"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
                    {"get a\r\n", kNoBucket},
                    {"bg 5:7\r\nget a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"},
                    {"bg 5:7\r\nincr a 1\r\n", "2\r\n"},
                    {"bg 5:7\r\ndelete a\r\n", "DELETED\r\n"},
                    {"disown 5\r\n", "DISOWNED\r\n"}});
}

TEST(BucketTest, WithoutAClaimNothingWorksOnItems) {
  converse_managed({{"get a b\r\n", kNoBucket},
                    {"gets a\r\n", kNoBucket},
                    {"gat 0 a\r\n", kNoBucket},
                    {"set a 0 0 1\r\n1\r\n", kNoBucket},
                    {"cas a 0 0 1 1\r\n1\r\n", kNoBucket},
                    {"append a 0 0 1\r\n1\r\n", kNoBucket},
                    {"incr a 1\r\n", kNoBucket},
                    {"delete a\r\n", kNoBucket},
                    {"touch a 0\r\n", kNoBucket},
                    {"mg a v\r\n", kNoBucket},
                    {"ms a 1 q\r\n1\r\n", kNoBucket},
                    {"md a\r\n", kNoBucket},
                    {"ma a\r\n", kNoBucket},
                    {"version\r\nmn\r\n", std::string{kVersionLine} + "\r\nMN\r\n"},
                    {"delete a noreply\r\n", ""},
                    {"set a 0 0 1 noreply\r\n1\r\n", ""}});
}

TEST(BucketTest, AClaimOfAnotherGenerationIsRefused) {
  converse_managed(
      {{"own 5:7\r\n", "OWNED\r\n"},
       {"bg 5:6\r\nget a\r\n", kNotOwner},
       {"bg 6:7\r\nget a\r\n", kNotOwner},
       {"bg 5:8\r\nset a 0 0 5\r\nget a\r\n", kNotOwner},  // a value is none of our lines
       {"own 5:8\r\n", "OWNED\r\n"},
       {"bg 5:7\r\nget a\r\n", kNotOwner},
       {"bg 5:8\r\nget a\r\n", "END\r\n"},
       {"disown 5\r\n", "DISOWNED\r\n"},
       {"bg 5:8\r\nget a\r\n", kNotOwner}});
}

TEST(BucketTest, AnotherClaimTakesThePlaceOfTheFirst) {
  converse_managed({{"own 5:7\r\n", "OWNED\r\n"},
                    {"bg 5:6\r\nbg 5:7\r\nget a\r\n", "END\r\n"},
                    {"bg 5:7\r\nversion\r\nget a\r\n", std::string{kVersionLine} + "\r\nEND\r\n"},
                    {"disown 5\r\n", "DISOWNED\r\n"}});
}

TEST(BucketTest, BadOnes) {
  converse_managed({{"own 32768:1\r\n", kRange},
                    {"own -1:1\r\n", kRange},
                    {"own 99999999999999999999:1\r\n", kRange},
                    {"own 5\r\n", kFormat},
                    {"own 5:\r\n", kFormat},
                    {"own x:1\r\n", kFormat},
                    {"own :1\r\n", kFormat},
                    {"own 1:1 2\r\n", "ERROR\r\n"},
                    {"disown 32768\r\n", kRange},
                    {"disown -1\r\n", kRange},
                    {"disown x\r\n", kFormat},
                    {"disown\r\n", "ERROR\r\n"},
                    {"bg 5\r\n", kFormat},
                    {"bg x:y\r\n", kFormat},
                    {"bg 1:1 1\r\n", "ERROR\r\n"}});
}

TEST(BucketTest, ImpossibleClaimsAreIgnored) {
  converse_managed({{"bg 32768:1\r\nget a\r\n", kNoBucket},
                    {"bg -1:1\r\nget a\r\n", kNoBucket},
                    {"bg 1:0\r\nget a\r\n", kNoBucket},
                    {"bg 1:-1\r\nget a\r\n", kNoBucket},
                    {"bg 1:2147483648\r\nget a\r\n", kNoBucket},
                    {"own 1:0\r\n", "OWNED\r\n"},
                    {"own 0:2147483647\r\n", "OWNED\r\n"},
                    {"bg 0:2147483647\r\nget a\r\n", "END\r\n"},
                    {"own 32767:1\r\nbg 32767:1\r\nget a\r\n", "OWNED\r\nEND\r\n"},
                    {"disown 0\r\ndisown 32767\r\n", "DISOWNED\r\nDISOWNED\r\n"}});
}

TEST(BucketTest, ALargeValueNeedsAClaimToo) {
  const std::string value(100'000, 'v');
  const std::string set = "set a 0 0 100000\r\n" + value + "\r\n";
  converse_managed({{"own 5:7\r\n", "OWNED\r\n"},
                    {set, kNoBucket},
                    {"bg 5:6\r\n" + set, kNotOwner},
                    {"bg 5:7\r\n" + set, "STORED\r\n"},
                    {"bg 5:7\r\nget a\r\n", "VALUE a 0 100000\r\n" + value + "\r\nEND\r\n"},
                    {"bg 5:7\r\ndelete a\r\n", "DELETED\r\n"},
                    {"disown 5\r\n", "DISOWNED\r\n"}});
}

TEST(BucketTest, AListThatIsAnsweredInPiecesIsLetInOnce) {
  ManagedBuckets buckets;
  TestServer server{{.buckets = &buckets}};
  Client client{server};
  client.send("own 1:1\r\n");
  std::string keys;
  std::string values;
  for (int i = 0; i < 100; ++i) {
    const auto key = std::to_string(i);
    const std::string value(20'000, 'v');
    client.send("bg 1:1\r\nset " + key + " 0 0 20000\r\n" + value + "\r\n");
    keys += " " + key;
    values += "VALUE " + key + " 0 20000\r\n" + value + "\r\n";
  }
  EXPECT_EQ(client.send("bg 1:1\r\nget" + keys + "\r\nget 1\r\n"), values + "END\r\n" + kNoBucket);
  EXPECT_GT(client.full_batches(), 0U);
}

TEST(BucketTest, AManagedInstanceSpeaksTextAlone) {
  ManagedBuckets buckets;
  TestServer server{{.buckets = &buckets}};
  Client client{server};
  EXPECT_EQ(client.send("\x80"
                        "get\r\n"),
            "ERROR\r\n");
}

TEST(BucketTest, ThreadsOwnAndAsk) {
  ManagedBuckets buckets;
  {
    std::vector<std::jthread> threads;
    threads.reserve(2);
    for (int t = 0; t < 2; ++t)
      threads.emplace_back([&buckets] {
        for (std::uint32_t i = 1; i < 1000; ++i) {
          buckets.own({.bucket = 1, .generation = i});
          EXPECT_FALSE(buckets.owns({.bucket = 1, .generation = 1000}));
        }
      });
  }
  EXPECT_TRUE(buckets.owns({.bucket = 1, .generation = 999}));
}

}  // namespace
}  // namespace cocached::command
