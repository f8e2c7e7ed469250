#pragma once

#include <cstddef>
#include <cstdint>

/// The protocol's limits, in bytes unless named otherwise; memcached 1.6's where it has them.
namespace cocached::protocol {

inline constexpr std::size_t kMaxKeySize = 250;

/// A key in base64 may be longer than one that is not: what counts is what it encodes.
inline constexpr std::size_t kMaxEncodedKeySize = (kMaxKeySize + 2) / 3 * 4;

/// A line may be this long, its end included; a line that lists keys may have any length. memcached
/// closes at 2048 bytes, but only where the end has not arrived by then: a line in two packets must
/// not fare worse than one in one.
inline constexpr std::size_t kMaxLine = std::size_t{16} << 10;

/// The longest value a storage command may announce: its length and line end fit a signed 32-bit.
inline constexpr std::int64_t kMaxAnnouncedValue = 2147483645;

/// What a client says to log in.
inline constexpr std::size_t kMaxAuthToken = 16384;

inline constexpr std::size_t kMaxTokens = 24;

/// `Value` lines, status lines and numbers never get longer than this without the key.
inline constexpr std::size_t kMaxReplyText = 128;

}  // namespace cocached::protocol
