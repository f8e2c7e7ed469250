#include "store/memory/record.hpp"

#include <bit>

static_assert(std::endian::native == std::endian::little);

namespace cocached::store {
namespace {

// Deadlines take 5 bytes: 34 years of server time. The highest number is no deadline.
constexpr std::int64_t kLastDeadline = (std::int64_t{1} << 40) - 2;

char* put(char* at, std::uint64_t number, std::size_t bytes) noexcept {
  std::memcpy(at, &number, bytes);
  return at + bytes;
}

std::uint64_t milliseconds(TimePoint deadline) noexcept {
  return static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(deadline.time_since_epoch().count(), 0, kLastDeadline));
}

}  // namespace

void Record::encode(const ItemHeader& header, unsigned frequency, std::size_t key_size,
                    std::size_t value_size) noexcept {
  const std::uint64_t fields = field_bits(header, value_size);
  const std::uint64_t low = value_size & (kShortValue - 1);
  store_word(key_size | fields | (std::uint64_t{frequency} << kFrequencyShift) |
             (header.fetched ? kFetched : 0) | (header.stale ? kStale : 0) |
             (header.win_sent ? kWinSent : 0) | (header.binary_key ? kBinaryKey : 0) |
             ((seconds(header.last_access) & kAccessMask) << kAccessShift) | (low << kValueShift));
  char* at = at_ + sizeof(std::uint64_t);
  if ((fields & kHasDeadline) != 0)
    at = put(at, header.deadline == kNever ? kNoDeadline : milliseconds(header.deadline), 5);
  if ((fields & kHasFlags) != 0) at = put(at, header.client_flags, 4);
  if ((fields & kHasCas) != 0) at = put(at, header.cas, (fields & kWideCas) != 0 ? 8 : 5);
  if ((fields & kLongValue) != 0) put(at, value_size >> kShortValueBits, 2);
}

}  // namespace cocached::store
