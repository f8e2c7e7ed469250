#include "stress/filler.hpp"

#include "stress/ledger.hpp"
#include "stress/value.hpp"

#include <iterator>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::size_t kKeys = 200'000;
constexpr std::size_t kBurst = std::size_t{4} << 20;  // bytes

}  // namespace

Filler::Filler(unsigned number, std::uint64_t seed, Run& run)
    : Companion(fmt::format("filler {}", number), false, seed, run), number_(number) {
  add("small", 2, [this] { write_much(100); });
  add("medium", 8, [this] { write_much(std::size_t{16} << 10); });
  add("large", 1, [this] { write_much(std::size_t{1} << 20); });
  add("read again", 2, [this] { read_again(); });
  add("pause", 2, [this] { pause(300); });
}

std::string Filler::draw_key() {
  return fmt::format("fill{}", random_.below(kKeys));
}

/// Sets without replies, and a `mn` that says they are done. One that fails has removed what was
/// there, so that no reply is needed.
void Filler::write_much(std::size_t largest) {
  if (!link_) link_.emplace(connect(*make_text()));
  std::string requests;
  const auto out = std::back_inserter(requests);
  for (int sets = 0; sets < 1000 && requests.size() < kBurst; ++sets) {
    const auto key = draw_key();
    const auto version = ((kFirstUnorderedWriter + number_) << kWriterShift) | ++writes_;
    const auto value = make_value(key, version, random_.log_uniform(kValueHeader, largest));
    fmt::format_to(out, "set {} {} 0 {} noreply\r\n{}\r\n", key, flags_of(key, version),
                   value.size(), value);
  }
  requests += "mn\r\n";
  link_->send(requests);
  if (const auto line = link_->line(); line != "MN")
    throw Violation{fmt::format("after sets: '{}'", printable(line))};
}

/// Many keys in a get, most of which are missed.
void Filler::read_again() {
  const auto meta = make_meta();
  auto stream = connect(*meta);
  Group keys;
  for (int i = 0; i < 500; ++i) keys.push_back({.action = Action::get, .key = draw_key()});
  std::string request;
  meta->encode(keys, request);
  stream.send(request);
  Ledger shared{run_.target};
  const Sent sent{run_.target};
  meta->decode(keys, stream, [&](const Operation& operation, const Reply& reply) {
    shared.take(operation, reply, sent);
  });
}

}  // namespace cocached::stress
