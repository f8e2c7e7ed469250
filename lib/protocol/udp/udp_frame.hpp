#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

/// How requests and replies travel in datagrams. Each starts with a header, big-endian:
///
///     0 request id (2)   2 sequence number (2)   4 datagrams in this message (2)   6 reserved, 0
///     (2)
namespace cocached::protocol::udp {

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMaxDatagram = 1400;  ///< of a reply, its header included
inline constexpr std::size_t kMaxPayload = kMaxDatagram - kHeaderSize;

/// No message has more datagrams than its header can count.
inline constexpr std::size_t kMaxMessage = kMaxPayload * 65535;

struct UdpRequest {
  std::uint16_t id = 0;  ///< echoed
  std::string_view payload;
};

/// Nothing: this is no request, or not all of one. A request must be one datagram.
std::optional<UdpRequest> parse_request(std::string_view datagram) noexcept;

/// Cuts a reply, at most kMaxMessage bytes, into datagrams. Nothing is copied.
class UdpReply {
 public:
  /// `pieces` stay where they are until the last datagram has been sent.
  UdpReply(std::uint16_t id, std::span<const boost::asio::const_buffer> pieces) noexcept;

  /// How many there are in all.
  std::size_t size() const noexcept { return total_; }

  /// The next datagram, as what one scatter-gather write sends: header and payload. Empty after the
  /// last. Valid until the next call.
  std::span<const boost::asio::const_buffer> next();

 private:
  void take_payload();

  std::span<const boost::asio::const_buffer> left_;
  std::size_t taken_ = 0;  // of the first piece that is left
  std::uint16_t id_;
  std::size_t sequence_ = 0;
  std::size_t total_;
  std::array<unsigned char, kHeaderSize> header_{};
  std::vector<boost::asio::const_buffer> datagram_;
};

}  // namespace cocached::protocol::udp
