#include "http/routes.hpp"

#include "base/version.hpp"
#include "http/assets.hpp"
#include "http/host_check.hpp"
#include "http/json.hpp"
#include "http/metrics.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace cocached::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;
using beast::http::verb;

struct Route {
  std::string_view path;
  std::string_view type;
  std::string (*body)(const Content&);
};

constexpr std::string_view kScript = "text/javascript; charset=utf-8";

template <auto text>
std::string embedded(const Content&) {
  return std::string{text()};
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
     [](const Content& content) { return metrics(content.source.snapshot()); }},
    {"/stats.json", "application/json",
     [](const Content& content) { return stats_json(content.source.snapshot()); }},
    {"/history.json", "application/json",
     [](const Content& content) { return content.history.json(); }},
    {"/hotkeys.json", "application/json",
     [](const Content& content) { return hot_keys_json(content.source.hot_keys()); }},
    {"/mrc.json", "application/json",
     [](const Content& content) { return miss_ratio_json(content.source.miss_ratio_curve()); }},
    {"/livez", "text/plain; charset=utf-8", [](const Content&) { return std::string{"ok\n"}; }},
});

/// Nothing from elsewhere, no inline script or style, and nobody's frame.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Response make_response(Status status, std::string_view type, std::string body) {
  Response response{status, 11};
  response.set(field::server, fmt::format("cocached/{}", base::version()));
  response.set(field::content_type, type);
  response.set(field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Content-Security-Policy", kContentPolicy);
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

Response error_response(Status status) {
  const auto reason = beast::http::obsolete_reason(status);
  return make_response(status, "text/plain; charset=utf-8",
                       fmt::format("{} {}\n", static_cast<unsigned>(status),
                                   std::string_view{reason.data(), reason.size()}));
}

bool names_this_host(const Request& request, Audience audience) {
  if (audience == Audience::everyone) return true;
  const auto host = request.find(field::host);
  // Browsers always send Host; HTTP/1.0 did not know it.
  return host == request.end() || names_loopback(host->value());
}

Response answer(const Request& request, const Content& content, Audience audience) {
  if (request.version() >= 11 && request.count(field::host) != 1)
    return error_response(Status::bad_request);
  if (!names_this_host(request, audience)) return error_response(Status::misdirected_request);

  const std::string_view target = request.target();
  const auto path = target.substr(0, target.find('?'));
  const auto* route = std::ranges::find(kRoutes, path, &Route::path);
  if (route == kRoutes.end()) return error_response(Status::not_found);
  if (request.method() == verb::get || request.method() == verb::head)
    return make_response(Status::ok, route->type, route->body(content));
  auto response = error_response(Status::method_not_allowed);
  response.set(field::allow, "GET, HEAD");
  return response;
}
}  // namespace

Response respond(const Request& request, const Content& content, Audience audience) {
  auto response = answer(request, content, audience);
  response.version(request.version());
  response.keep_alive(request.keep_alive());
  // Content-Length stays: it says how long the body would have been.
  if (request.method() == verb::head) response.body().clear();
  return response;
}

Response refusal(Status status) {
  auto response = error_response(status);
  response.keep_alive(false);
  return response;
}

}  // namespace cocached::http
