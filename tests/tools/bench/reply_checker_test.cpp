#include "bench/reply_checker.hpp"

#include "bench/binary_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

constexpr std::int64_t kNow = 1000;

/// Feeds one reply stream to fresh checkers, cut in every way of two, and byte by byte.
class ReplyCheckerTest : public ::testing::Test {
 protected:
  using Expect = std::function<void(const Tally&)>;

  void check(Protocol protocol, const std::vector<Request>& requests, const std::string& replies,
             const Expect& expect) const {
    for (std::size_t cut = 0; cut < replies.size(); ++cut) {
      SCOPED_TRACE(fmt::format("cut at {}", cut));
      const std::string_view all = replies;
      expect(feed(protocol, requests, {all.substr(0, cut), all.substr(cut)}));
      if (HasFailure()) return;
    }
    std::vector<std::string_view> bytes;
    for (const char& byte : replies) bytes.emplace_back(&byte, 1);
    expect(feed(protocol, requests, bytes));
  }

  Tally feed(Protocol protocol, const std::vector<Request>& requests,
             const std::vector<std::string_view>& pieces) const {
    Tally tally;
    Outstanding outstanding(tally);
    for (const Request& request : requests) outstanding.add(request, 0);
    const auto checker = make_reply_checker(protocol, {data_, outstanding, true});
    for (const std::string_view piece : pieces) {
      if (!piece.empty()) checker->feed(piece, kNow);
    }
    EXPECT_TRUE(outstanding.empty());
    return tally;
  }

  void refuse(Protocol protocol, const std::vector<Request>& requests,
              const std::string& reply) const {
    EXPECT_THROW(feed(protocol, requests, {reply}), BadReply) << reply;
  }

  std::string value(std::uint64_t number) const {
    std::string out;
    data_.append_value(number, out);
    return out;
  }

  std::string text_value(std::uint64_t number) const {
    return fmt::format("VALUE k{:03} 0 20\r\n{}\r\n", number, value(number));
  }

  std::string meta_value(std::uint64_t number) const {
    return fmt::format("VA 20 kk{:03}\r\n{}\r\n", number, value(number));
  }

  static std::string packet(const binary::Head& head, std::string_view body = {}) {
    binary::Head reply = head;
    reply.magic = binary::kReplyMagic;
    reply.body_size = static_cast<std::uint32_t>(body.size());
    const auto bytes = binary::encode(reply);
    return std::string(bytes.data(), bytes.size()) + std::string(body);
  }

  static std::string binary_value(binary::Opcode opcode, std::uint32_t opaque,
                                  std::string_view value) {
    return packet({.opcode = opcode, .extras_size = 4, .opaque = opaque},
                  std::string(4, '\0').append(value));
  }

  const Dataset data_{100, 4, {20, 20}};
  const Request get_one_{Operation::get, {1}};
  const Request get_four_{Operation::get, {1, 2, 3, 4}};
  const Request set_one_{Operation::set, {1}};
};

void expect_hit_miss_and_set(const Tally& tally) {
  EXPECT_EQ(tally.requests, 3U);
  EXPECT_EQ(tally.operations, 3U);
  EXPECT_EQ(tally.hits, 1U);
  EXPECT_EQ(tally.misses, 1U);
  EXPECT_EQ(tally.stored, 1U);
  EXPECT_EQ(tally.wrong + tally.errors, 0U);
  EXPECT_EQ(tally.latency.quantile(0.5), std::uint64_t{kNow});
}

TEST_F(ReplyCheckerTest, HitMissAndSet) {
  const std::vector requests{get_one_, get_one_, set_one_};
  check(Protocol::text, requests, text_value(1) + "END\r\nEND\r\nSTORED\r\n",
        expect_hit_miss_and_set);
  check(Protocol::meta, requests, "VA 20\r\n" + value(1) + "\r\nEN\r\nHD\r\n",
        expect_hit_miss_and_set);
  check(Protocol::binary, requests,
        binary_value(binary::Opcode::get, 0, value(1)) +
            packet({.opcode = binary::Opcode::get, .status = binary::kNotFound}, "Not found") +
            packet({.opcode = binary::Opcode::set}),
        expect_hit_miss_and_set);
}

void expect_two_hits_in_each(const Tally& tally) {
  EXPECT_EQ(tally.requests, 2U);
  EXPECT_EQ(tally.operations, 8U);
  EXPECT_EQ(tally.hits, 4U);
  EXPECT_EQ(tally.misses, 4U);
  EXPECT_EQ(tally.wrong + tally.errors, 0U);
}

TEST_F(ReplyCheckerTest, MultigetWithHoles) {
  const std::vector requests{get_four_, get_four_};
  check(Protocol::text, requests,
        text_value(1) + text_value(3) + "END\r\n" + text_value(2) + text_value(4) + "END\r\n",
        expect_two_hits_in_each);
  check(Protocol::meta, requests,
        meta_value(1) + meta_value(3) + "MN\r\n" + meta_value(2) + meta_value(4) + "MN\r\n",
        expect_two_hits_in_each);
  const auto quiet = [this](std::uint32_t index) {
    return binary_value(binary::Opcode::get_quietly, index, value(index + 1));
  };
  const std::string noop = packet({.opcode = binary::Opcode::noop});
  check(Protocol::binary, requests, quiet(0) + quiet(2) + noop + quiet(1) + quiet(3) + noop,
        expect_two_hits_in_each);
}

void expect_wrong(const Tally& tally) {
  EXPECT_EQ(tally.requests, 1U);
  EXPECT_EQ(tally.hits, 1U);
  EXPECT_EQ(tally.wrong, 1U);
}

TEST_F(ReplyCheckerTest, WrongValue) {
  std::string changed = value(1);
  changed.back() = static_cast<char>(changed.back() ^ 1);
  const std::string cut = value(1).substr(0, 19);
  for (const std::string& wrong : {changed, cut, value(1) + "x", value(2), std::string()}) {
    check(Protocol::text, {get_one_},
          fmt::format("VALUE k001 0 {}\r\n{}\r\nEND\r\n", wrong.size(), wrong), expect_wrong);
    check(Protocol::meta, {get_one_}, fmt::format("VA {}\r\n{}\r\n", wrong.size(), wrong),
          expect_wrong);
    check(Protocol::binary, {get_one_}, binary_value(binary::Opcode::get, 0, wrong), expect_wrong);
  }
}

TEST_F(ReplyCheckerTest, WrongFlags) {
  check(Protocol::text, {get_one_}, "VALUE k001 5 20\r\n" + value(1) + "\r\nEND\r\n", expect_wrong);
  const std::string flags("\0\0\0\5", 4);
  check(Protocol::binary, {get_one_},
        packet({.opcode = binary::Opcode::get, .extras_size = 4}, flags + value(1)), expect_wrong);
}

TEST_F(ReplyCheckerTest, WithoutVerifyingAnyValueIsRight) {
  Tally tally;
  Outstanding outstanding(tally);
  outstanding.add(get_one_, 0);
  make_reply_checker(Protocol::meta, {data_, outstanding, false})->feed("VA 1\r\nx\r\n", kNow);
  EXPECT_EQ(tally.hits, 1U);
  EXPECT_EQ(tally.wrong, 0U);
}

TEST_F(ReplyCheckerTest, ErrorsAreCountedAndTheFirstIsKept) {
  const auto expect = [](const Tally& tally) {
    EXPECT_EQ(tally.requests, 3U);
    EXPECT_EQ(tally.operations, 6U);
    EXPECT_EQ(tally.errors, 3U);
    EXPECT_EQ(tally.hits + tally.misses + tally.stored, 0U);
    EXPECT_THAT(tally.first_error, ::testing::HasSubstr("emory"));
  };
  const std::string out_of_memory = "SERVER_ERROR out of memory storing object\r\n";
  check(Protocol::text, {set_one_, get_four_, get_one_},
        out_of_memory + "CLIENT_ERROR line too long\r\nERROR\r\n", expect);
  const std::string full = packet({.opcode = binary::Opcode::set, .status = 0x82}, "Out of memory");
  check(Protocol::binary, {set_one_, get_four_, get_one_},
        full + packet({.opcode = binary::Opcode::noop, .status = 0x81}) +
            packet({.opcode = binary::Opcode::get, .status = 0x04}, "Invalid arguments"),
        expect);
}

TEST_F(ReplyCheckerTest, ASetThatIsNotStoredIsAnError) {
  const auto expect = [](const Tally& tally) { EXPECT_EQ(tally.errors, 1U); };
  check(Protocol::text, {set_one_}, "NOT_STORED\r\n", expect);
  check(Protocol::meta, {set_one_}, "NS\r\n", expect);
}

TEST_F(ReplyCheckerTest, AnErrorOfOneQuietGetDoesNotEndTheOthers) {
  const auto expect = [](const Tally& tally) {
    EXPECT_EQ(tally.requests, 1U);
    EXPECT_EQ(tally.errors, 1U);
    EXPECT_EQ(tally.hits, 1U);
  };
  check(Protocol::meta, {get_four_}, "SERVER_ERROR busy\r\n" + meta_value(2) + "MN\r\n", expect);
  check(Protocol::binary, {get_four_},
        packet({.opcode = binary::Opcode::get_quietly, .status = 0x82}, "Out of memory") +
            binary_value(binary::Opcode::get_quietly, 1, value(2)) +
            packet({.opcode = binary::Opcode::noop}),
        expect);
}

TEST_F(ReplyCheckerTest, RefusesRepliesToNoRequest) {
  refuse(Protocol::text, {}, "END\r\n");
  refuse(Protocol::meta, {get_one_}, "EN\r\nEN\r\n");
  refuse(Protocol::binary, {}, packet({.opcode = binary::Opcode::set}));
}

TEST_F(ReplyCheckerTest, RefusesLinesThatAreNoAnswer) {
  for (const char* line : {"STORED\r\n", "VALUE k002 0 20\r\n", "VALUE k001 0 x\r\n", "END\n",
                           "VALUE k001\r\n", "\r\n", "HD\r\n"}) {
    refuse(Protocol::text, {get_one_}, line);
  }
  for (const char* line : {"HD\r\n", "VA\r\n", "VA x\r\n", "END\r\n", "MN\r\n"}) {
    refuse(Protocol::meta, {get_one_}, line);
  }
  refuse(Protocol::meta, {get_four_}, "VA 20\r\n");
  refuse(Protocol::text, {set_one_}, "END\r\n");
  refuse(Protocol::text, {get_one_}, std::string(5000, 'x'));
}

TEST_F(ReplyCheckerTest, RefusesAValueWithoutItsEnd) {
  refuse(Protocol::text, {get_one_}, "VALUE k001 0 20\r\n" + value(1) + "END\r\n");
  refuse(Protocol::meta, {get_one_}, "VA 20\r\n" + value(1) + "\rX");
}

TEST_F(ReplyCheckerTest, RefusesPacketsThatAreNoAnswer) {
  using binary::Opcode;
  refuse(Protocol::binary, {get_one_}, packet({.opcode = Opcode::set}));
  refuse(Protocol::binary, {get_one_}, packet({.opcode = Opcode::noop}));
  refuse(Protocol::binary, {get_one_}, packet({.opcode = Opcode::get}));  // no flags
  refuse(Protocol::binary, {get_one_}, binary_value(Opcode::get, 1, value(1)));
  refuse(Protocol::binary, {set_one_}, packet({.opcode = Opcode::set}, "body"));
  refuse(Protocol::binary, {get_one_}, std::string(24, 'x'));
}

}  // namespace
}  // namespace cocached::bench
