#pragma once

#include <span>
#include <string>
#include <vector>

/// Where options come from besides the command line; each source gives arguments that could as well
/// have stood there. Everything here throws UsageError.
namespace cocached::app {

/// The options of a TOML file without sections: `memory-limit = 1024`, `listen = ["::1",
/// "10.0.0.1"]`, `disable-cas = true`. Names are those of long options, or the letters of short
/// ones.
std::vector<std::string> arguments_of_file(const std::string& path);

/// The options that are set in the environment: `--memory-limit` by COCACHED_MEMORY_LIMIT. `names`
/// are the long options there are, without dashes; an empty variable counts as none.
std::vector<std::string> arguments_of_environment(std::span<const std::string> names);

}  // namespace cocached::app
