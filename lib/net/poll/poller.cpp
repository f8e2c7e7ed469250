#include "net/poll/poller.hpp"

#include "net/event_loop.hpp"
#include "net/system_error.hpp"

#include <array>
#include <new>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace cocached::net {
namespace {

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

int open_set() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw boost::system::system_error{last_system_error(), "epoll_create1"};
  return descriptor;
}

void note(WatchedSocket& watch, std::uint32_t events) noexcept {
  const bool ends = (events & kEnds) != 0;
  watch.hung_up |= ends;
  watch.urgent |= (events & EPOLLPRI) != 0;
  watch.readable |= ends || (events & (EPOLLIN | EPOLLPRI)) != 0;
  watch.writable |= ends || (events & EPOLLOUT) != 0;
}

void finish(WatchedSocket& watch, error_code aborted) noexcept {
  try {
    watch.waiter->finish(aborted);
  } catch (...) {
    log_failure("a connection", std::current_exception());
  }
}

}  // namespace

/// The memory of the one handler that the poller posts at a time, and its way back. Outlives the
/// poller as long as the handler is posted.
class Poller::Posted {
 public:
  explicit Posted(Poller& poller) noexcept : poller_(&poller) {}

  void begin() noexcept { pending_ = true; }
  bool pending() const noexcept { return pending_; }
  void forget_poller() noexcept { poller_ = nullptr; }
  void run() noexcept {
    pending_ = false;
    if (poller_ != nullptr) poller_->finish_ready();
  }

  void* allocate(std::size_t size) {
    if (size > memory_.size()) throw std::bad_alloc{};
    return memory_.data();
  }

 private:
  Poller* poller_;
  bool pending_ = false;
  alignas(std::max_align_t) std::array<std::byte, 128> memory_;
};

namespace {

/// Asio's way to the memory of `Posted`, which has room for one handler.
template <class T, class Memory>
struct FixedAllocator {
  using value_type = T;
  template <class U>
  struct rebind {
    using other = FixedAllocator<U, Memory>;
  };

  explicit FixedAllocator(std::shared_ptr<Memory> from) noexcept : memory(std::move(from)) {}
  template <class U>
  // Allocators convert to one another. NOLINTNEXTLINE(google-explicit-constructor)
  FixedAllocator(const FixedAllocator<U, Memory>& other) noexcept : memory(other.memory) {}

  T* allocate(std::size_t n) { return static_cast<T*>(memory->allocate(n * sizeof(T))); }
  void deallocate(T*, std::size_t) noexcept {}
  bool operator==(const FixedAllocator&) const noexcept = default;

  std::shared_ptr<Memory> memory;
};

}  // namespace

struct Poller::Drain {
  using allocator_type = FixedAllocator<std::byte, Posted>;

  allocator_type get_allocator() const noexcept { return allocator_type{posted}; }
  void operator()() const noexcept { posted->run(); }

  std::shared_ptr<Posted> posted;
};

Poller::Poller(const IoExecutor& executor)
    : set_(executor, open_set()), posted_(std::make_shared<Posted>(*this)) {}

Poller::~Poller() {
  posted_->forget_poller();
  while (!watches_.empty()) {
    auto& watch = watches_.front();
    watches_.pop_front();
    watch.in_ready.unlink();
    watch.poller = nullptr;
    watch.reset();
  }
}

Task<void> Poller::run() {
  while (!stopped_) {
    const auto [error] = co_await set_.async_wait(set_.wait_read, as_value);
    if (error && !stopped_) throw boost::system::system_error{error, "waiting for events"};
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
    auto* watch = static_cast<WatchedSocket*>(event.data.ptr);
    if (watch != nullptr) handle(*watch, event.events);
  }
}

/// Room to write is told of for as long as somebody waits for it, and once more: then nobody does.
void Poller::handle(WatchedSocket& watch, std::uint32_t events) noexcept {
  note(watch, events);
  if (watch.wants_writable && (events & EPOLLOUT) != 0 && !watch.waits_to_write())
    arm(watch, false);
  const bool ready = watch.waiter != nullptr && !watch.in_ready.is_linked() &&
                     watch.may_try(watch.direction) && watch.waiter->attempt();
  if (ready) finish(watch, {});
}

error_code Poller::add(WatchedSocket& watch) noexcept {
  error_code error;
  change(EPOLL_CTL_ADD, watch, kReadEvents, error);
  watch.poller = this;
  watches_.push_back(watch);
  return error;
}

void Poller::remove(WatchedSocket& watch) noexcept {
  error_code ignored;  // it may never have come in
  change(EPOLL_CTL_DEL, watch, 0, ignored);
  for (auto& event : batch_)
    if (event.data.ptr == &watch) event.data.ptr = nullptr;
}

void Poller::finish_soon(WatchedSocket& watch, error_code aborted) noexcept {
  watch.aborted = aborted;
  ready_.push_back(watch);
  if (posted_->pending()) return;
  posted_->begin();
  asio::post(executor(), Drain{posted_});
}

/// A socket that becomes ready meanwhile has its turn after all others.
void Poller::finish_ready() noexcept {
  ReadySockets now;
  now.swap(ready_);
  while (!now.empty()) {
    auto& watch = now.front();
    now.pop_front();
    finish(watch, watch.aborted);
  }
}

void Poller::arm(WatchedSocket& watch, bool writable) noexcept {
  watch.wants_writable = writable;
  error_code ignored;  // it is in the set
  change(EPOLL_CTL_MOD, watch, writable ? kReadEvents | EPOLLOUT : kReadEvents, ignored);
}

void Poller::change(int operation, WatchedSocket& watch, std::uint32_t events,
                    error_code& error) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watch;
  if (::epoll_ctl(set_.native_handle(), operation, watch.descriptor, &event) != 0)
    error = last_system_error();
}

}  // namespace cocached::net
