#include "http/metrics/exposition.hpp"

#include <iterator>

#include <fmt/format.h>

namespace cocached::http {
namespace {

/// As the format wants it: a backslash before backslashes and quotes, `\n` for a line feed.
void append_escaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
}

std::string_view name_of(MetricType type) noexcept {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return {};
}

}  // namespace

void Exposition::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help,
                 name_of(type));
}

void Exposition::sample(std::initializer_list<Label> labels, std::string_view value) {
  sample({}, labels, value);
}

void Exposition::sample(std::string_view suffix, std::initializer_list<Label> labels,
                        std::string_view value) {
  text_ += name_;
  text_ += suffix;
  append_labels(labels);
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void Exposition::sample(std::initializer_list<Label> labels, std::uint64_t value) {
  sample(labels, std::string_view{fmt::to_string(value)});
}

void Exposition::append_labels(std::initializer_list<Label> labels) {
  char separator = '{';
  for (const auto& [name, value] : labels) {
    text_ += separator;
    text_ += name;
    text_ += "=\"";
    append_escaped(text_, value);
    text_ += '"';
    separator = ',';
  }
  if (separator == ',') text_ += '}';
}

}  // namespace cocached::http
