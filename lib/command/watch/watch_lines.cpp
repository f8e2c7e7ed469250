#include "command/watch/watch_lines.hpp"

#include "protocol/percent_encoding.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace cocached::command {
namespace {

using protocol::percent_encoded;

std::string_view name_of(store::ReadResult result) noexcept {
  switch (result) {
    case store::ReadResult::hit:
      return "found";
    case store::ReadResult::not_found:
      return "not_found";
    case store::ReadResult::expired:
      return "expired";
    case store::ReadResult::flushed:
      return "flushed";
  }
  return "";
}

std::string_view name_of(store::WriteResult result) noexcept {
  switch (result) {
    case store::WriteResult::stored:
      return "stored";
    case store::WriteResult::not_stored:
      return "not_stored";
    case store::WriteResult::exists:
      return "exists";
    case store::WriteResult::not_found:
      return "not_found";
    case store::WriteResult::too_large:
      return "too_large";
    case store::WriteResult::no_memory:
    case store::WriteResult::over_quota:
      return "no_memory";
  }
  return "";
}

std::int64_t whole_seconds(store::Duration time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time).count();
}

}  // namespace

std::string fetch_event(std::string_view key, store::ReadResult result, std::size_t size,
                        int client) {
  return fmt::format("type=item_get key={} status={} clsid={} cfd={} size={}", percent_encoded(key),
                     name_of(result), result == store::ReadResult::hit ? 1 : 0, client, size);
}

std::string mutation_event(const Mutation& mutation, int client) {
  return fmt::format("type=item_store key={} status={} cmd={} ttl={} clsid=1 cfd={} size={}",
                     percent_encoded(mutation.key), name_of(mutation.result), mutation.command,
                     mutation.ttl, client, mutation.size);
}

std::string_view name_of(store::WriteMode mode, bool compares_cas) noexcept {
  switch (mode) {
    case store::WriteMode::set:
      return compares_cas ? "cas" : "set";
    case store::WriteMode::add:
      return "add";
    case store::WriteMode::replace:
      return "replace";
    case store::WriteMode::append:
      return "append";
    case store::WriteMode::prepend:
      return "prepend";
  }
  return "";
}

std::string deletion_event(std::string_view key, protocol::Dialect dialect, std::size_t size) {
  return fmt::format("type=deleted key={} cmd={} clsid=1 size={}", percent_encoded(key),
                     dialect == protocol::Dialect::meta ? "md" : "delete", size);
}

std::string eviction_event(const store::ItemView& item, store::TimePoint now) {
  const auto ttl = item.deadline == store::kNever ? -1 : whole_seconds(item.deadline - now);
  const auto idle = whole_seconds(now - item.last_access);
  return fmt::format("type=eviction key={} fetch={} ttl={} la={} clsid=1 size={}",
                     percent_encoded(item.key), item.fetched ? "yes" : "no", ttl,
                     std::max<std::int64_t>(idle, 0), item.value.size());
}

}  // namespace cocached::command
