#pragma once

#include "base/block_pool.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace cocached::protocol {

/// The bytes that a client has sent and the server has not answered yet.
///
///     data()            begin_            end_              capacity()
///       | answered        | unread()        | free           |
///
/// Invariants: begin_ <= end_ <= capacity(); at most one of `block_` and `large_` holds memory. The
/// buffer holds no memory after `release`, one block of the pool in the usual case, and a larger
/// vector of its own only while one line or token is longer than a block. The ledger of the pool
/// books that vector. One thread uses the buffer at a time.
class InputBuffer {
 public:
  explicit InputBuffer(base::BlockPool& pool) noexcept : pool_(&pool) {}

  std::string_view unread() const noexcept { return {data() + begin_, end_ - begin_}; }
  bool empty() const noexcept { return begin_ == end_; }
  base::BlockPool& pool() const noexcept { return *pool_; }  ///< the source of its memory
  /// Returns the bytes of memory that the buffer holds.
  std::size_t capacity() const noexcept {
    return large_.empty() ? (block_ ? base::BlockPool::kBlockSize : 0) : large_.size();
  }

  /// Marks the first `n` unread bytes as answered. Views of `unread` stay valid until `prepare`.
  void consume(std::size_t n) noexcept { begin_ += n; }

  /// Returns the memory for the next bytes. It is empty only if the buffer is full of unread bytes.
  /// Moves the unread bytes to the front, so earlier views of `unread` end. The caller reports the
  /// bytes that came with `commit`. Throws base::NoMoreMemory.
  std::span<char> prepare() {
    if (begin_ > 0) move_to_front();
    if (capacity() == 0) block_ = pool_->take();
    return {data() + end_, free()};
  }
  void commit(std::size_t n) noexcept { end_ += n; }

  /// Returns the bytes of room behind the unread bytes.
  std::size_t free() const noexcept { return capacity() - end_; }

  /// Makes room for `n` unread bytes in all: `prepare` is not empty before `n` bytes have come.
  /// Throws base::NoMoreMemory.
  void grow(std::size_t n) {
    if (n <= std::max(capacity(), base::BlockPool::kBlockSize)) return;
    const auto size = std::max(n, 2 * capacity());
    base::Booking booking{pool_->ledger()};
    booking.add(size, base::MemoryUse::small);
    std::vector<char> larger(size);
    std::ranges::copy(unread(), larger.begin());  // copies nothing if the buffer has no memory yet
    end_ -= std::exchange(begin_, 0);
    large_ = std::move(larger);
    booking_ = std::move(booking);
    block_ = {};
  }

  /// Gives all memory back. Call it only on an empty buffer.
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
    // The long line is over, so its memory goes. `prepare` takes a block next, which can throw.
    if (!large_.empty() && end_ == 0) {
      large_ = std::vector<char>{};
      booking_.clear();
    }
  }

  base::BlockPool* pool_;
  base::BlockPool::Block block_;
  std::vector<char> large_;
  base::Booking booking_;  // books `large_`
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace cocached::protocol
