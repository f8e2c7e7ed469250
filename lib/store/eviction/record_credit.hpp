#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// The worth of keeping a record: frequency / size ^ 1.5, times a learned weight of its frequency
/// class. Rounded to a power of two, the worth is the record's *level*.
///
/// An item that comes back soon after its eviction was evicted too early. When all classes get back
/// equally much per byte evicted, no class can gain by giving memory to another. The weight of a
/// class that gets back more than the others therefore rises. For a Zipf-like load new items then
/// pass quickly, as in the small queue of S3-FIFO; for a load that favours recency all classes live
/// equally long.
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

  /// Returns the worth of a level; the unit is one use of 4096 bytes.
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
