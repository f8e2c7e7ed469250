#include "stress/admin.hpp"

#include "stress/client.hpp"
#include "stress/value.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

constexpr std::chrono::seconds kTimeToFill{3};

/// A key in a dump: nothing in it ends the line, or the word.
void check_word(std::string_view word, std::string_view line) {
  const auto is_plain = [](unsigned char byte) { return byte > ' ' && byte != 0x7f; };
  if (word.empty() || !std::ranges::all_of(word, is_plain))
    throw Violation{fmt::format("a dump has the line '{}'", printable(line, 300))};
}

void must(bool right, std::string_view line) {
  if (!right) throw Violation{fmt::format("unexpected line '{}'", printable(line, 300))};
}

/// `ITEM <key> [<n> b; <n> s]`
void check_item_line(std::string_view line) {
  const auto whole = line;
  must(next_word(line) == "ITEM", whole);
  check_word(next_word(line), whole);
  must(line.starts_with('[') && line.ends_with(" s]"), whole);
}

/// `key=<key> exp=<n> la=<n> ... flags=<n> `
void check_metadump_line(std::string_view line) {
  const auto whole = line;
  const auto key = next_word(line);
  must(key.starts_with("key=") && line.starts_with("exp="), whole);
  check_word(key.substr(4), whole);
  must(line.ends_with(' ') && line.find(" flags=") != std::string_view::npos, whole);
}

/// `mg <key>`, or `mg <base64> b`
void check_mgdump_line(std::string_view line) {
  const auto whole = line;
  must(next_word(line) == "mg", whole);
  check_word(next_word(line), whole);
  must(line.empty() || line == "b", whole);
}

/// `PREFIX <name> get <n> hit <n> set <n> del <n>`
void check_prefix_line(std::string_view line) {
  const auto whole = line;
  must(next_word(line) == "PREFIX", whole);
  check_word(next_word(line), whole);
  must(next_word(line) == "get", whole);
}

void check_stat_line(std::string_view line) {
  must(line.starts_with("STAT "), line);
}

}  // namespace

Admin::Admin(unsigned number, std::uint64_t seed, Run& run)
    : Companion(fmt::format("admin {}", number), false, seed, run) {
  add("cache_memlimit", 20, [this] { set_memory_limit(); });
  add("flush_all", 1, [this] { flush(); });
  add("flush_all later", 1, [this] { flush_later(); });
  add("ns flush", 4, [this] { flush_namespace(); });
  add("ns quota", 10, [this] { bound_namespace(); });
  add("ns stats", 10, [this] { ask_namespaces(); });
  add("stats", 40, [this] { ask_statistics(); });
  add("stats detail", 10, [this] { track_details(); });
  add("stats cachedump", 5, [this] { dump_items(); });
  add("metadump, mgdump", 5, [this] { dump_keys(); });
  add("knobs", 20, [this] { turn_knobs(); });
  add("me", 20, [this] { examine_items(); });
  add("SIGHUP", 4, [this] { reload(); });
  add("new connection", 10, [this] { link_.reset(); });
  add("pause", 10, [this] { pause(20); });
}

/// A text connection, new after one that has failed.
Stream& Admin::link() {
  if (!link_) link_.emplace(connect(*make_text()));
  return *link_;
}

std::string_view Admin::ask(std::string_view command) {
  auto& stream = link();
  try {
    stream.send(fmt::format("{}\r\n", command));
    return stream.line();
  } catch (const Closed&) {
    link_.reset();
    throw;
  }
}

void Admin::expect(std::string_view command, std::string_view reply) {
  const auto line = ask(command);
  if (line != reply)
    throw Violation{fmt::format("{}: '{}' instead of '{}'", command, printable(line, 300), reply)};
}

/// Checks each line of a reply, up to the one that ends it.
void Admin::each_line(std::string_view command, std::string_view end,
                      const std::function<void(std::string_view)>& check) {
  for (auto line = ask(command); line != end; line = link().line()) {
    if (!line.starts_with("SERVER_ERROR")) check(line);
    if (line.starts_with("SERVER_ERROR")) throw Violation{fmt::format("{}: '{}'", command, line)};
  }
}

/// Down, to an eighth of what it was at the most, and up again. Then the cache has some time to
/// fill, so that there is much to give back at the next time; or none, so that limits change at
/// speed.
void Admin::set_memory_limit() {
  if (Clock::now() < next_limit_) return pause(5);
  const std::array lower{run_.memory / 2, run_.memory / 4, run_.memory / 8, run_.memory / 8};
  for (auto times = random_.chance(0.2) ? random_.between(2, 20) : 1; times > 0; --times) {
    expect(fmt::format("cache_memlimit {}", random_.pick(lower)), "OK");
    pause(times == 1 ? 200 : 2);
    expect(fmt::format("cache_memlimit {}", run_.memory), "OK");
  }
  if (random_.chance(0.8)) next_limit_ = Clock::now() + kTimeToFill;
}

/// Seldom enough that the cache fills in between.
bool Admin::is_time_to_flush() {
  constexpr std::chrono::seconds kBetween{8};
  if (Clock::now() < next_flush_) return false;
  next_flush_ = Clock::now() + kBetween;
  return true;
}

void Admin::flush() {
  if (!is_time_to_flush()) return;
  const auto number = ++run_.target.flushes.begun;
  expect("flush_all", "OK");
  run_.target.flushes.finish(number);
}

/// All that clients notice is that they miss more.
void Admin::flush_later() {
  if (!is_time_to_flush()) return;
  expect(fmt::format("flush_all {}", random_.between(1, 3)), "OK");
}

void Admin::flush_namespace() {
  if (random_.chance(0.9)) return;
  const auto space = random_.below(kNamespaces);
  auto& flushes = run_.target.namespace_flushes[space];
  const auto number = ++flushes.begun;
  expect(fmt::format("ns flush n{}", space), "OK");
  flushes.finish(number);
}

void Admin::bound_namespace() {
  const std::array<std::uint64_t, 4> quotas{0, 0, 4 * kMebibyte, 64 * kMebibyte};
  expect(fmt::format("ns quota n{} {}", random_.below(kNamespaces), random_.pick(quotas)), "OK");
}

void Admin::ask_namespaces() {
  const auto of_one = fmt::format("ns stats n{}", random_.below(kNamespaces));
  each_line("ns stats", "END", check_stat_line);
  auto line = ask(of_one);
  if (line == "NOT_FOUND") return;
  for (; line != "END"; line = link().line()) check_stat_line(line);
}

void Admin::ask_statistics() {
  constexpr auto kKinds = std::to_array<std::string_view>(
      {"", " settings", " items", " slabs", " sizes", " conns", " latency", " hotkeys", " mrc"});
  if (random_.chance(0.02)) return expect("stats reset", "RESET");
  each_line(fmt::format("stats{}", random_.pick(kKinds)), "END", check_stat_line);
}

void Admin::track_details() {
  if (random_.chance(0.5))
    return expect(random_.chance(0.8) ? "stats detail on" : "stats detail off", "OK");
  each_line("stats detail dump", "END", check_prefix_line);
}

void Admin::dump_items() {
  const auto limit = random_.chance(0.2) ? 0 : random_.log_uniform(1, 10'000);
  each_line(fmt::format("stats cachedump 1 {}", limit), "END", check_item_line);
}

void Admin::dump_keys() {
  const std::string classes = random_.chance(0.5) ? "all" : "1";
  const bool with_details = random_.chance(0.5);
  bool begun = false;
  const auto check = [&](std::string_view line) {
    if (!std::exchange(begun, true)) return must(line == "OK", line);
    with_details ? check_metadump_line(line) : check_mgdump_line(line);
  };
  each_line(fmt::format("lru_crawler {} {}", with_details ? "metadump" : "mgdump", classes),
            with_details ? "END" : "EN", check);
}

void Admin::turn_knobs() {
  constexpr auto kCommands = std::to_array<std::string_view>(
      {"verbosity 0", "verbosity 1", "lru_crawler crawl all", "lru_crawler enable",
       "lru_crawler sleep 100", "lru_crawler tocrawl 0", "slabs automove 1", "slabs reassign 1 2",
       "lru mode segmented", "lru tune 20 40 0.2 2.0"});
  const auto command = random_.pick(kCommands);
  expect(command, "OK");
  if (place_.tls != 0 && random_.chance(0.1)) ask("refresh_certs");
}

void Admin::examine_items() {
  const auto key = shared_key(random_.below(run_.shared_keys));
  const auto line = ask(fmt::format("me {}", key));
  must(line == "EN" || line.starts_with(fmt::format("ME {} exp=", key)), line);
}

/// With other settings.
void Admin::reload() {
  std::ofstream{settings_file(run_)}
      << fmt::format("memory-limit = {}\nsnapshot-interval = {}\nextended = \"idle_timeout={}\"\n",
                     random_.chance(0.5) ? run_.memory : run_.memory / 2, random_.below(4),
                     random_.between(600, 700));
  run_.target.signal(place_.life, SIGHUP);
}

}  // namespace cocached::stress
