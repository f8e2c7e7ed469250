#pragma once

#include "base/memory_ledger.hpp"
#include "command/server_view.hpp"
#include "command/stats/listing.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace cocached::command {

/// A list of fields that is ready. Its memory is booked only if the batch is full before the last
/// field is written, so that an operator gets statistics even if memory is scarce.
class FieldListing final : public Listing {
 public:
  FieldListing(StatList fields, base::MemoryLedger& ledger) noexcept
      : booking_(ledger), fields_(std::move(fields)) {}
  Left write(StatSink& sink, Environment& environment, store::TimePoint now) override;
  void book_rest() override;

 private:
  base::Booking booking_;
  StatList fields_;
  std::size_t next_ = 0;
};

/// `stats conns`, some connections at a time.
class ConnectionListing final : public Listing {
 public:
  Left write(StatSink& sink, Environment& environment, store::TimePoint now) override;

 private:
  ConnectionCursor cursor_;
};

/// `stats sizes`: the number of items for each size, in steps of 32 bytes, as memcached counts
/// them. Counts all items before it writes the first line.
class SizeListing final : public Listing {
 public:
  explicit SizeListing(base::MemoryLedger& ledger) : booking_(ledger) {}
  Left write(StatSink& sink, Environment& environment, store::TimePoint now) override;

 private:
  bool count_some(Environment& environment, store::TimePoint now);

  base::Booking booking_;
  store::ScanCursor cursor_;
  bool counted_ = false;
  std::map<std::size_t, std::uint64_t> counts_;
};

/// `stats cachedump`: `ITEM <key, as a word> [<bytes> b; <unix expiry> s]` for the first `limit`
/// items, or for all if `limit` is 0. Ends after 2 MiB of lines.
class ItemListing final : public Listing {
 public:
  explicit ItemListing(std::uint32_t limit) noexcept : limit_(limit) {}
  Left write(StatSink& sink, Environment& environment, store::TimePoint now) override;

 private:
  bool is_full() const noexcept;

  const std::uint32_t limit_;
  std::uint32_t count_ = 0;
  std::size_t bytes_ = 0;
  store::ScanCursor cursor_;
};

}  // namespace cocached::command
