#include "app/command_line.hpp"

#include "app/extended_options.hpp"
#include "app/option_binder.hpp"
#include "app/option_sources.hpp"
#include "app/option_values.hpp"
#include "base/version.hpp"
#include "server/platform/resource_limits.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace cocached::app {

std::string_view license_text() noexcept;  // the LICENSE file, embedded by the build

namespace {

namespace fs = std::filesystem;

void set_port(server::Settings& settings, const std::string& text) {
  const auto port = to_number<int>("-p,--port", text);
  if (port < -1 || port > 65535) throw UsageError{"-p,--port must be between -1 and 65535"};
  settings.port.reset();
  if (port != 0) settings.port = static_cast<std::uint16_t>(std::max(port, 0));
}

void set_udp_port(server::Settings& settings, const std::string& text) {
  const auto port = to_number<int>("-U,--udp-port", text);
  if (port < -1 || port > 65535) throw UsageError{"-U,--udp-port must be between -1 and 65535"};
  settings.udp_port.reset();
  if (port != 0) settings.udp_port = static_cast<std::uint16_t>(std::max(port, 0));
}

void set_memory_limit(server::Settings& settings, const std::string& text) {
  const auto mebibytes = to_number<std::uint32_t>("-m,--memory-limit", text);
  settings.memory_limit = std::size_t{mebibytes} << 20;
}

void set_prefix_delimiter(server::Settings& settings, const std::string& text) {
  const auto delimiter = trim(text);
  if (delimiter.empty()) throw UsageError{"-D needs a delimiter"};
  settings.prefix_delimiter = delimiter.front();
  settings.prefix_stats = true;
}

void set_protocol(server::Settings& settings, const std::string& text) {
  using command::Protocols;
  const auto name = trim(text);
  if (name == "auto")
    settings.protocols = Protocols::any;
  else if (name == "ascii")
    settings.protocols = Protocols::text;
  else if (name == "binary")
    settings.protocols = Protocols::binary;
  else
    throw UsageError{"-B,--protocol must be auto, ascii or binary"};
}

void add_listen_address(server::Settings& settings, const std::string& address) {
  if (std::ranges::find(settings.listen, address) == settings.listen.end())
    settings.listen.push_back(address);
}

void bind_network(OptionBinder& bind, server::Settings& settings) {
  bind.group("Network");
  bind.value("-p,--port", "NUM", "TCP port (default 11211; 0: no TCP; -1: any free one)",
             [&](const std::string& text) { set_port(settings, text); });
  bind.list(
      "-l,--listen", "ADDR,...",
      "addresses: host, host:port, [v6]:port or * (default *); before each, if wished, "
      "proto[ascii]:, proto[binary]: or proto[ascii,binary]:, and tag[NAME]:; with TLS notls:, "
      "btls: (no client certificates) or mtls: (client certificates)",
      [&](const std::string& address) { add_listen_address(settings, address); },
      [&] { settings.listen.clear(); });
  bind.number("-c,--conn-limit", settings.max_connections,
              "most client connections at a time (default 1024)");
  bind.number("-b,--listen-backlog", settings.backlog,
              "length of the accept queue of a listening socket (default 1024)");
  bind.flag("--reuse-port", settings.reuse_port, true,
            "share the TCP ports with other processes of this user that say so too: start the new "
            "server, then stop the old one");
  bind.value("-B,--protocol", "NAME", "ascii, binary or auto (default auto)",
             [&](const std::string& text) { set_protocol(settings, text); });
  bind.value("-U,--udp-port", "NUM", "UDP port (default 0: no UDP; -1: any free one); needs -l",
             [&](const std::string& text) { set_udp_port(settings, text); });
  bind.flag("--udp-on-every-address", settings.udp_on_every_address, true,
            "allow UDP without -l; strangers can then make the server flood others");
  bind.text("-s,--unix-socket", "FILE", settings.unix_socket,
            "listen on this unix socket, and on no TCP port");
  bind.value("-a,--unix-mask", "MODE", "mode of the unix socket, octal (default 0700)",
             [&](const std::string& text) {
               settings.unix_mode = to_number<unsigned>("-a,--unix-mask", text, 8);
             });
  bind.flag("-Z,--enable-ssl", settings.tls, true, "TLS; needs -o ssl_chain_cert=FILE");
  bind.meaningless_value("-N,--napi-ids,--napi_ids");
}

void bind_seconds(OptionBinder& bind, const std::string& name, std::chrono::seconds& target,
                  const std::string& help) {
  bind.value(name, "SECONDS", help, [name, &target](const std::string& text) {
    target = std::chrono::seconds{to_number<std::uint32_t>(name, text)};
  });
}

void bind_limits(OptionBinder& bind, server::Settings& settings) {
  bind.group("Limits of clients (0: none)");
  bind.number("--max-connections-per-address", settings.max_connections_per_address,
              "connections of one address, or of one /64 of IPv6 (default 0)");
  bind_seconds(bind, "--request-timeout", settings.request_timeout,
               "close if a request arrives at less than 1 KiB/s for so long (default 60)");
  bind_seconds(bind, "--reply-timeout", settings.reply_timeout,
               "close if a client reads replies at less than 1 KiB/s for so long (default 60)");
  bind_seconds(bind, "--handshake-timeout", settings.handshake_timeout,
               "close if a TLS handshake takes longer (default 10)");
  bind.value("--pinned-limit", "MIB",
             "memory that unread replies may keep from being freed (default a sixteenth of -m)",
             [&](const std::string& text) {
               settings.pinned_limit = std::size_t{to_number<std::uint32_t>("--pinned-limit", text)}
                                       << 20;
             });
}

void bind_memory(OptionBinder& bind, server::Settings& settings) {
  bind.group("Memory");
  bind.value("-m,--memory-limit", "MIB", "memory for items and their index (default 64)",
             [&](const std::string& text) { set_memory_limit(settings, text); });
  bind.value("-I,--max-item-size", "SIZE", "largest value: 1k to 1024m (default 1m)",
             [&](const std::string& text) {
               settings.max_item_size = to_size("-I,--max-item-size", text);
             });
  bind.flag("-M,--disable-evictions", settings.evict, false,
            "refuse writes instead of evicting items");
  bind.flag("-C,--disable-cas", settings.cas, false, "no CAS numbers: 8 bytes less an item");
  bind.flag("-k,--lock-memory", settings.lock_memory, true, "keep all memory out of swap");
  bind.flag("-L,--enable-largepages", settings.huge_pages, true,
            "let the system keep items in huge pages");
  bind.meaningless_value("-f,--slab-growth-factor");
  bind.meaningless_value("-n,--slab-min-size");
}

/// `-e` names a file in memory for memcached's items to live in. Here it names a snapshot.
void set_memory_file(CommandLine& line, const std::string& path) {
  line.settings.snapshot_file = trim(path);
  line.warnings.emplace_back(
      "-e is --snapshot here: the file is read and written whole, and may be on a disk");
}

void bind_restart(OptionBinder& bind, CommandLine& line) {
  auto& settings = line.settings;
  bind.group("Restart");
  bind.value("--snapshot", "FILE", "keep items over a restart: load them from there, and save them",
             [&](const std::string& path) { settings.snapshot_file = trim(path); });
  bind.value("--snapshot-interval", "SECONDS",
             "also save this often (default 0: only when the server stops)",
             [&](const std::string& text) {
               settings.snapshot_interval =
                   std::chrono::seconds{to_number<unsigned>("--snapshot-interval", text)};
             });
  bind.flag("--ready-while-loading", settings.ready_while_loading, true,
            "/readyz reports ready while the snapshot is still loading");
  bind.value("-e,--memory-file", "FILE", "the same as --snapshot",
             [&](const std::string& path) { set_memory_file(line, path); });
}

/// `-Y` wins, wherever it stands: memcached knows both, and reads them the same way.
void take_sasl_users(server::Settings& settings) {
  if (!settings.auth_file.empty()) return;
  if (const char* file = std::getenv("MEMCACHED_SASL_PWDB")) settings.auth_file = file;
  if (settings.auth_file.empty())
    throw UsageError{"-S,--enable-sasl needs -Y, or a file of users in MEMCACHED_SASL_PWDB"};
}

void bind_clients(OptionBinder& bind, server::Settings& settings) {
  bind.group("Clients");
  bind.number("-t,--threads", settings.threads,
              "worker threads (default: 4, or the CPUs there are for it, if fewer)");
  bind.number("-R,--max-reqs-per-event", settings.requests_per_event,
              "most requests of a connection in a turn; then others are served (default 20)");
  bind.value("-D,--prefix-delimiter", "CHAR",
             "delimiter of key prefixes; turns statistics by prefix on",
             [&](const std::string& text) { set_prefix_delimiter(settings, text); });
  bind.flag("--managed", settings.managed, true,
            "memcached 1.2's managed instance: `own`, `disown`, `bg`; no binary protocol");
  bind.flag("-A,--enable-shutdown", settings.shutdown_command, true, "allow `shutdown`");
  bind.flag("-F,--disable-flush-all", settings.flush_command, false, "refuse `flush_all`");
  bind.flag("-X,--disable-dumping", settings.dump_commands, false, "refuse to show keys");
  bind.flag("-W,--disable-watch", settings.watch_command, false, "refuse `watch`");
  bind.text("-Y,--auth-file", "FILE", settings.auth_file,
            "serve only users in this file: lines of user:password, or user:hash of crypt(3); "
            "SIGHUP reads the file again");
  bind.flag("-S,--enable-sasl", "the same with the file that MEMCACHED_SASL_PWDB names",
            [&](bool given) {
              if (given) take_sasl_users(settings);
            });
}

void bind_process(OptionBinder& bind, server::Settings& settings) {
  bind.group("Process");
  bind.text("-u,--user", "USER", settings.user, "user to become when started as root");
  bind.flag("-d,--daemon", settings.daemon, true, "go to the background");
  bind.text("-P,--pidfile", "FILE", settings.pid_file, "write the process id there");
  bind_seconds(bind, "--drain-timeout", settings.drain_timeout,
               "time for clients to take their replies when the server stops (default 5)");
  bind.flag("-r,--enable-coredumps", settings.core_dumps, true,
            "let the system write a core file, however large, which holds keys and values");
}

void set_log_format(server::Settings& settings, const std::string& text) {
  const auto name = trim(text);
  if (name != "text" && name != "json") throw UsageError{"--log-format must be text or json"};
  settings.log.json = name == "json";
}

void bind_log(OptionBinder& bind, server::Settings& settings) {
  bind.group("Log");
  bind.counter("-v,--verbose",
               "log more: -v events of the server, -vv also commands and replies, "
               "-vvv also the states of connections",
               settings.verbosity);
  bind.value("--log-format", "NAME", "text, or json: an object on each line (default text)",
             [&](const std::string& text) { set_log_format(settings, text); });
  bind.number("--log-limit", settings.log.lines_per_second,
              "most lines a second; the log counts the others (default 1000; 0: no limit)");
  bind.flag("--log-redact-keys", settings.log.redact_keys, true,
            "write a number instead of each key");
}

/// `--http` is applied last: it wins over `--no-http`, wherever they stand.
void bind_http(OptionBinder& bind, server::Settings& settings) {
  bind.group("HTTP");
  bind.flag("--no-http", settings.http, false, "no HTTP endpoint");
  bind.value("--http", "ADDR:PORT", "page, /metrics and /stats.json (default 127.0.0.1:9150)",
             [&](const std::string& text) {
               settings.http = true;
               settings.http_address = trim(text);
               settings.http_asked_for = true;
             });
  bind.text("--http-token-file", "FILE", settings.http_token_file,
            "clients must show the token in it, as a bearer or as a password; without one, the "
            "endpoint shows no keys of a cache that is closed to some who reach the endpoint");
}

/// The heading of options that neither environment nor file may have.
constexpr const char* kAbout = "About";

/// The answer to -h, -i or -V, if one was given.
struct Questions {
  bool help = false, license = false, version = false;

  void bind(OptionBinder& bind) {
    bind.group(kAbout);
    bind.flag("-h,--help", help, true, "print this and exit");
    bind.flag("-i,--license", license, true, "print the license and exit");
    bind.flag("-V,--version", version, true, "print the version and exit");
  }

  std::optional<EarlyExit> answer(const CLI::App& app) const {
    if (help) return EarlyExit{EX_OK, app.help()};
    if (license) return EarlyExit{EX_OK, std::string{license_text()}};
    if (version) return EarlyExit{EX_OK, fmt::format("cocached {}\n", base::version())};
    return std::nullopt;
  }
};

/// Every option there is, bound to `line`, for one source of them.
class Parser {
 public:
  /// `line` outlives it.
  explicit Parser(CommandLine& line);

  /// Throws UsageError.
  void parse(std::vector<std::string> arguments);

  /// If one was given.
  std::optional<EarlyExit> answer() const { return questions_.answer(app_); }

  /// Throws UsageError if an option was given that is for the command line alone.
  void refuse_what_is_for_flags() const;

  /// All but those that are for the command line alone, without dashes.
  std::vector<std::string> long_names() const;

 private:
  void note_given();

  CommandLine& line_;
  CLI::App app_{"A memcached-compatible cache server.", "cocached"};
  OptionBinder bind_;
  Questions questions_;
};

Parser::Parser(CommandLine& line) : line_(line), bind_(app_, line) {
  app_.set_help_flag();
  bind_network(bind_, line.settings);
  bind_limits(bind_, line.settings);
  bind_memory(bind_, line.settings);
  bind_restart(bind_, line);
  bind_clients(bind_, line.settings);
  bind_process(bind_, line.settings);
  bind_log(bind_, line.settings);
  bind_http(bind_, line.settings);
  bind_.list("-o,--extended", "NAME[=VALUE],...", "memcached's extended options, and eviction=lru",
             [&](const std::string& option) { apply_extended_option(option, line); });
  bind_.group(kAbout);
  bind_.value("--config", "FILE", "a file with options, one a line: memory-limit = 1024",
              [&](const std::string& path) { line.config_file = fs::absolute(trim(path)); });
  questions_.bind(bind_);
}

void Parser::parse(std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::Error& error) {
    throw UsageError{error.what()};
  }
  note_given();
}

void Parser::note_given() {
  for (const auto* option : app_.get_options())
    if (option->count() > 0)
      line_.given[option->get_name()] = fmt::to_string(fmt::join(option->results(), ","));
}

void Parser::refuse_what_is_for_flags() const {
  for (const auto* option : app_.get_options())
    if (option->get_group() == kAbout && option->count() > 0)
      throw UsageError{option->get_name() + " is for the command line alone"};
}

std::vector<std::string> Parser::long_names() const {
  std::vector<std::string> all;
  for (const auto* option : app_.get_options())
    if (option->get_group() != kAbout)
      all.insert(all.end(), option->get_lnames().begin(), option->get_lnames().end());
  return all;
}

/// Reads what one source of options says; `name` says which, in errors.
void read_source(std::string_view name,
                 const std::function<std::vector<std::string>(const Parser&)>& read,
                 CommandLine& line) {
  try {
    Parser parser{line};
    parser.parse(read(parser));
    parser.refuse_what_is_for_flags();
  } catch (const UsageError& error) {
    throw UsageError{fmt::format("{}: {}", name, error.what())};
  }
}

/// The file that `--config` or COCACHED_CONFIG names; empty if none.
std::string config_file(const CommandLine& flags) {
  if (!flags.config_file.empty()) return flags.config_file;
  const char* const variable = std::getenv("COCACHED_CONFIG");
  return variable == nullptr || *variable == '\0' ? "" : fs::absolute(variable).string();
}

/// The strongest source comes last. The flags are known to be good by then.
CommandLine read_all(const std::vector<std::string>& flags, const std::string& file) {
  CommandLine line;
  line.settings.threads = std::min(line.settings.threads, server::available_cpus());
  if (!file.empty())
    read_source(file, [&](const Parser&) { return arguments_of_file(file); }, line);
  read_source(
      "environment",
      [](const Parser& parser) { return arguments_of_environment(parser.long_names()); }, line);
  Parser{line}.parse(flags);
  line.config_file = file;
  return line;
}

EarlyExit mistake(std::string_view text) {
  return {EX_USAGE, fmt::format("cocached: {}\nTry 'cocached --help'.\n", text)};
}

}  // namespace

std::variant<CommandLine, EarlyExit> parse_command_line(std::span<const char* const> arguments) {
  const std::vector<std::string> flags{arguments.begin(), arguments.end()};
  try {
    CommandLine only_flags;
    Parser parser{only_flags};
    parser.parse(flags);
    if (auto answer = parser.answer()) return *std::move(answer);
    return read_all(flags, config_file(only_flags));
  } catch (const UsageError& error) {
    return mistake(error.what());
  }
}

}  // namespace cocached::app
