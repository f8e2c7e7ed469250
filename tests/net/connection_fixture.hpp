#pragma once

#include "net/connection_loop.hpp"
#include "net/task_group.hpp"
#include "tests/support/fake_stream.hpp"
#include "tests/support/test_server.hpp"

#include <gtest/gtest.h>

namespace cocached::net {

/// One connection over a fake stream. Nothing happens but by `turn`, which runs all that can be run
/// without time going by.
class ConnectionRig {
 public:
  explicit ConnectionRig(const test::Setup& setup = {}) : server(setup) {}
  ~ConnectionRig() {
    peer.reset();  // a connection that is still there shall go
    table.close_all();
    turn();
  }
  ConnectionRig(const ConnectionRig&) = delete;
  ConnectionRig& operator=(const ConnectionRig&) = delete;

  void start() {
    tasks.spawn(serve_connection(test::FakeStream{peer}, *limit.take(),
                                 {server.environment, blocks, table, stopping, listener}));
    turn();
  }
  IoExecutor executor() { return context_.get_executor(); }
  void turn() {
    context_.restart();
    context_.poll();
  }
  /// Runs until nothing is left to do, timers included; not for ever.
  void finish() {
    context_.restart();
    context_.run_for(std::chrono::minutes{1});
  }
  void arrives(std::string_view bytes) {
    peer.send(bytes);
    turn();
  }
  void stop() {
    stopping.begun = true;
    table.interrupt_all();
    turn();
  }
  /// Nobody has said anything for `time`: park those, and close those silent for `timeout`.
  void pass(std::chrono::seconds time, std::chrono::seconds timeout = std::chrono::hours{1}) {
    server.clock.pass(time);
    const auto now = server.clock.now();
    table.interrupt_idle(now - time, now - timeout);
    turn();
  }
  void look_for_slow(const ClientLimits& limits) {
    table.interrupt_slow(server.clock.now(), limits);
    turn();
  }
  std::string state() const {
    const auto all = table.list(server.clock.now());
    return all.empty() ? "gone" : all.front().state;
  }

  /// However it went, nothing is left behind.
  void expect_gone() const {
    EXPECT_TRUE(tasks.empty());
    EXPECT_EQ(limit.open(), 0U);
    EXPECT_EQ(state(), "gone");
    EXPECT_EQ(blocks.used(), 0U);
    EXPECT_EQ(server.view.totals().connections(), 0U);
  }

  test::TestServer server;
  base::BlockPool blocks;
  ConnectionTable table;
  ConnectionLimit limit{1};
  Stopping stopping;
  ListenerOptions listener;

 private:
  asio::io_context context_{1};

 public:
  TaskGroup tasks{context_.get_executor()};
  test::FakePeer peer{context_.get_executor()};
};

}  // namespace cocached::net
