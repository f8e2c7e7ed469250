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
  struct Entry {
    AddressLimit& limit;
    const std::uint64_t key;
    unsigned open;
  };

 public:
  /// One connection's share; gives itself back.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (entry_) entry_->limit.give_back(*entry_);
    }

   private:
    friend class AddressLimit;
    explicit Slot(Entry& entry) noexcept : entry_(&entry) {}
    Entry* entry_ = nullptr;
  };

  /// `max` of 0: as many as they like.
  explicit AddressLimit(unsigned max) noexcept : max_(max) {}
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;

  bool limits() const noexcept { return max_ > 0; }

  /// Nothing where the address has its share already.
  std::optional<Slot> take(const boost::asio::ip::address& address);

  /// How many addresses have connections.
  std::size_t addresses() const;

 private:
  void give_back(Entry& entry);

  const unsigned max_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> entries_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::net
