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

HttpRequest request(verb method, std::string_view target,
                    std::string_view host = "localhost:9150") {
  HttpRequest request{method, target, 11};
  request.set(field::host, host);
  return request;
}

HttpResponse ask(const HttpRequest& request, Audience audience = Audience::loopback) {
  const FakeSource source;
  const test::ManualClock clock;
  const History history{clock};
  const Traffic traffic;
  return respond(request, {source, history, traffic}, audience);
}

HttpResponse get(std::string_view target) {
  return ask(request(verb::get, target));
}

std::string type_of(const HttpResponse& response) {
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
  EXPECT_EQ(type_of(get("/keys")), "application/json");
  EXPECT_EQ(get("/livez").body(), "ok\n");
  EXPECT_EQ(get("/readyz").body(), "ok\n");
}

class SourceRoutes : public testing::Test {
 protected:
  HttpResponse ask(const HttpRequest& request, std::string_view token = {}) {
    return respond(request, {source_, history_, traffic_}, Audience::loopback, token);
  }
  HttpResponse get(std::string_view target) { return ask(request(verb::get, target)); }

  FakeSource source_;
  test::ManualClock clock_;
  History history_{clock_};
  Traffic traffic_;
};

TEST_F(SourceRoutes, AreNotReadyWhileDraining) {
  source_.stopping = true;
  EXPECT_EQ(get("/readyz").result(), HttpStatus::service_unavailable);
  EXPECT_EQ(get("/readyz").body(), "draining\n");
  EXPECT_EQ(get("/livez").result(), HttpStatus::ok);
}

TEST_F(SourceRoutes, AreNotReadyWhileASnapshotIsLoaded) {
  source_.loaded_share = 0.428;
  EXPECT_EQ(get("/readyz").result(), HttpStatus::service_unavailable);
  EXPECT_EQ(get("/readyz").body(), "loading: 42 %\n");
  EXPECT_EQ(get("/livez").result(), HttpStatus::ok);
}

TEST_F(SourceRoutes, PassOnWhichKeysAreAskedFor) {
  EXPECT_EQ(get("/keys").result(), HttpStatus::ok);
  EXPECT_EQ(source_.asked.prefix, "");
  EXPECT_EQ(source_.asked.limit, 100U);
  EXPECT_EQ(source_.asked.cursor, 0U);
  EXPECT_EQ(get("/keys?limit=7&cursor=4294967299&prefix=a%26b%2F").result(), HttpStatus::ok);
  EXPECT_EQ(source_.asked.prefix, "a&b/");
  EXPECT_EQ(source_.asked.limit, 7U);
  EXPECT_EQ(source_.asked.cursor, 4294967299U);
}

TEST_F(SourceRoutes, RefuseQueriesThatMakeNoSense) {
  for (const auto* query : {"limit=0", "limit=1001", "limit=-1", "limit=", "limit=x", "cursor=1x",
                            "cursor=99999999999999999999", "prefix=%zz"})
    EXPECT_EQ(get(std::string{"/keys?"} + query).result(), HttpStatus::bad_request) << query;
  EXPECT_EQ(get("/keys?prefix=" + std::string(251, 'x')).result(), HttpStatus::bad_request);
  EXPECT_EQ(get("/keys?prefix=" + std::string(250, 'x')).result(), HttpStatus::ok);
}

TEST_F(SourceRoutes, SayThatKeysArePrivate) {
  source_.hidden = "keys are private";
  for (const auto* target : {"/keys", "/keys?limit=x", "/hotkeys.json"}) {
    EXPECT_EQ(get(target).result(), HttpStatus::forbidden) << target;
    EXPECT_THAT(get(target).body(), HasSubstr("keys are private")) << target;
  }
  EXPECT_THAT(get("/hotkeys.json").body(), HasSubstr("\"enabled\": false"));
  EXPECT_EQ(get("/mrc.json").result(), HttpStatus::ok);
}

TEST_F(SourceRoutes, AskForTheToken) {
  const auto with = [](std::string_view value) {
    auto asking = request(verb::get, "/metrics");
    asking.set(field::authorization, value);
    return asking;
  };
  const auto refused = ask(request(verb::get, "/metrics"), "secret");
  EXPECT_EQ(refused.result(), HttpStatus::unauthorized);
  EXPECT_EQ(refused.count(field::www_authenticate), 2U);
  EXPECT_EQ(ask(with("Bearer wrong!"), "secret").result(), HttpStatus::unauthorized);
  EXPECT_EQ(ask(with("Bearer secret"), "secret").result(), HttpStatus::ok);
  EXPECT_EQ(ask(with("Basic YTpzZWNyZXQ="), "secret").result(), HttpStatus::ok);
  EXPECT_EQ(ask(with("Bearer secret")).result(), HttpStatus::ok);
  auto twice = with("Bearer secret");
  twice.insert(field::authorization, "Bearer secret");
  EXPECT_EQ(ask(twice, "secret").result(), HttpStatus::unauthorized);
}

TEST_F(SourceRoutes, TellProbesWithoutAToken) {
  EXPECT_EQ(ask(request(verb::get, "/livez"), "secret").result(), HttpStatus::ok);
  EXPECT_EQ(ask(request(verb::get, "/readyz"), "secret").result(), HttpStatus::ok);
  EXPECT_EQ(ask(request(verb::get, "/keys"), "secret").result(), HttpStatus::unauthorized);
}

TEST(Routes, PackWhatIsLargeForThoseWhoTakeIt) {
  auto asking = request(verb::get, "/metrics");
  const auto plain = ask(asking);
  EXPECT_EQ(plain.count(field::content_encoding), 0U);
  EXPECT_EQ(plain[field::vary], "Accept-Encoding");
  asking.set(field::accept_encoding, "gzip, deflate");
  const auto packed = ask(asking);
  EXPECT_EQ(packed[field::content_encoding], "gzip");
  EXPECT_LT(packed.body().size() * 3, plain.body().size());
  EXPECT_EQ(packed[field::content_length], std::to_string(packed.body().size()));
  asking.target("/livez");
  EXPECT_EQ(ask(asking).count(field::content_encoding), 0U);
}

TEST(Routes, AnswerHeadLikeGetWithoutTheBody) {
  for (const auto* target : {"/", "/metrics", "/keys", "/readyz", "/no", "/keys?limit=0"}) {
    for (const auto* coding : {"", "gzip"}) {
      auto asking = request(verb::get, target);
      asking.set(field::accept_encoding, coding);
      const auto got = ask(asking);
      asking.method(verb::head);
      const auto head = ask(asking);
      EXPECT_EQ(head.result(), got.result()) << target;
      EXPECT_EQ(head[field::content_type], got[field::content_type]) << target;
      EXPECT_EQ(head[field::content_encoding], got[field::content_encoding]) << target;
      EXPECT_TRUE(head.body().empty()) << target;
    }
  }
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
  EXPECT_EQ(get("/livez?verbose").result(), HttpStatus::ok);
}

TEST(Routes, DoNotKnowOtherPaths) {
  for (const auto* target : {"/no", "/metrics/", "//", "*", "/..", "http://localhost/metrics"})
    EXPECT_EQ(get(target).result(), HttpStatus::not_found) << target;
}

TEST(Routes, AreReadOnly) {
  for (const auto method : {verb::post, verb::put, verb::delete_, verb::options, verb::unknown}) {
    const auto response = ask(request(method, "/metrics"));
    EXPECT_EQ(response.result(), HttpStatus::method_not_allowed);
    EXPECT_EQ(response[field::allow], "GET, HEAD");
  }
}

TEST(Routes, AnswerHeadWithoutBody) {
  const auto response = ask(request(verb::head, "/livez"));
  EXPECT_EQ(response.result(), HttpStatus::ok);
  EXPECT_EQ(response[field::content_length], "3");
  EXPECT_TRUE(response.body().empty());
}

TEST(Routes, RejectForeignHostsOnTheLoopback) {
  const auto foreign = request(verb::get, "/metrics", "rebound.example:9150");
  EXPECT_EQ(ask(foreign, Audience::loopback).result(), HttpStatus::misdirected_request);
  EXPECT_EQ(ask(foreign, Audience::everyone).result(), HttpStatus::ok);
}

TEST(Routes, DemandExactlyOneHostSinceHttp11) {
  EXPECT_EQ(ask(HttpRequest{verb::get, "/livez", 11}).result(), HttpStatus::bad_request);
  EXPECT_EQ(ask(HttpRequest{verb::get, "/livez", 10}).result(), HttpStatus::ok);
  auto twice = request(verb::get, "/livez");
  twice.insert(field::host, "localhost");
  EXPECT_EQ(ask(twice).result(), HttpStatus::bad_request);
}

TEST(Routes, KeepTheConnectionAsAsked) {
  auto closing = request(verb::get, "/livez");
  EXPECT_TRUE(ask(closing).keep_alive());
  closing.keep_alive(false);
  EXPECT_FALSE(ask(closing).keep_alive());
  EXPECT_FALSE(refusal(HttpStatus::bad_request).keep_alive());
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
