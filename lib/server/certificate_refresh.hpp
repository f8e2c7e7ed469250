#pragma once

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"

#include <functional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace cocached::server {

/// Serves `refresh_certs`, which any client may send: reads the files only if one has changed since
/// the last reading; otherwise repeats the last answer. Thread-safe: while one thread reads, other
/// callers wait for it.
class CertificateRefresh {
 public:
  /// `read` reads `files`; it throws a std::exception, with a text for the user, where they cannot
  /// be used. The clock outlives this.
  CertificateRefresh(std::vector<std::string> files, std::function<void()> read,
                     const base::Clock& clock);

  /// Returns why the files cannot be used; empty if the certificates in use are those in the files.
  std::string ask();

 private:
  /// All that changes in what stat(2) says of a file that changes. Zero: there is none.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::chrono::nanoseconds changed{};

    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::vector<Stamp>;
  using WallTime = std::chrono::sys_time<base::Duration>;

  static Stamp stamp_of(const std::string& file) noexcept;
  static bool is_settled(const Stamp& stamp, WallTime read_at) noexcept;
  Stamps stamps() const;
  std::string read() const;

  const std::vector<std::string> files_;
  const std::function<void()> read_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  // The last reading; without stamps there was none.
  Stamps stamps_ COCACHED_GUARDED_BY(mutex_);
  WallTime read_at_ COCACHED_GUARDED_BY(mutex_){};
  std::string failure_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::server
