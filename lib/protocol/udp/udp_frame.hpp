#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

/// Requests and replies in datagrams. Each datagram starts with a header, big-endian:
///
///     0 request id (2)   2 sequence number (2)   4 datagrams in this message (2)   6 reserved, 0
///     (2)
namespace cocached::protocol::udp {

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMaxDatagram = 1400;  ///< bytes of a reply's datagram with its header
inline constexpr std::size_t kMaxPayload = kMaxDatagram - kHeaderSize;

/// The longest reply in bytes: the header counts at most 65535 datagrams.
inline constexpr std::size_t kMaxMessage = kMaxPayload * 65535;

struct UdpRequest {
  std::uint16_t id = 0;  ///< the reply repeats it
  std::string_view payload;
};

/// Parses a request, which must be one datagram; the result views it. Returns nothing if `datagram`
/// is empty behind its header, or is a part of a longer message.
std::optional<UdpRequest> parse_request(std::string_view datagram) noexcept;

/// Cuts a reply of at most kMaxMessage bytes into datagrams, without copying it.
class UdpReply {
 public:
  /// The caller keeps `pieces` and their bytes unchanged until the last datagram is sent.
  UdpReply(std::uint16_t id, std::span<const boost::asio::const_buffer> pieces) noexcept;

  /// Returns the number of all datagrams.
  std::size_t size() const noexcept { return total_; }

  /// Returns the next datagram, header and payload, for one scatter-gather write. Returns an empty
  /// span after the last. The span is valid until the next call.
  std::span<const boost::asio::const_buffer> next();

 private:
  void take_payload();

  std::span<const boost::asio::const_buffer> left_;
  std::size_t taken_ = 0;  // bytes of left_.front() that are sent
  std::uint16_t id_;
  std::size_t sequence_ = 0;
  std::size_t total_;
  std::array<unsigned char, kHeaderSize> header_{};
  std::vector<boost::asio::const_buffer> datagram_;
};

}  // namespace cocached::protocol::udp
