#pragma once

#include "http/figures_source.hpp"
#include "store/store.hpp"

namespace cocached::server {

/// Keeps the promise of `http::Source::keys`. Looks at up to 65,536 items, 64 under one lock.
http::KeyPage key_page(store::Store& store, store::TimePoint now, const http::KeyQuery& query);

}  // namespace cocached::server
