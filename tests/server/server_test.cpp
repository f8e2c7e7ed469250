#include "server/server.hpp"

#include <csignal>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Settings any_port() {
  Settings settings;
  settings.listen = {"127.0.0.1"};
  settings.port = 0;
  settings.threads = 2;
  settings.http_address = "127.0.0.1:0";
  return settings;
}

/// A server that runs as long as this lives.
class RunningServer {
 public:
  explicit RunningServer(const Settings& settings = any_port()) : server_(settings) {
    thread_ = std::thread{[this] { server_.run(); }};
  }
  ~RunningServer() {
    server_.stop();
    wait();
  }

  void wait() {
    if (thread_.joinable()) thread_.join();
  }

  std::uint16_t port() const { return server_.endpoints().front().port; }
  std::uint16_t http_port() const { return server_.http_endpoint()->port; }

 private:
  Server server_;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void tell(std::string_view request) { asio::write(socket_, asio::buffer(request)); }

  /// The reply to `request`, up to and with `end`.
  std::string ask(std::string_view request, std::string_view end) {
    tell(request);
    std::string reply;
    asio::read_until(socket_, asio::dynamic_buffer(reply), end);
    return reply;
  }

  bool is_closed() {
    char byte = 0;
    boost::system::error_code error;
    return socket_.read_some(asio::buffer(&byte, 1), error) == 0;
  }

 private:
  asio::io_context context_;
  tcp::socket socket_;
};

std::string stats(const RunningServer& server, const std::string& arguments = "") {
  return Client{server.port()}.ask("stats" + arguments + "\r\n", "END\r\n");
}

TEST(Server, ServesWhatItStores) {
  const RunningServer server;
  Client client{server.port()};
  EXPECT_EQ(client.ask("set a 0 0 1\r\nx\r\n", "\r\n"), "STORED\r\n");
  EXPECT_EQ(Client{server.port()}.ask("get a\r\n", "END\r\n"), "VALUE a 0 1\r\nx\r\nEND\r\n");
}

TEST(Server, CountsItsConnections) {
  const RunningServer server;
  Client first{server.port()};
  first.ask("version\r\n", "\r\n");
  const auto reply = stats(server);
  EXPECT_THAT(reply, HasSubstr("STAT curr_connections 2\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT total_connections 2\r\n"));
}

TEST(Server, ResetsCountersAndNotGauges) {
  const RunningServer server;
  Client client{server.port()};
  client.ask("set a 0 0 1\r\nx\r\n", "\r\n");
  EXPECT_EQ(client.ask("stats reset\r\n", "\r\n"), "RESET\r\n");
  const auto reply = client.ask("stats\r\n", "END\r\n");
  EXPECT_THAT(reply, HasSubstr("STAT cmd_set 0\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT curr_connections 1\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT curr_items 1\r\n"));
}

TEST(Server, ShowsItsSettings) {
  auto settings = any_port();
  settings.memory_limit = std::size_t{32} << 20;
  settings.evict = false;
  const RunningServer server{settings};
  const auto reply = stats(server, " settings");
  EXPECT_THAT(reply, HasSubstr("STAT maxbytes 33554432\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT inter 127.0.0.1\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT evictions off\r\n"));
}

TEST(Server, ShowsChangedSettings) {
  const RunningServer server;
  Client client{server.port()};
  client.ask("cache_memlimit 32\r\n", "\r\n");
  client.ask("verbosity 1\r\n", "\r\n");
  const auto reply = client.ask("stats settings\r\n", "END\r\n");
  client.ask("verbosity 0\r\n", "\r\n");
  EXPECT_THAT(reply, HasSubstr("STAT maxbytes 33554432\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT verbosity 1\r\n"));
}

TEST(Server, SpeaksOnlyTheProtocolItIsToldTo) {
  const std::string binary_version = std::string{"\x80\x0b"} + std::string(22, '\0') + "\r\n";
  auto settings = any_port();
  settings.protocols = command::Protocols::text;
  const RunningServer server{settings};
  EXPECT_EQ(Client{server.port()}.ask(binary_version, "\r\n"), "ERROR\r\n");
}

TEST(Server, ServesHttp) {
  const RunningServer server;
  const auto reply = Client{server.http_port()}.ask("GET /metrics HTTP/1.0\r\n\r\n", "\r\n\r\n");
  EXPECT_THAT(reply, HasSubstr("200 OK"));
}

TEST(Server, ListensOnEveryAddressItIsGiven) {
  auto settings = any_port();
  settings.listen = {"127.0.0.1", "127.0.0.2:0"};
  const Server server{settings};
  ASSERT_THAT(server.endpoints(), SizeIs(2));
  EXPECT_EQ(server.endpoints()[1].address, "127.0.0.2");
  EXPECT_NE(server.endpoints()[1].port, 0);
}

TEST(Server, TakesOnePortForEveryAddressOfAnEntry) {
  auto settings = any_port();
  settings.listen = {"*"};
  const Server server{settings};
  for (const auto& endpoint : server.endpoints())
    EXPECT_EQ(endpoint.port, server.endpoints().front().port);
}

TEST(Server, FailsWhereItsPortIsTaken) {
  const RunningServer first;
  auto settings = any_port();
  settings.port = first.port();
  EXPECT_THROW(Server{settings}, std::system_error);
}

TEST(Server, FailsOnSettingsThatCannotBe) {
  auto settings = any_port();
  settings.threads = 0;
  EXPECT_THROW(Server{settings}, std::invalid_argument);
}

TEST(Server, DoesWithoutADefaultHttpPortThatIsTaken) {
  const RunningServer first;
  auto settings = any_port();
  settings.http_address = "127.0.0.1:" + std::to_string(first.http_port());
  EXPECT_FALSE(Server{settings}.http_endpoint());
  settings.http_asked_for = true;
  EXPECT_THROW(Server{settings}, std::system_error);
}

TEST(Server, HasNoHttpWhereNoneIsWished) {
  auto settings = any_port();
  settings.http = false;
  EXPECT_FALSE(Server{settings}.http_endpoint());
}

TEST(Server, ClosesItsConnectionsOnTheShutdownCommand) {
  auto settings = any_port();
  settings.shutdown_command = true;
  RunningServer server{settings};
  Client idle{server.port()};
  idle.ask("version\r\n", "\r\n");
  Client{server.port()}.tell("shutdown\r\n");
  server.wait();
  EXPECT_TRUE(idle.is_closed());
}

TEST(Server, StopsBeforeItHasRun) {
  Server server{any_port()};
  server.stop();
  std::thread{[&] { server.run(); }}.join();
}

/// It would end the process as if that had failed: nobody handles it any more.
TEST(Server, ASignalAfterTheEndIsNotTaken) {
  Server server{any_port()};
  server.stop();
  bool is_blocked = false;
  std::thread{[&] {
    server.run();
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    is_blocked = sigismember(&mask, SIGTERM) == 1;
  }}.join();
  EXPECT_TRUE(is_blocked);
}

TEST(ServerAddress, IsWrittenAsInUrls) {
  EXPECT_EQ(to_string(ServerAddress{"127.0.0.1", 11211, false}), "127.0.0.1:11211");
  EXPECT_EQ(to_string(ServerAddress{"::1", 11211, true}), "[::1]:11211");
}

}  // namespace
}  // namespace cocached::server
