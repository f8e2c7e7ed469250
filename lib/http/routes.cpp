#include "http/routes.hpp"

#include "base/version.hpp"
#include "http/gzip.hpp"
#include "http/host_check.hpp"
#include "http/json/stats_json.hpp"
#include "http/key_query.hpp"
#include "http/metrics/metrics.hpp"
#include "http/page_assets.hpp"
#include "http/token.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace cocached::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;
using beast::http::verb;

struct Answer {
  std::string body;
  HttpStatus status = HttpStatus::ok;
};

struct Route {
  std::string_view path;
  std::string_view type;
  Answer (*answer)(const Content&, std::string_view target);
  bool is_public = false;  ///< needs no token
};

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";

template <auto text>
Answer embedded(const Content& /*content*/, std::string_view /*target*/) {
  return {std::string{text()}};
}

template <auto text>
Answer shown(const Content& content, std::string_view /*target*/) {
  return {text(content)};
}

Snapshot snapshot_of(const Content& content) {
  auto snapshot = content.source.snapshot();
  snapshot.http = content.traffic;
  return snapshot;
}

/// For those who send traffic where it is served: not while the server loads a snapshot, nor while
/// it stops.
Answer readiness(const Content& content, std::string_view /*target*/) {
  if (content.source.draining()) return {"draining\n", HttpStatus::service_unavailable};
  if (const auto share = content.source.loading())
    return {fmt::format("loading: {} %\n", static_cast<int>(100 * *share)),
            HttpStatus::service_unavailable};
  return {"ok\n"};
}

Answer hot_keys(const Content& content, std::string_view /*target*/) {
  const auto hidden = content.source.why_keys_are_hidden();
  if (!hidden.empty()) return {no_hot_keys_json(hidden), HttpStatus::forbidden};
  return {hot_keys_json(content.source.hot_keys())};
}

Answer keys(const Content& content, std::string_view target) {
  const auto hidden = content.source.why_keys_are_hidden();
  if (!hidden.empty()) return {error_json(hidden), HttpStatus::forbidden};
  const auto query = parse_key_query(target);
  if (!query)
    return {error_json("prefix, limit from 1 to 1000, and cursor are understood"),
            HttpStatus::bad_request};
  return {keys_json(content.source.keys(*query))};
}

/// Everything that can be asked for. Read-only: GET and HEAD.
constexpr auto kRoutes = std::to_array<Route>({
    {"/", "text/html; charset=utf-8", embedded<page_html>},
    {"/assets/page.css", "text/css; charset=utf-8", embedded<page_css>},
    {"/assets/icon.svg", "image/svg+xml", embedded<icon_svg>},
    {"/assets/theme.js", kScript, embedded<theme_js>},
    {"/assets/page.js", kScript, embedded<page_js>},
    {"/assets/axis.js", kScript, embedded<axis_js>},
    {"/assets/chart.js", kScript, embedded<chart_js>},
    {"/assets/dom.js", kScript, embedded<dom_js>},
    {"/assets/format.js", kScript, embedded<format_js>},
    {"/assets/insight.js", kScript, embedded<insight_js>},
    {"/assets/model.js", kScript, embedded<model_js>},
    {"/assets/panels.js", kScript, embedded<panels_js>},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8",
     shown<[](const Content& content) { return metrics(snapshot_of(content)); }>},
    {"/stats.json", kJson,
     shown<[](const Content& content) { return stats_json(snapshot_of(content)); }>},
    {"/history.json", kJson, shown<[](const Content& content) { return content.history.json(); }>},
    {"/hotkeys.json", kJson, hot_keys},
    {"/mrc.json", kJson, shown<[](const Content& content) {
       return miss_ratio_json(content.source.miss_ratio_curve());
     }>},
    {"/keys", kJson, keys},
    {"/livez", kText, shown<[](const Content&) { return std::string{"ok\n"}; }>, true},
    {"/readyz", kText, readiness, true},
});

/// Nothing from elsewhere, no inline script or style, and nobody's frame.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

HttpResponse make_response(HttpStatus status, std::string_view type, std::string body) {
  HttpResponse response{status, 11};
  response.set(field::server, fmt::format("cocached/{}", base::version()));
  response.set(field::content_type, type);
  response.set(field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Content-Security-Policy", kContentPolicy);
  response.body() = std::move(body);
  return response;
}

/// Less than this is sent in one packet either way.
constexpr std::size_t kWorthPacking = 1024;

void pack(HttpResponse& response, const HttpRequest& request) {
  if (response.body().size() < kWorthPacking) return;
  response.set(field::vary, "Accept-Encoding");
  // Several headers of a name stand for one; who sends several gets what needs no reading.
  if (request.count(field::accept_encoding) != 1) return;
  if (!accepts_gzip(request[field::accept_encoding])) return;
  response.body() = gzip(response.body());
  response.set(field::content_encoding, "gzip");
}

HttpResponse error_response(HttpStatus status) {
  const auto reason = beast::http::obsolete_reason(status);
  return make_response(status, kText,
                       fmt::format("{} {}\n", static_cast<unsigned>(status),
                                   std::string_view{reason.data(), reason.size()}));
}

bool names_this_host(const HttpRequest& request, Audience audience) {
  if (audience == Audience::everyone) return true;
  const auto host = request.find(field::host);
  // Browsers always send Host; HTTP/1.0 did not know it.
  return host == request.end() || names_loopback(host->value());
}

bool may_ask(const HttpRequest& request, const Route& route, std::string_view token) {
  if (token.empty() || route.is_public) return true;
  return request.count(field::authorization) == 1 &&
         shows_token(request[field::authorization], token);
}

HttpResponse unauthorized() {
  auto response = error_response(HttpStatus::unauthorized);
  response.insert(field::www_authenticate, "Bearer realm=\"cocached\"");
  response.insert(field::www_authenticate, "Basic realm=\"cocached\"");
  return response;
}

HttpResponse not_allowed() {
  auto response = error_response(HttpStatus::method_not_allowed);
  response.set(field::allow, "GET, HEAD");
  return response;
}

HttpResponse answer(const HttpRequest& request, const Content& content, Audience audience,
                    std::string_view token) {
  if (request.version() >= 11 && request.count(field::host) != 1)
    return error_response(HttpStatus::bad_request);
  if (!names_this_host(request, audience)) return error_response(HttpStatus::misdirected_request);

  const std::string_view target = request.target();
  const auto path = target.substr(0, target.find('?'));
  const auto* route = std::ranges::find(kRoutes, path, &Route::path);
  if (route == kRoutes.end()) return error_response(HttpStatus::not_found);
  if (!may_ask(request, *route, token)) return unauthorized();
  if (request.method() != verb::get && request.method() != verb::head) return not_allowed();
  auto [body, status] = route->answer(content, target);
  return make_response(status, route->type, std::move(body));
}

}  // namespace

HttpResponse respond(const HttpRequest& request, const Content& content, Audience audience,
                     std::string_view token) {
  auto response = answer(request, content, audience, token);
  pack(response, request);
  response.version(request.version());
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  // Content-Length stays: it says how long the body would have been.
  if (request.method() == verb::head) response.body().clear();
  return response;
}

bool is_costly(const HttpRequest& request) {
  const std::string_view target = request.target();
  const auto* route = std::ranges::find(kRoutes, target.substr(0, target.find('?')), &Route::path);
  return route != kRoutes.end() && !route->is_public;
}

HttpResponse refusal(HttpStatus status) {
  auto response = error_response(status);
  response.keep_alive(false);
  response.prepare_payload();
  return response;
}

}  // namespace cocached::http
