#pragma once

#include <cstddef>
#include <cstdint>

/// The protocol's limits, in bytes unless a name says otherwise. They are memcached 1.6's where
/// memcached has such a limit.
namespace cocached::protocol {

inline constexpr std::size_t kMaxKeySize = 250;

/// A key in base64 may be this long: kMaxKeySize bounds the key that the text encodes.
inline constexpr std::size_t kMaxEncodedKeySize = (kMaxKeySize + 2) / 3 * 4;

/// The longest line, its end included; only a line that lists keys may be longer. memcached closes
/// the connection at 2048 bytes if the end of the line has not arrived by then. Here the limit does
/// not depend on how the network cuts the line into packets.
inline constexpr std::size_t kMaxLine = std::size_t{16} << 10;

/// The longest value that a storage command may announce: with its line end, the length fits a
/// signed 32-bit number.
inline constexpr std::int64_t kMaxAnnouncedValue = 2147483645;

/// The longest token (`user password`) with which a client logs in.
inline constexpr std::size_t kMaxAuthToken = 16384;

/// The number of words that the parsers see on a line.
inline constexpr std::size_t kMaxTokens = 24;

/// The longest VALUE line, status line or number, not counting the key.
inline constexpr std::size_t kMaxReplyText = 128;

}  // namespace cocached::protocol
