#pragma once

#include "base/block_pool.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace cocached::protocol {

/// What a client has sent and nobody has answered yet.
///
///     data()            begin_            end_              capacity()
///       | answered        | unread()        | free           |
///
/// Holds no memory while it is empty and released; a block of the pool while bytes come and go; a
/// larger piece of its own only while one line is longer than a block.
class InputBuffer {
 public:
  explicit InputBuffer(base::BlockPool& pool) noexcept : pool_(&pool) {}

  std::string_view unread() const noexcept { return {data() + begin_, end_ - begin_}; }
  bool empty() const noexcept { return begin_ == end_; }
  base::BlockPool& pool() const noexcept { return *pool_; }  ///< where its memory is from
  std::size_t capacity() const noexcept {
    return large_.empty() ? (block_ ? base::BlockPool::kBlockSize : 0) : large_.size();
  }

  /// Marks the first `n` unread bytes as answered. Views of `unread` stay valid until `prepare`.
  void consume(std::size_t n) noexcept { begin_ += n; }

  /// Where the next bytes may be read to; never empty unless the buffer is full of unread bytes.
  /// Moves what is unread to the front. Call `commit` with what came. Throws base::NoMoreMemory.
  std::span<char> prepare() {
    if (begin_ > 0) move_to_front();
    if (capacity() == 0) block_ = pool_->take();
    return {data() + end_, free()};
  }
  void commit(std::size_t n) noexcept { end_ += n; }

  /// Bytes that `prepare` has made room for and that have not come.
  std::size_t free() const noexcept { return capacity() - end_; }

  /// Room for `n` unread bytes in all, so that `prepare` is not empty before they have come.
  void grow(std::size_t n) {
    if (n <= std::max(capacity(), base::BlockPool::kBlockSize)) return;
    const auto size = std::max(n, 2 * capacity());
    base::Booking booking{pool_->ledger()};
    booking.add(size, base::MemoryUse::small);
    std::vector<char> larger(size);
    std::ranges::copy(unread(), larger.begin());  // of nothing, if there is no memory yet
    end_ -= std::exchange(begin_, 0);
    large_ = std::move(larger);
    booking_ = std::move(booking);
    block_ = {};
  }

  /// Gives the memory back; only when empty.
  void release() noexcept {
    begin_ = end_ = 0;
    block_ = {};
    large_ = std::vector<char>{};
    booking_.clear();
  }

 private:
  char* data() const noexcept {
    return large_.empty() ? block_.data() : const_cast<char*>(large_.data());
  }

  void move_to_front() noexcept {
    if (begin_ < end_) std::memmove(data(), data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    // A long line is over: its memory goes with it. `prepare` takes a block, which can throw.
    if (!large_.empty() && end_ == 0) {
      large_ = std::vector<char>{};
      booking_.clear();
    }
  }

  base::BlockPool* pool_;
  base::BlockPool::Block block_;
  std::vector<char> large_;
  base::Booking booking_;  // of that
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace cocached::protocol
