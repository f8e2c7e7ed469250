#pragma once

#include "base/hash.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

/// A snapshot file: all items of a store, to be loaded by a later process with any settings.
/// Little-endian. Whatever is damaged is noticed by a checksum, and the rest can still be read.
///
///     +--------+--------+-------+-------+-- - - --+-----------+
///     | header | header | block | block |         | end block |     the header twice, in case
///     +--------+--------+-------+-------+-- - - --+-----------+
///
///     block:  | BlockHeader | record | record | ... |     about 64 KiB, or one large record
///     record: | RecordHeader | key | value |
///
/// Checksums start from a number drawn for each file, so that no value that a client stores can
/// pass for a block of it.
namespace cocached::store::snapshot {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kBlockSize = std::size_t{64} << 10;

using Marker = std::array<char, 8>;
inline constexpr Marker kFileMarker{'c', 'o', 'c', 'a', 'c', 'h', 'e', 'd'};
inline constexpr Marker kBlockMarker{'\x8b', 'b', 'l', 'o', 'c', 'k', '\r', '\n'};

struct FileHeader {
  Marker marker = kFileMarker;
  std::uint32_t version = kVersion;
  std::uint32_t unused = 0;
  std::uint64_t seed = 0;      ///< of all other checksums
  std::uint64_t cas = 0;       ///< no item's number is higher
  std::int64_t made_ms = 0;    ///< wall clock
  std::uint64_t checksum = 0;  ///< of what is before it
};

/// The end of a file is a block without records.
struct BlockHeader {
  Marker marker = kBlockMarker;
  std::uint32_t head = 0;  ///< bytes of the records, without ...
  std::uint32_t tail = 0;  ///< ... those of the last one's value, where that is large
  std::uint32_t records = 0;
  std::uint32_t unused = 0;
  std::uint64_t records_checksum = 0;  ///< of the tail, starting from that of the head
  std::uint64_t checksum = 0;          ///< of what is before it
};

inline constexpr std::uint8_t kStale = 1;
inline constexpr std::uint8_t kFetched = 2;
inline constexpr std::uint8_t kBinaryKey = 4;
inline constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

struct RecordHeader {
  std::int64_t deadline_ms = kNoDeadline;  ///< wall clock
  std::uint64_t cas = 0;
  std::uint32_t client_flags = 0;
  std::uint32_t value_size = 0;
  std::uint8_t key_size = 0;
  std::uint8_t marks = 0;
  std::array<std::uint8_t, 6> unused{};
};

static_assert(sizeof(FileHeader) == 48 && sizeof(BlockHeader) == 40 && sizeof(RecordHeader) == 32);

template <class Header>
std::string_view bytes_of(const Header& header) noexcept {
  static_assert(std::has_unique_object_representations_v<Header>);
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

/// The checksum of a header, without the field that holds it.
template <class Header>
std::uint64_t checksum_of(const Header& header, std::uint64_t seed) noexcept {
  const auto bytes = bytes_of(header);
  return base::checksum(bytes.substr(0, bytes.size() - sizeof header.checksum), seed);
}

inline std::uint64_t checksum_of(std::string_view head, std::string_view tail,
                                 std::uint64_t seed) noexcept {
  return base::checksum(tail, base::checksum(head, seed));
}

}  // namespace cocached::store::snapshot
