#pragma once

#include "command/session/session.hpp"
#include "tests/support/fake_gatekeeper.hpp"
#include "tests/support/test_server.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::test {

/// A client of a session and the connection between both: takes the session's next steps as the
/// connection's coroutine does, with bytes that come from the test.
class Client {
 public:
  explicit Client(command::Environment& environment,
                  command::Protocols protocols = command::Protocols::any,
                  base::MemoryLedger& ledger = base::MemoryLedger::unlimited())
      : pool_(ledger), session_(environment, protocols) {}
  explicit Client(TestServer& server)
      : Client(server.environment, server.protocols, server.ledger) {}

  /// Lets `bytes` arrive in one piece. Returns the replies.
  std::string send(std::string_view bytes) {
    std::string replies;
    session_.begin_turn();  // the connection has waited for the client
    while (!closed_) {
      const auto need = session_.answer(input_, batch_);
      replies += take_replies();
      full_batches_ += std::holds_alternative<command::BatchFull>(need);
      yields_ += std::holds_alternative<command::Yield>(need);
      closed_ = std::holds_alternative<command::CloseConnection>(need);
      if (const auto* asked = std::get_if<command::Admission>(&need))
        session_.decide(FakeGatekeeper::knows(*asked->who), batch_);
      if (const auto* watch = std::get_if<command::StartWatching>(&need))
        session_.watch(watch->topics, [this] { ++wakes_; }, batch_);
      if (!waits(need)) continue;
      if (bytes.empty()) break;
      bytes.remove_prefix(receive(need, bytes));
    }
    return replies;
  }

  /// Returns how often `wake` was called.
  std::size_t wakes() const { return wakes_; }

  bool closed() const { return closed_; }
  bool idle() const { return session_.is_idle() && input_.empty() && batch_.empty(); }
  std::size_t full_batches() const { return full_batches_; }
  std::size_t yields() const { return yields_; }

 private:
  static bool waits(const command::NextStep& need) {
    return std::holds_alternative<command::MoreInput>(need) ||
           std::holds_alternative<command::MoreValue>(need);
  }

  /// Receives once: into a value first, and the bytes behind it into the input.
  std::size_t receive(const command::NextStep& need, std::string_view bytes) {
    const auto* wanted = std::get_if<command::MoreValue>(&need);
    const auto value = wanted ? wanted->into : std::span<char>{};
    const auto space = input_.prepare();
    const auto of_value = std::min(value.size(), bytes.size());
    const auto of_input = std::min(space.size(), bytes.size() - of_value);
    std::ranges::copy(bytes.substr(0, of_value), value.begin());
    std::ranges::copy(bytes.substr(of_value, of_input), space.begin());
    if (of_value > 0) session_.value_arrived(of_value);
    input_.commit(of_input);
    closed_ = of_value + of_input == 0;
    EXPECT_FALSE(closed_) << "the session waits for bytes and leaves them no room";
    return of_value + of_input;
  }

  /// Takes the owed replies in writes of odd sizes.
  std::string take_replies() {
    constexpr std::size_t kAsioBuffers = 64;
    constexpr std::size_t kWrite = 100'003;
    std::string replies;
    while (!batch_.empty()) {
      std::string owed;
      EXPECT_LE(batch_.replies.pieces().size(), kAsioBuffers);
      for (const auto& piece : batch_.replies.pieces())
        owed.append(static_cast<const char*>(piece.data()), piece.size());
      owed.resize(std::min(owed.size(), kWrite));
      batch_.replies.sent(owed.size());
      replies += owed;
    }
    batch_.clear();
    return replies;
  }

  base::BlockPool pool_;
  protocol::InputBuffer input_{pool_};
  command::Batch batch_{pool_};
  command::Session session_;
  std::size_t full_batches_ = 0;
  std::size_t yields_ = 0;
  std::size_t wakes_ = 0;
  bool closed_ = false;
};

/// The reply to a malformed line.
inline constexpr const char* kMalformed = "CLIENT_ERROR bad command line format\r\n";

/// The bytes that a client sends, and the reply that it must get.
struct Exchange {
  std::string says;
  std::string hears;
};
using Script = std::vector<Exchange>;

enum class Ending : std::uint8_t { stays_open, hangs_up };

inline Exchange joined(const Script& script) {
  Exchange all;
  for (const auto& [says, hears] : script) {
    all.says += says;
    all.hears += hears;
  }
  return all;
}

/// Returns the places at which to cut a conversation in two: all of them if it is short; for a long
/// one those near its ends and odd ones in between.
inline std::vector<std::size_t> cuts_of(std::size_t size) {
  constexpr std::size_t kNear = 300;
  constexpr std::size_t kStep = 997;
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 0; cut <= size; ++cut)
    if (cut < kNear || cut + kNear > size || cut % kStep == 0) cuts.push_back(cut);
  return cuts;
}

/// Expects that a new server gives a new client the replies of `all`, if the requests come in these
/// pieces.
inline bool answers(const Setup& setup, const Exchange& all, Ending ending, std::size_t cut,
                    std::size_t piece_size) {
  TestServer server{setup};
  Client client{server};
  std::string heard = client.send(std::string_view{all.says}.substr(0, cut));
  for (std::size_t at = cut; at < all.says.size(); at += piece_size)
    heard += client.send(std::string_view{all.says}.substr(at, piece_size));
  EXPECT_EQ(heard, all.hears) << "cut at " << cut << ", then in pieces of " << piece_size;
  EXPECT_EQ(client.closed(), ending == Ending::hangs_up) << "cut at " << cut;
  return heard == all.hears;
}

/// Holds the conversation in every way it can arrive: one exchange after the other, all at once, in
/// two parts cut at every place, byte by byte, and with requests answered one at a time.
inline void converse(const Script& script, Setup setup = {}, Ending ending = Ending::stays_open) {
  {
    TestServer server{setup};
    Client client{server};
    for (const auto& [says, hears] : script) ASSERT_EQ(client.send(says), hears) << says;
    EXPECT_EQ(client.closed(), ending == Ending::hangs_up);
    EXPECT_TRUE(client.closed() || client.idle());
  }
  const auto all = joined(script);
  const auto size = all.says.size();
  for (const auto cut : cuts_of(size))
    if (!answers(setup, all, ending, cut, std::max<std::size_t>(size, 1))) return;
  answers(setup, all, ending, 0, 1);
  setup.policy.requests_per_event = 1;
  answers(setup, all, ending, 0, std::max<std::size_t>(size, 1));
}

}  // namespace cocached::test
