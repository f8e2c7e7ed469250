#pragma once

#include "base/memory_ledger.hpp"
#include "command/environment.hpp"
#include "command/stats/listing.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace cocached::command {

/// A reply to `stats` that is not a list: `OK`, `RESET`, or an error line.
struct StatText {
  enum class Kind : std::uint8_t { done, error };
  Kind kind = Kind::done;
  std::string text;  ///< a line without its end
};
using StatReport = std::variant<StatList, StatText, std::unique_ptr<Listing>>;

/// Returns the reply to `stats <arguments>`. A listing books what it keeps in `ledger`.
StatReport stats_report(std::string_view arguments, Environment& environment,
                        base::MemoryLedger& ledger);

/// All general statistics, in memcached's order and then our own: what `stats` shows, and what the
/// HTTP endpoint makes JSON and metrics of.
StatList general_stats(const ServerView& server, const store::Store& store);

/// `stats items` and `stats slabs`: the log has no slab classes, so one pseudo-class stands for
/// all.
StatList item_stats(const ServerView& server, const store::Store& store);
StatList slab_stats(const ServerView& server, const store::Store& store);

/// `stats latency`: for each family of commands its count, and in microseconds its mean, some
/// percentiles and the longest; what is measured, see insight/latency.hpp.
StatList latency_stats(const ServerView& server);

/// `stats hotkeys`: all operations and bytes of the last minutes, then `operations:<n>:` and
/// `bytes:<n>:` with the key of rank n from 1, its operations and bytes.
StatReport hot_key_stats(const ServerView& server);

/// `stats mrc`: what the hit ratio would be at multiples of the memory limit, see
/// insight/miss_ratio.hpp.
StatList miss_ratio_stats(const ServerView& server);

}  // namespace cocached::command
