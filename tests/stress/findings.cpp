#include "stress/findings.hpp"

#include <fmt/format.h>

namespace cocached::stress {

void Findings::add(const std::string& who, const std::string& what) {
  const std::scoped_lock lock{mutex_};
  all_.push_back(fmt::format("{}: {}", who, what));
  any_ = true;
}

std::vector<std::string> Findings::all() const {
  const std::scoped_lock lock{mutex_};
  return all_;
}

void Findings::count(const std::string& what, std::uint64_t n) {
  const std::scoped_lock lock{mutex_};
  counts_[what] += n;
}

std::map<std::string, std::uint64_t> Findings::counts() const {
  const std::scoped_lock lock{mutex_};
  return counts_;
}

}  // namespace cocached::stress
