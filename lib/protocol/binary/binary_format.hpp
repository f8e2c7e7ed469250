#pragma once

#include <cstddef>
#include <cstdint>

/// The numbers of memcached's binary protocol. Every message starts with a header of 24 bytes,
/// big-endian:
///
///     0 magic  1 opcode  2 key length (2)  4 extras length  5 data type, 0
///     6 status, or virtual bucket (2)      8 body length (4): extras, key and value
///     12 opaque (4): the reply repeats it  16 CAS (8)
namespace cocached::protocol::binary {

inline constexpr std::size_t kHeaderSize = 24;
inline constexpr char kRequestMagic = '\x80';
inline constexpr char kReplyMagic = '\x81';

/// The largest body in bytes; the parser refuses a larger one and hangs up. memcached's bound.
inline constexpr std::uint32_t kMaxBody = std::uint32_t{1} << 30;

enum class Opcode : std::uint8_t {
  get = 0x00,
  set = 0x01,
  add = 0x02,
  replace = 0x03,
  remove = 0x04,
  increment = 0x05,
  decrement = 0x06,
  quit = 0x07,
  flush = 0x08,
  get_quiet = 0x09,
  noop = 0x0a,
  version = 0x0b,
  get_key = 0x0c,
  get_key_quiet = 0x0d,
  append = 0x0e,
  prepend = 0x0f,
  stat = 0x10,
  set_quiet = 0x11,
  add_quiet = 0x12,
  replace_quiet = 0x13,
  remove_quiet = 0x14,
  increment_quiet = 0x15,
  decrement_quiet = 0x16,
  quit_quiet = 0x17,
  flush_quiet = 0x18,
  append_quiet = 0x19,
  prepend_quiet = 0x1a,
  touch = 0x1c,
  get_and_touch = 0x1d,
  get_and_touch_quiet = 0x1e,
  sasl_list = 0x20,
  sasl_auth = 0x21,
  sasl_step = 0x22,
  get_and_touch_key = 0x23,
  get_and_touch_key_quiet = 0x24,
};

inline constexpr std::uint16_t kNoError = 0x00;
inline constexpr std::uint16_t kNotFound = 0x01;
inline constexpr std::uint16_t kExists = 0x02;
inline constexpr std::uint16_t kTooLarge = 0x03;
inline constexpr std::uint16_t kInvalid = 0x04;
inline constexpr std::uint16_t kNotStored = 0x05;
inline constexpr std::uint16_t kNotANumber = 0x06;
inline constexpr std::uint16_t kAuthError = 0x20;
inline constexpr std::uint16_t kAuthContinue = 0x21;
inline constexpr std::uint16_t kUnknownCommand = 0x81;
inline constexpr std::uint16_t kNoMemory = 0x82;

}  // namespace cocached::protocol::binary
