#include "net/address_limit.hpp"

#include <algorithm>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace cocached::net {
namespace {

namespace ip = boost::asio::ip;

/// No network of IPv6 that could be a source starts with 0xffff: v4 has that range.
std::uint64_t key_of(const ip::address& address) {
  constexpr std::uint64_t kV4 = std::uint64_t{0xffff} << 48;
  if (address.is_v4()) return kV4 | address.to_v4().to_uint();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return kV4 | ip::make_address_v4(ip::v4_mapped, v6).to_uint();
  const auto bytes = v6.to_bytes();
  std::uint64_t network = 0;
  std::for_each_n(bytes.begin(), sizeof network,
                  [&](unsigned char byte) { network = network << 8 | byte; });
  return network;
}

}  // namespace

std::optional<AddressLimit::Slot> AddressLimit::take(const ip::address& address) {
  if (!limits()) return Slot{};
  const auto key = key_of(address);
  const base::MutexLock lock{mutex_};
  auto& entry = entries_.try_emplace(key, Entry{*this, key, 0}).first->second;
  if (entry.open >= max_) return std::nullopt;
  ++entry.open;
  return Slot{entry};
}

void AddressLimit::give_back(Entry& entry) {
  const base::MutexLock lock{mutex_};
  if (--entry.open == 0) entries_.erase(entry.key);
}

std::size_t AddressLimit::addresses() const {
  const base::MutexLock lock{mutex_};
  return entries_.size();
}

}  // namespace cocached::net
