#pragma once

#include "app/command_line.hpp"
#include "server/server.hpp"

#include <span>
#include <string>
#include <vector>

namespace cocached::app {

/// The options that `after` gives otherwise than `before`, and that take effect at the next start
/// only; sorted.
std::vector<std::string> waiting_for_restart(const CommandLine& before, const CommandLine& after);

/// Makes SIGHUP read the options again, those of the file above all: what can change while serving
/// does, and the log names what cannot. `arguments` are those of main(), without the program's
/// name, and `line` is what they were read as. `server` must outlive its reloading.
void reread_on_hangup(server::Server& server, std::span<const char* const> arguments,
                      const CommandLine& line);

}  // namespace cocached::app
