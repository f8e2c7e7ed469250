#include "command/namespace_stats.hpp"

#include "protocol/percent.hpp"
#include "protocol/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace cocached::command {
namespace {

namespace text = protocol::text;
using store::NamespaceStats;

/// The lines of one namespace; `prefix` stands before the name of each field.
void append(std::string& lines, std::string_view prefix, const NamespaceStats& space) {
  const auto add = [&](std::string_view field, const auto& value) {
    fmt::format_to(std::back_inserter(lines), "STAT {}{} {}\r\n", prefix, field, value);
  };
  add("generation", space.generation);
  add("quota", space.quota);
  add("items", space.items);
  add("bytes", space.bytes);
  add("counted", space.complete ? "yes" : "no");
  add("cmd_get", space.gets);
  add("get_hits", space.hits);
  add("get_misses", space.gets - space.hits);
  add("cmd_set", space.sets);
  add("cmd_delete", space.deletes);
  add("evictions", space.evictions);
}

std::string all_namespaces(const store::Store& store) {
  auto spaces = store.namespaces();
  std::string lines = fmt::format("STAT namespaces {}\r\n", spaces.size());
  const auto end =
      spaces.begin() + static_cast<std::ptrdiff_t>(std::min(kListedNamespaces, spaces.size()));
  std::ranges::partial_sort(spaces, end, [](const auto& a, const auto& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
  });
  std::for_each(spaces.begin(), end, [&](const auto& space) {
    append(lines, protocol::key_as_word(space.name) + ":", space);
  });
  return lines;
}

}  // namespace

std::string prefix_dump(const store::Store& store) {
  auto spaces = store.namespaces();
  std::erase_if(spaces, [](const auto& s) { return s.gets + s.sets + s.deletes == 0; });
  std::ranges::sort(spaces, {}, &NamespaceStats::name);
  std::string lines;
  for (const auto& space : spaces)
    fmt::format_to(std::back_inserter(lines), "PREFIX {} get {} hit {} set {} del {}\r\n",
                   protocol::key_as_word(space.name), space.gets, space.hits, space.sets,
                   space.deletes);
  return lines += "END\r\n";
}

std::string namespace_report(std::string_view name, const store::Store& store) {
  std::string lines;
  if (name.empty()) {
    lines = all_namespaces(store);
  } else {
    const auto space = store.namespace_stats(name);
    if (!space) return fmt::format("{}\r\n", text::kNotFound);
    append(lines, {}, *space);
  }
  return lines += "END\r\n";
}

}  // namespace cocached::command
