#pragma once

#include "protocol/request.hpp"

#include <string>

#include <fmt/format.h>

/// Describes requests in words, so that a table of tests can name the request that a line must
/// become. Names only the optional parts that are set.
namespace cocached::test {

template <class Value>
std::string if_given(std::string_view name, const std::optional<Value>& value) {
  return value ? fmt::format(" {}={}", name, *value) : std::string{};
}

inline std::string_view if_true(std::string_view word, bool condition) {
  return condition ? word : std::string_view{};
}

inline std::string describe(const protocol::Get& get) {
  return fmt::format("get [{}]{}{}", get.keys, if_given("touch", get.touch),
                     if_true(" with cas", get.with_cas));
}

inline std::string describe(const protocol::Storage& store) {
  constexpr std::string_view kModes[] = {"set", "add", "replace", "append", "prepend"};
  return fmt::format("{} [{}] flags={} expiry={} length={}{}{}",
                     kModes[static_cast<std::size_t>(store.mode)], store.key, store.client_flags,
                     store.expiry, store.length, if_given("cas", store.compare_cas),
                     if_true(" quiet", store.form.quiet));
}

inline std::string describe(const protocol::Remove& remove) {
  return fmt::format("delete [{}]{}", remove.key, if_true(" quiet", remove.form.quiet));
}

inline std::string describe(const protocol::Arithmetic& arithmetic) {
  return fmt::format("{} [{}] {}{}", arithmetic.increment ? "incr" : "decr", arithmetic.key,
                     arithmetic.delta, if_true(" quiet", arithmetic.form.quiet));
}

inline std::string describe(const protocol::Touch& touch) {
  return fmt::format("touch [{}] {}{}", touch.key, touch.expiry,
                     if_true(" quiet", touch.form.quiet));
}

inline std::string describe(const protocol::Flush& flush) {
  return fmt::format("flush{}{}", if_given("delay", flush.delay),
                     if_true(" quiet", flush.form.quiet));
}

inline std::string describe(const protocol::Verbosity& verbosity) {
  return fmt::format("verbosity {}{}", verbosity.level, if_true(" quiet", verbosity.quiet));
}

inline std::string describe(const protocol::MemoryLimit& limit) {
  return fmt::format("memory limit {} MiB{}", limit.mebibytes, if_true(" quiet", limit.quiet));
}

inline std::string describe(const protocol::Stats& stats) {
  return fmt::format("stats [{}]", stats.arguments);
}

inline std::string describe(const protocol::Dump& dump) {
  constexpr std::string_view kFormats[] = {"metadump", "mgdump"};
  constexpr std::string_view kClasses[] = {"with items", "without items", "unknown"};
  return fmt::format("{} of classes {}", kFormats[static_cast<std::size_t>(dump.format)],
                     kClasses[static_cast<std::size_t>(dump.classes)]);
}

inline std::string describe(const protocol::Watch& watch) {
  return fmt::format("watch {:#x}", watch.topics);
}

inline std::string describe(const protocol::Shutdown& shutdown) {
  constexpr std::string_view kModes[] = {"at once", "graceful", "unknown"};
  return fmt::format("shutdown {}", kModes[static_cast<std::size_t>(shutdown.mode)]);
}

inline std::string describe(const protocol::Version&) {
  return "version";
}

inline std::string describe(const protocol::Noop&) {
  return "noop";
}

inline std::string describe(const protocol::Quit&) {
  return "quit";
}

inline std::string describe(const protocol::HangUp&) {
  return "hang up";
}

inline std::string describe(const protocol::Fixed& fixed) {
  const auto swallow =
      fixed.swallow > 0 ? std::optional{fixed.swallow} : std::optional<std::size_t>{};
  return fmt::format("\"{}\"{}{}", fixed.reply, if_given("swallow", swallow),
                     if_true(" quiet", fixed.quiet));
}

/// Requests of the other dialects.
template <class Other>
std::string describe(const Other&) {
  return "something else";
}

inline std::string describe(const protocol::Request& request) {
  return std::visit([](const auto& alternative) { return describe(alternative); }, request);
}

}  // namespace cocached::test
