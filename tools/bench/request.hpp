#pragma once

#include "bench/dataset.hpp"
#include "bench/options.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cocached::bench {

enum class Operation : std::uint8_t { get, set };

/// One request of the load; a set has exactly one key.
struct Request {
  Operation operation = Operation::get;
  std::vector<std::uint64_t> keys;
};

/// Writes requests as bytes. A get of several keys is one `get` line in text. In meta and binary it
/// is quiet gets and a no-op that marks the end, as clients of these protocols send it.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual void append(const Request& request, std::string& out) const = 0;
};

/// Makes an encoder. `data` must outlive it. `ttl` goes on the wire unchanged.
std::unique_ptr<Encoder> make_encoder(Protocol protocol, const Dataset& data, std::uint32_t ttl);

}  // namespace cocached::bench
