#pragma once

#include "base/file.hpp"
#include "store/snapshot/snapshot_format.hpp"
#include "store/snapshot/snapshot_state.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace cocached::store {

/// Writes all live items of a store to a file, while others go on using it. Never holds a lock of
/// the store while it writes, and never more memory than a few blocks: large values are pinned, and
/// written from where they are.
///
/// Items that are flushed during the save may be in the file already. So the state says up to where
/// each flush hides records.
class SnapshotWriter {
 public:
  /// `file` is open for writing, and empty. All must outlive it.
  SnapshotWriter(Store& store, const base::Clock& clock, const base::File& file);

  /// Returns what is on the disk then; nothing if `stop` has been requested. Throws
  /// std::system_error where the system doesn't take it. Once only.
  std::optional<WrittenSnapshot> write(const std::stop_token& stop);

 private:
  /// An item whose value is too large to copy under a lock.
  struct Large {
    std::string key;
    unsigned frequency;
  };

  void write_items(const std::stop_token& stop);
  void note_flushes();
  void collect(const ItemView& item);
  void append_record(const ItemView& item);
  void append_large(const Large& large);
  void finish_block(std::string_view tail = {});
  void put(std::string_view bytes);

  Store& store_;
  const base::Clock& clock_;
  const base::File& file_;
  WrittenSnapshot written_;
  std::uint64_t position_ = 0;    // in the file
  std::uint64_t on_its_way_ = 0;  // the system was told to write what is before
  std::string block_;             // records that are not written yet
  std::uint32_t records_ = 0;     // in the block
  std::vector<Large> large_;
};

/// Puts what has changed in the store's journal and quotas since `written` was into it and into its
/// file, which is open for writing. On return it is on the disk. Throws std::system_error; both are
/// then as before.
void update_snapshot(WrittenSnapshot& written, Store& store, const base::File& file);

}  // namespace cocached::store
