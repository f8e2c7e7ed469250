#include "server/reload.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace cocached::server {

void Reload::add(std::string name, Reader action) {
  const base::MutexLock lock{mutex_};
  entries_.push_back({std::move(name), std::move(action)});
}

bool Reload::run_all() {
  const base::MutexLock lock{mutex_};
  bool all_read = true;
  for (const auto& [name, action] : entries_) try {
      action();
      base::log_info("{}: read again", name);
    } catch (const std::exception& error) {
      base::log_error("{}: not read again: {}", name, error.what());
      all_read = false;
    }
  return all_read;
}

void Reload::run(std::string_view name) {
  const base::MutexLock lock{mutex_};
  const auto found = std::ranges::find(entries_, name, &Reloadable::name);
  if (found == entries_.end())
    throw std::logic_error{"nothing to read again: " + std::string{name}};
  found->action();
}

}  // namespace cocached::server
