#include "net/listener.hpp"

#include "net/endpoint_text.hpp"
#include "tests/support/loopback_client.hpp"
#include "tests/support/test_server.hpp"

#include <deque>
#include <fcntl.h>
#include <list>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using namespace std::chrono_literals;
using test::LoopbackClient;

constexpr std::string_view kRefusal = "ERROR Too many open connections\r\n";

tcp::endpoint loopback() {
  return {asio::ip::address_v4::loopback(), 0};
}

/// Two workers, and a thread that accepts for them.
class ListenerTest : public testing::Test {
 protected:
  ListenerTest() {
    const WorkerServices services{{server_.store, server_.clock, server_.view, server_.policy},
                                  server_.miss_ratio};
    for (int i = 0; i < 2; ++i) {
      workers_.push_back(std::make_unique<Worker>(services, ClientLimits{}));
      workers_.back()->start();
    }
  }

  void start(unsigned max_connections, bool refuse_at_once, unsigned max_per_address = 0) {
    dispatcher_.emplace(workers_, max_connections, refuse_at_once, max_per_address);
    tasks_.spawn(listener_.accept(*dispatcher_));
    thread_ = std::thread{[this] { context_.run(); }};
  }

  void stop_accepting() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { listener_.close(); });
    thread_.join();
    EXPECT_TRUE(tasks_.empty());
  }

  void TearDown() override {
    stop_accepting();
    workers_.clear();
  }

  LoopbackClient connect() { return LoopbackClient{to_tcp(endpoint_)}; }

  std::uint64_t opened_by(std::size_t worker) const {
    command::Totals totals;
    workers_[worker]->counters().add_to(totals);
    return totals[command::Count::connection_opened];
  }

  std::uint64_t refused(command::Count reason) const {
    command::Totals totals;
    dispatcher_->counters().add_to(totals);
    return totals[reason];
  }
  std::uint64_t rejected() const { return refused(command::Count::connection_rejected); }

  test::TestServer server_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<Dispatcher> dispatcher_;
  asio::io_context context_{1};
  TaskGroup tasks_{context_.get_executor()};
  Listener listener_{context_, loopback(), 128};
  const Endpoint endpoint_ = listener_.endpoint();
  std::thread thread_;
};

TEST_F(ListenerTest, KnowsItsRealPort) {
  EXPECT_NE(to_tcp(endpoint_).port(), 0);
}

TEST_F(ListenerTest, AnAddressThatIsTakenIsAnError) {
  EXPECT_THROW((Listener{context_, endpoint_, 128}), boost::system::system_error);
}

TEST_F(ListenerTest, WorkersTakeTurns) {
  start(100, true);
  std::deque<LoopbackClient> clients;
  for (int i = 0; i < 10; ++i) {
    auto& client = clients.emplace_back(to_tcp(endpoint_));
    EXPECT_EQ(client.ask("mn\r\n", 4), "MN\r\n");
  }
  EXPECT_EQ(opened_by(0), 5U);
  EXPECT_EQ(opened_by(1), 5U);
}

TEST_F(ListenerTest, OverTheLimitClientsAreToldSo) {
  start(2, true);
  auto first = connect();
  auto second = connect();
  EXPECT_EQ(first.ask("mn\r\n", 4), "MN\r\n");
  EXPECT_EQ(second.ask("mn\r\n", 4), "MN\r\n");
  auto third = connect();
  EXPECT_EQ(third.read_to_end(), kRefusal);
  EXPECT_EQ(rejected(), 1U);
  EXPECT_EQ(first.ask("mn\r\n", 4), "MN\r\n");
}

TEST_F(ListenerTest, AClientThatLeavesMakesRoomForAnother) {
  start(1, true);
  {
    auto first = connect();
    EXPECT_EQ(first.ask("mn\r\n", 4), "MN\r\n");
    first.finish();
    EXPECT_EQ(first.read_to_end(), "");
  }
  EXPECT_TRUE(test::eventually([&] { return dispatcher_->limit().open() == 0; }));
  auto second = connect();
  EXPECT_EQ(second.ask("mn\r\n", 4), "MN\r\n");
  EXPECT_EQ(rejected(), 0U);
}

TEST_F(ListenerTest, AnAddressThatHasItsShareIsToldSo) {
  start(100, true, 1);
  auto first = connect();
  EXPECT_EQ(first.ask("mn\r\n", 4), "MN\r\n");
  auto second = connect();
  EXPECT_EQ(second.read_to_end(), kRefusal);
  EXPECT_EQ(refused(command::Count::refused_address), 1U);
  EXPECT_EQ(rejected(), 0U);
}

/// Each listener may have accepted a client when the other takes the last room.
TEST_F(ListenerTest, OrClientsOfEveryListenerWaitForRoom) {
  std::deque<Listener> more;
  for (int i = 0; i < 3; ++i) more.emplace_back(context_, loopback(), 128);
  start(1, false);
  asio::post(context_, [&] {
    for (auto& listener : more) tasks_.spawn(listener.accept(*dispatcher_));
  });
  std::list<LoopbackClient> clients;
  clients.emplace_back(to_tcp(endpoint_));
  for (auto& listener : more) clients.emplace_back(to_tcp(listener.endpoint()));
  for (auto& client : clients) client.send("mn\r\n");
  while (!clients.empty()) {  // in any order, and one at a time
    std::erase_if(clients, [&](LoopbackClient& client) {
      if (!client.has_reply()) return false;
      EXPECT_EQ(client.read(4), "MN\r\n");
      return true;
    });
  }
  EXPECT_EQ(rejected(), 0U);
  asio::post(context_, [&] {
    for (auto& listener : more) listener.close();
  });
  stop_accepting();
}

TEST_F(ListenerTest, OrClientsWaitForRoom) {
  start(1, false);
  auto first = connect();
  EXPECT_EQ(first.ask("mn\r\n", 4), "MN\r\n");
  EXPECT_TRUE(test::eventually([&] { return !dispatcher_->accepting(); }));
  auto second = connect();
  second.send("mn\r\n");
  first.finish();
  EXPECT_EQ(first.read_to_end(), "");
  EXPECT_EQ(second.read(4), "MN\r\n");
  EXPECT_GE(dispatcher_->pauses(), 1U);
  EXPECT_EQ(rejected(), 0U);
}

TEST_F(ListenerTest, ClosedWhileItWaitsForRoomItEnds) {
  start(1, false);
  auto client = connect();
  EXPECT_EQ(client.ask("mn\r\n", 4), "MN\r\n");
  EXPECT_TRUE(test::eventually([&] { return !dispatcher_->accepting(); }));
  stop_accepting();
}

TEST_F(ListenerTest, ClosedItStillTakesWhoIsInTheQueue) {
  std::deque<LoopbackClient> queued;
  for (int i = 0; i < 3; ++i) queued.emplace_back(to_tcp(endpoint_)).send("mn\r\n");
  listener_.close();
  start(2, true);
  EXPECT_EQ(queued[0].read(4), "MN\r\n");
  EXPECT_EQ(queued[1].read(4), "MN\r\n");
  thread_.join();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(opened_by(0) + opened_by(1), 2U);
}

/// Uses up the process' descriptors until its end.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto few = before_;
    few.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd = open_one(); fd >= 0; fd = open_one()) taken_.push_back(fd);
  }
  ~NoDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  static int open_one() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

  rlimit before_{};
  std::vector<int> taken_;
};

/// UndefinedBehaviorSanitizer opens a pipe to look at an object's type.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kCanDoWithoutDescriptors = false;
#else
constexpr bool kCanDoWithoutDescriptors = true;
#endif

TEST_F(ListenerTest, WithoutDescriptorsItTriesAgainLater) {
  if (!kCanDoWithoutDescriptors) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  start(100, true);
  LoopbackClient client;
  auto& dispatcher = *dispatcher_;
  const auto server = to_tcp(endpoint_);
  {
    const NoDescriptors none;
    client.connect(server);  // as far as the listen queue
    EXPECT_TRUE(test::eventually([&dispatcher] { return !dispatcher.accepting(); }));
  }
  EXPECT_EQ(client.ask("mn\r\n", 4), "MN\r\n");
  stop_accepting();
  EXPECT_TRUE(dispatcher.accepting());
  // Between two tries it does nothing, so that it burns no core.
  EXPECT_EQ(dispatcher.pauses(), 1U);
  EXPECT_GE(dispatcher.paused_microseconds(), 10'000U);
  EXPECT_EQ(refused(command::Count::refused_descriptors), 1U);
}

}  // namespace
}  // namespace cocached::net
