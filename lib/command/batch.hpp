#pragma once

#include "protocol/reply_batch.hpp"
#include "store/pin.hpp"

#include <vector>

namespace cocached::command {

/// The replies that the server owes to one client, and the pins on the stored values that they
/// point at. The connection clears the batch after the write, which drops the pins. Used by one
/// thread.
class Batch {
 public:
  explicit Batch(base::BlockPool& pool) noexcept : replies(pool) {}

  bool has_room() const noexcept { return replies.has_room(); }
  bool empty() const noexcept { return replies.empty(); }

  /// Keeps the value of `pin` in memory until `clear`.
  void keep_pinned(store::Pin pin) { pins_.push_back(std::move(pin)); }

  void clear() noexcept {
    replies.clear();
    pins_.clear();
  }

  /// Gives all memory back.
  void release() noexcept {
    replies.release();
    pins_ = std::vector<store::Pin>{};
  }

  protocol::ReplyBatch replies;

 private:
  std::vector<store::Pin> pins_;
};

}  // namespace cocached::command
