#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cocached::store {

enum class OperationKind : std::uint8_t { get, set, add, append, cas, incr, remove };

/// An operation on one key as its caller saw it.
struct Operation {
  OperationKind kind{};
  std::uint64_t begin = 0, end = 0;  ///< ticks of one clock for all threads
  std::string argument;              ///< what was to be stored
  std::uint64_t compare = 0;         ///< of a cas
  bool found = false;                ///< hit, stored, done, removed
  bool missed = false;               ///< cas, incr: there was no item
  std::string value;                 ///< that was read, or the number
  std::uint64_t cas = 0;             ///< of what was read or stored
};

/// The contents of one key, and the result that each operation must have on them.
struct Register {
  std::optional<std::string> value;
  std::uint64_t cas = 0;

  auto operator<=>(const Register&) const = default;

  /// Applies `op`. False when its answer isn't the one this state gives.
  bool apply(const Operation& op) {
    switch (op.kind) {
      case OperationKind::get:
        return op.found == value.has_value() && (!op.found || (op.value == value && op.cas == cas));
      case OperationKind::set:
        return store(op, op.argument);
      case OperationKind::add:
        return op.found == !value && (!op.found || store(op, op.argument));
      case OperationKind::append:
        return op.found == value.has_value() && (!op.found || store(op, *value + op.argument));
      case OperationKind::cas:
        if (op.missed != !value) return false;
        return op.found == (value && cas == op.compare) && (!op.found || store(op, op.argument));
      case OperationKind::incr: {
        if (op.missed != !value) return false;
        std::uint64_t number = 0;
        const bool valid =
            value &&
            std::from_chars(value->data(), value->data() + value->size(), number).ec == std::errc{};
        const std::string next = std::to_string(number + 1);
        return op.found == valid && (!op.found || (op.value == next && store(op, next)));
      }
      case OperationKind::remove: {
        const bool was = value.has_value();
        value.reset();
        return op.found == was;
      }
    }
    return false;
  }

 private:
  bool store(const Operation& op, std::string what) {
    value = std::move(what);
    cas = op.cas;
    return op.found;
  }
};

/// Is there an order of all operations that keeps each thread's order and real time (what ended
/// before another began comes first), in which one register gives just these answers? Searches all
/// orders, each state once.
class Linearizer {
 public:
  explicit Linearizer(const std::vector<std::vector<Operation>>& threads) : threads_(threads) {}

  bool search(std::vector<std::size_t> next, const Register& state) {
    if (!seen_.emplace(next, state).second) return false;
    std::uint64_t first_end = ~std::uint64_t{0};
    bool done = true;
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      if (next[t] == threads_[t].size()) continue;
      done = false;
      first_end = std::min(first_end, threads_[t][next[t]].end);
    }
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      if (next[t] == threads_[t].size() || threads_[t][next[t]].begin > first_end) continue;
      Register after = state;
      if (!after.apply(threads_[t][next[t]])) continue;
      ++next[t];
      if (search(next, after)) return true;
      --next[t];
    }
    return done;
  }

 private:
  const std::vector<std::vector<Operation>>& threads_;
  std::set<std::pair<std::vector<std::size_t>, Register>> seen_;
};

inline bool is_linearizable(const std::vector<std::vector<Operation>>& threads) {
  return Linearizer(threads).search(std::vector<std::size_t>(threads.size()), Register{});
}

inline std::string describe(const std::vector<std::vector<Operation>>& threads) {
  static constexpr const char* kNames[] = {"get", "set", "add", "append", "cas", "incr", "remove"};
  std::string text;
  for (const auto& thread : threads) {
    for (const Operation& op : thread) {
      text += std::to_string(op.begin) + "-" + std::to_string(op.end) + " " +
              kNames[static_cast<int>(op.kind)] + " " + op.argument + " compare " +
              std::to_string(op.compare) + " -> " + (op.found ? "found " : "no ") + op.value +
              " cas " + std::to_string(op.cas) + "\n";
    }
    text += "--\n";
  }
  return text;
}

}  // namespace cocached::store
