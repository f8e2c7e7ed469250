#pragma once

#include "command/server_view.hpp"
#include "store/store.hpp"

namespace cocached::command {

/// Returns the fields of `stats`: memcached's in memcached's order, then this server's own. The
/// HTTP endpoint makes its JSON and its metrics from the same list.
StatList general_stats(const ServerView& server, const store::Store& store);

/// Returns the fields of `stats items` and `stats slabs`. The store has no slab classes, so class 1
/// stands for all items. It is there from the first item on; `stats items` alone leaves it out
/// while the cache is empty, as memcached does.
StatList item_stats(const ServerView& server, const store::Store& store);
StatList slab_stats(const ServerView& server, const store::Store& store);

}  // namespace cocached::command
