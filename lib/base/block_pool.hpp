#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace cocached::base {

/// All blocks that may be taken at once are taken.
struct NoMoreBlocks : std::bad_alloc {
  const char* what() const noexcept override { return "no more memory for buffers"; }
};

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

  /// `max`: how many blocks may be taken at once; 0: as many as wanted.
  explicit BlockPool(std::size_t max = 0) : max_(max == 0 ? SIZE_MAX : max) {
    free_.reserve(kMaxFree);
  }

  /// Throws std::bad_alloc; NoMoreBlocks where the limit is reached.
  Block take() {
    if (used_ >= max_) refuse();
    ++used_;
    if (free_.empty()) return {*this, map()};
    auto memory = std::move(free_.back());
    free_.pop_back();
    return {*this, std::move(memory)};
  }

  std::size_t used() const noexcept { return used_; }
  std::size_t free() const noexcept { return free_.size(); }
  std::size_t refused() const noexcept { return refused_; }  ///< for want of blocks, so far

 private:
  static constexpr std::size_t kMaxFree = 64;  // 1 MiB kept for the next burst

  static Memory map();
  [[noreturn]] void refuse();

  void put(Memory memory) noexcept {
    --used_;
    if (free_.size() < kMaxFree) free_.push_back(std::move(memory));
  }

  const std::size_t max_;
  std::size_t refused_ = 0;
  std::vector<Memory> free_;
  std::size_t used_ = 0;
};

}  // namespace cocached::base
