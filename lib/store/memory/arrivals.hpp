#pragma once

#include "base/bounded_count.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace cocached::store {

/// Bounds the memory that values take in the store while their bytes are still on the way: an
/// announced size costs a client nothing, and must not evict what others have stored. Thread-safe.
class Arrivals {
 public:
  /// One value's share of the bound; gives itself back. The Arrivals must outlive it.
  class Share {
   public:
    Share(Share&& other) noexcept
        : arrivals_(std::exchange(other.arrivals_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(arrivals_, other.arrivals_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (arrivals_ != nullptr) arrivals_->used_.give_back(bytes_);
    }

   private:
    friend class Arrivals;
    Share(Arrivals& arrivals, std::size_t bytes) noexcept : arrivals_(&arrivals), bytes_(bytes) {}

    Arrivals* arrivals_;
    std::size_t bytes_;
  };

  /// Returns a share for a value of `bytes` if all shares together stay within `bound`.
  std::optional<Share> take(std::size_t bytes, std::size_t bound) noexcept {
    if (!used_.try_take(bytes, bound)) return std::nullopt;
    return Share{*this, bytes};
  }

  std::size_t used() const noexcept { return used_.used(); }  ///< bytes

 private:
  base::BoundedCount used_;
};

}  // namespace cocached::store
