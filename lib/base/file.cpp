#include "base/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cocached::base {
namespace {

void check(int result, const char* what, const std::string& path) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what + path};
}

struct stat status_of(int descriptor, const std::string& path) {
  struct stat status{};
  check(fstat(descriptor, &status), "cannot look at ", path);
  return status;
}

}  // namespace

int FileSystem::open(const char* path, int flags, mode_t mode) const noexcept {
  return ::open(path, flags, mode);
}

ssize_t FileSystem::read(int file, char* to, std::size_t size, off_t position) const noexcept {
  return ::pread(file, to, size, position);
}

ssize_t FileSystem::write(int file, const char* from, std::size_t size,
                          off_t position) const noexcept {
  return ::pwrite(file, from, size, position);
}

int FileSystem::sync(int file) const noexcept {
  return ::fsync(file);
}

int FileSystem::rename(const char* from, const char* to) const noexcept {
  return ::rename(from, to);
}

int FileSystem::link(const char* from, const char* to) const noexcept {
  return ::link(from, to);
}

int FileSystem::unlink(const char* path) const noexcept {
  return ::unlink(path);
}

const FileSystem& system_files() noexcept {
  static const FileSystem files;
  return files;
}

File::File(const FileSystem& files, std::string path, int flags)
    : files_(files),
      path_(std::move(path)),
      descriptor_(files.open(path_.c_str(), flags | O_CLOEXEC, 0600)) {
  check(descriptor_, "cannot open ", path_);
}

File::~File() {
  close(descriptor_);
}

std::uint64_t File::size() const {
  return static_cast<std::uint64_t>(status_of(descriptor_, path_).st_size);
}

bool File::is_regular() const {
  return S_ISREG(status_of(descriptor_, path_).st_mode);
}

bool File::is_writable() const noexcept {
  return (fcntl(descriptor_, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

bool File::try_lock() const noexcept {
  return flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool File::read(std::uint64_t position, char* to, std::size_t size) const {
  while (size > 0) {
    const auto n = files_.read(descriptor_, to, size, static_cast<off_t>(position));
    if (n < 0 && errno == EINTR) continue;
    check(n < 0 ? -1 : 0, "cannot read ", path_);
    if (n == 0) return false;
    position += static_cast<std::uint64_t>(n);
    to += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

void File::write(std::uint64_t position, std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto n =
        files_.write(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (n < 0 && errno == EINTR) continue;
    check(n < 0 ? -1 : 0, "cannot write ", path_);
    position += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void File::sync() const {
  check(files_.sync(descriptor_), "cannot write ", path_);
}

void File::begin_writeback(std::uint64_t position, std::uint64_t size) const noexcept {
  // A hint: what goes wrong shows in sync().
  sync_file_range(descriptor_, static_cast<off_t>(position), static_cast<off_t>(size),
                  SYNC_FILE_RANGE_WRITE);
}

}  // namespace cocached::base
