#pragma once

#include "base/file.hpp"
#include "store/snapshot/snapshot_format.hpp"
#include "store/snapshot/snapshot_state.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace cocached::store {

enum class SnapshotKind : std::uint8_t {
  readable,       ///< a snapshot of this version, or of one that is still read
  empty,          ///< no bytes
  other_version,  ///< of this program, but not to be read
  damaged,        ///< a snapshot whose headers are both damaged
  foreign,        ///< not a snapshot at all
};

/// The beginning of a file, as far as it is a snapshot's.
struct SnapshotHead {
  SnapshotKind kind = SnapshotKind::foreign;
  snapshot::FileHeader header;  ///< where it is readable; version 1 has no state
  std::uint64_t records_begin = 0;
};

/// Throws std::system_error where the system can't read the file.
SnapshotHead read_head(const base::File& file);

/// The outcome of loading a snapshot.
struct LoadReport {
  std::uint64_t items = 0;    ///< stored
  std::uint64_t expired = 0;  ///< their time ran out meanwhile
  std::uint64_t flushed = 0;  ///< a flush after they were written has hidden them
  std::uint64_t refused = 0;  ///< written or removed since, or too large, or no memory for them
  std::uint64_t damaged = 0;  ///< places where something can't be trusted and was skipped
  bool known = true;          ///< false: no snapshot that can be read; nothing was loaded
  bool complete = true;       ///< false: the file ends too early
  bool stopped = false;       ///< told to stop before the end
};

/// Loads what can be trusted of a snapshot into a store that is in use, for whose keys the rules of
/// Store::restore hold. Holds one block in memory at a time, and the state.
///
/// Times to live run on by the wall clock. If that was set back to before the snapshot was made, an
/// item has the time that it had then.
class SnapshotLoader {
 public:
  using OnProgress = std::function<void(std::uint64_t position, const LoadReport& so_far)>;

  /// `file` is open for reading. All must outlive it. Reads the state: has the store skip the CAS
  /// numbers that the items have, sets quotas and a delayed flush; so before others use the store.
  SnapshotLoader(Store& store, const base::Clock& clock, const base::File& file);

  /// Calls `progress`, if any, after each block. Returns early, with `stopped`, soon after `stop`
  /// is requested. Throws std::system_error where the system can't read the file. Once only.
  LoadReport load(const std::stop_token& stop = {}, const OnProgress& progress = {});

  /// The snapshot as update_snapshot takes it. Not for version 1.
  const WrittenSnapshot& written() const noexcept { return written_; }

 private:
  using BlockHeader = snapshot::BlockHeader;

  void read_state();
  std::optional<SnapshotState> decode_state();
  void apply_state();
  std::int64_t wall_ms() const noexcept;
  bool load_block();
  void load_records(const BlockHeader& header, std::uint64_t block_at);
  std::optional<std::string_view> load_record(std::string_view bytes, std::uint64_t block_at);
  bool is_flushed(std::string_view key, std::uint64_t block_at) const;
  void restore(const snapshot::RecordHeader& header, std::string_view key, std::string_view value);
  bool skip_to_marker();

  Store& store_;
  const base::Clock& clock_;
  const base::File& file_;
  const std::uint64_t size_;  // of the file
  WrittenSnapshot written_;
  std::uint64_t position_ = 0;
  std::string block_;
  LoadReport report_;
};

}  // namespace cocached::store
