#pragma once

#include "base/hash.hpp"
#include "store/memory/mapping.hpp"

#include <atomic>
#include <cstdint>
#include <string_view>

namespace cocached::store {

/// Keys that were marked, by their hashes; and, for want of room, a few more: one in eight is taken
/// for marked when two million are. Thread-safe. Memory is committed as keys are marked.
class KeyMarks {
 public:
  KeyMarks() : memory_(kWords * sizeof(Word)), words_(reinterpret_cast<Word*>(memory_.data())) {}

  void mark(std::uint64_t hash) noexcept {
    word(hash).fetch_or(bit(hash), std::memory_order_relaxed);
  }
  void mark_all() noexcept { all_.store(true, std::memory_order_relaxed); }

  bool has(std::uint64_t hash) const noexcept {
    return all_.load(std::memory_order_relaxed) ||
           (word(hash).load(std::memory_order_relaxed) & bit(hash)) != 0;
  }

  /// Gives the memory back.
  void clear() noexcept {
    memory_.release(0, memory_.size());
    all_.store(false, std::memory_order_relaxed);
  }

 private:
  using Word = std::atomic<std::uint64_t>;
  static constexpr std::size_t kWords = std::size_t{1} << 18;

  Word& word(std::uint64_t hash) const noexcept { return words_[hash >> 6 & (kWords - 1)]; }
  static std::uint64_t bit(std::uint64_t hash) noexcept { return std::uint64_t{1} << (hash & 63); }

  Mapping memory_;
  Word* words_;
  std::atomic<bool> all_ = false;
};

/// Returns the hash that marks all keys of a namespace. It differs from the hash of a key with the
/// same name.
inline std::uint64_t mark_of_namespace(std::string_view name) noexcept {
  return ~base::hash(name);
}

}  // namespace cocached::store
