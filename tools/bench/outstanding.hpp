#pragma once

#include "bench/request.hpp"
#include "bench/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

namespace cocached::bench {

/// The requests of one connection that wait for their replies, oldest first. Counts the replies in
/// a tally. Replies come in the order of the requests, and values in the order of their keys; a key
/// that is passed over was a miss.
class Outstanding {
 public:
  /// `tally` must outlive this.
  explicit Outstanding(Tally& tally) : tally_(&tally) {}

  /// Adds a request. Its latency counts from `due` (ns), the time at which it should leave.
  void add(const Request& request, std::int64_t due);

  bool empty() const noexcept { return requests_.empty(); }
  std::size_t size() const noexcept { return requests_.size(); }

  // The next functions concern the oldest request; there must be one.
  Operation operation() const noexcept { return requests_.front().operation; }
  bool several_keys() const noexcept { return requests_.front().keys > 1; }
  std::size_t keys_answered() const noexcept { return answered_; }
  std::size_t keys_left() const noexcept { return requests_.front().keys - answered_; }
  std::uint64_t key(std::size_t index) const noexcept { return keys_[index]; }  ///< a key left

  /// Counts the value of the key left at `index`, which has come.
  void hit(std::size_t index, bool right);

  /// Counts an error that does not end the oldest request.
  void error(std::string_view text);

  /// Ends the oldest request. The keys left are misses, or a set has stored its value.
  void finish(std::int64_t now);

  /// Ends the oldest request with an error.
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
  std::deque<std::uint64_t> keys_;  ///< the keys of all requests, the oldest request's first
  std::size_t answered_ = 0;        ///< keys of the oldest request that have left `keys_`
};

}  // namespace cocached::bench
