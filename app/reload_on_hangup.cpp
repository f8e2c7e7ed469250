#include "app/reload_on_hangup.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace cocached::app {
namespace {

/// The options that server::Server::apply takes over. An extended option stands under its own name.
constexpr auto kLive =
    std::to_array<std::string_view>({"--memory-limit", "--verbose", "-o idle_timeout",
                                     "--snapshot-interval", "--extended", "--config"});

bool is_live(const std::string& name) {
  return std::ranges::find(kLive, name) != kLive.end();
}

/// Throws std::runtime_error for what would have kept the program from starting. The file is the
/// one that it started with, wherever it runs now.
CommandLine read_again(std::span<const char* const> arguments, const std::string& file) {
  const auto config = "--config=" + file;
  std::vector<const char*> all{arguments.begin(), arguments.end()};
  if (!file.empty()) all.push_back(config.c_str());
  auto result = parse_command_line(all);
  if (const auto* mistake = std::get_if<EarlyExit>(&result))
    throw std::runtime_error{mistake->text};
  return std::get<CommandLine>(std::move(result));
}

}  // namespace

std::vector<std::string> waiting_for_restart(const CommandLine& before, const CommandLine& after) {
  std::vector<std::string> names;
  const auto add_differing = [&](const CommandLine& from, const CommandLine& to) {
    for (const auto& [name, text] : from.given) {
      const auto found = to.given.find(name);
      if ((found == to.given.end() || found->second != text) && !is_live(name))
        names.push_back(name);
    }
  };
  add_differing(before, after);
  add_differing(after, before);
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

void reread_on_hangup(server::Server& server, std::span<const char* const> arguments,
                      const CommandLine& line) {
  server.reload().add("options", [&server, arguments, started_with = line] {
    const auto again = read_again(arguments, started_with.config_file);
    server.apply(again.settings);
    for (const auto& name : waiting_for_restart(started_with, again))
      base::log_warning("{} has changed; it takes effect at the next start", name);
  });
}

}  // namespace cocached::app
