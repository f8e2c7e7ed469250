// Both listings walk over the namespaces with a cursor, kNamespacesAtOnce a step, so that the store
// holds its lock for a short time.
//
// Invariants: PrefixListing keeps nothing between steps. NamespaceListing sends no line before the
// walk has ended; during the walk `largest_` holds at least the kListed largest namespaces seen,
// and fewer than 2 * kListed after each step. `booking_` books the memory of `largest_`.

#include "command/stats/namespace_stats.hpp"

#include "protocol/percent_encoding.hpp"
#include "protocol/reply_texts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace cocached::command {
namespace {

using store::NamespaceStats;

constexpr std::size_t kNamespacesAtOnce = 32;

/// Writes the fields of one namespace, each name with `prefix` before it.
void write_fields(StatSink& sink, std::string_view prefix, const NamespaceStats& space) {
  const auto add = [&](std::string_view field, const auto& value) {
    sink.field(fmt::format("{}{}", prefix, field), fmt::format("{}", value));
  };
  add("generation", space.generation);
  add("quota", space.quota);
  add("items", space.items);
  add("bytes", space.bytes);
  add("counted", space.complete ? "yes" : "no");
  add("cmd_get", space.gets);
  add("get_hits", space.hits);
  add("get_misses", space.gets - space.hits);
  add("cmd_set", space.sets);
  add("cmd_delete", space.deletes);
  add("evictions", space.evictions);
}

bool is_larger(const NamespaceStats& a, const NamespaceStats& b) noexcept {
  return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
}

}  // namespace

Listing::Left PrefixListing::write(StatSink& sink, Environment& environment, store::TimePoint) {
  std::vector<NamespaceStats> page;
  const bool more =
      environment.store.visit_namespaces(cursor_, kNamespacesAtOnce, [&](NamespaceStats space) {
        if (space.gets + space.sets + space.deletes > 0) page.push_back(std::move(space));
      });
  std::ranges::sort(page, {}, &NamespaceStats::name);
  std::string lines;
  for (const auto& space : page)
    fmt::format_to(std::back_inserter(lines), "PREFIX {} get {} hit {} set {} del {}\r\n",
                   protocol::key_as_word(space.name), space.gets, space.hits, space.sets,
                   space.deletes);
  more ? sink.lines(lines) : sink.last_lines(std::move(lines));
  return more ? Left::walk : Left::nothing;
}

Listing::Left NamespaceListing::write(StatSink& sink, Environment& environment, store::TimePoint) {
  if (!seen_all_) {
    seen_all_ = !look_at_some(environment.store);
    if (!seen_all_) return Left::walk;
    keep_largest();
    sink.field("namespaces", fmt::to_string(count_));
    return largest_.empty() ? Left::nothing : Left::lines;
  }
  const auto& space = largest_[next_++];
  write_fields(sink, protocol::key_as_word(space.name) + ":", space);
  return next_ < largest_.size() ? Left::lines : Left::nothing;
}

/// Adds the next namespaces to `largest_`. Returns false if these were the last.
bool NamespaceListing::look_at_some(const store::Store& store) {
  constexpr std::size_t kEntry = sizeof(NamespaceStats) + store::kMaxKeySize;
  const auto before = largest_.size();
  const bool more = store.visit_namespaces(cursor_, kNamespacesAtOnce, [&](NamespaceStats space) {
    ++count_;
    largest_.push_back(std::move(space));
  });
  booking_.add((largest_.size() - before) * kEntry, base::MemoryUse::large);
  if (largest_.size() >= 2 * kListed) {
    keep_largest();
    booking_.clear();
    booking_.add(largest_.size() * kEntry, base::MemoryUse::large);
  }
  return more;
}

void NamespaceListing::keep_largest() {
  const auto end =
      largest_.begin() + static_cast<std::ptrdiff_t>(std::min(kListed, largest_.size()));
  std::ranges::partial_sort(largest_, end, is_larger);
  largest_.erase(end, largest_.end());
}

void write_namespace(StatSink& sink, std::string_view name, const store::Store& store) {
  const auto space = store.namespace_stats(name);
  if (!space) return sink.error(protocol::text::kNotFound);
  write_fields(sink, {}, *space);
  sink.end();
}

}  // namespace cocached::command
