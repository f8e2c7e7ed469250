#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::stress {

/// A value that says itself which write it is from.
///
///     | version, 8 bytes | size, 8 bytes | bytes drawn from key, version and size ... |
///
/// One of less than 16 bytes has the drawn bytes alone.
inline constexpr std::size_t kValueHeader = 16;

std::string make_value(std::string_view key, std::uint64_t version, std::size_t size);

/// True if `value` is, byte for byte, the one that was made for this key and version.
bool is_value_of(std::string_view value, std::string_view key, std::uint64_t version);

/// None if the value is too short to tell.
std::optional<std::uint64_t> version_in(std::string_view value);

/// The client flags that are stored with a value.
std::uint32_t flags_of(std::string_view key, std::uint64_t version);

/// How an unexpected value looks: its size, its header, its first bytes; where it differs from the
/// one that its own header promises.
std::string describe_value(std::string_view value, std::string_view key);

/// Printable: other bytes as \xNN, and no more than `most` of them.
std::string printable(std::string_view bytes, std::size_t most = 80);

}  // namespace cocached::stress
