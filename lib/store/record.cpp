#include "store/record.hpp"

#include <bit>

static_assert(std::endian::native == std::endian::little);

namespace cocached::store {
namespace {

// Deadlines take 5 bytes: 34 years of server time.
constexpr std::int64_t kLastDeadline = (std::int64_t{1} << 40) - 1;

std::uint64_t seconds(TimePoint time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0)) /
         1000;
}

char* put(char* at, std::uint64_t number, std::size_t bytes) noexcept {
  std::memcpy(at, &number, bytes);
  return at + bytes;
}

template <std::size_t kBytes>
std::uint64_t take(const char*& at) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, at, kBytes);
  at += kBytes;
  return number;
}

std::uint64_t milliseconds(TimePoint deadline) noexcept {
  return static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(deadline.time_since_epoch().count(), 0, kLastDeadline));
}

}  // namespace

void Record::encode(const Header& header, unsigned frequency, std::size_t key_size,
                    std::size_t value_size) noexcept {
  const std::uint64_t fields = field_bits(header, value_size);
  const std::uint64_t low = value_size & (kShortValue - 1);
  store_word(key_size | fields | (std::uint64_t{frequency} << kFrequencyShift) |
             (header.fetched ? kFetched : 0) | (header.stale ? kStale : 0) |
             (header.win_sent ? kWinSent : 0) | (header.binary_key ? kBinaryKey : 0) |
             ((seconds(header.last_access) & kAccessMask) << kAccessShift) | (low << kValueShift));
  char* at = at_ + sizeof(std::uint64_t);
  if ((fields & kHasDeadline) != 0) at = put(at, milliseconds(header.deadline), 5);
  if ((fields & kHasFlags) != 0) at = put(at, header.client_flags, 4);
  if ((fields & kHasCas) != 0) at = put(at, header.cas, (fields & kWideCas) != 0 ? 8 : 5);
  if ((fields & kLongValue) != 0) put(at, value_size >> kShortValueBits, 2);
}

TimePoint Record::deadline() const noexcept {
  if ((word() & kHasDeadline) == 0) return kNever;
  const char* at = at_ + sizeof(std::uint64_t);
  return TimePoint{Duration{take<5>(at)}};
}

TimePoint Record::last_access(TimePoint now) const noexcept {
  const std::uint64_t stored = (word() >> kAccessShift) & kAccessMask;
  const std::uint64_t age = (seconds(now) - stored) & kAccessMask;
  return TimePoint{std::chrono::seconds{seconds(now) - std::min(age, seconds(now))}};
}

Header Record::header(TimePoint now) const noexcept {
  const std::uint64_t w = word();
  Header header{.last_access = last_access(now),
                .fetched = (w & kFetched) != 0,
                .stale = (w & kStale) != 0,
                .win_sent = (w & kWinSent) != 0,
                .binary_key = (w & kBinaryKey) != 0};
  const char* at = at_ + sizeof(std::uint64_t);
  if ((w & kHasDeadline) != 0) header.deadline = TimePoint{Duration{take<5>(at)}};
  if ((w & kHasFlags) != 0) header.client_flags = static_cast<std::uint32_t>(take<4>(at));
  if ((w & kHasCas) != 0) header.cas = (w & kWideCas) != 0 ? take<8>(at) : take<5>(at);
  return header;
}

void Record::note_access(TimePoint now) noexcept {
  const std::uint64_t old = word();
  const std::uint64_t access = (seconds(now) & kAccessMask) << kAccessShift;
  const std::uint64_t noted = (old & ~(kAccessMask << kAccessShift)) | access | kFetched;
  if (noted != old) store_word(noted);
}

}  // namespace cocached::store
