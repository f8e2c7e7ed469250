#include "net/connection_table.hpp"

#include <chrono>
#include <iterator>
#include <list>

#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using namespace std::chrono_literals;

class FakeWire final : public Wire {
 public:
  void cancel() noexcept override { ++cancels; }
  void close() noexcept override { ++closes; }
  int descriptor() noexcept override { return -1; }
  bool established() const noexcept override { return is_established; }

  bool is_established = true;
  int cancels = 0;
  int closes = 0;
};

constexpr base::TimePoint at(std::chrono::seconds time) {
  return base::TimePoint{time};
}

class ConnectionTableTest : public testing::Test {
 protected:
  ConnectionTable table_;
  FakeWire wire_;
  ListenerOptions listener_;
};

TEST_F(ConnectionTableTest, HoldsWhatIsConnected) {
  EXPECT_TRUE(table_.list(at(0s)).empty());
  {
    const ConnectionEntry first{table_, wire_, listener_, at(0s)};
    const ConnectionEntry second{table_, wire_, listener_, at(0s)};
    EXPECT_EQ(table_.list(at(0s)).size(), 2U);
  }
  EXPECT_TRUE(table_.list(at(0s)).empty());
}

// Each page walked from the first connection on, while new ones waited for the lock.
TEST_F(ConnectionTableTest, APageGoesOnWhereTheLastOneEndedThoughConnectionsHaveGone) {
  std::list<ConnectionEntry> entries;
  for (int i = 0; i < 5; ++i) entries.emplace_back(table_, wire_, listener_, at(0s));
  std::uint64_t next = 0;
  EXPECT_EQ(table_.list(at(0s), next, 2).size(), 2U);
  EXPECT_EQ(next, 3U);
  entries.erase(std::next(entries.begin(), 2));  // the third, with which the next page would begin
  EXPECT_EQ(table_.list(at(0s), next, 1).size(), 1U);
  EXPECT_EQ(next, 5U);
  EXPECT_EQ(table_.list(at(0s), next, 2).size(), 1U);
  EXPECT_EQ(next, 0U);
}

TEST_F(ConnectionTableTest, NamesStatesAsMemcachedDoes) {
  ConnectionEntry entry{table_, wire_, listener_, at(0s)};
  const std::pair<ConnectionState, const char*> names[] = {
      {ConnectionState::parsing, "conn_parse_cmd"}, {ConnectionState::reading, "conn_read"},
      {ConnectionState::reading_rest, "conn_read"}, {ConnectionState::reading_value, "conn_nread"},
      {ConnectionState::parked, "conn_waiting"},    {ConnectionState::writing, "conn_mwrite"},
      {ConnectionState::closing, "conn_closing"}};
  for (const auto& [state, name] : names) {
    entry.set_state(state);
    EXPECT_EQ(table_.list(at(0s)).front().state, name);
  }
}

TEST_F(ConnectionTableTest, KnowsHowLongAConnectionHasBeenSilent) {
  ConnectionEntry entry{table_, wire_, listener_, at(10s)};
  EXPECT_EQ(table_.list(at(15s)).front().since_last_command, 5s);
  entry.command_seen(at(14s));
  EXPECT_EQ(table_.list(at(15s)).front().since_last_command, 1s);
  EXPECT_EQ(table_.list(at(13s)).front().since_last_command, 0s);  // another thread's older reading
}

TEST_F(ConnectionTableTest, ParksWhoIsSilent) {
  ConnectionEntry entry{table_, wire_, listener_, at(10s)};
  entry.set_state(ConnectionState::reading);
  table_.interrupt_idle(at(9s), base::TimePoint::min());
  EXPECT_EQ(wire_.cancels, 0);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
  table_.interrupt_idle(at(10s), base::TimePoint::min());
  EXPECT_EQ(wire_.cancels, 1);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::park);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
}

TEST_F(ConnectionTableTest, AParkedOrBusyConnectionIsNotParked) {
  ConnectionEntry entry{table_, wire_, listener_, at(0s)};
  for (const auto state : {ConnectionState::parsing, ConnectionState::reading_value,
                           ConnectionState::parked, ConnectionState::writing}) {
    entry.set_state(state);
    table_.interrupt_idle(at(100s), base::TimePoint::min());
    EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
  }
  entry.set_state(ConnectionState::closing);
  table_.interrupt_idle(at(100s), base::TimePoint::min());
  EXPECT_EQ(entry.take_interrupt(), Interrupt::park);
}

TEST_F(ConnectionTableTest, SendsAwayWhoIsSilentForLong) {
  ConnectionEntry entry{table_, wire_, listener_, at(10s)};
  for (const auto state : {ConnectionState::reading, ConnectionState::reading_rest,
                           ConnectionState::reading_value, ConnectionState::parked}) {
    entry.set_state(state);
    table_.interrupt_idle(at(100s), at(10s));
    EXPECT_EQ(entry.take_interrupt(), Interrupt::idle_timeout);
  }
  for (const auto state : {ConnectionState::parsing, ConnectionState::writing}) {
    entry.set_state(state);
    table_.interrupt_idle(at(100s), at(100s));
    EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
  }
}

TEST_F(ConnectionTableTest, SendsAwayWhoIsSlow) {
  const ClientLimits limits{.request = 10s, .reply = 20s};
  ConnectionEntry entry{table_, wire_, listener_, at(0s)};
  entry.set_state(ConnectionState::reading_rest);
  EXPECT_FALSE(table_.interrupt_slow(at(100s), limits));
  table_.interrupt_slow(at(109s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
  table_.interrupt_slow(at(110s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::slow_request);
  entry.set_state(ConnectionState::writing);
  EXPECT_TRUE(table_.interrupt_slow(at(200s), limits));
  table_.interrupt_slow(at(219s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
  table_.interrupt_slow(at(220s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::slow_reply);
}

TEST_F(ConnectionTableTest, SendsAwayWhoDoesNotAgreeOnTls) {
  const ClientLimits limits{.handshake = 10s};
  wire_.is_established = false;
  ConnectionEntry entry{table_, wire_, listener_, at(0s)};
  entry.set_state(ConnectionState::reading);
  table_.interrupt_slow(at(9s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
  table_.interrupt_slow(at(10s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::slow_handshake);
  wire_.is_established = true;
  table_.interrupt_slow(at(100s), limits);
  EXPECT_EQ(entry.take_interrupt(), Interrupt::none);
}

TEST_F(ConnectionTableTest, RepliesThatAreNotReadAtAllGoFirst) {
  ConnectionEntry stalled{table_, wire_, listener_, at(0s)};
  ConnectionEntry read{table_, wire_, listener_, at(0s)};
  for (const auto time : {1s, 2s}) {
    for (auto* entry : {&stalled, &read}) entry->set_state(ConnectionState::writing);
    read.add_moved(1);
    EXPECT_TRUE(table_.interrupt_slow(at(time), {}));
  }
  table_.interrupt_stalled_replies();
  EXPECT_EQ(stalled.take_interrupt(), Interrupt::too_much_pinned);
  EXPECT_EQ(read.take_interrupt(), Interrupt::none);
}

TEST_F(ConnectionTableTest, ReachesEverybody) {
  FakeWire other;
  ConnectionEntry first{table_, wire_, listener_, at(0s)};
  ConnectionEntry second{table_, other, listener_, at(0s)};
  table_.interrupt_all();
  EXPECT_EQ(first.take_interrupt(), Interrupt::stop);
  EXPECT_EQ(second.take_interrupt(), Interrupt::stop);
  EXPECT_EQ(wire_.cancels + other.cancels, 2);
  table_.close_all();
  EXPECT_EQ(wire_.closes + other.closes, 2);
}

}  // namespace
}  // namespace cocached::net
