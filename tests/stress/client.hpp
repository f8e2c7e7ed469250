#pragma once

#include "stress/dialect.hpp"
#include "stress/ledger.hpp"
#include "stress/random.hpp"
#include "stress/run.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cocached::stress {

/// A client that keeps to the rules: one connection at a time, in a dialect that is drawn anew for
/// each, with pipelines of requests of all kinds. It checks every reply. Runs in a thread of its
/// own.
class Client {
 public:
  /// `number` is at least 1. The run outlives it.
  Client(unsigned number, std::uint64_t seed, Run& run);

  /// Until the run ends.
  void run();

 private:
  void serve(const Place& place);
  void converse(const Place& place);
  void talk(Stream& stream, Dialect& dialect, const std::vector<Group>& batch);
  void give_up_on(const std::vector<Group>& batch);

  std::vector<Group> draw_batch(const Dialect& dialect);
  Group draw_keys(const Dialect& dialect);
  Operation draw(const Dialect& dialect);
  Operation draw_shared();
  Operation draw_own(std::size_t slot, bool silent_allowed);
  void draw_for_value(Operation& operation, bool silent_allowed);
  void draw_for_number(Operation& operation);
  void draw_for_text(Operation& operation);
  void give_value(Operation& operation);
  std::size_t draw_size();
  std::string own_key(std::size_t slot) const;

  const unsigned number_;
  Random random_;
  Run& run_;
  Ledger ledger_;
  std::vector<unsigned> lives_;  // of each own slot's names
  unsigned life_ = 0;
  unsigned history_ = 0;
  std::uint64_t writes_ = 0;
};

/// The name of shared key `index`.
std::string shared_key(std::size_t index);

}  // namespace cocached::stress
