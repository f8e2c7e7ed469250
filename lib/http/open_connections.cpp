#include "http/open_connections.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace cocached::http {

OpenConnection::OpenConnection(HttpSocket socket, OpenConnections& open)
    : stream_(std::move(socket)), open_(open) {
  open_.all_.push_back(this);
}

OpenConnection::~OpenConnection() {
  std::erase(open_.all_, this);
}

void OpenConnection::enter(Phase next) noexcept {
  if (phase_ == Phase::closed) return;
  phase_ = next;
  since_ = std::chrono::steady_clock::now();
}

void OpenConnection::close() noexcept {
  enter(Phase::closed);
  stream_.close();
}

std::size_t OpenConnections::count() const noexcept {
  const auto is_open = [](const auto* one) { return one->phase() != Phase::closed; };
  return static_cast<std::size_t>(std::ranges::count_if(all_, is_open));
}

OpenConnection* OpenConnections::first_to_give_way(
    std::chrono::milliseconds patience) const noexcept {
  const auto order = [](const auto* one) { return std::tuple{one->phase(), one->since()}; };
  const auto first = std::ranges::min_element(all_, {}, order);
  if (first == all_.end() || (*first)->phase() == Phase::closed) return nullptr;
  if ((*first)->phase() < Phase::answering) return *first;
  const auto time = std::chrono::steady_clock::now() - (*first)->since();
  return time > patience ? *first : nullptr;
}

void OpenConnections::close_all() noexcept {
  for (auto* one : all_) one->close();
}

void turn_away(HttpSocket& socket) noexcept {
  static constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  net::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(net::asio::buffer(kAnswer), ignored);
}

}  // namespace cocached::http
