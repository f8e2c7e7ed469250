#include "server/snapshot_place.hpp"

#include "server/platform/system_call.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;

bool is(const std::system_error& error, std::errc code) noexcept {
  return error.code() == code;
}

bool means_no_links(int error) noexcept {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
}

}  // namespace

SnapshotPlace::SnapshotPlace(const base::FileSystem& files, const std::string& path)
    : files_(files),
      path_(fs::weakly_canonical(fs::absolute(path)).string()),
      unfinished_(path_ + ".unfinished") {}

void SnapshotPlace::check() const {
  if (!remove_stale()) return;  // another process is writing here
  create_unfinished();
  remove_unfinished();
}

std::unique_ptr<base::File> SnapshotPlace::open() const {
  // A pipe must not let the start wait for its other end.
  constexpr int kFlags = O_NONBLOCK | O_NOCTTY;
  try {
    return std::make_unique<base::File>(files_, path_, O_RDWR | kFlags);
  } catch (const std::system_error& error) {
    if (is(error, std::errc::no_such_file_or_directory)) return nullptr;
    if (!is(error, std::errc::permission_denied) && !is(error, std::errc::read_only_file_system))
      throw;
  }
  return std::make_unique<base::File>(files_, path_, O_RDONLY | kFlags);
}

/// Removes an unfinished file that nobody has locked. False: somebody has.
bool SnapshotPlace::remove_stale() const try {
  const base::File stale{files_, unfinished_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK};
  if (!stale.try_lock()) return false;
  must_succeed(files_.unlink(unfinished_.c_str()), "cannot remove " + unfinished_);
  return true;
} catch (const std::system_error& error) {
  if (!is(error, std::errc::no_such_file_or_directory)) throw;
  return true;
}

std::unique_ptr<base::File> SnapshotPlace::create_unfinished() const {
  if (!remove_stale()) throw std::runtime_error{"another process is writing " + unfinished_};
  auto file =
      std::make_unique<base::File>(files_, unfinished_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  file->try_lock();
  return file;
}

void SnapshotPlace::remove_unfinished() const noexcept {
  files_.unlink(unfinished_.c_str());
}

void SnapshotPlace::publish() const {
  must_succeed(files_.rename(unfinished_.c_str(), path_.c_str()), "cannot rename " + unfinished_);
}

void SnapshotPlace::sync_folder() const {
  const auto folder = fs::path{path_}.parent_path().string();
  base::File{files_, folder, O_RDONLY | O_DIRECTORY}.sync();
}

std::string SnapshotPlace::keep_aside() const {
  for (unsigned i = 1;; ++i) {
    auto name = fmt::format("{}.rejected-{}", path_, i);
    if (files_.link(path_.c_str(), name.c_str()) == 0) return name;
    if (errno == EEXIST) continue;
    if (!means_no_links(errno)) must_succeed(-1, "cannot link " + name);
    if (fs::exists(fs::symlink_status(name))) continue;
    must_succeed(files_.rename(path_.c_str(), name.c_str()), "cannot rename " + path_);
    return name;
  }
}

std::string SnapshotPlace::move_aside() const {
  auto name = keep_aside();
  if (files_.unlink(path_.c_str()) < 0 && errno != ENOENT)
    must_succeed(-1, "cannot remove " + path_);
  return name;
}

}  // namespace cocached::server
