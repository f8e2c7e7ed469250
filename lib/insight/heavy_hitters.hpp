#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::insight {

/// The heaviest keys of a stream, in bounded memory (Space-Saving; Metwally, 2005): so many
/// counters, and a key without one takes over the lightest. Whatever weighs more than the
/// `capacity`th part of the stream is among them. Not thread-safe.
class HeavyHitters {
 public:
  struct Candidate {
    std::string key;
    std::uint64_t weight = 0;  ///< too high by at most `error`
    std::uint64_t error = 0;
    std::uint64_t side = 0;  ///< summed along with the weight since the key has its counter
  };

  explicit HeavyHitters(std::size_t capacity);

  /// `hash` is that of the key: equal hashes are taken for equal keys.
  void add(std::string_view key, std::uint64_t hash, std::uint64_t weight, std::uint64_t side);

  /// In no order.
  std::vector<Candidate> entries() const;

  void clear() noexcept;

 private:
  struct Counter {
    std::string key;
    std::uint64_t error = 0;
    std::uint64_t side = 0;
  };

  std::size_t place_of(std::uint64_t hash) const noexcept;
  std::size_t take_over(std::string_view key, std::uint64_t hash);

  // The searched numbers stand apart from the rest: with 256 counters each vector takes 2 KiB.
  std::size_t capacity_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> weights_;
  std::vector<Counter> counters_;
};

}  // namespace cocached::insight
