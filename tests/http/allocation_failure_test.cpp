// Every allocation of the endpoint's thread fails once: that ends one connection at most, and the
// next client is served.

#include "http/http_endpoint.hpp"
#include "tests/http/fake_source.hpp"
#include "tests/support/failing_allocation.hpp"

#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace cocached::http {
namespace {

class HttpAllocationFailureTest : public testing::Test {
 protected:
  HttpAllocationFailureTest() { endpoint_.start(); }
  ~HttpAllocationFailureTest() override { endpoint_.stop(); }

  /// Returns the first line of the answer; empty where the server has closed.
  std::string visit() {
    net::asio::io_context io;
    net::tcp::socket socket{io};
    net::error_code error;
    socket.connect(endpoint_.address(), error);
    const std::string_view request = "GET /livez HTTP/1.0\r\n\r\n";
    net::asio::write(socket, net::asio::buffer(request), error);
    std::string answer(15, '\0');
    answer.resize(socket.read_some(net::asio::buffer(answer), error));
    return answer;
  }

  const test::SparedThread spared_;
  FakeSource source_;
  base::SystemClock clock_;
  HttpEndpoint endpoint_{{.address = {net::asio::ip::address_v4::loopback(), 0}},
                         source_,
                         clock_,
                         {},
                         {},
                         {.step = std::chrono::hours{1}}};
};

TEST_F(HttpAllocationFailureTest, EndsOneConnectionAtMost) {
  EXPECT_EQ(visit(), "HTTP/1.0 200 OK");
  bool failed = true;
  for (long successes = 0; failed && !HasFailure(); ++successes) {
    test::fail_allocation_after(successes);
    visit();
    failed = test::stop_failing_allocations();
    EXPECT_EQ(visit(), "HTTP/1.0 200 OK") << successes;
  }
}

}  // namespace
}  // namespace cocached::http
