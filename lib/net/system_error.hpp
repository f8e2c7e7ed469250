#pragma once

#include <cerrno>

#include <boost/system/error_code.hpp>

namespace cocached::net {

/// Returns the error of the system call that has just failed.
inline boost::system::error_code last_system_error() noexcept {
  return {errno, boost::system::system_category()};
}

}  // namespace cocached::net
