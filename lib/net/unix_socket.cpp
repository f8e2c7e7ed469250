#include "net/unix_socket.hpp"

#include "base/log.hpp"
#include "net/system_error.hpp"
#include "net/types.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

namespace cocached::net {
namespace {

/// Finds the file at `path` without following links. Returns false if there is none.
bool look_at(const std::string& path, struct stat& found) {
  if (::lstat(path.c_str(), &found) == 0) return true;
  if (errno != ENOENT) throw boost::system::system_error{last_system_error()};
  return false;
}

/// A full queue of clients is a sign of life as well, so the attempt must not wait.
bool is_listened_on(const std::string& path) {
  asio::io_context context;
  asio::local::stream_protocol::socket socket{context};
  socket.open();
  socket.non_blocking(true);
  error_code error;
  socket.connect(path, error);
  return error != asio::error::connection_refused;
}

/// A descriptor that only names a file.
class FileName {
 public:
  explicit FileName(const std::string& path)
      : descriptor_(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)) {
    if (descriptor_ < 0) throw boost::system::system_error{last_system_error()};
  }
  ~FileName() { ::close(descriptor_); }
  FileName(const FileName&) = delete;
  FileName& operator=(const FileName&) = delete;

  int descriptor() const noexcept { return descriptor_; }

 private:
  const int descriptor_;
};

bool is_same_file(const struct stat& one, const struct stat& other) noexcept {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

void remove_stale_socket(const std::string& path) {
  using namespace boost::system::errc;
  struct stat found{};
  if (!look_at(path, found)) return;
  if (!S_ISSOCK(found.st_mode)) throw boost::system::system_error{make_error_code(file_exists)};
  if (is_listened_on(path)) throw boost::system::system_error{make_error_code(address_in_use)};
  struct stat now{};
  if (look_at(path, now) && !is_same_file(now, found))  // another server's by now
    throw boost::system::system_error{make_error_code(address_in_use)};
  base::log_warning("removing {}, a socket that nobody listens on", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    throw boost::system::system_error{last_system_error()};
}

/// Checks and changes the same inode, whatever has come to `path` meanwhile.
void give_socket_to(const std::string& path, uid_t user, gid_t group) {
  const FileName file{path};
  struct stat found{};
  if (::fstat(file.descriptor(), &found) != 0)
    throw boost::system::system_error{last_system_error()};
  const bool own = S_ISSOCK(found.st_mode) && found.st_uid == ::geteuid() && found.st_nlink == 1;
  if (!own) throw boost::system::system_error{make_error_code(boost::system::errc::not_a_socket)};
  if (::fchownat(file.descriptor(), "", user, group, AT_EMPTY_PATH) != 0)
    throw boost::system::system_error{last_system_error()};
}

SocketFile::SocketFile(const std::string& path)
    : path_(std::filesystem::absolute(path).lexically_normal().string()) {
  struct stat found{};
  if (!look_at(path_, found)) {
    errno = ENOENT;
    throw boost::system::system_error{last_system_error()};
  }
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

SocketFile::~SocketFile() {
  struct stat found{};
  if (::lstat(path_.c_str(), &found) != 0) return;
  if (found.st_dev != device_ || found.st_ino != inode_) return;  // another server's by now
  if (::unlink(path_.c_str()) != 0)
    base::log_warning("cannot remove {}: {}", path_, last_system_error().message());
}

CreationMode::CreationMode(mode_t mode) noexcept : before_(::umask(~mode & 0777)) {}

CreationMode::~CreationMode() {
  ::umask(before_);
}

}  // namespace cocached::net
