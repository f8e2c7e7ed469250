#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace cocached::base {

/// A thread's stock of equal blocks of memory for what is read and written. Connections take one
/// when bytes arrive and give it back when the request ends, so that the idle hold none.
///
/// Not thread-safe: each worker has its own, which must outlive its blocks.
class BlockPool {
 public:
  static constexpr std::size_t kBlockSize = std::size_t{16} << 10;  ///< bytes

  /// Owns one block, and gives it back.
  class Block {
   public:
    Block() = default;
    Block(Block&& other) noexcept = default;
    Block& operator=(Block&& other) noexcept {
      give_back();
      pool_ = other.pool_;
      bytes_ = std::move(other.bytes_);
      return *this;
    }
    ~Block() { give_back(); }

    char* data() const noexcept { return bytes_.get(); }
    explicit operator bool() const noexcept { return bytes_ != nullptr; }

   private:
    friend class BlockPool;
    Block(BlockPool& pool, std::unique_ptr<char[]> bytes) noexcept
        : pool_(&pool), bytes_(std::move(bytes)) {}

    void give_back() noexcept {
      if (bytes_) pool_->put(std::move(bytes_));
    }

    BlockPool* pool_ = nullptr;
    std::unique_ptr<char[]> bytes_;
  };

  BlockPool() { free_.reserve(kMaxFree); }

  Block take() {
    ++used_;
    if (free_.empty()) return {*this, std::unique_ptr<char[]>(new char[kBlockSize])};
    auto bytes = std::move(free_.back());
    free_.pop_back();
    return {*this, std::move(bytes)};
  }

  std::size_t used() const noexcept { return used_; }
  std::size_t free() const noexcept { return free_.size(); }

 private:
  static constexpr std::size_t kMaxFree = 64;  // 1 MiB kept for the next burst

  void put(std::unique_ptr<char[]> bytes) noexcept {
    --used_;
    if (free_.size() < kMaxFree) free_.push_back(std::move(bytes));
  }

  std::vector<std::unique_ptr<char[]>> free_;
  std::size_t used_ = 0;
};

}  // namespace cocached::base
