#include "tests/support/binary_packet.hpp"
#include "tests/support/conversation.hpp"

#include <gtest/gtest.h>

/// Conversations in the binary protocol.
namespace cocached::command {
namespace {

namespace binary = protocol::binary;
using binary::Opcode;
using test::big_endian;
using test::converse;
using test::Ending;
using test::Packet;

std::string store(Opcode opcode, std::string_view key, std::string_view value,
                  std::uint64_t cas = 0, std::uint32_t flags = 0) {
  return Packet{.opcode = opcode,
                .extras = big_endian(flags) + big_endian(std::uint32_t{0}),
                .key = std::string{key},
                .value = std::string{value},
                .opaque = 7,
                .cas = cas}
      .request();
}

std::string ask(Opcode opcode, std::string_view key = "", std::string extras = "") {
  return Packet{.opcode = opcode, .extras = std::move(extras), .key = std::string{key}, .opaque = 7}
      .request();
}

/// Success without a body.
std::string done(Opcode opcode, std::uint64_t cas = 0) {
  return Packet{.opcode = opcode, .opaque = 7, .cas = cas}.reply();
}

std::string found(Opcode opcode, std::string_view value, std::uint64_t cas, std::uint32_t flags = 0,
                  std::string_view key = "") {
  return Packet{.opcode = opcode,
                .extras = big_endian(flags),
                .key = std::string{key},
                .value = std::string{value},
                .opaque = 7,
                .cas = cas}
      .reply();
}

std::string number(Opcode opcode, std::uint64_t value, std::uint64_t cas) {
  return Packet{.opcode = opcode, .value = big_endian(value), .opaque = 7, .cas = cas}.reply();
}

std::string failed(Opcode opcode, std::uint16_t status, std::string_view words) {
  return Packet{.opcode = opcode, .value = std::string{words}, .opaque = 7, .status = status}
      .reply();
}

std::string counting(std::uint64_t delta, std::uint64_t initial, std::uint32_t expiry = 0) {
  return big_endian(delta) + big_endian(initial) + big_endian(expiry);
}

TEST(BinaryTest, StoringAndReading) {
  converse({{ask(Opcode::get, "a"), failed(Opcode::get, 0x01, "Not found")},
            {store(Opcode::set, "a", "abc", 0, 5), done(Opcode::set, 1)},
            {ask(Opcode::get, "a"), found(Opcode::get, "abc", 1, 5)},
            {ask(Opcode::get_key, "a"), found(Opcode::get_key, "abc", 1, 5, "a")},
            {store(Opcode::add, "a", "x"), failed(Opcode::add, 0x02, "Data exists for key.")},
            {store(Opcode::replace, "b", "x"), failed(Opcode::replace, 0x01, "Not found")},
            {store(Opcode::set, "a", "x", 99), failed(Opcode::set, 0x02, "Data exists for key.")},
            {store(Opcode::set, "a", "x", 1), done(Opcode::set, 2)},
            {ask(Opcode::remove, "a"), done(Opcode::remove)},
            {ask(Opcode::remove, "a"), failed(Opcode::remove, 0x01, "Not found")}});
}

TEST(BinaryTest, Concatenation) {
  const auto join = [](Opcode opcode, std::string_view value) {
    return Packet{.opcode = opcode, .key = "a", .value = std::string{value}, .opaque = 7}.request();
  };
  converse({{join(Opcode::append, "x"), failed(Opcode::append, 0x05, "Not stored.")},
            {store(Opcode::set, "a", "b"), done(Opcode::set, 1)},
            {join(Opcode::append, "c"), done(Opcode::append, 2)},
            {join(Opcode::prepend, "a"), done(Opcode::prepend, 3)},
            {ask(Opcode::get, "a"), found(Opcode::get, "abc", 3)}});
}

TEST(BinaryTest, Arithmetic) {
  constexpr auto kDoNotCreate = std::uint32_t{0xffffffff};
  constexpr auto kNotNumeric = "Non-numeric server-side value for incr or decr";
  converse({{ask(Opcode::increment, "n", counting(1, 10, kDoNotCreate)),
             failed(Opcode::increment, 0x01, "Not found")},
            {ask(Opcode::increment, "n", counting(1, 10)), number(Opcode::increment, 10, 1)},
            {ask(Opcode::increment, "n", counting(5, 10)), number(Opcode::increment, 15, 2)},
            {ask(Opcode::decrement, "n", counting(20, 0)), number(Opcode::decrement, 0, 3)},
            {store(Opcode::set, "n", "x"), done(Opcode::set, 4)},
            {ask(Opcode::increment, "n", counting(1, 1)),
             failed(Opcode::increment, 0x06, kNotNumeric)}});
}

TEST(BinaryTest, QuietRequestsHideTheCommonCase) {
  converse({{ask(Opcode::get_quiet, "a"), ""},
            {ask(Opcode::get_key_quiet, "a"), ""},
            {store(Opcode::set_quiet, "a", "1"), ""},
            {store(Opcode::add_quiet, "a", "2"),
             failed(Opcode::add_quiet, 0x02, "Data exists for key.")},
            {ask(Opcode::get_quiet, "a"), found(Opcode::get_quiet, "1", 1)},
            {ask(Opcode::increment_quiet, "a", counting(1, 0)), ""},
            {ask(Opcode::remove_quiet, "a"), ""},
            {ask(Opcode::remove_quiet, "a"), failed(Opcode::remove_quiet, 0x01, "Not found")},
            {ask(Opcode::flush_quiet), ""},
            {ask(Opcode::noop), done(Opcode::noop)}});
}

TEST(BinaryTest, Touch) {
  const auto soon = big_endian(std::uint32_t{100});
  converse({{ask(Opcode::touch, "a", soon), failed(Opcode::touch, 0x01, "Not found")},
            {store(Opcode::set, "a", "1", 0, 5), done(Opcode::set, 1)},
            {ask(Opcode::touch, "a", soon), found(Opcode::touch, "", 1, 5)},
            {ask(Opcode::get_and_touch, "a", soon), found(Opcode::get_and_touch, "1", 1, 5)},
            {ask(Opcode::get_and_touch_key, "a", soon),
             found(Opcode::get_and_touch_key, "1", 1, 5, "a")},
            {ask(Opcode::get_and_touch_quiet, "b", soon), ""}});
}

TEST(BinaryTest, TouchIsNoGet) {
  test::TestServer server;
  test::Client client{server};
  const auto soon = big_endian(std::uint32_t{100});
  client.send(store(Opcode::set, "a", "1"));
  client.send(ask(Opcode::touch, "a", soon) + ask(Opcode::touch, "b", soon));
  EXPECT_EQ(server.count(Count::touch), 2U);
  EXPECT_EQ(server.count(Count::touch_hit), 1U);
  EXPECT_EQ(server.count(Count::touch_miss), 1U);
  EXPECT_EQ(server.count(Count::get_hit), 0U);
}

/// 4000000000 is a time in 2096, and -1 arrives as 2^32 - 1.
TEST(BinaryTest, ExpiryTimesAreUnsignedButForTheLastMonth) {
  const auto lives = [](std::uint32_t expiry) {
    const auto set = Packet{.opcode = Opcode::set,
                            .extras = big_endian(std::uint32_t{0}) + big_endian(expiry),
                            .key = "a",
                            .value = "1",
                            .opaque = 7};
    test::TestServer server;
    test::Client client{server};
    client.send(set.request());
    return client.send(ask(Opcode::get, "a")) == found(Opcode::get, "1", 1);
  };
  EXPECT_TRUE(lives(2'200'000'000));
  EXPECT_TRUE(lives(4'000'000'000));
  EXPECT_FALSE(lives(static_cast<std::uint32_t>(-2'592'000)));
  EXPECT_FALSE(lives(static_cast<std::uint32_t>(-1)));
  const auto far = big_endian(std::uint32_t{4'000'000'000});
  converse({{store(Opcode::set, "a", "1"), done(Opcode::set, 1)},
            {ask(Opcode::touch, "a", far), found(Opcode::touch, "", 1)},
            {ask(Opcode::get_and_touch, "a", far), found(Opcode::get_and_touch, "1", 1)},
            {ask(Opcode::increment, "n", counting(1, 5, 4'000'000'000)),
             number(Opcode::increment, 5, 2)},
            {ask(Opcode::increment, "n", counting(1, 5)), number(Opcode::increment, 6, 3)},
            {ask(Opcode::get, "a"), found(Opcode::get, "1", 1)}});
}

/// memcached counts neither a hit nor a miss where the item exists with another CAS.
TEST(BinaryTest, ADeleteWithAStaleCasCountsNoMiss) {
  test::TestServer server;
  test::Client client{server};
  client.send(store(Opcode::set, "a", "1"));
  client.send(Packet{.opcode = Opcode::remove, .key = "a", .opaque = 7, .cas = 99}.request());
  EXPECT_EQ(server.count(Count::delete_miss), 0U);
  client.send(ask(Opcode::remove, "b"));
  EXPECT_EQ(server.count(Count::delete_miss), 1U);
}

TEST(BinaryTest, KeysAndValuesMayHoldAnything) {
  using namespace std::string_literals;
  const auto key = "a b\r\n\0\x80"s;
  converse({{store(Opcode::set, key, key), done(Opcode::set, 1)},
            {ask(Opcode::get_key, key), found(Opcode::get_key, key, 1, 0, key)}});
}

TEST(BinaryTest, LargeValues) {
  const std::string value(40'000, 'v');
  converse({{store(Opcode::set, "a", value), done(Opcode::set, 1)},
            {store(Opcode::add, "a", value), failed(Opcode::add, 0x02, "Data exists for key.")},
            {store(Opcode::set_quiet, "b", value), ""},
            {ask(Opcode::get, "b"), found(Opcode::get, value, 2)}});
}

TEST(BinaryTest, ValuesThatAreTooLargeAreSwallowed) {
  test::Setup setup;
  setup.policy.max_value_size = 1000;
  const std::string value(20'000, '\x80');
  converse({{store(Opcode::set, "a", value), failed(Opcode::set, 0x03, "Too large.")},
            {ask(Opcode::noop), done(Opcode::noop)}},
           setup);
}

TEST(BinaryTest, AnUnknownRequestIsSkippedInStep) {
  const auto unknown = static_cast<Opcode>(0x7e);
  converse({{ask(unknown, "key", "extras"), failed(unknown, 0x81, "Unknown command")},
            {ask(Opcode::noop), done(Opcode::noop)}});
}

TEST(BinaryTest, WhatCannotBeEndsTheConversation) {
  const auto after_noop = [](const std::string& request, const std::string& reply) {
    converse({{ask(Opcode::noop), done(Opcode::noop)}, {request, reply}}, {}, Ending::hangs_up);
  };
  auto bad_magic = ask(Opcode::noop);
  bad_magic[0] = 'x';
  after_noop(bad_magic, failed(Opcode::noop, 0x04, "Invalid arguments"));

  auto body_too_short = ask(Opcode::noop);
  body_too_short[3] = 1;
  after_noop(body_too_short, failed(Opcode::noop, 0x04, "Invalid arguments"));

  auto key_missing = ask(Opcode::get);
  after_noop(key_missing, failed(Opcode::get, 0x04, "Invalid arguments"));
}

TEST(BinaryTest, QuitSaysGoodbye) {
  converse({{ask(Opcode::quit), done(Opcode::quit)}, {ask(Opcode::noop), ""}}, {},
           Ending::hangs_up);
  converse({{ask(Opcode::quit_quiet), ""}, {ask(Opcode::noop), ""}}, {}, Ending::hangs_up);
}

TEST(BinaryTest, VersionAndStats) {
  converse(
      {{ask(Opcode::version),
        Packet{.opcode = Opcode::version, .value = "1.6.45", .opaque = 7}.reply()},
       {ask(Opcode::stat, "settings"),
        Packet{.opcode = Opcode::stat, .key = "maxconns", .value = "1024", .opaque = 7}.reply() +
            done(Opcode::stat)}});
}

TEST(BinaryTest, TheFirstByteDecidesUnlessTheOperatorDid) {
  const auto with = [](Protocols protocols) {
    test::Setup setup;
    setup.protocols = protocols;
    return setup;
  };
  converse({{ask(Opcode::noop), done(Opcode::noop)}}, with(Protocols::binary));
  converse({{"mn\r\n", "MN\r\n"}}, with(Protocols::text));
  converse({{"\x80noop\r\n", "ERROR\r\n"}, {"mn\r\n", "MN\r\n"}}, with(Protocols::text));
}

}  // namespace
}  // namespace cocached::command
