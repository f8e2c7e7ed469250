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

/// Writes requests as bytes. A get of several keys is what a client of the protocol would send:
/// one `get` line in text; quiet gets and a no-op, which marks the end, in meta and binary.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual void append(const Request& request, std::string& out) const = 0;
};

/// `data` must outlive the encoder. `ttl` goes on the wire as it is.
std::unique_ptr<Encoder> make_encoder(Protocol protocol, const Dataset& data, std::uint32_t ttl);

}  // namespace cocached::bench
