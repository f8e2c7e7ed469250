#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The packet head of the binary protocol. All numbers are big-endian:
///
///     0      1       2..3  4       5     6..7    8..11  12..15  16..23
///     magic  opcode  key   extras  type  status  body   opaque  cas
namespace cocached::bench::binary {

inline constexpr std::size_t kHeadSize = 24;
inline constexpr std::uint8_t kRequestMagic = 0x80;
inline constexpr std::uint8_t kReplyMagic = 0x81;

enum class Opcode : std::uint8_t { get = 0x00, set = 0x01, get_quietly = 0x09, noop = 0x0a };

inline constexpr std::uint16_t kSuccess = 0;
inline constexpr std::uint16_t kNotFound = 1;

/// The fields the load generator uses; type, vbucket and CAS stay 0.
struct Head {
  std::uint8_t magic = kRequestMagic;
  Opcode opcode = Opcode::get;
  std::uint16_t key_size = 0;
  std::uint8_t extras_size = 0;
  std::uint16_t status = 0;  ///< only in replies
  std::uint32_t body_size = 0;
  std::uint32_t opaque = 0;
};

template <class Unsigned>
constexpr void put(char* out, Unsigned value) noexcept {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
  }
}

template <class Unsigned>
constexpr Unsigned take(const char* in) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = value << 8 | static_cast<std::uint8_t>(in[i]);
  }
  return static_cast<Unsigned>(value);
}

constexpr std::array<char, kHeadSize> encode(const Head& head) noexcept {
  std::array<char, kHeadSize> bytes{};
  bytes[0] = static_cast<char>(head.magic);
  bytes[1] = static_cast<char>(head.opcode);
  put(&bytes[2], head.key_size);
  bytes[4] = static_cast<char>(head.extras_size);
  put(&bytes[6], head.status);
  put(&bytes[8], head.body_size);
  put(&bytes[12], head.opaque);
  return bytes;
}

/// `bytes` holds at least kHeadSize.
constexpr Head decode(std::string_view bytes) noexcept {
  return {.magic = static_cast<std::uint8_t>(bytes[0]),
          .opcode = static_cast<Opcode>(bytes[1]),
          .key_size = take<std::uint16_t>(&bytes[2]),
          .extras_size = static_cast<std::uint8_t>(bytes[4]),
          .status = take<std::uint16_t>(&bytes[6]),
          .body_size = take<std::uint32_t>(&bytes[8]),
          .opaque = take<std::uint32_t>(&bytes[12])};
}

}  // namespace cocached::bench::binary
