#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cocached::replay {

/// The value sizes of a replay, in bytes: a trace carries none, so each follows from its key.
class ObjectSizes {
 public:
  /// `min` to `max`, log-uniform over the keys; `min == max` gives every object the same size.
  ObjectSizes(std::size_t min, std::size_t max);

  /// "4096", or "256-16384" for a range. Throws std::invalid_argument if it is neither.
  static ObjectSizes parse(const std::string& text);

  /// Returns the size for `key`, always the same one.
  std::size_t of(std::uint32_t key) const;
  std::size_t max() const { return max_; }

 private:
  std::size_t min_;
  std::size_t max_;
};

/// The objects themselves: key strings, and values that can be checked without keeping them.
class Objects {
 public:
  explicit Objects(ObjectSizes sizes);

  /// "k:" and eight hexadecimal digits.
  static std::string key(std::uint32_t key);
  static constexpr std::size_t kKeySize = 10;

  std::size_t size(std::uint32_t key) const { return sizes_.of(key); }

  /// The value of `key`: a window of pseudo-random bytes that starts where the key says, so values
  /// of different keys differ. Lives as long as this object.
  std::string_view value(std::uint32_t key) const;

 private:
  ObjectSizes sizes_;
  std::string pool_;
};

}  // namespace cocached::replay
