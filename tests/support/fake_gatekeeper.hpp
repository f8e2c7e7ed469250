#pragma once

#include "command/auth/gatekeeper.hpp"

#include <deque>
#include <string>
#include <utility>

namespace cocached::test {

/// Admits clients with the password "secret", at the moment that the test chooses.
class FakeGatekeeper final : public command::Gatekeeper {
 public:
  void ask(command::Credentials who, OnDecision verdict) override {
    waiting.emplace_back(std::move(who), std::move(verdict));
  }

  /// Answers the oldest waiting attempt.
  void answer() {
    auto [who, verdict] = std::move(waiting.front());
    waiting.pop_front();
    verdict(knows(who));
  }

  static bool knows(const command::Credentials& who) { return who.password == "secret"; }

  std::deque<std::pair<command::Credentials, OnDecision>> waiting;
};

}  // namespace cocached::test
