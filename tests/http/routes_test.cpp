#include "http/routes.hpp"

#include "tests/http/fake_source.hpp"
#include "tests/support/manual_clock.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::http {
namespace {

using boost::beast::http::field;
using boost::beast::http::verb;
using ::testing::HasSubstr;

Request request(verb method, std::string_view target, std::string_view host = "localhost:9150") {
  Request request{method, target, 11};
  request.set(field::host, host);
  return request;
}

Response ask(const Request& request, Audience audience = Audience::loopback) {
  const FakeSource source;
  const test::ManualClock clock;
  const History history{clock};
  return respond(request, {source, history}, audience);
}

Response get(std::string_view target) {
  return ask(request(verb::get, target));
}

std::string type_of(const Response& response) {
  return std::string{response[field::content_type]};
}

TEST(Routes, ServeEveryPath) {
  EXPECT_THAT(type_of(get("/")), HasSubstr("text/html"));
  EXPECT_THAT(type_of(get("/assets/page.css")), HasSubstr("text/css"));
  EXPECT_THAT(type_of(get("/metrics")), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_EQ(type_of(get("/stats.json")), "application/json");
  EXPECT_EQ(type_of(get("/history.json")), "application/json");
  EXPECT_EQ(type_of(get("/hotkeys.json")), "application/json");
  EXPECT_EQ(type_of(get("/mrc.json")), "application/json");
  EXPECT_EQ(get("/livez").body(), "ok\n");
}

/// The paths that stand in `text` between `before` and a quote, put behind `folder`.
std::vector<std::string> quoted(std::string_view text, std::string_view before,
                                std::string_view folder) {
  std::vector<std::string> found;
  for (auto at = text.find(before); at != std::string_view::npos; at = text.find(before, at)) {
    at += before.size();
    found.push_back(std::string{folder}.append(text.substr(at, text.find('"', at) - at)));
  }
  return found;
}

/// The page and whatever its files name.
TEST(Routes, ServeEveryFileOfThePage) {
  std::vector<std::string> files{"/"};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto text = get(files[i]).body();
    EXPECT_GT(text.size(), 100U) << files[i];
    for (const auto* before : {"href=\"/assets/", "src=\"/assets/", "from \"./"})
      for (const auto& name : quoted(text, before, "/assets/"))
        if (std::ranges::find(files, name) == files.end()) files.push_back(name);
  }
  EXPECT_EQ(files.size(), 12U);
}

TEST(Routes, IgnoreTheQuery) {
  EXPECT_EQ(get("/livez?verbose").result(), Status::ok);
}

TEST(Routes, DoNotKnowOtherPaths) {
  for (const auto* target : {"/no", "/metrics/", "//", "*", "/..", "http://localhost/metrics"})
    EXPECT_EQ(get(target).result(), Status::not_found) << target;
}

TEST(Routes, AreReadOnly) {
  for (const auto method : {verb::post, verb::put, verb::delete_, verb::options, verb::unknown}) {
    const auto response = ask(request(method, "/metrics"));
    EXPECT_EQ(response.result(), Status::method_not_allowed);
    EXPECT_EQ(response[field::allow], "GET, HEAD");
  }
}

TEST(Routes, AnswerHeadWithoutBody) {
  const auto response = ask(request(verb::head, "/livez"));
  EXPECT_EQ(response.result(), Status::ok);
  EXPECT_EQ(response[field::content_length], "3");
  EXPECT_TRUE(response.body().empty());
}

TEST(Routes, RejectForeignHostsOnTheLoopback) {
  const auto foreign = request(verb::get, "/metrics", "rebound.example:9150");
  EXPECT_EQ(ask(foreign, Audience::loopback).result(), Status::misdirected_request);
  EXPECT_EQ(ask(foreign, Audience::everyone).result(), Status::ok);
}

TEST(Routes, DemandExactlyOneHostSinceHttp11) {
  EXPECT_EQ(ask(Request{verb::get, "/livez", 11}).result(), Status::bad_request);
  EXPECT_EQ(ask(Request{verb::get, "/livez", 10}).result(), Status::ok);
  auto twice = request(verb::get, "/livez");
  twice.insert(field::host, "localhost");
  EXPECT_EQ(ask(twice).result(), Status::bad_request);
}

TEST(Routes, KeepTheConnectionAsAsked) {
  auto closing = request(verb::get, "/livez");
  EXPECT_TRUE(ask(closing).keep_alive());
  closing.keep_alive(false);
  EXPECT_FALSE(ask(closing).keep_alive());
  EXPECT_FALSE(refusal(Status::bad_request).keep_alive());
}

TEST(Routes, ForbidThePageWhatItDoesNotNeed) {
  const auto response = get("/");
  EXPECT_THAT(std::string{response["Content-Security-Policy"]}, HasSubstr("default-src 'none'"));
  EXPECT_EQ(response["X-Content-Type-Options"], "nosniff");
  EXPECT_THAT(response.body(), ::testing::Not(HasSubstr("style=")));
  EXPECT_THAT(response.body(), ::testing::Not(HasSubstr("http://")));
}

}  // namespace
}  // namespace cocached::http
