#include "stress/target.hpp"

#include <csignal>

namespace cocached::stress {

std::optional<Place> Target::enter() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return open_ || over_; });
  if (over_) return std::nullopt;
  ++inside_;
  return place_;
}

void Target::leave() {
  const std::scoped_lock lock{mutex_};
  --inside_;
  changed_.notify_all();
}

void Target::open(const Place& place) {
  const std::scoped_lock lock{mutex_};
  place_ = place;
  open_ = true;
  serving_life_ = place.life;
  changed_.notify_all();
}

void Target::pause() {
  std::unique_lock lock{mutex_};
  open_ = false;
  serving_life_ = 0;
  changed_.wait(lock, [this] { return inside_ == 0; });
}

void Target::stop_life() noexcept {
  const std::scoped_lock lock{mutex_};
  stopped_life_ = place_.life;
}

void Target::end_run() {
  const std::scoped_lock lock{mutex_};
  over_ = true;
  open_ = false;
  serving_life_ = 0;
  changed_.notify_all();
}

void Target::signal(unsigned life, int number) {
  const std::scoped_lock lock{mutex_};
  if (place_.life == life && stopped_life_ < life) ::kill(place_.process, number);
}

}  // namespace cocached::stress
