#pragma once

#include "bench/binary_wire.hpp"
#include "bench/reply_checker.hpp"
#include "bench/value_check.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cocached::bench {

/// Checks replies of the binary protocol to get, quiet get with no-op, and set.
class BinaryChecker final : public ReplyChecker {
 public:
  explicit BinaryChecker(const CheckerContext& context) : context_(context) {}

  void feed(std::string_view bytes, std::int64_t now) override;

 private:
  enum class State { head, extras, value, message };

  std::string_view take_head(std::string_view bytes, std::int64_t now);
  std::string_view take_extras(std::string_view bytes, std::int64_t now);
  std::string_view take_value(std::string_view bytes, std::int64_t now);
  std::string_view take_message(std::string_view bytes, std::int64_t now);

  /// Moves bytes into partial_ until it holds `size`; returns what is left.
  std::string_view gather(std::string_view bytes, std::size_t size);

  void on_head(std::int64_t now);
  void begin_value();
  void on_value(std::int64_t now);
  void on_message(std::int64_t now);

  CheckerContext context_;
  State state_ = State::head;
  std::string partial_;  ///< the first bytes of a head, of extras or of a message
  binary::Head head_;
  ValueCheck value_;
};

}  // namespace cocached::bench
