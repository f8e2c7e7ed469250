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
///     +--------+--------+-------+-- - - --+-----------+-------------+- - - - - -
///     | header | header | block |         | end block | state block |   unused
///     +--------+--------+-------+-- - - --+-----------+-------------+- - - - - -
///
///     block:  | BlockHeader | record | record | ... |     about 64 KiB, or one large record
///     record: | RecordHeader | key | value |
///     state:  | BlockHeader | what SnapshotState encodes |
///
/// The headers are written last, so an unfinished file is no snapshot. They say where the state
/// block is. When the state changes, a new block is written to where the present one is not, then
/// one header, then the other: at every moment one of them is whole and true.
///
/// Version 1 has no state block, and no frequency in its records. It is still read.
///
/// Checksums start from a number drawn for each file, so that no value that a client stores can
/// pass for a block of it.
namespace cocached::store::snapshot {

inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kBlockSize = std::size_t{64} << 10;

using Marker = std::array<char, 8>;
inline constexpr Marker kFileMarker{'c', 'o', 'c', 'a', 'c', 'h', 'e', 'd'};
inline constexpr Marker kBlockMarker{'\x8b', 'b', 'l', 'o', 'c', 'k', '\r', '\n'};

struct FileHeader {
  Marker marker = kFileMarker;
  std::uint32_t version = kVersion;
  std::uint32_t unused = 0;
  std::uint64_t seed = 0;         ///< of all other checksums
  std::uint64_t cas = 0;          ///< no item's number is higher
  std::int64_t made_ms = 0;       ///< wall clock
  std::uint64_t records_end = 0;  ///< the position behind the end block
  std::uint64_t state_at = 0;     ///< the position of the state block
  std::uint64_t state_size = 0;   ///< bytes, with its header
  std::uint64_t checksum = 0;     ///< of what is before it
};

/// The header of version 1.
struct FileHeaderV1 {
  Marker marker = kFileMarker;
  std::uint32_t version = 1;
  std::uint32_t unused = 0;
  std::uint64_t seed = 0;
  std::uint64_t cas = 0;
  std::int64_t made_ms = 0;
  std::uint64_t checksum = 0;
};

enum class BlockKind : std::uint32_t { records, state };

/// The end of the records is a block without any.
struct BlockHeader {
  Marker marker = kBlockMarker;
  std::uint32_t head = 0;  ///< bytes of the records, without ...
  std::uint32_t tail = 0;  ///< ... those of the last one's value, where that is large
  std::uint32_t records = 0;
  BlockKind kind = BlockKind::records;
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
  std::uint8_t frequency = 0;  ///< as eviction counts it; 0 in version 1
  std::array<std::uint8_t, 5> unused{};
};

static_assert(sizeof(FileHeader) == 72 && sizeof(FileHeaderV1) == 48 && sizeof(BlockHeader) == 40 &&
              sizeof(RecordHeader) == 32);

template <class ItemHeader>
std::string_view bytes_of(const ItemHeader& header) noexcept {
  static_assert(std::has_unique_object_representations_v<ItemHeader>);
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

/// The checksum of a header, without the field that holds it.
template <class ItemHeader>
std::uint64_t checksum_of(const ItemHeader& header, std::uint64_t seed) noexcept {
  const auto bytes = bytes_of(header);
  return base::checksum(bytes.substr(0, bytes.size() - sizeof header.checksum), seed);
}

inline std::uint64_t checksum_of(std::string_view head, std::string_view tail,
                                 std::uint64_t seed) noexcept {
  return base::checksum(tail, base::checksum(head, seed));
}

}  // namespace cocached::store::snapshot
