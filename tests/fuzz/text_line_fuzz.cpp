// The parser of text lines, classic and meta: one line after the other.

#include "protocol/text/text_parser.hpp"
#include "tests/fuzz/request_check.hpp"

#include <string>

using namespace cocached;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input = std::string{fuzz::text_of(data, size)} + '\n';
  std::string_view rest = input;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    fuzz::check(protocol::parse_text(line), line);
    protocol::may_be_long(rest);
    rest.remove_prefix(line.size());
  }
  return 0;
}
