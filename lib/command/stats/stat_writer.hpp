#pragma once

#include "command/server_view.hpp"

#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace cocached::command {

/// Builds a StatList from names and values of any type that fmt formats.
class StatWriter {
 public:
  template <class Value>
  StatWriter& add(std::string_view name, const Value& value) {
    list_.emplace_back(std::string{name}, fmt::format("{}", value));
    return *this;
  }

  /// Adds fields that describe parts of memcached which this server does not have: always 0.
  StatWriter& zeros(std::initializer_list<std::string_view> names) {
    for (const auto name : names) add(name, 0);
    return *this;
  }

  StatWriter& append(StatList more) {
    list_.insert(list_.end(), std::move_iterator{more.begin()}, std::move_iterator{more.end()});
    return *this;
  }

  StatList take() { return std::move(list_); }

 private:
  StatList list_;
};

}  // namespace cocached::command
