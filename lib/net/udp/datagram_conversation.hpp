#pragma once

#include "command/session/session.hpp"
#include "net/types.hpp"
#include "protocol/udp/udp_frame.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/udp.hpp>

namespace cocached::net {

/// Answers datagrams, without the socket. Each datagram has a session of its own, the same as that
/// of a connection. Used by one worker's thread.
///
/// A datagram may come with a forged sender, who then gets the answer. So the answer is bounded:
/// all messages that answer one datagram have kMaxReply bytes together, their headers included. An
/// error takes the place of the first reply that does not fit, and the rest of the datagram is not
/// executed. Nor is what follows a request of no known command, which itself has no answer: the
/// replies of another server are such requests, and stay without one.
class DatagramConversation {
 public:
  static constexpr std::size_t kMaxRequest = std::size_t{64} << 10;
  static constexpr std::size_t kMaxReply = std::size_t{64} << 10;

  /// Both outlive it.
  DatagramConversation(const command::Environment& environment, base::BlockPool& blocks,
                       command::Protocols protocols);
  DatagramConversation(const DatagramConversation&) = delete;
  DatagramConversation& operator=(const DatagramConversation&) = delete;

  /// Takes the next datagram. Requests of the last datagram that are not answered are dropped.
  void received(std::string_view datagram) noexcept;

  /// The reply to the next request in the datagram, where it has one; each request that is
  /// answered makes a message of its own. False: there is nothing more to send, or no memory to
  /// answer with: the rest of the datagram is lost, as any may be. Valid until the next call.
  bool next_message() noexcept;
  protocol::udp::UdpReply& message() { return *message_; }

 private:
  enum class Step : std::uint8_t { answered, last, unfinished };

  void take(const protocol::udp::UdpRequest& request);
  bool answer_next();
  Step answer();
  bool hold_back();
  bool fits_budget() const noexcept;
  void replace_by_error();
  bool compose();
  void give_up() noexcept;
  void finish() noexcept;

  command::Policy policy_;
  command::Environment environment_;
  const command::Protocols protocols_;
  protocol::InputBuffer input_;
  command::Batch batch_;
  std::optional<command::Session> session_;  // none: nothing is left to answer
  std::size_t left_ = 0;                     // of kMaxReply, for this datagram
  std::uint16_t id_ = 0;
  protocol::WireFormat form_;  // of the request that is being answered
  std::string held_;           // the start of a reply for which the batch has no room
  std::vector<asio::const_buffer> pieces_;
  std::optional<protocol::udp::UdpReply> message_;
};

}  // namespace cocached::net
