#include "app/command_line.hpp"
#include "app/port_file.hpp"
#include "app/reload_on_hangup.hpp"
#include "base/log.hpp"
#include "base/log_output.hpp"
#include "server/platform/process.hpp"
#include "server/platform/resource_limits.hpp"
#include "server/platform/service_manager.hpp"
#include "server/server.hpp"
#include "server/validate.hpp"

#include <cstdio>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <sysexits.h>
#include <system_error>

#include <fmt/format.h>

namespace cocached::app {
namespace {

/// Returns the user to run as; nothing unless started as root. Throws if root gave no `-u`.
std::optional<server::User> user_to_become(const server::Settings& settings) {
  if (!server::is_root()) return std::nullopt;
  if (settings.user.empty())
    throw std::invalid_argument{
        "started as root: -u must name the user to run as (`-u root` for root)"};
  return server::find_user(settings.user);
}

void announce(const server::Server& server, const server::Settings& settings) {
  if (!settings.unix_socket.empty() && settings.handed_sockets.empty())
    fmt::print("listening on {}\n", settings.unix_socket);
  for (const auto& endpoint : server.endpoints())
    fmt::print("listening on {}\n", to_string(endpoint));
  for (const auto& endpoint : server.udp_endpoints())
    fmt::print("listening on {} for UDP\n", to_string(endpoint));
  const bool listens = !settings.unix_socket.empty() || !settings.handed_sockets.empty() ||
                       !server.endpoints().empty() || !server.udp_endpoints().empty();
  if (!listens) base::log_warning("no client can connect: there is -p 0, and neither -s nor -U");
  if (const auto http = server.http_endpoint()) fmt::print("http://{}/\n", to_string(*http));
  std::fflush(stdout);
}

void raise_limits(const server::Settings& settings) {
  if (settings.core_dumps) server::allow_core_dumps();
  if (settings.lock_memory) server::allow_memory_locks();
  server::raise_file_limit(settings.max_connections + server::own_descriptors(settings),
                           settings.max_connections);
}

/// Memory that cannot be locked is a pity, and no reason not to serve.
void try_to_lock_memory() {
  try {
    server::lock_memory();
  } catch (const std::system_error& error) {
    base::log_warning("-k: {}", error.what());
  }
}

/// The order matters: listen with all rights, give them up, fork, and only then start threads.
void run(std::span<const char* const> arguments, const CommandLine& line) {
  auto settings = line.settings;
  base::set_log_options(settings.log);
  server::validate(settings);
  const auto user = user_to_become(settings);
  raise_limits(settings);
  settings.handed_sockets = server::take_handed_sockets();
  server::warn_of_memory(settings, server::group_limits());
  server::Server server{settings};
  write_port_file(server);
  if (user) server::become(*user);
  if (settings.core_dumps) server::stay_dumpable();
  server.claim_files();
  announce(server, settings);
  if (settings.daemon) server::daemonize(settings.core_dumps);
  reread_on_hangup(server, arguments, line);
  if (settings.lock_memory) try_to_lock_memory();
  const server::PidFile pid_file{settings.pid_file};
  const base::BackgroundLog log;
  server.run();
}

int fail(int exit_code, const std::exception& error) {
  fmt::print(stderr, "cocached: {}\n", error.what());
  return exit_code;
}

int try_to_run(std::span<const char* const> arguments, const CommandLine& line) {
  for (const auto& warning : line.warnings) fmt::print(stderr, "cocached: {}\n", warning);
  try {
    run(arguments, line);
    return EX_OK;
  } catch (const std::invalid_argument& error) {
    return fail(EX_USAGE, error);
  } catch (const server::NoSuchUser& error) {
    return fail(EX_NOUSER, error);
  } catch (const std::bad_alloc&) {
    const auto mebibytes = line.settings.memory_limit >> 20;
    return fail(EX_OSERR,
                std::runtime_error{fmt::format("not enough memory for -m {}", mebibytes)});
  } catch (const std::exception& error) {
    return fail(EX_OSERR, error);
  }
}

int answer(const EarlyExit& answer) {
  fmt::print(answer.exit_code == EX_OK ? stdout : stderr, "{}", answer.text);
  return answer.exit_code;
}

}  // namespace
}  // namespace cocached::app

int main(int argc, char** argv) {
  using namespace cocached::app;
  const std::span<const char* const> all{argv, static_cast<std::size_t>(argc)};
  const auto arguments = all.subspan(argc > 0 ? 1 : 0);
  const auto parsed = parse_command_line(arguments);
  if (const auto* found = std::get_if<EarlyExit>(&parsed)) return answer(*found);
  return try_to_run(arguments, std::get<CommandLine>(parsed));
}
