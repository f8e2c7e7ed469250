#pragma once

#include "stress/operation.hpp"
#include "stress/run.hpp"
#include "stress/stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cocached::stress {

/// Is given each operation of a group, in order, with its reply.
using ReplySink = std::function<void(const Operation&, const Reply&)>;

/// A protocol: requests as bytes, and what their replies mean. One object serves one connection.
/// Every reply must have exactly the form that the protocol gives it, else Violation is thrown.
class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const noexcept = 0;
  virtual bool takes_binary_keys() const noexcept = 0;
  virtual bool takes_silent() const noexcept { return false; }

  /// A request whose reply shows that the server serves this connection.
  virtual void greet(Stream& stream) = 0;
  virtual void encode(const Group& group, std::string& to) = 0;
  virtual void decode(const Group& group, Stream& stream, const ReplySink& sink) = 0;
};

std::unique_ptr<Dialect> make_text();
std::unique_ptr<Dialect> make_meta();
std::unique_ptr<Dialect> make_binary();

/// A connection that the server serves. While others use up all connections it is refused, and
/// tries again. Throws Hung, and Closed if that life of the server is about to end.
Stream connect_served(const Place& place, Stream::Kind kind, Dialect& dialect, Run& run);

/// The whole of `text` as a decimal number. Throws Violation.
std::uint64_t parse_number(std::string_view text);

/// Cuts the first word off `line`.
std::string_view next_word(std::string_view& line);

/// Throws Violation for a reply that `operation` cannot have.
[[noreturn]] void unexpected(const Operation& operation, std::string_view reply);

}  // namespace cocached::stress
