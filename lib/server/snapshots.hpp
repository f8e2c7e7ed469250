#pragma once

#include "base/clock.hpp"
#include "store/snapshot_loader.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace cocached::server {

/// A file of a moment's items, for a start with a full cache. There is always a whole one under its
/// name: a new one is written beside it and takes its place when it is complete and on the disk.
/// What fails is logged, and no reason not to serve.
class Snapshots {
 public:
  /// Nothing happens with an empty path. A relative one means the current directory, even when that
  /// has changed. Interval 0: saved only at the end. Store and clock outlive it. Opens the file and
  /// prepares the store; so before others use that.
  Snapshots(store::Store& store, const base::Clock& clock, const std::string& path,
            std::chrono::seconds interval);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// Loads what is there, in the background, then saves every interval.
  void start();

  /// Ends a load that still runs; the file then stays as it is. Otherwise saves. Nobody uses the
  /// store any more. Returns why the items are not saved; nothing when all went well.
  [[nodiscard]] std::optional<std::string> finish();

  /// Makes a running load or save end soon, and lets `finish` save nothing. The file under the
  /// path stays as it is; the unfinished one is removed. Any thread.
  void abandon() noexcept;

  /// From the beginning where there is nothing to load. Any thread.
  bool loaded() const noexcept { return loaded_; }

  /// From now on; any thread.
  void set_interval(std::chrono::seconds interval) noexcept { interval_ = interval; }

 private:
  class File;

  void run(const std::stop_token& stop);
  void load(const std::stop_token& stop);
  std::optional<std::string> save(const std::stop_token& stop);
  std::optional<std::uint64_t> write_file(const std::string& path, const std::stop_token& stop);

  store::Store& store_;
  const base::Clock& clock_;
  const std::string path_;  // absolute
  std::atomic<std::chrono::seconds> interval_;
  std::atomic<bool> loaded_ = true;
  bool load_stopped_ = false;  // of the thread, until it is joined
  std::stop_source stop_;      // of the thread
  std::stop_source abandoned_;
  std::unique_ptr<File> existing_;
  std::optional<store::SnapshotLoader> loader_;
  std::thread thread_;
};

}  // namespace cocached::server
