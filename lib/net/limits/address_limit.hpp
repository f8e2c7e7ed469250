#pragma once

#include "base/thread_annotations.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace cocached::net {

/// The limit of connections for one address. A /64 of IPv6 counts as one address, because one
/// customer or machine gets a whole /64. Thread-safe.
class AddressLimit {
  struct Clients {
    AddressLimit& limit;
    const std::uint64_t key;
    unsigned open;
  };

 public:
  /// One connection's share; gives itself back.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (entry_) entry_->limit.give_back(*entry_);
    }

   private:
    friend class AddressLimit;
    explicit Share(Clients& entry) noexcept : entry_(&entry) {}
    Clients* entry_ = nullptr;
  };

  /// A `max` of 0 is no limit.
  explicit AddressLimit(unsigned max) noexcept : max_(max) {}
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;

  bool limits() const noexcept { return max_ > 0; }

  /// Returns none if the address has as many connections as it may.
  std::optional<Share> take(const boost::asio::ip::address& address);

  /// Returns the number of addresses that have connections.
  std::size_t addresses() const;

 private:
  void give_back(Clients& entry);

  const unsigned max_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::uint64_t, Clients> entries_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::net
