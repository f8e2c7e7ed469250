#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace cocached::server {

/// Throws std::system_error, with `what` and errno, where a system call gave less than 0.
inline void must_succeed(int result, const std::string& what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
}

}  // namespace cocached::server
