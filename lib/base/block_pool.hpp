#pragma once

#include "base/memory_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace cocached::base {

/// A thread's stock of equal blocks of memory for the bytes that are read and written. A connection
/// takes a block before it waits for bytes, and gives its blocks back after about a second of
/// silence between requests. So idle connections hold none. Each block is mapped by itself: a block
/// that goes back beyond the stock is the system's again at once.
///
/// Blocks are booked in a ledger as long as they are mapped: a block out of the stock costs nothing
/// there. Where the ledger has little left for large needs, the pool keeps no stock: each block
/// that comes back is at once free for all threads.
///
/// Not thread-safe: each worker has its own, which must outlive its blocks.
class BlockPool {
 public:
  static constexpr std::size_t kBlockSize = std::size_t{16} << 10;  ///< bytes
  static constexpr std::size_t kMostStock = std::size_t{1}
                                            << 20;  ///< bytes kept for the next burst

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

  /// `ledger` outlives the pool.
  explicit BlockPool(MemoryLedger& ledger = MemoryLedger::unlimited()) : ledger_(ledger) {
    free_.reserve(kMaxFree);
  }
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool() { trim(); }

  /// Throws NoMoreMemory where the ledger has no room, and std::bad_alloc.
  Block take(MemoryUse need = MemoryUse::small) {
    auto block = try_take(need);
    if (!block) throw NoMoreMemory{};
    return block;
  }

  /// The same; no block where the ledger has no room. Throws std::bad_alloc.
  Block try_take(MemoryUse need) {
    if (free_.empty()) return map_one(need);
    auto memory = std::move(free_.back());
    free_.pop_back();
    ++used_;
    return {*this, std::move(memory)};
  }

  /// True where a block for a large need would be refused.
  bool is_scarce() const noexcept { return free_.empty() && ledger_.is_scarce(kBlockSize); }

  /// Gives the stock back to the system.
  void trim() noexcept;

  MemoryLedger& ledger() const noexcept { return ledger_; }
  std::size_t used() const noexcept { return used_; }
  std::size_t free() const noexcept { return free_.size(); }
  std::size_t refused() const noexcept { return refused_; }  ///< for want of memory, so far

 private:
  static constexpr std::size_t kMaxFree = kMostStock / kBlockSize;

  static Memory map();
  Block map_one(MemoryUse need);
  void unmap(Memory memory) noexcept;

  void put(Memory memory) noexcept {
    --used_;
    const bool is_short = ledger_.is_scarce(kMostStock);
    if (is_short && !free_.empty()) [[unlikely]]
      trim();
    if (!is_short && free_.size() < kMaxFree)
      free_.push_back(std::move(memory));
    else
      unmap(std::move(memory));
  }

  MemoryLedger& ledger_;
  std::size_t refused_ = 0;
  std::vector<Memory> free_;
  std::size_t used_ = 0;
};

}  // namespace cocached::base
