#include "server/certificate_refresh.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace cocached::server {

CertificateRefresh::CertificateRefresh(std::vector<std::string> files, std::function<void()> read,
                                       const base::Clock& clock)
    : files_(std::move(files)), read_(std::move(read)), clock_(clock) {}

std::string CertificateRefresh::ask() {
  const base::MutexLock lock{mutex_};
  auto now = stamps();
  const auto settled = [read_at = read_at_](const Stamp& stamp) {
    return is_settled(stamp, read_at);
  };
  if (now == stamps_ && std::ranges::all_of(now, settled)) return failure_;
  stamps_ = std::move(now);
  read_at_ = clock_.wall_now();
  return failure_ = read();
}

CertificateRefresh::Stamp CertificateRefresh::stamp_of(const std::string& file) noexcept {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  const auto changed =
      std::chrono::seconds{found.st_ctim.tv_sec} + std::chrono::nanoseconds{found.st_ctim.tv_nsec};
  return {found.st_dev, found.st_ino, found.st_size, changed};
}

/// False for a file that changed within a second of its reading: the kernel's stamps are coarse,
/// and it may have changed once more since, with the same one.
bool CertificateRefresh::is_settled(const Stamp& stamp, WallTime read_at) noexcept {
  return std::chrono::abs(read_at.time_since_epoch() - stamp.changed) > std::chrono::seconds{1};
}

CertificateRefresh::Stamps CertificateRefresh::stamps() const {
  Stamps stamps;
  stamps.reserve(files_.size());
  for (const auto& file : files_) stamps.push_back(stamp_of(file));
  return stamps;
}

std::string CertificateRefresh::read() const try {
  read_();
  base::log_info("certificates: read again");
  return {};
} catch (const std::exception& error) {
  base::log_error("certificates: not read again: {}", error.what());
  return error.what();
}

}  // namespace cocached::server
