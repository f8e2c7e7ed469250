// A request to the HTTP endpoint, from its first byte to the bytes of the answer.

#include "http/routes.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/http/fake_source.hpp"
#include "tests/support/manual_clock.hpp"

#include <sstream>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/write.hpp>

using namespace cocached;
using fuzz::demand;
namespace beast = boost::beast;

namespace {

/// A client that demands a length gets the right one.
void check(const http::HttpResponse& response, bool is_head) {
  std::ostringstream bytes;
  bytes << response;
  const auto whole = bytes.str();
  demand(whole.starts_with("HTTP/1."), "an answer is one of HTTP/1");
  const auto body = whole.size() - whole.find("\r\n\r\n") - 4;
  demand(body == response.body().size(), "the header ends where the body begins");
  if (!is_head)
    demand(response[beast::http::field::content_length] == std::to_string(body),
           "the length is that of the body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.header_limit(8192);
  beast::error_code error;
  parser.put(boost::asio::buffer(data, size), error);
  if (!parser.is_header_done()) return 0;

  const http::FakeSource source;
  const test::ManualClock clock;
  const http::History history{clock};
  const http::Traffic traffic;
  for (const auto audience : {http::Audience::loopback, http::Audience::everyone})
    check(http::respond(parser.get(), {source, history, traffic}, audience),
          parser.get().method() == beast::http::verb::head);
  return 0;
}
