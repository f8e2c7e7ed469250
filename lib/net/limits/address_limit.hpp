#pragma once

#include "base/thread_annotations.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace cocached::net {

/// How many connections one address may have. Of IPv6, a whole /64 counts as one, for that is what
/// one customer or machine is given. Thread-safe.
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

  /// `max` of 0: as many as they like.
  explicit AddressLimit(unsigned max) noexcept : max_(max) {}
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;

  bool limits() const noexcept { return max_ > 0; }

  /// Nothing where the address has its share already.
  std::optional<Share> take(const boost::asio::ip::address& address);

  /// How many addresses have connections.
  std::size_t addresses() const;

 private:
  void give_back(Clients& entry);

  const unsigned max_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::uint64_t, Clients> entries_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::net
