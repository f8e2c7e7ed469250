#include "bench/report.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cocached::bench {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

double per_second(const Report& report, std::uint64_t count) {
  return report.seconds > 0 ? static_cast<double>(count) / report.seconds : 0;
}

double us_per_operation(const Report& report, double seconds) {
  return seconds * 1e6 / static_cast<double>(std::max<std::uint64_t>(report.tally.operations, 1));
}

double microseconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1000;
}

}  // namespace

std::string as_text(const Report& report) {
  const Tally& tally = report.tally;
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{} operations in {} requests, {:.2f} s: {:.0f} operations/s\n",
                 tally.operations, tally.requests, report.seconds,
                 per_second(report, tally.operations));
  fmt::format_to(out, "hits {}, misses {}, stored {}, wrong values {}, errors {}\n", tally.hits,
                 tally.misses, tally.stored, tally.wrong, tally.errors);
  if (tally.errors > 0) fmt::format_to(out, "first error: {}\n", tally.first_error);
  fmt::format_to(out, "latency of a request, us:");
  for (const auto& [name, fraction] : kQuantiles) {
    fmt::format_to(out, " {} {:.1f},", name, microseconds(tally.latency.quantile(fraction)));
  }
  fmt::format_to(out, " max {:.1f}\n", microseconds(tally.latency.max()));
  if (report.server) {
    fmt::format_to(out, "server: {:.3f} us CPU an operation, {:.1f} MiB resident\n",
                   us_per_operation(report, report.server->cpu_seconds),
                   static_cast<double>(report.server->resident_bytes) / (1 << 20));
  }
  fmt::format_to(out, "client: {:.3f} us CPU an operation\n",
                 us_per_operation(report, report.client_cpu_seconds));
  return text;
}

std::string as_json(const Report& report) {
  const Tally& tally = report.tally;
  nlohmann::ordered_json json{
      {"operations", tally.operations},
      {"requests", tally.requests},
      {"seconds", report.seconds},
      {"operations_per_second", per_second(report, tally.operations)},
      {"hits", tally.hits},
      {"misses", tally.misses},
      {"stored", tally.stored},
      {"wrong", tally.wrong},
      {"errors", tally.errors},
      {"first_error", tally.first_error},
  };
  for (const auto& [name, fraction] : kQuantiles) {
    json["latency_us"][name] = microseconds(tally.latency.quantile(fraction));
  }
  json["latency_us"]["max"] = microseconds(tally.latency.max());
  if (report.server) {
    json["server"] = {
        {"cpu_us_per_operation", us_per_operation(report, report.server->cpu_seconds)},
        {"cpu_seconds", report.server->cpu_seconds},
        {"resident_bytes", report.server->resident_bytes}};
  }
  json["client"] = {{"cpu_us_per_operation", us_per_operation(report, report.client_cpu_seconds)}};
  // An error text is the server's and may be no UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace cocached::bench
