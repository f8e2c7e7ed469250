#include "net/connection_table.hpp"

#include "net/endpoint_text.hpp"

#include <array>

namespace cocached::net {
namespace {

std::string_view name_of(ConnectionState state) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"conn_parse_cmd", "conn_read",   "conn_nread",
                                                   "conn_waiting",   "conn_mwrite", "conn_closing"};
  return kNames[static_cast<std::size_t>(state)];
}

bool waits_for_a_command(ConnectionState state) noexcept {
  return state == ConnectionState::reading || state == ConnectionState::parked;
}

/// What is idle gives its buffers back; what lingers after its last reply need wait no longer.
bool may_be_parked(ConnectionState state) noexcept {
  return state == ConnectionState::reading || state == ConnectionState::closing;
}

}  // namespace

ConnectionEntry::ConnectionEntry(ConnectionTable& table, Wire& wire,
                                 const ListenerOptions& listener, base::TimePoint now)
    : table_(table),
      wire_(wire),
      listener_(listener),
      descriptor_(wire.descriptor()),
      last_command_(now) {
  const base::MutexLock lock{table_.mutex_};
  place_ = table_.entries_.insert(table_.entries_.end(), this);
}

ConnectionEntry::~ConnectionEntry() {
  const base::MutexLock lock{table_.mutex_};
  table_.entries_.erase(place_);
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

void ConnectionTable::interrupt_idle(base::TimePoint before, base::TimePoint timeout_before) {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_) {
    const auto state = entry->state_.load(std::memory_order_relaxed);
    const auto last = entry->last_command_.load(std::memory_order_relaxed);
    if (waits_for_a_command(state) && last <= timeout_before)
      entry->interrupt(Interrupt::idle_timeout);
    else if (may_be_parked(state) && last <= before)
      entry->interrupt(Interrupt::park);
  }
}

void ConnectionTable::interrupt_all() {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_) entry->interrupt(Interrupt::stop);
}

void ConnectionTable::close_all() {
  const base::MutexLock lock{mutex_};
  for (auto* entry : entries_) entry->wire_.close();
}

std::vector<command::ConnectionInfo> ConnectionTable::list(base::TimePoint now) const {
  const base::MutexLock lock{mutex_};
  std::vector<command::ConnectionInfo> all;
  all.reserve(entries_.size());
  for (const auto* entry : entries_) all.push_back(entry->info(now));
  return all;
}

}  // namespace cocached::net
