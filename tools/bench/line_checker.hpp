#pragma once

#include "bench/reply_checker.hpp"
#include "bench/value_check.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cocached::bench {

/// The common part of classic text and meta replies: lines, and values that end with "\r\n". The
/// two derived classes know the words.
class LineChecker : public ReplyChecker {
 public:
  explicit LineChecker(const CheckerContext& context) : context_(context) {}

  void feed(std::string_view bytes, std::int64_t now) final;

 protected:
  /// Called with each whole line, without its end, while a request waits.
  virtual void on_line(std::string_view line, std::int64_t now) = 0;

  /// Called after the value announced by `expect_value` has come and is counted.
  virtual void on_value(std::int64_t now) = 0;

  void expect_value(std::size_t index, std::size_t size);

  const CheckerContext& context() const noexcept { return context_; }
  Outstanding& outstanding() const noexcept { return context_.outstanding; }
  ValueCheck& value() noexcept { return value_; }

 private:
  std::string_view take_line(std::string_view bytes, std::int64_t now);
  std::string_view take_value(std::string_view bytes, std::int64_t now);

  CheckerContext context_;
  std::string partial_;       ///< the beginning of a line whose end has not come
  bool in_value_ = false;     ///< from the line that announces a value to the end of its "\r\n"
  std::size_t end_seen_ = 0;  ///< bytes of that "\r\n" that have come
  ValueCheck value_;
};

/// Checks replies to get and set.
class TextChecker final : public LineChecker {
 public:
  using LineChecker::LineChecker;

 private:
  void on_line(std::string_view line, std::int64_t now) override;
  void on_value(std::int64_t) override {}
  void on_value_line(std::string_view line);
};

/// Checks replies to mg, ms and mn.
class MetaChecker final : public LineChecker {
 public:
  using LineChecker::LineChecker;

 private:
  void on_line(std::string_view line, std::int64_t now) override;
  void on_value(std::int64_t now) override;
  void on_value_line(std::string_view line);
};

}  // namespace cocached::bench
