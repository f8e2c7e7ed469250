#pragma once

#include "bench/channel.hpp"
#include "bench/outstanding.hpp"
#include "bench/reply_checker.hpp"
#include "bench/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace cocached::bench {

/// The server closed the connection, broke it or fell silent.
class ServerGone : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection, with the requests that wait to be sent and those that wait for replies.
class Connection {
 public:
  /// `data` and `tally` must outlive the connection.
  Connection(FileDescriptor socket, const Options& options, const Dataset& data, Tally& tally);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket() const noexcept { return channel_.socket(); }
  const Outstanding& outstanding() const noexcept { return outstanding_; }

  /// Queues a request; `flush` sends it. `due` as in Outstanding.
  void add(const Request& request, const Encoder& encoder, std::int64_t due);

  /// Sends as much as the socket takes. Returns false if some is left: call again when the socket
  /// is writable. Throws ServerGone.
  bool flush();

  /// Reads the bytes that have come, through `buffer`, and checks the replies. Throws ServerGone,
  /// BadReply.
  void receive(std::span<char> buffer);

 private:
  bool receive_piece(std::span<char> buffer);

  Channel channel_;
  Outstanding outstanding_;
  std::unique_ptr<ReplyChecker> checker_;
  std::string unsent_;
  std::size_t sent_ = 0;  ///< bytes of `unsent_` that are already sent
};

}  // namespace cocached::bench
