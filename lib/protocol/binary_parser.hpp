#pragma once

#include "protocol/request.hpp"

#include <optional>
#include <string_view>

namespace cocached::protocol {

/// A request of the binary protocol, and how long it is without the value that follows a Store.
struct BinaryRequest {
  Request request;
  std::size_t size = 0;
  std::size_t swallow = 0;  ///< bytes of the body that follow and are not wanted
};

/// Parses the request that `input` starts with. Nothing: its header, extras and key have not all
/// arrived. Never fails: what it cannot make sense of becomes a Refused; unknown opcodes are
/// skipped in step. The request views `input`.
std::optional<BinaryRequest> parse_binary(std::string_view input);

/// How the request was written whose header `input` starts with.
Form binary_form(std::string_view input) noexcept;

}  // namespace cocached::protocol
