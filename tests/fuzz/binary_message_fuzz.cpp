// The parser of binary requests: one after the other, each with and without what follows it.

#include "protocol/binary/binary_format.hpp"
#include "protocol/binary/binary_parser.hpp"
#include "tests/fuzz/request_check.hpp"

using namespace cocached;
using fuzz::demand;
namespace binary = protocol::binary;

namespace {

std::size_t body_size(std::string_view input) {
  std::size_t size = 0;
  for (const char byte : input.substr(8, 4)) size = size << 8 | static_cast<unsigned char>(byte);
  return size;
}

/// How many bytes of the input the request is, its value included.
std::size_t whole_size(const protocol::Parsed& parsed) {
  const auto* store = std::get_if<protocol::Storage>(&parsed.request);
  return parsed.size + parsed.swallow + (store ? store->length : 0);
}

bool hangs_up(const protocol::Parsed& parsed) {
  const auto* refused = std::get_if<protocol::Refused>(&parsed.request);
  return refused && refused->hang_up;
}

/// The request at the start of `input`, which is `parsed`, does not depend on what follows it.
void check_prefixes(std::string_view input, const protocol::Parsed& parsed) {
  for (std::size_t size = 0; size < parsed.size; ++size)
    demand(!protocol::parse_binary(input.substr(0, size)).arrived(),
           "half a request is waited for");
  const auto alone = protocol::parse_binary(input.substr(0, parsed.size));
  demand(alone.arrived() && alone.request.index() == parsed.request.index(),
         "a whole request is enough");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  for (auto parsed = protocol::parse_binary(rest); parsed.arrived();
       parsed = protocol::parse_binary(rest)) {
    demand(parsed.size >= binary::kHeaderSize && parsed.size <= rest.size(),
           "a request has a header and has arrived");
    fuzz::check(parsed.request, rest.substr(0, parsed.size));
    check_prefixes(rest, parsed);
    if (hangs_up(parsed)) break;
    demand(whole_size(parsed) == binary::kHeaderSize + body_size(rest), "requests stay in step");
    rest.remove_prefix(std::min(rest.size(), whole_size(parsed)));
  }
  return 0;
}
