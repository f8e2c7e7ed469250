#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace cocached::store {

/// Tells in which epoch each record of a segment was appended. Epochs never fall from one record to
/// the next, so the class stores a mark only where the epoch changes:
///
///     offset   0          400           1200
///             |  epoch 3  |   epoch 7    |  epoch 8 ...
///
/// A segment without room for one more mark counts as full. The budget does not count the memory of
/// marks; this bound keeps it below a sixteenth of the segment's.
class EpochMarks {
 public:
  static constexpr std::size_t kBytesPerMark = 256;  ///< of the segment

  /// The segment is empty, and its next record is of `epoch`.
  void begin(std::uint64_t epoch) noexcept {
    first_ = last_ = epoch;
    marks_.reset();
  }

  /// Returns the epoch of the first record, which is the lowest in the segment.
  std::uint64_t first() const noexcept { return first_; }

  /// Makes ready for a record of `epoch`. False: the segment, of `bytes`, must not take it.
  bool prepare(std::uint64_t epoch, std::size_t bytes) noexcept {
    return epoch == last_ || make_room(bytes / kBytesPerMark);
  }

  /// A record was appended at `offset`. Its epoch has been accepted.
  void note(std::uint32_t offset, std::uint64_t epoch) noexcept {
    if (epoch == last_) [[likely]]
      return;
    marks_->push_back({offset, epoch});
    last_ = epoch;
  }

  std::uint64_t at(std::uint32_t offset) const noexcept {
    if (!marks_) return first_;
    const auto after = std::ranges::upper_bound(*marks_, offset, {}, &Mark::offset);
    return after == marks_->begin() ? first_ : std::prev(after)->epoch;
  }

 private:
  struct Mark {
    std::uint32_t offset;  ///< of the first record of its epoch
    std::uint64_t epoch;
  };

  bool make_room(std::size_t most) noexcept try {
    if (!marks_) marks_ = std::make_unique<std::vector<Mark>>();
    if (marks_->size() >= most) return false;
    if (marks_->size() == marks_->capacity()) marks_->reserve(std::max(2 * marks_->size(), kLeast));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }

  static constexpr std::size_t kLeast = 4;

  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  std::unique_ptr<std::vector<Mark>> marks_;  // none for most segments, and these are small
};

}  // namespace cocached::store
