#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <sys/types.h>

/// The changes that a server makes to its process. Errors are std::system_error with a text for the
/// user, unless said otherwise. Nothing here is thread-safe: call before threads start.
namespace cocached::server {

struct User {
  std::string name;
  uid_t id = 0;
  gid_t group = 0;
};

struct NoSuchUser : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool is_root() noexcept;

/// By name, or by number: a number needs no entry in the password file. Throws NoSuchUser.
User find_user(const std::string& name_or_number);

/// Gives root's rights up for those of `user`, for good, supplementary groups included.
void become(const User& user);

/// Makes room for `wanted` open files, or for as many as the system lets; fails below `least`.
/// Never lowers a limit.
void raise_file_limit(std::size_t wanted, std::size_t least);

/// Raises the limit of core files as far as may be; fails if it stays 0. Call as root.
void allow_core_dumps();

/// Lets the kernel write a core file of this process. The kernel forbids that when a process
/// becomes another user, so call this afterwards.
void stay_dumpable();

/// Raises the limit of locked memory as far as may be: while the process still has root's rights.
void allow_memory_locks();

/// Keeps all pages in memory from when they are first used, those of later allocations too.
void lock_memory();

/// Goes on in a child in a session of its own, with /dev/null for the standard streams; the parent
/// exits with 0. In `/`, unless a core file is wanted, which needs a place to be written to.
void daemonize(bool core_dumps);

/// A file with the process id in it, gone when this is gone. Empty path: no file. A file that
/// cannot be written is a warning, as in memcached; one that holds something else is an error.
class PidFile {
 public:
  explicit PidFile(std::string path);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::string path_;
};

}  // namespace cocached::server
