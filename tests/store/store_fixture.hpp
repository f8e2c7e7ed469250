#pragma once

#include "store/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cocached::store {

/// A copy of the item that a read found.
struct Seen {
  std::string value;
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;
  TimePoint deadline = kNever;
  TimePoint last_access{};
  bool fetched = false;
  bool stale = false;
  bool binary_key = false;
  Recache recache = Recache::none;
  bool created = false;
};

/// A store, a time that is turned by hand, and short forms of the operations.
class StoreTest : public testing::Test {
 protected:
  static constexpr std::size_t kMiB = std::size_t{1} << 20;

  Store& store() {
    if (!store_) store_.emplace(options_);
    return *store_;
  }

  std::optional<Seen> read(std::string_view key, const ReadOptions& options = {}) {
    std::optional<Seen> seen;
    last_read_ = store().read(Key(key), now_, options, [&](const Hit& hit) {
      const ItemView& item = hit.item;
      EXPECT_EQ(item.key, key);
      seen = Seen{std::string(item.value),
                  item.client_flags,
                  item.cas,
                  item.deadline,
                  item.last_access,
                  item.fetched,
                  item.stale,
                  item.binary_key,
                  hit.recache,
                  hit.created};
    });
    return seen;
  }

  std::optional<std::string> get(std::string_view key) {
    const auto seen = read(key);
    return seen ? std::optional(seen->value) : std::nullopt;
  }

  WriteReceipt write(std::string_view key, std::string_view value,
                     const WriteOptions& options = {}) {
    return store().write(Key(key), now_, options, value);
  }

  RemoveResult remove(std::string_view key, const RemoveOptions& options = {}) {
    return store().remove(Key(key), now_, options);
  }

  ArithmeticReceipt arithmetic(std::string_view key, const ArithmeticOptions& options = {}) {
    return store().arithmetic(Key(key), now_, options);
  }

  TimePoint in(std::int64_t ms) const { return now_ + Duration{ms}; }
  void pass(std::int64_t ms) { now_ += Duration{ms}; }

  StoreOptions options_;  ///< change before the first operation
  TimePoint now_{Duration{5000}};
  ReadResult last_read_{};

 private:
  std::optional<Store> store_;
};

}  // namespace cocached::store
