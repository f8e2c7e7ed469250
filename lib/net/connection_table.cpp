#include "net/connection_table.hpp"

#include "net/endpoint_text.hpp"

#include <array>
#include <limits>
#include <ranges>

#include <boost/asio/post.hpp>

namespace cocached::net {
namespace {

std::string_view name_of(ConnectionState state) noexcept {
  constexpr std::array<std::string_view, 8> kNames{"conn_parse_cmd", "conn_read",    "conn_read",
                                                   "conn_nread",     "conn_waiting", "conn_mwrite",
                                                   "conn_closing",   "conn_watch"};
  return kNames[static_cast<std::size_t>(state)];
}

bool waits_for_client(ConnectionState state) noexcept {
  return state == ConnectionState::parked ||
         (state >= ConnectionState::reading && state <= ConnectionState::reading_value);
}

TransferRate::Work work_of(ConnectionState state) noexcept {
  using enum ConnectionState;
  if (state == reading_rest || state == reading_value) return TransferRate::Work::request;
  return state == writing ? TransferRate::Work::reply : TransferRate::Work::none;
}

/// An idle connection gives its buffers back. One that lingers after its last reply ends.
bool may_be_parked(ConnectionState state) noexcept {
  return state == ConnectionState::reading || state == ConnectionState::closing;
}

/// Takes a timer off a list, however the wait for it ends.
struct Forget {
  void operator()(Timer* timer) const noexcept { list->remove(timer); }
  std::list<Timer*>* list;
};

}  // namespace

std::optional<command::Count> count_of(Interrupt reason) noexcept {
  using command::Count;
  switch (reason) {
    case Interrupt::idle_timeout:
      return Count::idle_kick;
    case Interrupt::slow_request:
      return Count::slow_request;
    case Interrupt::slow_reply:
      return Count::slow_reply;
    case Interrupt::slow_handshake:
      return Count::slow_handshake;
    case Interrupt::too_much_pinned:
      return Count::too_much_pinned;
    default:
      return std::nullopt;
  }
}

bool ends_connection(Interrupt reason) noexcept {
  return reason == Interrupt::none || count_of(reason).has_value();
}

ConnectionEntry::ConnectionEntry(ConnectionTable& table, Wire& wire,
                                 const ListenerOptions& listener, base::TimePoint now)
    : table_(table),
      wire_(wire),
      listener_(listener),
      descriptor_(wire.descriptor()),
      last_command_(now) {
  base::log_debug("<{} new client connection", descriptor_);
  const base::MutexLock lock{table_.mutex_};
  place_ = table_.entries_.emplace_hint(table_.entries_.end(), ++table_.last_number_, this);
}

ConnectionEntry::~ConnectionEntry() {
  base::log_debug("<{} connection closed", descriptor_);
  if (to_wake_) *to_wake_ = nullptr;
  const base::MutexLock lock{table_.mutex_};
  table_.entries_.erase(place_);
}

void ConnectionEntry::log_change(ConnectionState state) const noexcept {
  base::log_trace("{}: going from {} to {}", descriptor_,
                  name_of(state_.load(std::memory_order_relaxed)), name_of(state));
}

command::ConnectionInfo ConnectionEntry::info(base::TimePoint now) const {
  const auto last = last_command_.load(std::memory_order_relaxed);
  return {.descriptor = descriptor_,
          .address = peer_text(descriptor_),
          .listen_address = local_text(descriptor_),
          .listener_tag = listener_.tag,
          .state = std::string{name_of(state_.load(std::memory_order_relaxed))},
          .since_last_command = now < last ? base::Duration{} : now - last};
}

void ConnectionEntry::interrupt(Interrupt reason) {
  interrupt_ = reason;
  wire_.cancel();
}

std::function<void()> ConnectionEntry::waker(const IoExecutor& executor) {
  if (!to_wake_) to_wake_ = std::make_shared<ConnectionEntry*>(this);
  return [executor, sleeper = to_wake_] {
    asio::post(executor, [sleeper] {
      if (*sleeper != nullptr) (*sleeper)->interrupt(Interrupt::wake);
    });
  };
}

/// The handshake is timed from the start: before it is done, the client can send no command.
Interrupt ConnectionEntry::reason_to_interrupt(base::TimePoint now,
                                               const ClientLimits& limits) noexcept {
  const auto state = state_.load(std::memory_order_relaxed);
  const auto since = now - last_command_.load(std::memory_order_relaxed);
  const auto work = work_of(state);
  const bool replying = work == TransferRate::Work::reply;
  if (progress_.is_slow(work, now, replying ? limits.reply : limits.request))
    return replying ? Interrupt::slow_reply : Interrupt::slow_request;
  const bool is_shaking_hands = waits_for_client(state) && !wire_.established();
  if (is_shaking_hands && limits.handshake.count() > 0 && since >= limits.handshake)
    return Interrupt::slow_handshake;
  return Interrupt::none;
}

bool ConnectionTable::interrupt_slow(base::TimePoint now, const ClientLimits& limits) {
  const base::MutexLock lock{mutex_};
  bool unread = false;
  for (auto* entry : entries_ | std::views::values) {
    const auto reason = entry->reason_to_interrupt(now, limits);
    if (reason != Interrupt::none) entry->interrupt(reason);
    unread |= entry->state_.load(std::memory_order_relaxed) == ConnectionState::writing;
  }
  return unread;
}

void ConnectionTable::interrupt_stalled_replies() {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_ | std::views::values) {
    const auto state = entry->state_.load(std::memory_order_relaxed);
    if (state == ConnectionState::writing && entry->progress_.stalled())
      entry->interrupt(Interrupt::too_much_pinned);
  }
}

void ConnectionTable::interrupt_idle(base::TimePoint before, base::TimePoint timeout_before) {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_ | std::views::values) {
    const auto state = entry->state_.load(std::memory_order_relaxed);
    const auto last = entry->last_command_.load(std::memory_order_relaxed);
    if (waits_for_client(state) && last <= timeout_before)
      entry->interrupt(Interrupt::idle_timeout);
    else if (may_be_parked(state) && last <= before)
      entry->interrupt(Interrupt::park);
  }
}

void ConnectionTable::interrupt_all() {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_ | std::views::values) entry->interrupt(Interrupt::stop);
  end_pauses();
}

void ConnectionTable::close_all() {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_ | std::views::values) entry->wire_.close();
  end_pauses();
}

Task<void> ConnectionTable::pause(IoExecutor executor, std::chrono::milliseconds time) {
  Timer timer{executor, time};
  pauses_.push_back(&timer);
  const std::unique_ptr<Timer, Forget> until_the_end{&timer, Forget{&pauses_}};
  co_await timer.async_wait(as_value);
}

void ConnectionTable::end_pauses() noexcept {
  for (auto* pause : pauses_) pause->cancel();
}

std::vector<command::ConnectionInfo> ConnectionTable::list(base::TimePoint now) const {
  std::uint64_t next = 0;
  return list(now, next, std::numeric_limits<std::size_t>::max());
}

std::vector<command::ConnectionInfo> ConnectionTable::list(base::TimePoint now, std::uint64_t& next,
                                                           std::size_t count) const {
  const base::MutexLock lock{mutex_};
  std::vector<command::ConnectionInfo> some;
  auto at = entries_.lower_bound(next);
  for (; at != entries_.end() && some.size() < count; ++at) some.push_back(at->second->info(now));
  next = at == entries_.end() ? 0 : at->first;
  return some;
}

}  // namespace cocached::net
