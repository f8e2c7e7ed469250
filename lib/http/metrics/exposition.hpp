#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cocached::http {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

using Label = std::pair<std::string_view, std::string_view>;

/// Composes Prometheus's text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/):
///
///     # HELP name what it is
///     # TYPE name counter
///     name{label="value"} 42
class Exposition {
 public:
  /// Starts a family: the samples that follow belong to it. Each family may be started once.
  void family(std::string_view name, MetricType type, std::string_view help);

  /// One sample of the family, its value as a number in text.
  void sample(std::initializer_list<Label> labels, std::string_view value);
  void sample(std::initializer_list<Label> labels, std::uint64_t value);

  /// One of a histogram's series, whose names are the family's with `_bucket`, `_sum` or `_count`.
  void sample(std::string_view suffix, std::initializer_list<Label> labels, std::string_view value);

  std::string text() && noexcept { return std::move(text_); }

 private:
  void append_labels(std::initializer_list<Label> labels);

  std::string text_;
  std::string name_;
};

}  // namespace cocached::http
