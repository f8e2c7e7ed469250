#pragma once

#include "bench/options.hpp"
#include "bench/request.hpp"

#include <functional>

namespace cocached::bench {

/// Writes the next request into its argument. Returns false if there are no more.
using Workload = std::function<bool(Request&)>;

/// A workload that sets every key once, in order.
Workload fill_workload(const Options& options);

/// A workload with the mix of gets and sets, the distribution and the number of requests in the
/// options.
Workload mixed_workload(const Options& options);

}  // namespace cocached::bench
