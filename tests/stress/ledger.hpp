#pragma once

#include "stress/operation.hpp"
#include "stress/target.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace cocached::stress {

/// The namespace of a key like `n2:...`; none for others.
std::optional<std::size_t> namespace_of(std::string_view key) noexcept;

/// The knowledge of the server's state before a request is sent.
struct Sent {
  explicit Sent(const Target& target);

  Clock::time_point time = Clock::now();
  std::uint64_t flushes;  ///< that were done
  std::array<std::uint64_t, kNamespaces> namespace_flushes;
  bool loaded;
};

/// The values that keys may hold. For a client's own keys they follow from all replies of the
/// server. A shared key may hold any value that was written there, but from each writer none older
/// than one that was seen before.
///
/// An own key holds exactly what was written last, or nothing: every item may be evicted at any
/// time. What was missed once doesn't come back.
class Ledger {
 public:
  explicit Ledger(Target& target) : target_(target) {}

  /// Compares a reply with what is known, and remembers what it says. Throws Violation.
  void take(const Operation& operation, const Reply& reply, const Sent& sent);

  /// The content of an own key, if it has one.
  const std::string* text_of(const std::string& key) const;
  std::optional<std::uint64_t> cas_of(const std::string& key) const;

  /// It can't be known what the server made of a request.
  void forget(const std::string& key) { known_.erase(key); }
  /// Nor of any, for instance when it starts again with an older snapshot.
  void forget_all();
  /// CAS numbers change when the server starts again.
  void forget_cas();

 private:
  struct Known {
    std::uint64_t version = 0;
    std::size_t size = 0;
    std::optional<std::string> text;  // instead of what version and size make
    std::uint32_t flags = 0;
    std::optional<std::uint64_t> cas;
    Clock::time_point expires = Clock::time_point::max();
    std::uint64_t flushes = 0;  // that had begun when the write was answered
    std::uint64_t namespace_flushes = 0;
  };

  void take_own(const Operation& operation, const Reply& reply, const Sent& sent);
  void take_success(const Operation& operation, const Reply& reply, const Sent& sent);
  void take_failure(const Operation& operation, const Reply& reply, const Sent& sent);
  void take_shared(const Operation& operation, const Reply& reply);
  void check_value(const Operation& operation, const Reply& reply, const Known& known) const;
  void check_order(const std::string& key, std::uint64_t version);
  Known& must_exist(const Operation& operation, const Reply& reply, const Sent& sent);
  const char* reason_to_be_gone(const std::string& key, const Sent& sent) const;
  void write(const Operation& operation, const Reply& reply);
  void set_ttl(Known& known, std::int32_t ttl) const;

  Target& target_;
  std::unordered_map<std::string, Known> known_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> newest_;  // by key and writer
};

/// A version: which thread has written, and its how manieth write this was.
inline constexpr unsigned kWriterShift = 40;
/// Writers from here on may have requests on their way that they have given up.
inline constexpr std::uint64_t kFirstUnorderedWriter = 1000;

}  // namespace cocached::stress
