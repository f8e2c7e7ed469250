#pragma once

#include "bench/reply_checker.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cocached::bench {

/// Compares one value, piece by piece as it comes, with the value that its key must have.
class ValueCheck {
 public:
  /// Begins a value of `size` bytes for the key left at `index`.
  void begin(const CheckerContext& context, std::size_t index, std::size_t size) noexcept {
    index_ = index;
    key_ = context.outstanding.key(index);
    position_ = 0;
    size_ = size;
    right_ = !context.verify || size == context.data.value_size(key_);
  }

  std::size_t index() const noexcept { return index_; }
  std::size_t left() const noexcept { return size_ - position_; }
  bool right() const noexcept { return right_; }
  void spoil() noexcept { right_ = false; }

  /// Takes the value's bytes from the front of `bytes` and returns the rest.
  std::string_view feed(const CheckerContext& context, std::string_view bytes) noexcept {
    const std::string_view part = bytes.substr(0, left());
    if (context.verify && right_) right_ = context.data.matches(key_, position_, part);
    position_ += part.size();
    return bytes.substr(part.size());
  }

 private:
  std::size_t index_ = 0;
  std::uint64_t key_ = 0;
  std::size_t position_ = 0;
  std::size_t size_ = 0;
  bool right_ = true;
};

}  // namespace cocached::bench
