#pragma once

#include "tests/support/certificate_file.hpp"

#include <filesystem>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cocached::test {

/// A key and a self-signed certificate in one PEM file, which the destructor deletes.
class Certificate {
 public:
  explicit Certificate(const std::string& name = "cache.example") : path_(unused_path()) {
    write_certificate(path_, name);
  }
  ~Certificate() { std::filesystem::remove(path_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  const std::string& path() const { return path_; }

 private:
  static std::string unused_path() {
    auto name = (std::filesystem::temp_directory_path() / "cocached-test-XXXXXX").string();
    const int file = mkstemp(name.data());
    EXPECT_GE(file, 0);
    close(file);
    return name;
  }

  const std::string path_;
};

}  // namespace cocached::test
