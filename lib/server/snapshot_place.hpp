#pragma once

#include "base/file.hpp"

#include <memory>
#include <string>

namespace cocached::server {

/// The path of a snapshot, and the files beside it: `<path>.unfinished`, which is being written,
/// and
/// `<path>.rejected-<n>`, which could not be read whole and is kept. Errors are std::system_error.
class SnapshotPlace {
 public:
  /// `files` outlives it. Links are followed once, here; a relative path means the current folder,
  /// even when the process changes it.
  SnapshotPlace(const base::FileSystem& files, const std::string& path);

  const std::string& path() const noexcept { return path_; }

  /// Throws if no snapshot can be written here by whom the process is. Removes an unfinished one
  /// that a process has left behind.
  void check() const;

  /// Opens the snapshot for reading, and for writing too where that is allowed. Null: there is
  /// none.
  std::unique_ptr<base::File> open() const;

  /// Opens a new unfinished one. Throws std::runtime_error while another process writes one.
  std::unique_ptr<base::File> create_unfinished() const;
  void remove_unfinished() const noexcept;

  /// Puts the unfinished one in place of the snapshot.
  void publish() const;

  /// Returns when the disk has what publish() did.
  void sync_folder() const;

  /// Gives the snapshot a second name, by which it stays when another takes its place. Returns
  /// that. On a file system that knows no links, it loses the first name.
  std::string keep_aside() const;

  /// The same, and the path is free then.
  std::string move_aside() const;

 private:
  bool remove_stale() const;

  const base::FileSystem& files_;
  const std::string path_;  // absolute
  const std::string unfinished_;
};

}  // namespace cocached::server
