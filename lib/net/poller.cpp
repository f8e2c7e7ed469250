#include "net/poller.hpp"

#include "net/system_error.hpp"

#include <array>
#include <utility>

#include <boost/system/system_error.hpp>

namespace cocached::net {
namespace {

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

int open_set() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw boost::system::system_error{last_system_error(), "epoll_create1"};
  return descriptor;
}

void note(Watch& watch, std::uint32_t events) noexcept {
  const bool ends = (events & kEnds) != 0;
  watch.hung_up |= ends;
  watch.readable |= ends || (events & EPOLLIN) != 0;
  watch.writable |= ends || (events & EPOLLOUT) != 0;
}

}  // namespace

Poller::Poller(const Executor& executor) : set_(executor, open_set()) {}

Task<void> Poller::run() {
  while (!stopped_) {
    const auto [error] = co_await set_.async_wait(set_.wait_read, as_value);
    if (error) co_return;
    hand_out();
  }
}

/// Perhaps from within `hand_out`, when nobody waits for the set that could be told.
void Poller::stop() noexcept {
  stopped_ = true;
  error_code ignored;
  set_.cancel(ignored);
}

/// A waiter may end its connection, or another one: see `remove`.
void Poller::hand_out() {
  std::array<epoll_event, 128> events;  // filled by the kernel
  const int n = ::epoll_wait(set_.native_handle(), events.data(), events.size(), 0);
  batch_ = {events.data(), static_cast<std::size_t>(n > 0 ? n : 0)};
  while (!batch_.empty()) {
    const auto event = batch_.front();
    batch_ = batch_.subspan(1);
    auto* watch = static_cast<Watch*>(event.data.ptr);
    if (watch == nullptr) continue;
    note(*watch, event.events);
    wake(*watch);
  }
}

void Poller::wake(Watch& watch) {
  if (!watch.waiter || !watch.waiter->attempt()) return;
  Waiter::finish(std::move(watch.waiter), {});
}

error_code Poller::add(Watch& watch) noexcept {
  error_code error;
  change(EPOLL_CTL_ADD, watch, kReadEvents, error);
  return error;
}

void Poller::remove(Watch& watch) noexcept {
  error_code ignored;  // it may never have come in
  change(EPOLL_CTL_DEL, watch, 0, ignored);
  for (auto& event : batch_)
    if (event.data.ptr == &watch) event.data.ptr = nullptr;
}

void Poller::want_writable(Watch& watch) noexcept {
  watch.wants_writable = true;
  error_code ignored;  // it is in the set
  change(EPOLL_CTL_MOD, watch, kReadEvents | EPOLLOUT, ignored);
}

void Poller::change(int operation, Watch& watch, std::uint32_t events, error_code& error) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watch;
  if (::epoll_ctl(set_.native_handle(), operation, watch.descriptor, &event) != 0)
    error = last_system_error();
}

}  // namespace cocached::net
