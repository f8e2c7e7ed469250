#pragma once

#include "base/clock.hpp"
#include "command/server_view.hpp"

#include <chrono>
#include <cstdint>

namespace cocached::server {

/// The state of snapshots at one moment.
struct SnapshotFigures {
  bool enabled = false;
  std::chrono::seconds interval{0};  ///< 0: saved at the end only

  bool loading = false;
  std::uint64_t file_bytes = 0;    ///< of the file that is or was loaded
  std::uint64_t loaded_bytes = 0;  ///< how far loading is in it
  std::uint64_t loaded_items = 0;

  bool saving = false;
  bool failing = false;  ///< the last attempt to write failed
  std::uint64_t saves = 0;
  std::uint64_t failures = 0;
  std::chrono::sys_time<base::Duration> last_success{};  ///< 1970 if never; of the loaded file, too
  base::Duration last_duration{};                        ///< of the last save; and so these
  std::uint64_t last_bytes = 0;
  std::uint64_t last_items = 0;

  /// The share of the file that has been read, 0 to 1.
  double progress() const noexcept;
};

/// As fields of `stats`; none where there is no snapshot.
command::StatList snapshot_stats(const SnapshotFigures& figures);

}  // namespace cocached::server
