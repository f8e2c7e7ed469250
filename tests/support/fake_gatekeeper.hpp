#pragma once

#include "command/auth/gatekeeper.hpp"

#include <deque>
#include <string>
#include <utility>

namespace cocached::test {

/// Lets in whoever has the password "secret", when the test says so.
class FakeGatekeeper final : public command::Gatekeeper {
 public:
  void ask(command::Credentials who, OnDecision verdict) override {
    waiting.emplace_back(std::move(who), std::move(verdict));
  }

  /// Answers whoever has asked first.
  void answer() {
    auto [who, verdict] = std::move(waiting.front());
    waiting.pop_front();
    verdict(knows(who));
  }

  static bool knows(const command::Credentials& who) { return who.password == "secret"; }

  std::deque<std::pair<command::Credentials, OnDecision>> waiting;
};

}  // namespace cocached::test
