#pragma once

#include "stress/dialect.hpp"
#include "stress/random.hpp"
#include "stress/run.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::stress {

/// A thread that does one of its acts after the other, in random order, beside the clients.
class Companion {
 public:
  virtual ~Companion() = default;
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;

  /// Until the run ends.
  void run();

 protected:
  /// The run outlives it. `is_hostile`: being sent away is no finding.
  Companion(std::string name, bool is_hostile, std::uint64_t seed, Run& run);

  /// It is drawn in `weight` of as many cases as all weights come to.
  void add(std::string_view name, unsigned weight, std::function<void()> act);
  /// Called when clients must go: closes what the acts have left open.
  virtual void leave() {}

  Run& run_;
  Random random_;
  Place place_;  // of this stay

  Stream connect(Dialect& dialect, Stream::Kind kind = Stream::Kind::plain);
  Stream connect_raw() const { return {place_.plain, Stream::Kind::plain, run_.patience}; }
  bool goes_on() const { return run_.target.serves(place_.life) && !run_.findings.any(); }
  void pause(unsigned most_ms);

 private:
  struct Act {
    std::string name;
    unsigned weight;
    std::function<void()> perform;
  };

  const Act& draw();
  void perform(const Act& act);

  const std::string name_;
  const bool is_hostile_;
  std::vector<Act> acts_;
  unsigned weights_ = 0;
};

}  // namespace cocached::stress
