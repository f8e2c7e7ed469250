#include "bench/options.hpp"

#include <charconv>
#include <map>
#include <stdexcept>
#include <string_view>

#include <CLI/CLI.hpp>

namespace cocached::bench {
namespace {

constexpr double kDefaultZipf = 0.99;
constexpr std::chrono::seconds kDefaultDuration{5};

template <class Number>
Number parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("not a number: '" + std::string(text) + "'");
  }
  return number;
}

/// An option whose text `parse` turns into a value; what it throws becomes a usage error.
template <class Parse>
void add_parsed(CLI::App& app, const std::string& name, Parse parse, const std::string& help,
                const std::string& form) {
  app.add_option_function<std::string>(
         name,
         [parse, name](const std::string& text) {
           try {
             parse(text);
           } catch (const std::invalid_argument& error) {
             throw CLI::ValidationError(name, error.what());
           }
         },
         help)
      ->type_name(form);
}

void add_target(CLI::App& app, Options& options) {
  const std::map<std::string, Protocol> protocols{
      {"text", Protocol::text}, {"meta", Protocol::meta}, {"binary", Protocol::binary}};
  add_parsed(
      app, "--server", [&](const std::string& text) { parse_server(text, options); },
      "Where the server listens [127.0.0.1:11211]", "HOST:PORT");
  app.add_option("--pid", options.pid, "The server's process id: reports its CPU time and memory")
      ->check(CLI::PositiveNumber);
  app.add_flag("--tls", options.tls, "Speak TLS, whatever certificate the server has");
  app.add_option("--protocol", options.protocol, "text, meta or binary [text]")
      ->transform(CLI::CheckedTransformer(protocols));
  app.add_option("--connections", options.connections, "Connections")->check(CLI::Range(1, 10'000));
  app.add_option("--depth", options.depth, "Requests in flight on a connection (pipeline)")
      ->check(CLI::Range(1, 10'000));
}

void add_traffic(CLI::App& app, Options& options) {
  app.add_option("--multiget", options.multiget, "Keys in one get request")
      ->check(CLI::Range(1, 1000));
  app.add_option("--get-ratio", options.get_ratio, "Share of gets, the rest are sets")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--rate", options.rate,
                 "Requests a second, sent on schedule whatever the server does; latency counts "
                 "from the intended time. Without it: closed loop")
      ->check(CLI::PositiveNumber);
  app.add_option_function<double>(
         "--duration",
         [&](double seconds) { options.duration = std::chrono::duration<double>(seconds); },
         "Seconds to measure [5, unless --requests is given]")
      ->check(CLI::Range(0.01, 86'400.0));
  app.add_option("--requests", options.requests, "Stop after so many requests")
      ->check(CLI::PositiveNumber);
  app.add_flag("--fill", options.fill, "Write every key first");
  app.add_option("--ttl", options.ttl, "Expiry time of what is set, as the protocol has it");
}

void add_data(CLI::App& app, Options& options) {
  app.add_option("--keys", options.keys, "Number of different keys")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
  app.add_option("--key-size", options.key_size, "Bytes of a key")->check(CLI::Range(1, 250));
  add_parsed(
      app, "--value-size",
      [&](const std::string& text) { options.value_size = parse_size_range(text); },
      "Bytes of a value, or a log-uniform range [100]", "N|LOW-HIGH");
  add_parsed(
      app, "--dist", [&](const std::string& text) { options.zipf = parse_distribution(text); },
      "Which keys are asked for: uniform, or zipf with an exponent [uniform]", "uniform|zipf[:S]");
  app.add_option("--seed", options.seed, "Seed of the random choices");
  app.add_flag("--verify,!--no-verify", options.verify, "Compare every value read [on]");
}

}  // namespace

void parse_server(const std::string& text, Options& options) {
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
  std::string host = text.substr(0, has_port ? colon : std::string::npos);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty()) throw std::invalid_argument("no host in '" + text + "'");
  if (has_port) {
    options.port =
        std::to_string(parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1)));
  }
  options.host = std::move(host);
}

SizeRange parse_size_range(const std::string& text) {
  const std::string_view view = text;
  const auto dash = view.find('-');
  SizeRange range{};
  range.low = parse_number<std::size_t>(view.substr(0, dash));
  range.high =
      dash == std::string_view::npos ? range.low : parse_number<std::size_t>(view.substr(dash + 1));
  constexpr std::size_t kLargest = std::size_t{1} << 30;
  if (range.low > range.high || range.high > kLargest) {
    throw std::invalid_argument("not a range of sizes: '" + text + "'");
  }
  return range;
}

double parse_distribution(const std::string& text) {
  if (text == "uniform") return 0;
  if (text == "zipf") return kDefaultZipf;
  constexpr std::string_view kPrefix = "zipf:";
  if (!text.starts_with(kPrefix)) throw std::invalid_argument("not a distribution: '" + text + "'");
  const auto exponent = parse_number<double>(std::string_view(text).substr(kPrefix.size()));
  if (!(exponent > 0 && exponent <= 10)) {
    throw std::invalid_argument("a Zipf exponent is above 0 and at most 10");
  }
  return exponent;
}

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app{"Puts load on a memcached-compatible server and checks every value it returns."};
  app.option_defaults()->always_capture_default();
  app.add_flag("--json", options.json, "Report as one JSON object");
  add_target(app, options);
  add_traffic(app, options);
  add_data(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (options.requests == 0 && !options.duration) options.duration = kDefaultDuration;
  return options;
}

}  // namespace cocached::bench
