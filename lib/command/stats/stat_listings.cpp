// Each listing remembers the place where it goes on: an index, or a cursor of the store or the
// server. A walk over the store looks at a bounded number of items in each step, so that a shard is
// locked for a short time and other connections have turns in between.
//
// Invariant: a step writes whole lines only, and `booking_` books the memory that a listing keeps
// between steps.

#include "command/stats/stat_listings.hpp"

#include "protocol/percent_encoding.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace cocached::command {
namespace {

void write_connection(StatSink& sink, const ConnectionInfo& connection) {
  const auto add = [&](std::string_view field, std::string_view value) {
    sink.field(fmt::format("{}:{}", connection.descriptor, field), value);
  };
  if (connection.address.starts_with("udp")) add("UDP", "UDP");
  add("addr", connection.address);
  if (!connection.listen_address.empty()) add("listen_addr", connection.listen_address);
  if (!connection.listener_tag.empty()) add("listen_tag", connection.listener_tag);
  add("state", connection.state);
  add("secs_since_last_cmd",
      fmt::to_string(connection.since_last_command / std::chrono::seconds{1}));
}

}  // namespace

void FieldListing::book_rest() {
  if (booking_.bytes() > 0) return;
  std::size_t bytes = fields_.capacity() * sizeof(StatList::value_type);
  for (const auto& [name, value] : fields_) bytes += name.capacity() + value.capacity();
  booking_.add(bytes, base::MemoryUse::large);
}

Listing::Left FieldListing::write(StatSink& sink, Environment&, store::TimePoint) {
  constexpr std::size_t kAtOnce = 8;
  const auto end = std::min(next_ + kAtOnce, fields_.size());
  for (; next_ < end && sink.batch().has_room(); ++next_)
    sink.field(fields_[next_].first, fields_[next_].second);
  return next_ < fields_.size() ? Left::lines : Left::nothing;
}

Listing::Left ConnectionListing::write(StatSink& sink, Environment& environment, store::TimePoint) {
  constexpr std::size_t kAtOnce = 16;
  constexpr std::size_t kLongest = 1000;  // bytes of all fields of one connection
  const auto count = sink.batch().room_for(kAtOnce, kLongest);
  for (const auto& connection : environment.server.connections(cursor_, count))
    write_connection(sink, connection);
  return cursor_.over ? Left::nothing : Left::walk;
}

Listing::Left SizeListing::write(StatSink& sink, Environment& environment, store::TimePoint now) {
  if (!counted_) {
    counted_ = !count_some(environment, now);
    return Left::walk;
  }
  if (counts_.empty()) return Left::nothing;
  const auto first = counts_.begin();
  sink.field(fmt::to_string(first->first), fmt::to_string(first->second));
  counts_.erase(first);
  return counts_.empty() ? Left::nothing : Left::lines;
}

/// Counts the next items. Returns false if these were the last.
bool SizeListing::count_some(Environment& environment, store::TimePoint now) {
  constexpr std::size_t kStep = 32;
  constexpr std::size_t kAtOnce = 1000;
  constexpr std::size_t kEntry = 64;  // bytes of a node of the map
  const auto before = counts_.size();
  const bool more = environment.store.scan(cursor_, now, kAtOnce, [&](const store::ItemView& item) {
    ++counts_[(item.key.size() + item.value.size() + kStep - 1) / kStep * kStep];
  });
  booking_.add((counts_.size() - before) * kEntry, base::MemoryUse::large);
  return more;
}

bool ItemListing::is_full() const noexcept {
  constexpr std::size_t kMaxReply = std::size_t{2} << 20;
  return (limit_ != 0 && count_ >= limit_) || bytes_ >= kMaxReply;
}

Listing::Left ItemListing::write(StatSink& sink, Environment& environment, store::TimePoint now) {
  constexpr std::size_t kAtOnce = 32;
  constexpr std::size_t kLongest = 850;  // bytes, with a key whose every byte is written as %XX
  const auto& clock = environment.clock;
  const auto started = clock.wall_now() - clock.now().time_since_epoch();
  std::string page;
  const auto dump = [&](const store::ItemView& item) {
    if (is_full()) return;
    const auto expiry = item.deadline == store::kNever
                            ? store::Duration{}
                            : (started + item.deadline.time_since_epoch()).time_since_epoch();
    const auto before = page.size();
    fmt::format_to(std::back_inserter(page), "ITEM {} [{} b; {} s]\r\n",
                   protocol::key_as_word(item.key), item.value.size(),
                   expiry / std::chrono::seconds{1});
    ++count_;
    bytes_ += page.size() - before;
  };
  const bool more =
      environment.store.scan(cursor_, now, sink.batch().room_for(kAtOnce, kLongest), dump) &&
      !is_full();
  more ? sink.lines(page) : sink.last_lines(std::move(page));
  return more ? Left::walk : Left::nothing;
}

}  // namespace cocached::command
