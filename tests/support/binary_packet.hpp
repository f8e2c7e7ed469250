#pragma once

#include "protocol/binary/binary_format.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cocached::test {

/// A number as the binary protocol writes it.
template <class Number>
std::string big_endian(Number number) {
  std::string bytes;
  for (auto shift = 8 * sizeof(Number); shift > 0; shift -= 8)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (shift - 8) & 0xff);
  return bytes;
}

/// A message of the binary protocol.
struct Packet {
  protocol::binary::Opcode opcode{};
  std::string extras;
  std::string key;
  std::string value;
  std::uint32_t opaque = 0;
  std::uint64_t cas = 0;
  std::uint16_t status = 0;  ///< of a reply

  std::string request() const { return bytes(protocol::binary::kRequestMagic); }
  std::string reply() const { return bytes(protocol::binary::kReplyMagic); }

 private:
  std::string bytes(char magic) const {
    const auto body = extras + key + value;
    return magic + big_endian(static_cast<std::uint8_t>(opcode)) +
           big_endian(static_cast<std::uint16_t>(key.size())) +
           big_endian(static_cast<std::uint8_t>(extras.size())) + '\0' + big_endian(status) +
           big_endian(static_cast<std::uint32_t>(body.size())) + big_endian(opaque) +
           big_endian(cas) + body;
  }
};

}  // namespace cocached::test
