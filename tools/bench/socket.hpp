#pragma once

#include <string>
#include <utility>

namespace cocached::bench {

/// Owns a file descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) noexcept : number_(number) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// A connected, non-blocking TCP socket without Nagle's delay. Throws std::runtime_error with the
/// server's name and the reason.
FileDescriptor connect_to(const std::string& host, const std::string& port);

}  // namespace cocached::bench
