#pragma once

#include "base/file.hpp"
#include "store/item.hpp"
#include "store/snapshot/snapshot_format.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::store {

/// The part of a snapshot that is not items.
struct SnapshotState {
  /// Positions in the file: a record of the namespace whose block begins before has been flushed.
  using FlushPositions = std::map<std::string, std::uint64_t, std::less<>>;

  char delimiter = ':';                               ///< of the namespaces of `flushes`
  std::int64_t flush_due_ms = snapshot::kNoDeadline;  ///< of a delayed flush of all; wall clock
  std::uint64_t all_flushed_before = 0;               ///< the same as in `flushes`, for all records
  FlushPositions flushes;
  std::map<std::string, std::uint64_t> quotas;  ///< bytes, by namespace

  std::string encode() const;

  /// Nothing if the bytes are no state.
  static std::optional<SnapshotState> decode(std::string_view bytes);
};

/// A snapshot that is in its file, as its writer or its loader knows it.
struct WrittenSnapshot {
  snapshot::FileHeader header;
  SnapshotState state;
  Duration to_wall{};         ///< from server time to the file's wall clock
  std::uint64_t journal = 0;  ///< the latest change in the store's journal that it knows
  std::uint64_t items = 0;
};

/// Writes `state` as a block of a file with that header, to where the present one is not. Notes the
/// place in the header, which is not written. Throws std::system_error.
void write_state(const base::File& file, snapshot::FileHeader& header, const SnapshotState& state);

/// Writes both copies of the header, with their checksums. The first is on the disk before the
/// second is touched. Throws std::system_error.
void write_headers(const base::File& file, const snapshot::FileHeader& header);

}  // namespace cocached::store
