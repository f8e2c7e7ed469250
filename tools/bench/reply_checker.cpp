#include "bench/reply_checker.hpp"

#include "bench/binary_checker.hpp"
#include "bench/line_checker.hpp"

namespace cocached::bench {

std::unique_ptr<ReplyChecker> make_reply_checker(Protocol protocol, const CheckerContext& context) {
  switch (protocol) {
    case Protocol::meta:
      return std::make_unique<MetaChecker>(context);
    case Protocol::binary:
      return std::make_unique<BinaryChecker>(context);
    case Protocol::text:
      break;
  }
  return std::make_unique<TextChecker>(context);
}

}  // namespace cocached::bench
