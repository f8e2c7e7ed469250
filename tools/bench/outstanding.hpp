#pragma once

#include "bench/request.hpp"
#include "bench/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

namespace cocached::bench {

/// The requests of one connection that wait for their replies, oldest first, and the bookkeeping of
/// what the replies said. Replies come in the order of the requests, and values in the order of
/// their keys; a key that is passed over was a miss.
class Outstanding {
 public:
  /// `tally` must outlive this.
  explicit Outstanding(Tally& tally) : tally_(&tally) {}

  /// `due` (ns): when the request was meant to leave; its latency counts from there.
  void add(const Request& request, std::int64_t due);

  bool empty() const noexcept { return requests_.empty(); }
  std::size_t size() const noexcept { return requests_.size(); }

  // Of the oldest request; there must be one.
  Operation operation() const noexcept { return requests_.front().operation; }
  bool several_keys() const noexcept { return requests_.front().keys > 1; }
  std::size_t keys_answered() const noexcept { return answered_; }
  std::size_t keys_left() const noexcept { return requests_.front().keys - answered_; }
  std::uint64_t key(std::size_t index) const noexcept { return keys_[index]; }  ///< of those left

  /// The value of the key left at `index` came.
  void hit(std::size_t index, bool right);

  /// An error that does not end the oldest request.
  void error(std::string_view text);

  /// The oldest request is answered; keys left were missed, or the value was stored.
  void finish(std::int64_t now);

  /// The oldest request is answered by an error.
  void fail(std::string_view text, std::int64_t now);

 private:
  struct Waiting {
    std::int64_t due;
    std::size_t keys;
    Operation operation;
  };

  void drop_keys(std::size_t count);
  void pop(std::int64_t now);

  Tally* tally_;
  std::deque<Waiting> requests_;
  std::deque<std::uint64_t> keys_;  ///< of all requests; those of the oldest begin at the front
  std::size_t answered_ = 0;        ///< keys of the oldest request that are gone from keys_
};

}  // namespace cocached::bench
