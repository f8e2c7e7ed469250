#include "stress/options.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::string_view kUsage = R"(stress --server PATH [flags]

Presses a server with clients of every dialect and every administrative command, checks every reply
and every value, and stops and starts it again and again. Ends at the first thing that is wrong.

  --seconds N     how long [60]
  --life N        seconds until the server is stopped, and started with its snapshot [15]
  --seed N        of all choices [drawn, and printed]
  --memory MIB    -m, of which cache_memlimit takes up to seven eighths away [512]
  --threads N     -t [4]
  --clients N     threads, each with a connection at a time [6]
  --keys N        of each client alone; more than -m holds lets it evict [5000]
  --patience N    seconds without a reply that count as hung [60]
  --keep FOLDER   leave the server's log and snapshot there
)";

template <class Number>
Number number(std::string_view name, std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument{fmt::format("{} needs a number", name)};
  return value;
}

Options parse(std::span<char*> arguments) {
  Options options{.seed = std::random_device{}()};
  const std::map<std::string_view, std::function<void(std::string_view, std::string_view)>> flags{
      {"--server", [&](auto, auto text) { options.server = text; }},
      {"--keep", [&](auto, auto text) { options.keep = text; }},
      {"--seconds",
       [&](auto n, auto t) { options.seconds = std::chrono::seconds{number<unsigned>(n, t)}; }},
      {"--life",
       [&](auto n, auto t) { options.life = std::chrono::seconds{number<unsigned>(n, t)}; }},
      {"--patience",
       [&](auto n, auto t) { options.patience = std::chrono::seconds{number<unsigned>(n, t)}; }},
      {"--seed", [&](auto n, auto t) { options.seed = number<std::uint64_t>(n, t); }},
      {"--memory", [&](auto n, auto t) { options.memory = number<unsigned>(n, t); }},
      {"--threads", [&](auto n, auto t) { options.threads = number<unsigned>(n, t); }},
      {"--clients", [&](auto n, auto t) { options.clients = number<unsigned>(n, t); }},
      {"--keys", [&](auto n, auto t) { options.keys = number<unsigned>(n, t); }},
  };
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto flag = flags.find(arguments[i]);
    if (flag == flags.end() || i + 1 == arguments.size())
      throw std::invalid_argument{fmt::format("what does {} mean?", arguments[i])};
    flag->second(arguments[i], arguments[i + 1]);
  }
  if (options.server.empty()) throw std::invalid_argument{"--server is missing"};
  if (options.memory < 64) throw std::invalid_argument{"--memory must be at least 64"};
  return options;
}

}  // namespace

std::optional<Options> parse_options(std::span<char*> arguments) {
  try {
    return parse(arguments);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "stress: {}\n{}", error.what(), kUsage);
    return std::nullopt;
  }
}

}  // namespace cocached::stress
