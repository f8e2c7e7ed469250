#pragma once

#include "store/item.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace cocached::store {

/// The properties of an item that its record stores beside key and value.
struct ItemHeader {
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;
  TimePoint deadline = kNever;
  TimePoint last_access{};
  bool fetched = false;
  bool stale = false;
  bool win_sent = false;  ///< a reader was told to fill the item again
  bool binary_key = false;
};

/// An item as bytes in a segment. Packed and unaligned, little-endian; what an item doesn't have
/// costs nothing:
///
///      8      5           4            5 or 8       2               bytes
///     +------+-----------+------------+------------+---------------+-----+-------+
///     | word | deadline  | flags      | CAS        | size of value | key | value |
///     |      | unless    | unless 0   | unless 0   | if >= 512 KiB |     |       |
///     |      | never, ms |            |            | bits 19-34    |     |       |
///     +------+-----------+------------+------------+---------------+-----+-------+
///
///     the word:
///      63        45 44         22 21       18 17    14 13         9   8    7        0
///     +------------+-------------+-----------+--------+------------+------+----------+
///     | value size | last access | frequency | item's | the fields | dead | key size |
///     | bits 0-18  | s, mod 2^23 |           | marks  | it has     |      |          |
///     +------------+-------------+-----------+--------+------------+------+----------+
///
/// A value of 4 KiB or more always has a deadline, kNoDeadline for never: so a touch that gives it
/// its first one need not copy it.
///
/// An item with a TTL and a CAS number has 18 bytes before its key. This class points at such bytes
/// and neither owns nor guards them.
class Record {
 public:
  Record() = default;
  explicit Record(char* at) noexcept : at_(at) {}

  /// Bytes of a record, and of its part before the key.
  static std::size_t size(const ItemHeader& header, std::size_t key, std::size_t value) noexcept {
    return prefix_size(header, value) + key + value;
  }
  static std::size_t prefix_size(const ItemHeader& header, std::size_t value) noexcept {
    return prefix_size(field_bits(header, value));
  }

  /// No record's part before the key is longer.
  static constexpr std::size_t kMaxPrefixSize = 8 + 5 + 4 + 8 + 2;

  static constexpr unsigned kMaxFrequency = 15;

  /// Writes everything before the key, with the mark `dead` cleared.
  void encode(const ItemHeader& header, unsigned frequency, std::size_t key_size,
              std::size_t value_size) noexcept;

  /// How often the item was used up to when this record was written; 1 to kMaxFrequency.
  unsigned frequency() const noexcept {
    return static_cast<unsigned>((word() >> kFrequencyShift) & kMaxFrequency);
  }
  void set_frequency(unsigned frequency) noexcept {
    store_word((word() & ~(std::uint64_t{kMaxFrequency} << kFrequencyShift)) |
               (std::uint64_t{frequency} << kFrequencyShift));
  }

  /// `now` tells which of the possible ages the last access has: they are known modulo 97 days.
  ItemHeader header(TimePoint now) const noexcept {
    const std::uint64_t w = word();
    ItemHeader header{.last_access = last_access(now),
                      .fetched = (w & kFetched) != 0,
                      .stale = (w & kStale) != 0,
                      .win_sent = (w & kWinSent) != 0,
                      .binary_key = (w & kBinaryKey) != 0};
    const char* at = at_ + sizeof w;
    if ((w & kHasDeadline) != 0) header.deadline = deadline_at(take<5>(at));
    if ((w & kHasFlags) != 0) header.client_flags = static_cast<std::uint32_t>(take<4>(at));
    if ((w & kHasCas) != 0) header.cas = (w & kWideCas) != 0 ? take<8>(at) : take<5>(at);
    return header;
  }
  TimePoint deadline() const noexcept {
    const std::uint64_t w = word();
    const char* at = at_ + sizeof w;
    return (w & kHasDeadline) == 0 ? kNever : deadline_at(take<5>(at));
  }

  std::string_view key() const noexcept {
    const std::uint64_t w = word();
    return {at_ + prefix_size(w), w & kKeyMask};
  }
  char* key_data() const noexcept { return at_ + prefix_size(word()); }
  std::span<char> value() const noexcept {
    const std::uint64_t w = word();
    return {at_ + prefix_size(w) + (w & kKeyMask), value_size(w)};
  }
  std::size_t size() const noexcept {
    const std::uint64_t w = word();
    return prefix_size(w) + (w & kKeyMask) + value_size(w);
  }

  std::size_t prefix_size() const noexcept { return prefix_size(word()); }

  bool fetched() const noexcept { return (word() & kFetched) != 0; }
  TimePoint last_access(TimePoint now) const noexcept {
    const std::uint64_t now_s = seconds(now);
    const std::uint64_t age = (now_s - (word() >> kAccessShift)) & kAccessMask;
    return TimePoint{std::chrono::seconds{now_s - std::min(age, now_s)}};
  }

  /// Nobody finds it any more, or nobody yet: the memory can be had back.
  bool dead() const noexcept { return (word() & kDead) != 0; }
  void set_dead(bool dead) noexcept { store_word(dead ? word() | kDead : word() & ~kDead); }

  /// Notes a read. Writes only what changes, so that a hot record's cache line stays clean.
  void note_access(TimePoint now) noexcept {
    const std::uint64_t old = word();
    const std::uint64_t access = (seconds(now) & kAccessMask) << kAccessShift;
    const std::uint64_t noted = (old & ~(kAccessMask << kAccessShift)) | access | kFetched;
    if (noted != old) store_word(noted);
  }

  char* data() const noexcept { return at_; }

 private:
  static constexpr std::uint64_t kKeyMask = 0xff;
  static constexpr std::uint64_t kDead = 1 << 8;
  static constexpr std::uint64_t kHasDeadline = 1 << 9;
  static constexpr std::uint64_t kHasFlags = 1 << 10;
  static constexpr std::uint64_t kHasCas = 1 << 11;
  static constexpr std::uint64_t kWideCas = 1 << 12;
  static constexpr std::uint64_t kLongValue = 1 << 13;
  static constexpr std::uint64_t kFetched = 1 << 14;
  static constexpr std::uint64_t kStale = 1 << 15;
  static constexpr std::uint64_t kWinSent = 1 << 16;
  static constexpr std::uint64_t kBinaryKey = 1 << 17;
  static constexpr unsigned kFrequencyShift = 18;
  static constexpr unsigned kAccessShift = 22;
  static constexpr std::uint64_t kAccessMask = (1 << 23) - 1;
  static constexpr unsigned kValueShift = 45;
  static constexpr unsigned kShortValueBits = 64 - kValueShift;
  static constexpr std::size_t kShortValue = std::size_t{1} << kShortValueBits;
  static constexpr std::size_t kAlwaysDeadline = 4096;  // bytes of value
  static constexpr std::uint64_t kNoDeadline = (std::uint64_t{1} << 40) - 1;
  static constexpr std::uint64_t kWideCasFrom = std::uint64_t{1} << 40;

  /// By the five bits that tell of fields.
  static constexpr std::array kPrefixSizes = [] {
    std::array<std::uint8_t, 32> sizes{};
    for (unsigned bits = 0; bits < sizes.size(); ++bits) {
      const std::uint64_t word = bits * kHasDeadline;
      sizes[bits] = static_cast<std::uint8_t>(
          8 + ((word & kHasDeadline) != 0 ? 5 : 0) + ((word & kHasFlags) != 0 ? 4 : 0) +
          ((word & kHasCas) != 0 ? 5 : 0) + ((word & kWideCas) != 0 ? 3 : 0) +
          ((word & kLongValue) != 0 ? 2 : 0));
    }
    return sizes;
  }();

  static std::uint64_t seconds(TimePoint time) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0)) /
           1000;
  }

  /// A field behind the word. Reads the eight bytes that end with it: those are the record's own.
  template <unsigned kBytes>
  static std::uint64_t take(const char*& at) noexcept {
    at += kBytes;
    std::uint64_t number;
    std::memcpy(&number, at - sizeof number, sizeof number);
    return number >> (64 - 8 * kBytes);
  }

  static TimePoint deadline_at(std::uint64_t ms) noexcept {
    return ms == kNoDeadline ? kNever : TimePoint{Duration{ms}};
  }

  static std::uint64_t field_bits(const ItemHeader& header, std::size_t value) noexcept {
    return (header.deadline != kNever || value >= kAlwaysDeadline ? kHasDeadline : 0) |
           (header.client_flags != 0 ? kHasFlags : 0) | (header.cas != 0 ? kHasCas : 0) |
           (header.cas >= kWideCasFrom ? kWideCas : 0) | (value >= kShortValue ? kLongValue : 0);
  }
  static std::size_t prefix_size(std::uint64_t word) noexcept {
    return kPrefixSizes[(word / kHasDeadline) % kPrefixSizes.size()];
  }
  std::size_t value_size(std::uint64_t word) const noexcept {
    const std::size_t low = word >> kValueShift;
    if ((word & kLongValue) == 0) [[likely]]
      return low;
    std::uint16_t high;
    std::memcpy(&high, at_ + prefix_size(word) - sizeof high, sizeof high);
    return low | std::size_t{high} << kShortValueBits;
  }

  std::uint64_t word() const noexcept {
    std::uint64_t word;
    std::memcpy(&word, at_, sizeof word);
    return word;
  }
  void store_word(std::uint64_t word) noexcept { std::memcpy(at_, &word, sizeof word); }

  char* at_ = nullptr;
};

}  // namespace cocached::store
