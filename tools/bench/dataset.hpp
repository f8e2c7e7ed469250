#pragma once

#include "bench/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cocached::bench {

/// The stored items. Key number n has one name and one value, so any reader can tell a right value
/// from a wrong one without remembering the writes.
///
///     key     k 0 0 ... 0 4 7 1 1          "k", then the number, padded to the size
///     value   [stamp: 8 bytes][slice of the pattern that starts where the number says]
///
/// The stamp is a bijection of the number, so two keys never share a value of 8 bytes or more.
class Dataset {
 public:
  /// Throws std::invalid_argument if `key_size` is too short for that many keys.
  Dataset(std::uint64_t keys, std::size_t key_size, SizeRange value_size);

  std::uint64_t keys() const noexcept { return keys_; }
  std::size_t key_size() const noexcept { return key_template_.size(); }

  void append_key(std::uint64_t number, std::string& out) const;
  bool is_key(std::uint64_t number, std::string_view text) const noexcept;

  std::size_t value_size(std::uint64_t number) const noexcept;
  void append_value(std::uint64_t number, std::string& out) const;

  /// Returns true if the value of `number` holds `part` at byte `position`.
  bool matches(std::uint64_t number, std::size_t position, std::string_view part) const noexcept;

 private:
  std::string_view tail(std::uint64_t number) const noexcept;
  void write_key(std::uint64_t number, char* out) const noexcept;

  static constexpr std::size_t kSizeSteps = 1024;

  std::uint64_t keys_;
  std::string key_template_;
  std::array<std::size_t, kSizeSteps> sizes_;  ///< quantiles of the value sizes
  std::string pattern_;
};

}  // namespace cocached::bench
