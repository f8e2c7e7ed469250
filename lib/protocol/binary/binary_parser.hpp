#pragma once

#include "protocol/request.hpp"

#include <string_view>

namespace cocached::protocol {

/// Parses the request at the start of `input`. The request has `arrived()` once its header, extras
/// and key are all in `input`; the value may still be missing. The request views `input`.
///
/// Never fails: a malformed message becomes a Refused that hangs up, and an unknown opcode becomes
/// a Refused whose body is skipped, so that the next message is found.
Parsed parse_binary(std::string_view input);

/// Returns the format of the request whose header `input` starts with. The header is whole.
WireFormat binary_form(std::string_view input) noexcept;

}  // namespace cocached::protocol
