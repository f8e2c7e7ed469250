#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace cocached::base {

/// A thread's stock of equal blocks of memory for what is read and written. Connections take one
/// when bytes arrive and give it back when the request ends, so that the idle hold none. Blocks are
/// mapped each by itself: what goes back beyond the stock is the system's again at once.
///
/// Not thread-safe: each worker has its own, which must outlive its blocks.
class BlockPool {
 public:
  static constexpr std::size_t kBlockSize = std::size_t{16} << 10;  ///< bytes

 private:
  struct Unmap {
    void operator()(char* block) const noexcept;
  };
  using Memory = std::unique_ptr<char, Unmap>;

 public:
  /// Owns one block, and gives it back.
  class Block {
   public:
    Block() = default;
    Block(Block&& other) noexcept = default;
    Block& operator=(Block&& other) noexcept {
      give_back();
      pool_ = other.pool_;
      memory_ = std::move(other.memory_);
      return *this;
    }
    ~Block() { give_back(); }

    char* data() const noexcept { return memory_.get(); }
    explicit operator bool() const noexcept { return memory_ != nullptr; }

   private:
    friend class BlockPool;
    Block(BlockPool& pool, Memory memory) noexcept : pool_(&pool), memory_(std::move(memory)) {}

    void give_back() noexcept {
      if (memory_) pool_->put(std::move(memory_));
    }

    BlockPool* pool_ = nullptr;
    Memory memory_;
  };

  BlockPool() { free_.reserve(kMaxFree); }

  /// Throws std::bad_alloc.
  Block take() {
    ++used_;
    if (free_.empty()) return {*this, map()};
    auto memory = std::move(free_.back());
    free_.pop_back();
    return {*this, std::move(memory)};
  }

  std::size_t used() const noexcept { return used_; }
  std::size_t free() const noexcept { return free_.size(); }

 private:
  static constexpr std::size_t kMaxFree = 64;  // 1 MiB kept for the next burst

  static Memory map();

  void put(Memory memory) noexcept {
    --used_;
    if (free_.size() < kMaxFree) free_.push_back(std::move(memory));
  }

  std::vector<Memory> free_;
  std::size_t used_ = 0;
};

}  // namespace cocached::base
