#pragma once

#include "base/memory_ledger.hpp"
#include "command/environment.hpp"
#include "command/stats/stat_report.hpp"

#include <string_view>

namespace cocached::command {

/// Returns the reply to `stats <arguments>` (`stats settings`, `stats items` and so on); an unknown
/// argument gets `ERROR`. The listing books the memory that it holds in `ledger`. Throws
/// base::NoMoreMemory.
StatReport stats_report(std::string_view arguments, Environment& environment,
                        base::MemoryLedger& ledger);

}  // namespace cocached::command
