#pragma once

#include "store/store.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// Names are shown as words, see protocol/percent.hpp: they are parts of keys, which may hold
/// anything.
namespace cocached::command {

/// `stats detail dump`: `PREFIX <p> get <n> hit <n> set <n> del <n>` for each prefix that anything
/// was done to, in order, and `END`.
std::string prefix_dump(const store::Store& store);

/// Of all namespaces a list shows those that hold most bytes, as many as this.
inline constexpr std::size_t kListedNamespaces = 1000;

/// `ns stats <name>`: `STAT <field> <value>` lines and `END`, or `NOT_FOUND`. `ns stats`: how many
/// namespaces there are, then `STAT <name>:<field> <value>` lines.
std::string namespace_report(std::string_view name, const store::Store& store);

}  // namespace cocached::command
