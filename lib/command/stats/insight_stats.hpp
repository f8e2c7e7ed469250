#pragma once

#include "command/stats/stat_report.hpp"

namespace cocached::command {

/// Returns the fields of `stats latency`: for each family of commands its count, and in
/// microseconds its mean, some percentiles and its maximum. insight/latency.hpp says what is
/// measured.
StatList latency_stats(const ServerView& server);

/// Returns the fields of `stats hotkeys`: all operations and bytes of the last minutes, then
/// `operations:<n>:` and `bytes:<n>:` with the key of rank n from 1, its operations and its bytes.
/// Returns an error line if the server does not track hot keys.
StatReport hot_key_stats(const ServerView& server);

/// Returns the fields of `stats mrc`: the estimated hit ratio at multiples of the memory limit.
/// insight/miss_ratio.hpp explains the estimate.
StatList miss_ratio_stats(const ServerView& server);

}  // namespace cocached::command
