// The parsers of what follows a command's name, each by itself: the first byte chooses which, so
// that no input is lost on the way to them.

#include "protocol/meta/meta_parser.hpp"
#include "protocol/text/admin_parser.hpp"
#include "tests/fuzz/request_check.hpp"

#include <iterator>

using namespace cocached;

namespace {

constexpr protocol::Request (*kParsers[])(std::string_view) = {
    protocol::parse_meta_get,
    protocol::parse_meta_set,
    protocol::parse_meta_delete,
    protocol::parse_meta_debug,
    protocol::parse_meta_arithmetic,
    protocol::parse_flush,
    protocol::parse_verbosity,
    protocol::parse_memory_limit,
    protocol::parse_shutdown,
    protocol::parse_slabs,
    protocol::parse_lru,
    protocol::parse_lru_crawler,
    protocol::parse_namespace,
    [](auto rest) { return protocol::parse_bucket(rest, protocol::Bucket::Action::own); },
    [](auto rest) { return protocol::parse_bucket(rest, protocol::Bucket::Action::disown); },
    [](auto rest) { return protocol::parse_bucket(rest, protocol::Bucket::Action::claim); },
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const auto parse = kParsers[data[0] % std::size(kParsers)];
  const auto arguments = input.substr(1, input.find('\n') - 1);
  fuzz::check(parse(arguments), arguments);
  return 0;
}
