#pragma once

#include "bench/options.hpp"
#include "bench/request.hpp"

#include <functional>

namespace cocached::bench {

/// Writes the next request into its argument; false: there are no more.
using Workload = std::function<bool(Request&)>;

/// Sets every key once, in order.
Workload fill_workload(const Options& options);

/// The mix of gets and sets, distribution and number of requests that the options ask for.
Workload mixed_workload(const Options& options);

}  // namespace cocached::bench
