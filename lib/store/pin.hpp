#pragma once

#include "store/operations.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace cocached::store {

struct Record;

/// Keeps the bytes of an item's key and value alive and unchanged until destroyed, whatever happens
/// to the item meanwhile. Empty by default. May be destroyed by any thread, but not after the
/// store.
class Pin {
 public:
  Pin() noexcept = default;
  explicit Pin(std::shared_ptr<const Record> record) noexcept : record_(std::move(record)) {}
  Pin(Pin&&) noexcept = default;
  Pin& operator=(Pin&&) noexcept = default;

  explicit operator bool() const noexcept { return record_ != nullptr; }

 private:
  std::shared_ptr<const Record> record_;
};

/// What `Store::read` shows of an item, valid during the callback only.
struct Hit {
  const ItemView& item;
  Recache recache = Recache::none;
  bool created = false;  ///< vivified by this very read
  const std::shared_ptr<Record>& record;

  /// Keeps `item.key` and `item.value` beyond the callback.
  Pin pin() const { return Pin(record); }
};

/// Memory for a value that is still arriving, filled by its owner and then committed. Dropped, it
/// gives the memory back. Not after the store.
class Reservation {
 public:
  Reservation(Reservation&&) noexcept = default;
  Reservation& operator=(Reservation&&) noexcept = default;

  std::span<char> value() noexcept;
  std::size_t size() const noexcept;
  Key key() const noexcept;

 private:
  friend class Shard;
  Reservation(std::shared_ptr<Record> record, const WriteOptions& options)
      : record_(std::move(record)), options_(options) {}

  std::shared_ptr<Record> record_;
  WriteOptions options_;
};

}  // namespace cocached::store
