#include "tests/net/connection_fixture.hpp"

#include <fmt/format.h>

/// Everything that can go wrong with a connection, each thing once.
namespace cocached::net {
namespace {

using namespace std::chrono_literals;

std::string store(std::size_t size) {
  return fmt::format("set k{} 0 0 {}\r\n{}\r\n", size, size, std::string(size, 'v'));
}

/// Comes past every step there is: reads of lines and of values, writes at once and after waiting,
/// a yield, a park, a full batch, and a farewell. Returns what the client has been told.
std::string tell_all(ConnectionRig& rig) {
  rig.start();
  rig.arrives("mn\r\nge");
  rig.arrives("t a\r\n" + store(3000));
  rig.pass(2s);
  rig.arrives(store(40'000).substr(0, 20'000));
  rig.arrives(store(40'000).substr(20'000));
  rig.peer.read_up_to(500);
  std::string many;
  for (int i = 0; i < 50; ++i) many += "get k40000 k3000 none\r\n";
  rig.arrives(many);
  for (int i = 0; i < 10; ++i) {
    rig.peer.read_up_to(300'000);
    rig.turn();
  }
  rig.pass(2s);
  rig.arrives("quit\r\nmn\r\n");
  rig.peer.finish();
  rig.turn();
  return rig.peer.received();
}

TEST(BrokenConnectionTest, EveryStepFailsOnce) {
  ConnectionRig whole;
  const auto expected = tell_all(whole);
  whole.expect_gone();
  const auto steps = whole.peer.steps();
  ASSERT_GT(steps, 20U);
  const error_code errors[] = {asio::error::connection_reset, asio::error::broken_pipe,
                               asio::error::operation_aborted};
  for (const auto& error : errors) {
    for (std::size_t step = 0; step < steps; ++step) {
      const auto trace = fmt::format("step {}: {}", step, error.message());
      SCOPED_TRACE(trace);
      ConnectionRig rig;
      rig.peer.fail(step, error);
      const auto heard = tell_all(rig);
      rig.expect_gone();
      EXPECT_TRUE(expected.starts_with(heard));
    }
  }
}

TEST(BrokenConnectionTest, AStepThatWouldHaveToWaitLosesNothing) {
  ConnectionRig whole;
  const auto expected = tell_all(whole);
  for (std::size_t step = 0; step < whole.peer.steps(); ++step) {
    SCOPED_TRACE(step);
    ConnectionRig rig;
    rig.peer.fail(step, asio::error::would_block);
    EXPECT_TRUE(tell_all(rig) == expected);
    rig.expect_gone();
  }
}

/// Whatever the client was about to say.
TEST(BrokenConnectionTest, TheClientLeavesAfterEveryByte) {
  const auto said = "mn\r\n" + store(20) + "get k20 none\r\n" + store(17'000) + "bogus\r\n";
  for (const bool politely : {true, false}) {
    for (std::size_t size = 0; size <= said.size(); size += size < 100 ? 1 : 501) {
      SCOPED_TRACE(size);
      ConnectionRig rig;
      rig.start();
      rig.arrives(said.substr(0, size));
      if (politely)
        rig.peer.finish();
      else
        rig.peer.reset();
      rig.turn();
      rig.expect_gone();
    }
  }
}

/// However much it has read of what it asked for.
TEST(BrokenConnectionTest, TheClientLeavesInTheMiddleOfAReply) {
  const auto said = store(20'000) + "get k20000 k20000\r\nmn\r\n";
  for (std::size_t size = 0; size < 40'000; size += 997) {
    SCOPED_TRACE(size);
    ConnectionRig rig;
    rig.peer.read_up_to(size);
    rig.start();
    rig.arrives(said);
    EXPECT_EQ(rig.state(), "conn_mwrite");
    rig.peer.reset();
    rig.turn();
    rig.expect_gone();
    EXPECT_EQ(rig.peer.received().size(), size);
  }
}

TEST(BrokenConnectionTest, TheClientLeavesWhileParked) {
  ConnectionRig rig;
  rig.start();
  rig.arrives("mn\r\n");
  rig.pass(2s);
  rig.peer.reset();
  rig.turn();
  rig.expect_gone();
}

/// A stop at every moment of a conversation, and nobody who reads: only the deadline helps.
TEST(BrokenConnectionTest, StoppedAfterEveryByteItGoesAtTheLatestWithItsSocket) {
  const auto said = "mn\r\n" + store(20) + "get k20 none\r\n" + store(17'000) + "get k17000\r\n";
  for (std::size_t size = 0; size <= said.size(); size += size < 100 ? 1 : 501) {
    SCOPED_TRACE(size);
    ConnectionRig rig;
    rig.peer.read_up_to(30);
    rig.start();
    rig.arrives(said.substr(0, size));
    rig.stop();
    rig.table.close_all();
    rig.turn();
    rig.expect_gone();
  }
}

}  // namespace
}  // namespace cocached::net
