#pragma once

#include "server/settings.hpp"

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace cocached::app {

/// The operator's choices from the command line.
struct CommandLine {
  server::Settings settings;
  std::string config_file;  ///< absolute; empty: none

  /// Every option that was given, and by which text its value was decided. Names are long,
  /// `--memory-limit`; those of extended options are `-o idle_timeout`.
  std::map<std::string, std::string> given;

  std::vector<std::string> warnings;  ///< one line for each option that has no meaning here
};

/// The program has nothing to do but to print `text` (on stderr, if `exit_code` is not 0) and exit.
struct EarlyExit {
  int exit_code;  ///< 0 for -h, -i and -V; 64 (EX_USAGE) for a mistake
  std::string text;
};

/// Reads memcached's command line (its flags, long names and `-o` options) and our own options;
/// then what it does not say is read from the environment, COCACHED_MEMORY_LIMIT for
/// `--memory-limit`, and then from the file that `--config` names. `arguments` are those of main(),
/// without the program's name.
std::variant<CommandLine, EarlyExit> parse_command_line(std::span<const char* const> arguments);

}  // namespace cocached::app
