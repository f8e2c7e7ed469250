#include "net/limits/address_limit.hpp"

#include "net/limits/client_origin.hpp"

namespace cocached::net {

namespace ip = boost::asio::ip;

std::optional<AddressLimit::Share> AddressLimit::take(const ip::address& address) {
  if (!limits()) return Share{};
  const auto key = origin_of(address);
  const base::MutexLock lock{mutex_};
  auto& entry = entries_.try_emplace(key, Clients{*this, key, 0}).first->second;
  if (entry.open >= max_) return std::nullopt;
  ++entry.open;
  return Share{entry};
}

void AddressLimit::give_back(Clients& entry) {
  const base::MutexLock lock{mutex_};
  if (--entry.open == 0) entries_.erase(entry.key);
}

std::size_t AddressLimit::addresses() const {
  const base::MutexLock lock{mutex_};
  return entries_.size();
}

}  // namespace cocached::net
