#pragma once

#include "base/memory_ledger.hpp"
#include "command/stats/listing.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::command {

/// `stats detail dump`: `PREFIX <p> get <n> hit <n> set <n> del <n>` for each prefix with a get,
/// set or delete. The lines are sorted within each piece of some dozens.
class PrefixListing final : public Listing {
 public:
  Left write(StatSink& sink, Environment& environment, store::TimePoint now) override;

 private:
  store::NamespaceCursor cursor_;
};

/// `ns stats`: the number of namespaces, then `STAT <name>:<field> <value>` lines of the kListed
/// namespaces that hold most bytes, the largest first.
class NamespaceListing final : public Listing {
 public:
  static constexpr std::size_t kListed = 1000;

  explicit NamespaceListing(base::MemoryLedger& ledger) : booking_(ledger) {}
  Left write(StatSink& sink, Environment& environment, store::TimePoint now) override;

 private:
  bool look_at_some(const store::Store& store);
  void keep_largest();

  base::Booking booking_;
  store::NamespaceCursor cursor_;
  bool seen_all_ = false;
  std::size_t count_ = 0;
  std::vector<store::NamespaceStats> largest_;
  std::size_t next_ = 0;
};

/// Writes the reply to `ns stats <name>`: `STAT <field> <value>` lines and `END`, or `NOT_FOUND`.
void write_namespace(StatSink& sink, std::string_view name, const store::Store& store);

}  // namespace cocached::command
