#pragma once

#include "store/snapshot_format.hpp"
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
class SnapshotWriter {
 public:
  /// `file` is a descriptor, open for writing, and the caller's. All must outlive it.
  SnapshotWriter(Store& store, const base::Clock& clock, int file);

  /// The number of items written; none if `stop` has been requested. Throws std::system_error where
  /// the system doesn't take it. Once only.
  std::optional<std::uint64_t> write(const std::stop_token& stop);

 private:
  void write_headers();
  void collect(const ItemView& item);
  void append_record(const ItemView& item);
  void append_large(const std::string& key);
  void finish_block(std::string_view tail = {});
  void put(std::string_view bytes);

  Store& store_;
  const base::Clock& clock_;
  const int file_;
  const std::uint64_t seed_;
  Duration to_wall_{};              // from server time
  std::string block_;               // records that are not written yet
  std::uint32_t records_ = 0;       // in the block
  std::vector<std::string> large_;  // keys of values that are too large to copy under a lock
  std::uint64_t items_ = 0;
};

}  // namespace cocached::store
