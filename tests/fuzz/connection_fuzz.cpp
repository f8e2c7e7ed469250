// A whole connection over a stream in memory: bytes come and go in all ways, steps of its I/O fail,
// time goes by, the worker stops. It ends when it must, leaves nothing behind, and says nothing
// that a session would not have said.

#include "protocol/reply_texts.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/net/connection_fixture.hpp"
#include "tests/support/conversation.hpp"

#include <fuzzer/FuzzedDataProvider.h>

using namespace cocached;
using fuzz::demand;

namespace {

/// One connection, and what happens to it.
class Story {
 public:
  Story(FuzzedDataProvider& choices, const test::Setup& setup) : choices_(choices), rig_(setup) {}

  void tell() {
    rig_.start();
    while (choices_.remaining_bytes() > 0) happen();
    rig_.peer.read_up_to(std::numeric_limits<std::size_t>::max());
    rig_.turn();
    rig_.peer.reset();
    rig_.stop();
    rig_.table.close_all();
    rig_.turn();
    rig_.expect_gone();
  }

  const std::string& arrived() const { return arrived_; }
  const std::string& received() const { return rig_.peer.received(); }
  bool time_has_passed() const { return time_has_passed_; }

 private:
  void happen() {
    switch (choices_.ConsumeIntegralInRange(0, 12)) {
      case 0:
        return rig_.peer.read_up_to(amount()), rig_.turn();
      case 1:
        return rig_.peer.limit_reads_to(amount() + 1);
      case 2:
        return rig_.peer.fail(rig_.peer.steps() + amount() % 8, some_error());
      case 3:
        return pass_time();
      case 4:
        return rig_.stop();
      case 5:
        return rig_.peer.finish(), rig_.turn();
      case 6:
        return rig_.peer.reset(), rig_.turn();
      default:
        return bytes_arrive();
    }
  }

  void bytes_arrive() {
    const auto bytes = choices_.ConsumeRandomLengthString(5000);
    arrived_ += bytes;
    rig_.arrives(bytes);
  }
  void pass_time() {
    time_has_passed_ = true;
    rig_.pass(std::chrono::seconds{amount() % 100}, std::chrono::seconds{amount()});
  }
  std::size_t amount() { return choices_.ConsumeIntegralInRange<std::size_t>(0, 70'000); }
  net::error_code some_error() {
    using enum boost::asio::error::basic_errors;
    constexpr std::array kErrors{connection_reset, broken_pipe, would_block, operation_aborted};
    return choices_.PickValueInArray(kErrors);
  }

  FuzzedDataProvider& choices_;
  net::ConnectionRig rig_;
  std::string arrived_;
  bool time_has_passed_ = false;
};

/// Statistics tell connections from sessions.
bool depends_on_arrival(std::string_view replies) {
  return replies.find("STAT ") != std::string_view::npos ||
         replies.find("conn_yields") != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices{data, size};
  test::Setup setup;
  setup.policy.max_value_size = 100'000;
  setup.policy.requests_per_event = choices.ConsumeIntegralInRange(1U, 40U);
  Story story{choices, setup};
  story.tell();

  if (story.time_has_passed()) return 0;
  test::TestServer server{setup};
  test::Client client{server};
  const auto replies = client.send(story.arrived());
  if (depends_on_arrival(replies) || depends_on_arrival(story.received())) return 0;
  demand(replies.starts_with(story.received()), "a connection says what its session says");
  return 0;
}
