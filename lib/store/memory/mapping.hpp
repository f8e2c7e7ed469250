#pragma once

#include <cstddef>
#include <utility>

namespace cocached::store {

/// A range of zeroed memory from the system, committed page by page as it is written; it goes
/// back to the system when it is released or the mapping dies. Move-only.
class Mapping {
 public:
  Mapping() = default;

  /// Reserves `size` bytes, rounded up to whole pages. Throws std::bad_alloc.
  explicit Mapping(std::size_t size);
  ~Mapping();

  /// The same, of huge pages where the system has them: each kHugePage bytes, from `data` on, are
  /// committed in one piece. What is left over at the end is of pages of `page_size`.
  static Mapping of_huge_pages(std::size_t size);

  /// Lets the system make huge pages of it, where it lies next to other mappings that it may do
  /// that with. False where the system has none.
  bool allow_huge_pages() noexcept;

  static constexpr std::size_t kHugePage = std::size_t{2} << 20;  // bytes

  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

  /// Gives the pages of [offset, offset + size) back to the system, also where they are locked;
  /// they read as zeros again. Both are multiples of `page_size`. A failure is logged, the first
  /// time.
  void release(std::size_t offset, std::size_t size) noexcept;

  /// The same for locked pages, in the way of kernels before 5.18: unlocks them for a moment. False
  /// on failure.
  bool release_by_unlocking(std::size_t offset, std::size_t size) noexcept;

  static std::size_t page_size() noexcept;
  static std::size_t round_to_pages(std::size_t size) noexcept;

 private:
  void cut(std::size_t offset, std::size_t size) noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cocached::store
