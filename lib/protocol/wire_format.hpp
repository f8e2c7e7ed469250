#pragma once

#include <cstdint>
#include <string_view>

namespace cocached::protocol {

enum class Dialect : std::uint8_t { text, meta, binary };

/// The format of a request; its reply uses the same. Views point into the client's input.
struct WireFormat {
  Dialect dialect = Dialect::text;
  bool quiet = false;       ///< `noreply`, meta `q`, or a quiet opcode
  bool base64_key = false;  ///< meta `b`: the key is written in base64
  std::string_view key;     ///< meta: the key as the client wrote it, for the flag `k`
  std::string_view flags;   ///< meta: the flags as the client wrote them; the reply keeps the order
  std::uint8_t opcode = 0;  ///< binary
  std::uint32_t opaque = 0;  ///< binary: the reply repeats it
};

/// The outcome of a request. Each dialect has its own words for an outcome.
enum class Status : std::uint8_t {
  ok,
  stored,
  not_stored,
  exists,
  not_found,
  deleted,
  touched,
  too_large,
  no_memory_to_store,
  no_memory,
  not_a_number,
  flush_forbidden,
};

constexpr bool is_success(Status status) noexcept {
  return status == Status::ok || status == Status::stored || status == Status::deleted ||
         status == Status::touched;
}

}  // namespace cocached::protocol
