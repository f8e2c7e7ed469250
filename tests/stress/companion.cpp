#include "stress/companion.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace cocached::stress {

std::filesystem::path settings_file(const Run& run) {
  return run.folder / "settings";
}

Companion::Companion(std::string name, bool is_hostile, std::uint64_t seed, Run& run)
    : run_(run), random_(seed), name_(std::move(name)), is_hostile_(is_hostile) {}

void Companion::add(std::string_view name, unsigned weight, std::function<void()> act) {
  acts_.push_back({std::string{name}, weight, std::move(act)});
  weights_ += weight;
}

void Companion::run() {
  while (const auto place = run_.target.enter()) {
    place_ = *place;
    while (goes_on()) perform(draw());
    leave();
    run_.target.leave();
  }
}

const Companion::Act& Companion::draw() {
  auto left = random_.below(weights_);
  const auto* act = acts_.data();
  for (; left >= act->weight; ++act) left -= act->weight;
  return *act;
}

void Companion::perform(const Act& act) {
  const auto who = fmt::format("{}, {}", name_, act.name);
  try {
    act.perform();
    run_.findings.count(who);
  } catch (const Closed& error) {
    if (!is_hostile_ && !run_.target.stopping(place_.life))
      run_.findings.add(who, fmt::format("the server closed the connection {}", error.what()));
  } catch (const Violation& error) {
    run_.findings.add(who, error.what());
  }
}

Stream Companion::connect(Dialect& dialect, Stream::Kind kind) {
  return connect_served(place_, kind, dialect, run_);
}

void Companion::pause(unsigned most_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds{random_.below(most_ms + 1)});
}

}  // namespace cocached::stress
