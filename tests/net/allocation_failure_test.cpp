// Every allocation of the server's threads fails once: that ends one connection at most, and the
// next client is served.

#include "net/endpoint_text.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "tests/support/failing_allocation.hpp"
#include "tests/support/loopback_client.hpp"
#include "tests/support/test_server.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using test::LoopbackClient;

class AllocationFailureTest : public testing::Test {
 protected:
  AllocationFailureTest() {
    const WorkerServices services{{server_.store, server_.clock, server_.view, server_.policy},
                                  server_.miss_ratio};
    workers_.push_back(std::make_unique<Worker>(services, ClientLimits{}));
    workers_.back()->start();
    accepting_.keep_running("accepting", [this] { return listener_.accept(dispatcher_); });
    thread_ = std::thread{[this] { run_event_loop(context_); }};
  }
  ~AllocationFailureTest() override {
    post_surely(context_.get_executor(), [this] { listener_.close(); });
    thread_.join();
    workers_.clear();
  }

  /// As far as the server lets.
  void talk() {
    LoopbackClient client{to_tcp(endpoint_)};
    try {
      client.send("set a 0 0 3000\r\n" + std::string(3000, 'v') + "\r\nget a b a\r\nbogus\r\n");
      client.send("set b 0 0 50000\r\n" + std::string(50'000, 'v') + "\r\nmg b v\r\n");
      client.send("stats\r\nquit\r\n");
      client.finish();
    } catch (const boost::system::system_error&) {
      return;  // the server has closed
    }
    client.read_to_end();
  }

  const test::SparedThread spared_;
  test::TestServer server_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Dispatcher dispatcher_{workers_, 100, true};
  asio::io_context context_{1};
  TaskGroup accepting_{context_.get_executor()};
  Listener listener_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}, 128};
  const Endpoint endpoint_ = listener_.endpoint();
  std::thread thread_;
};

TEST_F(AllocationFailureTest, EndsOneConnectionAtMost) {
  talk();
  bool failed = true;
  for (long successes = 0; failed; ++successes) {
    test::fail_allocation_after(successes);
    talk();
    failed = test::stop_failing_allocations();
    LoopbackClient next{to_tcp(endpoint_)};
    EXPECT_EQ(next.ask("mn\r\n", 4), "MN\r\n") << successes;
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace cocached::net
