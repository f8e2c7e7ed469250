#include "bench/connection.hpp"

#include "bench/time.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace cocached::bench {
namespace {

[[noreturn]] void gone(const char* call) {
  throw ServerGone(
      fmt::format("server gone: {}: {}", call, std::generic_category().message(errno)));
}

bool would_block() noexcept {
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace

Connection::Connection(FileDescriptor socket, const Options& options, const Dataset& data,
                       Tally& tally)
    : channel_(std::move(socket), options.tls),
      outstanding_(tally),
      checker_(make_reply_checker(options.protocol, {data, outstanding_, options.verify})) {}

void Connection::add(const Request& request, const Encoder& encoder, std::int64_t due) {
  encoder.append(request, unsent_);
  outstanding_.add(request, due);
}

bool Connection::flush() {
  while (sent_ < unsent_.size()) {
    const ssize_t count = channel_.send(std::string_view(unsent_).substr(sent_));
    if (count < 0) {
      if (would_block()) return false;
      gone("send");
    }
    sent_ += static_cast<std::size_t>(count);
  }
  unsent_.clear();
  sent_ = 0;
  return true;
}

void Connection::receive(std::span<char> buffer) {
  while (receive_piece(buffer) && channel_.has_more()) {
  }
}

bool Connection::receive_piece(std::span<char> buffer) {
  const ssize_t count = channel_.receive(buffer);
  if (count < 0) {
    if (would_block()) return false;
    gone("receive");
  }
  if (count == 0) throw ServerGone("server gone: it closed the connection");
  checker_->feed({buffer.data(), static_cast<std::size_t>(count)}, now_ns());
  return true;
}

}  // namespace cocached::bench
