#include "net/dispatcher.hpp"

#include "net/endpoint_text.hpp"

#include <string_view>
#include <utility>

namespace cocached::net {

/// A client of a Unix socket has no address, so the limit for an address does not hold for it.
std::optional<AddressLimit::Share> Dispatcher::share_of(const Socket& socket) {
  if (!addresses_.limits()) return AddressLimit::Share{};
  error_code gone;
  const auto client = to_tcp(socket.remote_endpoint(gone));
  return client.port() == 0 ? AddressLimit::Share{} : addresses_.take(client.address());
}

std::optional<ConnectionLimit::Share> Dispatcher::admit(Socket& socket) {
  auto share = share_of(socket);
  if (!share) return refuse(socket, command::Count::refused_address);
  if (auto slot = limit_.take(std::move(*share))) return slot;
  return refuse(socket, command::Count::connection_rejected);
}

std::optional<ConnectionLimit::Share> Dispatcher::refuse(Socket& socket, command::Count reason) {
  constexpr std::string_view kRefusal = "ERROR Too many open connections\r\n";
  error_code ignored;  // the client is closed even if it cannot be told
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kRefusal), ignored);
  counters_.add(reason);
  return std::nullopt;
}

void Dispatcher::pause_began(bool shortage) noexcept {
  if (shortage) counters_.add(command::Count::refused_descriptors);
  accepting_.store(false, std::memory_order_relaxed);
  pauses_.fetch_add(1, std::memory_order_relaxed);
}

void Dispatcher::pause_ended(std::chrono::microseconds time) noexcept {
  accepting_.store(true, std::memory_order_relaxed);
  paused_us_.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
}

}  // namespace cocached::net
