#pragma once

#include "store/snapshot_format.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace cocached::store {

/// What came of loading a snapshot.
struct LoadReport {
  std::uint64_t items = 0;    ///< stored
  std::uint64_t expired = 0;  ///< their time ran out meanwhile
  std::uint64_t refused = 0;  ///< written or removed since, or too large, or no memory for them
  std::uint64_t damaged = 0;  ///< places where something can't be trusted and was skipped
  bool known = true;          ///< false: no snapshot of this version; nothing was loaded
  bool complete = true;       ///< false: the file ends too early
  bool stopped = false;       ///< told to stop before the end
};

/// Loads what can be trusted of a snapshot into a store that is in use, for whose keys the rules of
/// Store::restore hold. Holds one block in memory at a time.
class SnapshotLoader {
 public:
  /// `file` is a descriptor, open for reading, and the caller's. All must outlive it. Reads the
  /// header, and has the store skip the CAS numbers that the items have.
  SnapshotLoader(Store& store, const base::Clock& clock, int file);

  /// Returns early, with `stopped`, soon after `stop` is requested. Throws std::system_error where
  /// the system can't read the file. Once only.
  LoadReport load(const std::stop_token& stop = {});

 private:
  using BlockHeader = snapshot::BlockHeader;

  std::optional<snapshot::FileHeader> find_header() const;
  bool load_block();
  void load_records(const BlockHeader& header);
  std::optional<std::string_view> load_record(std::string_view bytes);
  void restore(const snapshot::RecordHeader& header, std::string_view key, std::string_view value);
  bool skip_to_marker();
  bool read(std::uint64_t position, char* to, std::size_t size) const;

  Store& store_;
  const base::Clock& clock_;
  const int file_;
  const std::uint64_t size_;  // of the file
  std::uint64_t seed_ = 0;
  std::uint64_t position_ = 2 * sizeof(snapshot::FileHeader);
  std::string block_;
  LoadReport report_;
};

}  // namespace cocached::store
