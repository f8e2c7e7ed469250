#include "http/http_endpoint.hpp"

#include "tests/http/fake_source.hpp"

#include <functional>
#include <poll.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cocached::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using beast::http::field;
using beast::http::verb;

const tcp::endpoint kAnyPort{asio::ip::address_v4::loopback(), 0};

/// A running endpoint with a made-up server behind it.
class RunningEndpoint {
 public:
  explicit RunningEndpoint(const Limits& limits = {}, const History::Options& history = {})
      : RunningEndpoint(limits, history, [](FakeSource&) {}) {}

  RunningEndpoint(const Limits& limits, const History::Options& history,
                  const std::function<void(FakeSource&)>& prepare,
                  base::MemoryLedger& ledger = base::MemoryLedger::unlimited())
      : endpoint_({.address = kAnyPort}, source_, clock_, {}, limits, history, ledger) {
    prepare(source_);
    endpoint_.start();
  }

  tcp::endpoint address() const { return endpoint_.address(); }
  void stop() { endpoint_.stop(); }

 private:
  FakeSource source_;
  base::SystemClock clock_;
  HttpEndpoint endpoint_;
};

/// A blocking HTTP client.
class Client {
 public:
  explicit Client(const RunningEndpoint& endpoint) : socket_(io_) {
    socket_.connect(endpoint.address());
  }

  void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }

  void send(verb method, std::string_view target) {
    HttpRequest request{method, target, 11};
    request.set(field::host, "localhost");
    beast::http::write(socket_, request);
  }

  /// Whether it still went out.
  bool try_to_send(std::string_view bytes) {
    beast::error_code error;
    asio::write(socket_, asio::buffer(bytes), error);
    return !error;
  }

  /// The status of a request that is the only one; unknown where the server is gone before: whom
  /// it turns away it doesn't read.
  HttpStatus visit() {
    if (!try_to_send("GET /livez HTTP/1.0\r\n\r\n")) return HttpStatus::unknown;
    HttpResponse response;
    beast::error_code error;
    beast::http::read(socket_, buffer_, response, error);
    return error ? HttpStatus::unknown : response.result();
  }

  /// Whether the server has sent something, or closed, before the time is over.
  bool is_readable_within(std::chrono::milliseconds time) {
    pollfd waiting{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, static_cast<int>(time.count())) > 0;
  }

  HttpResponse receive(bool head = false) {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.skip(head);
    parser.body_limit(boost::none);
    beast::http::read(socket_, buffer_, parser);
    return parser.release();
  }

  /// Whether the server closes without saying any more.
  bool is_closed() {
    std::array<char, 1> byte;
    beast::error_code error;
    return buffer_.size() == 0 && socket_.read_some(asio::buffer(byte), error) == 0;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  beast::flat_buffer buffer_;
};

TEST(HttpEndpoint, AnswersRequestsOnOneConnection) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  for (const auto* target : {"/livez", "/metrics", "/stats.json", "/"}) {
    client.send(verb::get, target);
    EXPECT_EQ(client.receive().result(), HttpStatus::ok) << target;
  }
}

TEST(HttpEndpoint, AnswersPipelinedRequestsInOrder) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  client.send(
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /no HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().result(), HttpStatus::ok);
  EXPECT_EQ(client.receive().result(), HttpStatus::not_found);
  EXPECT_EQ(client.receive().result(), HttpStatus::ok);
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpEndpoint, SendsNoBodyForHead) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  client.send(verb::head, "/livez");
  EXPECT_EQ(client.receive(true)[field::content_length], "3");
  client.send(verb::get, "/livez");
  EXPECT_EQ(client.receive().body(), "ok\n");
}

TEST(HttpEndpoint, ReadsARequestInPieces) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  for (const char byte : std::string_view{"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"})
    client.send({&byte, 1});
  EXPECT_EQ(client.receive().result(), HttpStatus::ok);
}

TEST(HttpEndpoint, RefusesWhatIsNotHttp) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  client.send("get key\r\n\r\n");
  EXPECT_EQ(client.receive().result(), HttpStatus::bad_request);
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpEndpoint, RefusesLongHeaders) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.receive().result(), HttpStatus::request_header_fields_too_large);
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpEndpoint, DoesNotTakeABodyForARequest) {
  const RunningEndpoint endpoint;
  Client client{endpoint};
  client.send(
      "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n"
      "GET / HTTP/1.0\r\n\r\n");
  const auto response = client.receive();
  EXPECT_EQ(response.result(), HttpStatus::method_not_allowed);
  EXPECT_FALSE(response.keep_alive());
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpEndpoint, ClosesOnASlowHeader) {
  const RunningEndpoint endpoint{{.header = std::chrono::milliseconds{1}}};
  Client client{endpoint};
  client.send("GET / HTTP/1.1\r\n");
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpEndpoint, ClosesOnAHeaderByteByByte) {
  const RunningEndpoint endpoint{{.header = std::chrono::milliseconds{50}}};
  Client client{endpoint};
  client.send("GET / HTTP/1.1\r\nX: ");
  while (!client.is_readable_within(std::chrono::milliseconds{1})) client.try_to_send("y");
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpEndpoint, HasRoomAgainAfterSlowHeaders) {
  const RunningEndpoint endpoint{{.connections = 1, .header = std::chrono::milliseconds{50}}};
  Client slow{endpoint};
  slow.send("G");
  EXPECT_TRUE(slow.is_closed());
  while (Client{endpoint}.visit() != HttpStatus::ok) {
  }
}

// Found by a client that sent header lines without a pause: the limit was one of each read.
TEST(HttpEndpoint, ClosesOnAClientThatNeverStopsSending) {
  const RunningEndpoint endpoint{{.linger = std::chrono::milliseconds{20}}};
  Client client{endpoint};
  client.send("GET / HTTP/1.1\r\n");
  const std::string line(1024, 'x');
  std::size_t sent = 0;
  while (sent < (std::size_t{256} << 20) && client.try_to_send(line)) sent += line.size();
  EXPECT_LT(sent, std::size_t{256} << 20);
}

TEST(HttpEndpoint, ClosesIdleConnections) {
  const RunningEndpoint endpoint{{.idle = std::chrono::milliseconds{1}}};
  Client client{endpoint};
  EXPECT_TRUE(client.is_closed());
}

/// A client that has had one answer and may ask again.
struct IdleClient : Client {
  explicit IdleClient(const RunningEndpoint& endpoint) : Client(endpoint) {
    send(verb::get, "/livez");
    EXPECT_EQ(receive().result(), HttpStatus::ok);
  }
};

// 64 idle connections made /livez answer 503 for a minute.
TEST(HttpEndpoint, TheLongestIdleConnectionGivesWay) {
  const RunningEndpoint endpoint{{.connections = 2}};
  IdleClient first{endpoint};
  IdleClient second{endpoint};
  IdleClient third{endpoint};
  EXPECT_TRUE(first.is_closed());
  for (auto* client : {&second, &third}) {
    client->send(verb::get, "/livez");
    EXPECT_EQ(client->receive().result(), HttpStatus::ok);
  }
}

TEST(HttpEndpoint, ConnectionsThatNeverAskGiveWay) {
  const RunningEndpoint endpoint{{.connections = 2}};
  Client silent{endpoint};
  Client halfway{endpoint};
  halfway.send("GET / HT");
  EXPECT_EQ(Client{endpoint}.visit(), HttpStatus::ok);
  EXPECT_EQ(silent.receive().result(), HttpStatus::service_unavailable);
}

TEST(HttpEndpoint, AnIdleConnectionGivesWayBeforeHalfARequest) {
  const RunningEndpoint endpoint{{.connections = 2}};
  Client halfway{endpoint};
  halfway.send("GET /livez HTTP/1.1\r\nHo");
  IdleClient idle{endpoint};
  IdleClient other{endpoint};
  EXPECT_TRUE(idle.is_closed());
  halfway.send("st: localhost\r\n\r\n");
  EXPECT_EQ(halfway.receive().result(), HttpStatus::ok);
}

TEST(HttpEndpoint, HalfARequestThatGivesWayIsTold) {
  const RunningEndpoint endpoint{{.connections = 1}};
  Client halfway{endpoint};
  halfway.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(Client{endpoint}.visit(), HttpStatus::ok);
  EXPECT_EQ(halfway.receive().result(), HttpStatus::service_unavailable);
  EXPECT_TRUE(halfway.is_closed());
}

constexpr std::size_t kMoreThanSocketsHold = std::size_t{32} << 20;

void prepare_a_large_answer(FakeSource& source) {
  source.page.keys[0].key.assign(kMoreThanSocketsHold, 'x');
}

TEST(HttpEndpoint, WhoIsBeingAnsweredDoesNotGiveWay) {
  const RunningEndpoint endpoint{
      {.connections = 1, .write = std::chrono::hours{1}, .patience = std::chrono::hours{1}},
      {},
      prepare_a_large_answer};
  Client slow{endpoint};
  slow.send(verb::get, "/keys");
  ASSERT_TRUE(slow.is_readable_within(std::chrono::minutes{1}));
  Client refused{endpoint};
  EXPECT_EQ(refused.receive().result(), HttpStatus::service_unavailable);
  EXPECT_TRUE(refused.is_closed());
  EXPECT_GT(slow.receive().body().size(), kMoreThanSocketsHold);
}

// 64 clients that did not read kept probes out for half a minute, as often as they liked.
TEST(HttpEndpoint, WhoDoesNotReadAnAnswerGivesWay) {
  const RunningEndpoint endpoint{
      {.connections = 1, .write = std::chrono::hours{1}, .patience = std::chrono::milliseconds{1}},
      {},
      prepare_a_large_answer};
  Client slow{endpoint};
  slow.send(verb::get, "/keys");
  ASSERT_TRUE(slow.is_readable_within(std::chrono::minutes{1}));
  while (Client{endpoint}.visit() != HttpStatus::ok) {
  }
}

TEST(HttpEndpoint, CountsWhomItTurnsAway) {
  const RunningEndpoint endpoint{{.connections = 1}};
  const IdleClient idle{endpoint};
  Client client{endpoint};
  client.send(verb::get, "/no");
  EXPECT_EQ(client.receive().result(), HttpStatus::not_found);
  client.send(verb::get, "/metrics");
  const auto shown = client.receive().body();
  for (const auto* line : {"cocached_http_connections 1\n", "cocached_http_connections_total 2\n",
                           "cocached_http_connections_refused_total{reason=\"gave_way\"} 1\n",
                           "cocached_http_connections_refused_total{reason=\"limit\"} 0\n",
                           "cocached_http_answers_total{status=\"200\"} 1\n",
                           "cocached_http_answers_total{status=\"404\"} 1\n"})
    EXPECT_THAT(shown, testing::HasSubstr(line));
  client.send(verb::get, "/stats.json");
  EXPECT_EQ(nlohmann::json::parse(client.receive().body())["http"]["gave_way"], 1);
}

TEST(HttpEndpoint, ForgetsClientsThatLeave) {
  const RunningEndpoint endpoint{{.connections = 1}};
  for (int served = 0; served < 5;) served += Client{endpoint}.visit() == HttpStatus::ok ? 1 : 0;
}

TEST(HttpEndpoint, FailsWhereThePortIsTaken) {
  const RunningEndpoint endpoint;
  const FakeSource source;
  const base::SystemClock clock;
  EXPECT_THROW((HttpEndpoint{{.address = endpoint.address()}, source, clock}),
               boost::system::system_error);
}

TEST(HttpEndpoint, RemembersAPointAStep) {
  const RunningEndpoint endpoint{{}, {.step = std::chrono::milliseconds{2}, .points = 3}};
  Client client{endpoint};
  std::size_t points = 0;
  while (points < 3) {
    client.send(verb::get, "/history.json");
    points = nlohmann::json::parse(client.receive().body())["at_ms"].size();
  }
}

TEST(HttpEndpoint, AFailureEndsOneConnection) {
  const RunningEndpoint endpoint{
      {}, {.step = std::chrono::hours{1}}, [](FakeSource& source) { source.failures = 1'000'000; }};
  Client client{endpoint};
  client.send(verb::get, "/metrics");
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(Client{endpoint}.visit(), HttpStatus::ok);
}

// The first failure ended the history for good.
TEST(HttpEndpoint, GoesOnRememberingAfterAFailure) {
  const RunningEndpoint endpoint{{},
                                 {.step = std::chrono::milliseconds{2}, .points = 3},
                                 [](FakeSource& source) { source.failures = 3; }};
  Client client{endpoint};
  std::size_t points = 0;
  while (points < 3) {
    client.send(verb::get, "/history.json");
    points = nlohmann::json::parse(client.receive().body())["at_ms"].size();
  }
}

/// The fault: its buffers were in no account.
TEST(HttpEndpoint, ItsBuffersAreBooked) {
  constexpr std::size_t kHeader = 8192;
  base::MemoryLedger ledger{std::size_t{1} << 20};
  const RunningEndpoint endpoint{{}, {}, [](FakeSource&) {}, ledger};
  Client client{endpoint};
  client.send(verb::get, "/metrics");
  EXPECT_EQ(client.receive().result(), HttpStatus::ok);
  client.send(verb::get, "/livez");  // then the answer before it is gone
  EXPECT_EQ(client.receive().result(), HttpStatus::ok);
  EXPECT_GE(ledger.used(), kHeader);
  base::Booking others{ledger};
  while (others.try_add(64, base::MemoryUse::small)) continue;
  client.send(verb::get, "/metrics");
  EXPECT_EQ(client.receive().result(), HttpStatus::service_unavailable);
  EXPECT_NE(Client{endpoint}.visit(), HttpStatus::ok);
  others.clear();
  EXPECT_EQ(Client{endpoint}.visit(), HttpStatus::ok);
}

TEST(HttpEndpoint, StopsWithOpenConnections) {
  RunningEndpoint endpoint;
  Client idle{endpoint};
  Client halfway{endpoint};
  halfway.send("GET / HT");
  endpoint.stop();
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(halfway.is_closed());
}

TEST(HttpEndpoint, StopsWithoutHavingStarted) {
  const FakeSource source;
  const base::SystemClock clock;
  HttpEndpoint endpoint{{.address = kAnyPort}, source, clock};
  EXPECT_NE(endpoint.address().port(), 0);
  endpoint.stop();
}

}  // namespace
}  // namespace cocached::http
