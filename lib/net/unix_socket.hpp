#pragma once

#include <string>
#include <sys/types.h>

namespace cocached::net {

/// An address for clients on this machine.
struct UnixSocket {
  std::string path;
  mode_t mode = 0700;  ///< of the file: who may write to it may connect
};

/// Removes the socket at `path` if nobody listens on it: a server that was killed leaves one.
/// Throws boost::system::system_error where somebody does (address_in_use), or where something that
/// is no socket stands there (file_exists); neither is touched.
void remove_stale_socket(const std::string& path);

/// Gives the socket at `path`, which this process has just made, to another user. Follows no link,
/// and gives nothing else away: throws boost::system::system_error where anything but a socket of
/// this process's user stands there (not_a_socket), or one that has another name as well.
void give_socket_to(const std::string& path, uid_t user, gid_t group);

/// The file that a socket has just been bound to. Removes it at the end, if it is still the same
/// one, wherever the process has gone meanwhile.
class SocketFile {
 public:
  /// Throws boost::system::system_error if there is none.
  explicit SocketFile(const std::string& path);
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

 private:
  std::string path_;  // absolute
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// As long as it lives, files are created with `mode` at most. The whole process is affected.
class CreationMode {
 public:
  explicit CreationMode(mode_t mode) noexcept;
  ~CreationMode();
  CreationMode(const CreationMode&) = delete;
  CreationMode& operator=(const CreationMode&) = delete;

 private:
  mode_t before_;
};

}  // namespace cocached::net
