// UdpReply walks over the reply's pieces once. `left_` holds the pieces that are not sent yet, and
// `taken_` the sent bytes of the first of them. Each call of next() fills `datagram_`: the header,
// then slices of pieces, kMaxPayload bytes in all.
//
// Invariant: every datagram except the last is full, so `total_` is known before the first is sent.
// One thread uses a reply; there is no lock.

#include "protocol/udp/udp_frame.hpp"

#include <algorithm>

#include <boost/endian/conversion.hpp>

namespace cocached::protocol::udp {
namespace {

namespace asio = boost::asio;

std::uint16_t load(std::string_view bytes, std::size_t at) noexcept {
  return boost::endian::load_big_u16(reinterpret_cast<const unsigned char*>(bytes.data() + at));
}

}  // namespace

std::optional<UdpRequest> parse_request(std::string_view datagram) noexcept {
  if (datagram.size() <= kHeaderSize || load(datagram, 4) != 1) return std::nullopt;
  return UdpRequest{load(datagram, 0), datagram.substr(kHeaderSize)};
}

UdpReply::UdpReply(std::uint16_t id, std::span<const asio::const_buffer> pieces) noexcept
    : left_(pieces), id_(id), total_((asio::buffer_size(pieces) + kMaxPayload - 1) / kMaxPayload) {}

std::span<const asio::const_buffer> UdpReply::next() {
  if (sequence_ == total_) return {};
  boost::endian::store_big_u16(header_.data(), id_);
  boost::endian::store_big_u16(header_.data() + 2, static_cast<std::uint16_t>(sequence_++));
  boost::endian::store_big_u16(header_.data() + 4, static_cast<std::uint16_t>(total_));
  datagram_.assign(1, asio::buffer(header_));
  take_payload();
  return datagram_;
}

void UdpReply::take_payload() {
  for (auto room = kMaxPayload; room > 0 && !left_.empty();) {
    const auto part = asio::buffer(left_.front() + taken_, room);
    datagram_.push_back(part);
    room -= part.size();
    taken_ += part.size();
    if (taken_ < left_.front().size()) continue;
    left_ = left_.subspan(1);
    taken_ = 0;
  }
}

}  // namespace cocached::protocol::udp
