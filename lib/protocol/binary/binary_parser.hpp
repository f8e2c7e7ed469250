#pragma once

#include "protocol/request.hpp"

#include <string_view>

namespace cocached::protocol {

/// Parses the request that `input` starts with. It has not `arrived()` before its header, extras
/// and key are all there. Never fails: what it cannot make sense of becomes a Refused; unknown
/// opcodes are skipped in step. The request views `input`.
Parsed parse_binary(std::string_view input);

/// How the request was written whose header `input` starts with.
WireFormat binary_form(std::string_view input) noexcept;

}  // namespace cocached::protocol
