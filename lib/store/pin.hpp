#pragma once

#include "store/memory/segment.hpp"
#include "store/operations.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace cocached::store {

/// Keeps the bytes of an item's key and value alive and unchanged until destroyed, whatever happens
/// to the item meanwhile. Empty by default. May be destroyed by any thread, but not after the
/// store.
class Pin {
 public:
  Pin() noexcept = default;

  /// Under the lock of the segment's shard.
  explicit Pin(Segment& segment) noexcept : segment_(&segment) { segment.pin(); }

  /// The same; none where that made too much of the shard's memory pinned.
  static std::optional<Pin> try_on(Segment& segment) noexcept {
    if (!segment.try_pin()) return std::nullopt;
    std::optional<Pin> pin(std::in_place);
    pin->segment_ = &segment;
    return pin;
  }
  Pin(Pin&& other) noexcept : segment_(std::exchange(other.segment_, nullptr)) {}
  Pin& operator=(Pin&& other) noexcept {
    std::swap(segment_, other.segment_);
    return *this;
  }
  ~Pin() {
    if (segment_ != nullptr) segment_->unpin();
  }

  explicit operator bool() const noexcept { return segment_ != nullptr; }

 private:
  Segment* segment_ = nullptr;
};

/// The item that `Store::read` shows its callback, valid during the callback only.
struct Hit {
  const ItemView& item;
  Recache recache = Recache::none;
  bool created = false;  ///< vivified by this very read
  Segment& segment;

  /// Keeps `item.key` and `item.value` beyond the callback. None where pins hold enough memory
  /// already: then copy them.
  std::optional<Pin> try_pin() const noexcept { return Pin::try_on(segment); }

  /// The same without a bound, for a caller that holds a single one.
  Pin pin() const noexcept { return Pin(segment); }
};

/// Memory for a value that is still arriving, filled by its owner and then committed. Dropping it
/// frees a segment of its own; in a shared segment its bytes stay as dead bytes. Any thread, but
/// not after the store.
///
/// Invariant: its record is dead, so nobody finds it, and pinned, so its bytes stay.
class Reservation {
 public:
  Reservation(Reservation&& other) noexcept = default;
  Reservation& operator=(Reservation&& other) noexcept = default;

  std::span<char> value() const noexcept { return record_.value(); }
  std::size_t size() const noexcept { return value().size(); }
  std::string_view key() const noexcept { return record_.key(); }
  const WriteOptions& options() const noexcept { return options_; }

 private:
  friend class RecordLog;
  friend class Shard;

  /// A pin on the record's segment. If the segment was made for this record alone, dropping the
  /// pin also retires the segment.
  class Space {
   public:
    explicit Space(Segment& segment) noexcept : segment_(&segment) { segment.pin(); }
    Space(Space&& other) noexcept : segment_(std::exchange(other.segment_, nullptr)) {}
    Space& operator=(Space&& other) noexcept {
      std::swap(segment_, other.segment_);
      return *this;
    }
    ~Space() {
      if (segment_ == nullptr) return;
      if (segment_->large) segment_->retire();
      segment_->unpin();
    }

    /// The record became an item: the shard looks after the segment from now on.
    void keep_segment() noexcept { std::exchange(segment_, nullptr)->unpin(); }
    Segment& segment() const noexcept { return *segment_; }

   private:
    Segment* segment_;
  };

  Reservation(Segment& segment, Record record, const WriteOptions& options)
      : space_(segment), record_(record), options_(options) {}

  Space space_;
  Record record_;
  WriteOptions options_;
};

}  // namespace cocached::store
