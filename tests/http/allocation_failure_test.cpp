// Every allocation of the endpoint's thread fails once: that ends one connection at most, and the
// next client is served.

#include "http/http_endpoint.hpp"
#include "tests/http/fake_source.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace {

/// How many more allocations of other threads than the test's succeed before one fails.
std::atomic<long> http_successes_left{-1};
thread_local bool is_spared_by_http = false;

bool http_fails_now() noexcept {
  if (is_spared_by_http || http_successes_left.load(std::memory_order_relaxed) < 0) return false;
  return http_successes_left.fetch_sub(1, std::memory_order_relaxed) == 0;
}

}  // namespace

void* operator new(std::size_t size) {
  auto* memory = http_fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace cocached::http {
namespace {

class HttpAllocationFailureTest : public testing::Test {
 protected:
  HttpAllocationFailureTest() {
    is_spared_by_http = true;
    endpoint_.start();
  }
  ~HttpAllocationFailureTest() override {
    endpoint_.stop();
    is_spared_by_http = false;
  }

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
    http_successes_left = successes;
    visit();
    failed = http_successes_left.exchange(-1) < 0;
    EXPECT_EQ(visit(), "HTTP/1.0 200 OK") << successes;
  }
}

}  // namespace
}  // namespace cocached::http
