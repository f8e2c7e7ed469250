#pragma once

#include "net/limits/address_limit.hpp"

#include <atomic>
#include <optional>
#include <utility>

namespace cocached::net {

/// The limit of connections (`-c`). It counts connections, not descriptors. Thread-safe.
class ConnectionLimit {
 public:
  /// One connection's share; gives itself back.
  class Share {
   public:
    Share(Share&& other) noexcept
        : limit_(std::exchange(other.limit_, nullptr)), address_(std::move(other.address_)) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (limit_) limit_->open_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class ConnectionLimit;
    Share(ConnectionLimit& limit, AddressLimit::Share address) noexcept
        : limit_(&limit), address_(std::move(address)) {}
    ConnectionLimit* limit_;
    AddressLimit::Share address_;
  };

  explicit ConnectionLimit(unsigned max) noexcept : max_(max) {}

  /// Returns none if the limit is reached. The share holds `address`.
  std::optional<Share> take(AddressLimit::Share address = {}) noexcept {
    if (open_.fetch_add(1, std::memory_order_relaxed) < max_)
      return Share{*this, std::move(address)};
    open_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }

  unsigned open() const noexcept { return open_.load(std::memory_order_relaxed); }
  bool full() const noexcept { return open() >= max_; }
  unsigned max() const noexcept { return max_; }

 private:
  const unsigned max_;
  std::atomic<unsigned> open_{0};
};

}  // namespace cocached::net
