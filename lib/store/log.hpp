#pragma once

#include "store/budget.hpp"
#include "store/pin.hpp"
#include "store/record.hpp"
#include "store/stats.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace cocached::store {

/// The records of a shard: finds, stores, evicts. Not thread-safe: under its shard's lock.
class Log {
  using Records = std::multimap<std::uint64_t, std::shared_ptr<Record>>;

 public:
  /// A record found. Valid until the next change of the log.
  struct Entry {
    Header header;
    std::string_view value;
    Records::iterator place;

    const std::shared_ptr<Record>& record() const { return place->second; }
    std::string_view key() const { return place->second->key; }
    ItemView view() const;
  };

  Log(Budget& budget, unsigned shards, bool evict) noexcept
      : budget_(budget), shards_(shards), evict_(evict) {}

  /// The live record of `key`; `why` tells of one that is not live (and is gone now).
  std::optional<Entry> find(const Key& key, TimePoint now, ReadResult& why);

  /// Stores a record of value `head` + `tail` in place of `key`'s old one. The parts may point into
  /// it. False when there is no room; then the old one stays.
  bool put(const Key& key, const Header& header, std::string_view head, std::string_view tail = {});

  /// Makes `entry.header` that of the stored record. False when there is no room.
  bool update(const Entry& entry);

  void erase(const Entry& entry);

  /// Counts an access for the eviction policy.
  void bump(const Entry& entry);

  std::shared_ptr<Record> reserve(const Key& key, std::size_t size);
  bool adopt(std::shared_ptr<Record> record, const Key& key, const Header& header);

  void flush() noexcept { ++generation_; }
  bool trim();
  void add_to(Stats& total) const;

  template <class Visit>
  std::optional<std::uint64_t> scan(std::uint64_t from, std::size_t limit, TimePoint now,
                                    Visit&& visit) {
    auto it = records_.lower_bound(from);
    for (std::size_t n = 0; it != records_.end(); ++n, ++it) {
      if (n >= limit && it->first != std::prev(it)->first) return it->first;
      const Record& record = *it->second;
      if (record.generation == generation_ && record.header.deadline > now)
        visit(Entry{record.header, record.value, it}.view());
    }
    return std::nullopt;
  }

  Stats stats;

 private:
  bool make_room(std::size_t bytes);
  void drop(Records::iterator place);
  std::size_t limit() const noexcept { return budget_.limit() / shards_; }

  Budget& budget_;
  unsigned shards_;
  bool evict_;
  Records records_;
  std::map<std::uint64_t, Records::iterator> by_use_;
  std::uint64_t tick_ = 0;
  std::uint64_t generation_ = 0;
  std::size_t used_ = 0;
};

}  // namespace cocached::store
