#include "command/prefix_stats.hpp"

#include <iterator>

#include <fmt/format.h>

namespace cocached::command {

void PrefixStats::count(std::string_view key, const Operations& operations) {
  const auto end = key.find(delimiter_);
  if (end == std::string_view::npos || end == 0) return;
  const auto prefix = key.substr(0, end);

  const base::MutexLock lock{mutex_};
  auto entry = prefixes_.find(prefix);
  if (entry == prefixes_.end()) {
    if (prefixes_.size() >= kMaxPrefixes) return;
    entry = prefixes_.emplace(prefix, Operations{}).first;
  }
  entry->second.gets += operations.gets;
  entry->second.hits += operations.hits;
  entry->second.sets += operations.sets;
  entry->second.deletes += operations.deletes;
}

std::string PrefixStats::dump() const {
  std::string text;
  const base::MutexLock lock{mutex_};
  for (const auto& [prefix, done] : prefixes_)
    fmt::format_to(std::back_inserter(text), "PREFIX {} get {} hit {} set {} del {}\r\n", prefix,
                   done.gets, done.hits, done.sets, done.deletes);
  return text + "END\r\n";
}

void PrefixStats::reset() {
  const base::MutexLock lock{mutex_};
  prefixes_.clear();
}

}  // namespace cocached::command
