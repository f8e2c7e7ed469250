// A whole session over its input buffer: what it answers, and whether it ends, does not depend on
// how the bytes arrive.

#include "protocol/reply_texts.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/conversation.hpp"

#include <fuzzer/FuzzedDataProvider.h>

using namespace cocached;
using command::Protocols;
using fuzz::demand;

namespace {

/// Small, so that short inputs meet the limit.
constexpr std::size_t kMaxValue = 4096;

struct Arrival {
  std::size_t cut = 0;    ///< the first piece
  std::size_t piece = 0;  ///< all others, in bytes
  unsigned requests_per_event = 20;
};

struct Outcome {
  std::string replies;
  bool closed = false;
};

Outcome hold(std::string_view input, const Arrival& arrival, Protocols protocols, bool managed) {
  command::ManagedBuckets buckets;
  test::Setup setup;
  if (managed) setup.buckets = &buckets;
  setup.protocols = protocols;
  setup.policy.max_value_size = kMaxValue;
  setup.policy.requests_per_event = arrival.requests_per_event;
  test::TestServer server{setup};
  test::Client client{server};
  Outcome outcome;
  outcome.replies = client.send(input.substr(0, arrival.cut));
  for (auto at = std::min(arrival.cut, input.size()); at < input.size(); at += arrival.piece)
    outcome.replies += client.send(input.substr(at, arrival.piece));
  outcome.closed = client.closed();
  return outcome;
}

/// Some statistics count how often others had a turn.
bool depends_on_arrival(std::string_view replies) {
  return replies.find("conn_yields") != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices{data, size};
  constexpr Protocols kProtocols[] = {Protocols::any, Protocols::text, Protocols::binary};
  const auto protocols = choices.PickValueInArray(kProtocols);
  Arrival arrival;
  arrival.requests_per_event = choices.ConsumeIntegralInRange(1U, 40U);
  arrival.piece = choices.ConsumeIntegralInRange<std::size_t>(1, 300);
  arrival.cut = choices.ConsumeIntegralInRange<std::size_t>(0, size);
  const bool managed = choices.ConsumeIntegralInRange(0, 3) == 0;
  const auto input = choices.ConsumeRemainingBytesAsString();

  const auto whole = hold(input, {.cut = input.size(), .piece = 1}, protocols, managed);
  const auto pieces = hold(input, arrival, protocols, managed);
  if (depends_on_arrival(whole.replies) || depends_on_arrival(pieces.replies)) return 0;
  demand(whole.closed == pieces.closed, "a session ends however its input arrives");
  demand(whole.replies == pieces.replies, "replies do not depend on how the input arrives");
  return 0;
}
