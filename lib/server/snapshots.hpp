#pragma once

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/thread_annotations.hpp"
#include "server/snapshot_figures.hpp"
#include "server/snapshot_place.hpp"
#include "store/snapshot/snapshot_loader.hpp"
#include "store/snapshot/snapshot_writer.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace cocached::server {

/// A file of a moment's items, for a start with a full cache. Once there is one, there is always a
/// whole one under its name: a new one is written beside it and takes its place when it is complete
/// and on the disk. A file that could not be read whole is kept under another name. Flushes,
/// delayed flushes and quotas that come later are entered into the file within about a second.
/// After a failure a new file is tried at once, then after pauses that grow to about a minute.
class Snapshots {
 public:
  /// Nothing happens with an empty path. Interval 0: saved only at the end. Store, clock and file
  /// system outlive it. Opens the file and prepares the store; so before others use that. Throws a
  /// std::exception, with a text for the user, for a file that cannot be read, and
  /// std::invalid_argument for one that is not a snapshot: a save would replace it.
  Snapshots(store::Store& store, const base::Clock& clock, const std::string& path,
            std::chrono::seconds interval, const base::FileSystem& files = base::system_files());
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// To be called by the user that the process will stay. Throws std::runtime_error, with a text
  /// for the user, where no snapshot can be written. Removes a half one, and moves one that cannot
  /// be read out of the way.
  void claim();

  /// Loads what is there, in the background, then saves every interval. Claims what is not claimed.
  void start();

  /// Ends a load that still runs; the file then stays as it is. Otherwise saves. Nobody uses the
  /// store any more. Returns why the items are not saved; nothing when all went well.
  [[nodiscard]] std::optional<std::string> finish();

  /// Makes a running load or save end soon, and lets `finish` save nothing. The file under the
  /// path stays as it is; the unfinished one is removed. Any thread.
  void abandon() noexcept;

  /// True from the beginning where there is nothing to load. Any thread.
  bool loaded() const noexcept { return loaded_; }

  /// Any thread.
  SnapshotFigures figures() const;

  /// From now on; any thread.
  void set_interval(std::chrono::seconds interval) noexcept { interval_ = interval; }

 private:
  /// The file that is in its place, and what it says.
  struct Current {
    std::unique_ptr<base::File> file;
    store::WrittenSnapshot written;
  };

  void look_at_file();
  void prepare_load(std::unique_ptr<base::File> file, const store::SnapshotHead& head);
  void run(const std::stop_token& stop);
  void load(const std::stop_token& stop);
  void report_load(const store::LoadReport& report);
  std::optional<std::string> save(const std::stop_token& stop);
  bool write_file(const std::stop_token& stop);
  void update_state() noexcept;
  std::string fail(std::string_view reason);
  template <class Change>
  void change_figures(Change&& change);

  store::Store& store_;
  const base::Clock& clock_;
  const base::FileSystem& files_;
  std::optional<SnapshotPlace> place_;  // none: no snapshots
  std::atomic<std::chrono::seconds> interval_;
  std::atomic<bool> loaded_ = true;
  std::stop_source stop_;  // of the thread
  std::stop_source abandoned_;

  // The thread alone uses these, from its start until it is joined.
  bool claimed_ = false;
  std::string unreadable_;  // why the file was not read; empty if it was, or if there is none
  std::optional<store::SnapshotLoader> loader_;
  bool load_stopped_ = false;
  bool damaged_ = false;   // in part; to be kept when another takes its place
  bool outdated_ = false;  // no state can be entered into the file; a new one is due
  Current current_;

  mutable base::Mutex mutex_;
  SnapshotFigures figures_ COCACHED_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace cocached::server
