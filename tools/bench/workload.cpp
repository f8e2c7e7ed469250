#include "bench/workload.hpp"

#include "bench/key_distribution.hpp"
#include "bench/random.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace cocached::bench {

Workload fill_workload(const Options& options) {
  return [keys = options.keys, next = std::uint64_t{0}](Request& request) mutable {
    if (next == keys) return false;
    request.operation = Operation::set;
    request.keys.assign(1, next++);
    return true;
  };
}

Workload mixed_workload(const Options& options) {
  const auto unlimited = std::numeric_limits<std::uint64_t>::max();
  return [choose = KeyDistribution(options.keys, options.zipf), random = Random(options.seed),
          get_ratio = options.get_ratio, multiget = options.multiget,
          left = options.requests > 0 ? options.requests : unlimited](Request& request) mutable {
    if (left == 0) return false;
    --left;
    const bool get = random.unit() < get_ratio;
    request.operation = get ? Operation::get : Operation::set;
    request.keys.resize(get ? multiget : 1);
    std::ranges::generate(request.keys, [&] { return choose(random); });
    return true;
  };
}

}  // namespace cocached::bench
