#pragma once

#include "command/session.hpp"
#include "net/types.hpp"
#include "protocol/udp_frame.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/udp.hpp>

namespace cocached::net {

/// What is said in datagrams, without the socket: each is a conversation of its own, by the same
/// session as any other. Used by one worker's thread.
///
/// Whoever asks over UDP may have lied about who he is, and someone else gets the reply. So it is
/// bounded: above kMaxReply bytes an error takes its place.
class DatagramConversation {
 public:
  static constexpr std::size_t kMaxRequest = std::size_t{64} << 10;
  static constexpr std::size_t kMaxReply = std::size_t{64} << 10;

  /// Both outlive it.
  DatagramConversation(const command::Environment& environment, base::BlockPool& blocks,
                       command::Protocols protocols);
  DatagramConversation(const DatagramConversation&) = delete;
  DatagramConversation& operator=(const DatagramConversation&) = delete;

  /// A datagram has come. What was not answered of the one before is forgotten.
  void received(std::string_view datagram) noexcept;

  /// The reply to the next request in the datagram, where it has one; each request that is
  /// answered makes a message of its own. False: there is nothing more to send, or no memory to
  /// answer with: the rest of the datagram is lost, as any may be. Valid until the next call.
  bool next_message() noexcept;
  protocol::udp::Message& message() { return *message_; }

 private:
  enum class Step : std::uint8_t { answered, last, unfinished };

  void take(const protocol::udp::Request& request);
  bool answer_next();
  Step answer();
  bool hold_back();
  void replace_by_error();
  bool compose();
  void finish() noexcept;

  command::Policy policy_;
  command::Environment environment_;
  const command::Protocols protocols_;
  protocol::InputBuffer input_;
  command::Batch batch_;
  std::optional<command::Session> session_;  // none: nothing is left to answer
  std::uint16_t id_ = 0;
  protocol::Form form_;  // of the request that is being answered
  std::string held_;     // the start of a reply for which the batch has no room
  std::vector<asio::const_buffer> pieces_;
  std::optional<protocol::udp::Message> message_;
};

}  // namespace cocached::net
