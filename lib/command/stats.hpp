#pragma once

#include "command/environment.hpp"

#include <string>
#include <string_view>

namespace cocached::command {

/// The whole reply to `stats <arguments>`: `STAT` lines and `END`, or an error line.
std::string stats_reply(std::string_view arguments, Environment& environment, store::TimePoint now);

/// All general statistics, in memcached's order and then our own: what `stats` shows, and what the
/// HTTP endpoint makes JSON and metrics of.
StatList general_stats(const ServerView& server, const store::Store& store);

/// `stats items` and `stats slabs`: the log has no slab classes, so one pseudo-class stands for
/// all.
StatList item_stats(const ServerView& server, const store::Store& store);
StatList slab_stats(const ServerView& server, const store::Store& store);

}  // namespace cocached::command
