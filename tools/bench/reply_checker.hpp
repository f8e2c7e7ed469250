#pragma once

#include "bench/dataset.hpp"
#include "bench/options.hpp"
#include "bench/outstanding.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace cocached::bench {

/// The server's bytes are no reply to the request. The connection cannot be used any more.
class BadReply : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the replies on one connection, in pieces cut anywhere, and compares them with the requests
/// that wait.
class ReplyChecker {
 public:
  virtual ~ReplyChecker() = default;

  /// Takes the next bytes, which came at `now` (ns). Throws BadReply.
  virtual void feed(std::string_view bytes, std::int64_t now) = 0;
};

/// The objects that every checker uses; both outlive it.
struct CheckerContext {
  const Dataset& data;
  Outstanding& outstanding;
  bool verify;
};

std::unique_ptr<ReplyChecker> make_reply_checker(Protocol protocol, const CheckerContext& context);

}  // namespace cocached::bench
