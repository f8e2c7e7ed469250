#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace cocached::base {

/// The system calls that change or read files. Each returns what the system returns, and sets
/// errno; a test overrides them to make any of them fail. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual int open(const char* path, int flags, mode_t mode) const noexcept;
  virtual ssize_t read(int file, char* to, std::size_t size, off_t position) const noexcept;
  virtual ssize_t write(int file, const char* from, std::size_t size,
                        off_t position) const noexcept;
  virtual int sync(int file) const noexcept;
  virtual int rename(const char* from, const char* to) const noexcept;
  virtual int link(const char* from, const char* to) const noexcept;
  virtual int unlink(const char* path) const noexcept;
};

/// The machine's.
const FileSystem& system_files() noexcept;

/// An open file. Errors are std::system_error, with the path and what the system says.
class File {
 public:
  /// Opens `path`; a new file has the mode 0600. `files` outlives it.
  File(const FileSystem& files, std::string path, int flags);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::uint64_t size() const;  ///< bytes
  bool is_regular() const;
  bool is_writable() const noexcept;  ///< was opened so

  /// Locks the file against other processes that ask the same, until it is closed. Returns false if
  /// one of them has it.
  bool try_lock() const noexcept;

  /// Returns false if the file ends before `size` bytes.
  bool read(std::uint64_t position, char* to, std::size_t size) const;
  void write(std::uint64_t position, std::string_view bytes) const;

  /// Returns when the disk has what was written.
  void sync() const;

  /// Has the system begin to write what lies there to the disk, so that a later sync() is short.
  void begin_writeback(std::uint64_t position, std::uint64_t size) const noexcept;

 private:
  const FileSystem& files_;
  const std::string path_;
  const int descriptor_;
};

}  // namespace cocached::base
