#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// What a record is worth keeping: its frequency / its size ^ 1.5, times a weight for its class of
/// frequency that is learned. In powers of two, its *level*.
///
/// What was evicted and soon comes back was evicted too early. If the classes get back equally much
/// for every byte evicted, none could give memory to another with profit; so the weight of a class
/// that gets back more rises. For a Zipf-like load this makes new items pass quickly, as the small
/// queue of S3-FIFO does, for one that favours recency it makes all classes live equally long.
class RecordCredit {
 public:
  static constexpr unsigned kLevels = 32;
  static constexpr unsigned kMaxFrequency = 15;

  RecordCredit() noexcept { weigh(); }

  /// Within the first 1/16 of a turnover of the memory: `appended` bytes were written since what is
  /// judged, `memory` is what its shard has for items.
  static constexpr bool is_young(std::uint64_t appended, std::uint64_t memory) noexcept {
    return appended * 16 < memory;
  }

  /// The level of a record of `size` bytes that was used `frequency` times.
  unsigned level(unsigned frequency, std::size_t size) const noexcept;

  /// What a level is worth, in units of one use of 4096 bytes.
  static double value(unsigned level) noexcept;

  /// An item of this frequency was evicted; `memory` is what its shard has for items.
  void note_eviction(unsigned frequency, std::size_t size, std::size_t memory) noexcept;

  /// A key that was evicted with this frequency is written again, when a share `age`, 0 to 1, of
  /// the ghosts is younger than its own. The frequency of its new record: up to half of the old one
  /// has faded, and one use is added.
  unsigned take_back(unsigned frequency, float age) noexcept;

 private:
  static constexpr std::size_t kClasses = 3;

  static std::size_t class_of(unsigned frequency) noexcept {
    return std::min<std::size_t>(frequency, kClasses) - 1;
  }
  void learn() noexcept;
  void weigh() noexcept;

  std::array<double, kClasses> weights_{1, 1, 1};
  std::array<double, kClasses> returned_{};
  std::array<double, kClasses> evicted_{};          // bytes
  std::size_t evicted_since_ = 0;                   // bytes since the last lesson
  std::array<float, kMaxFrequency + 1> offsets_{};  // the part of a level that size has no say in
};

}  // namespace cocached::store
