#pragma once

#include "protocol/text/text_parser.hpp"
#include "tests/support/describe.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cocached::protocol {

inline constexpr const char* kError = "\"ERROR\"";
inline constexpr const char* kMalformed = "\"CLIENT_ERROR bad command line format\"";

inline std::string parsed(std::string_view line) {
  return test::describe(parse_text(line));
}

/// A line without its end, and what it must mean.
struct Row {
  std::string line;
  std::string meaning;
};

/// Both line ends mean the same.
inline void check(std::initializer_list<Row> rows) {
  for (const auto& [line, meaning] : rows) {
    EXPECT_EQ(parsed(line + "\r\n"), meaning) << line;
    EXPECT_EQ(parsed(line + "\n"), meaning) << line;
  }
}

}  // namespace cocached::protocol
