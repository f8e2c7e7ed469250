#pragma once

#include "base/block_pool.hpp"
#include "protocol/request.hpp"
#include "store/memory/arrivals.hpp"
#include "store/pin.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::command {

/// A value that is too large to wait for in the input, and the storage command that it belongs to.
///
/// Its bytes go straight to the memory that the store has reserved for it. Where such reservations
/// hold too much of the store already, the bytes gather in blocks, which are taken one by one as
/// the bytes come, and are copied to the store when all are here.
class ArrivingValue {
 public:
  ArrivingValue(const protocol::Storage& request, store::Reservation reservation,
                store::Arrivals::Share share)
      : ArrivingValue(request) {
    reserved_.emplace(Reserved{std::move(reservation), std::move(share)});
  }

  /// `blocks` outlives it.
  ArrivingValue(const protocol::Storage& request, const store::WriteOptions& options,
                base::BlockPool& blocks)
      : ArrivingValue(request) {
    options_ = options;
    blocks_ = &blocks;
  }
  ArrivingValue(const ArrivingValue&) = delete;
  ArrivingValue& operator=(const ArrivingValue&) = delete;

  /// The command, without data; valid as long as this.
  const protocol::Storage& request() const noexcept { return request_; }

  bool is_whole() const noexcept { return filled_ == request_.length; }
  std::size_t missing() const noexcept { return request_.length - filled_; }  ///< bytes

  /// Where the next bytes belong; only while bytes are missing. Empty where there is no memory to
  /// take them to. Stays valid until they are `filled`.
  std::span<char> space();

  /// `n` bytes stand in `space`.
  void filled(std::size_t n) noexcept { filled_ += n; }

  /// Takes what it can of `bytes`; how many. Fewer than are missing: there is no memory for more.
  std::size_t take(std::string_view bytes);

  /// The store's memory that holds the value; none where blocks do.
  std::optional<store::Reservation> take_reservation() noexcept;

  /// How to store a value that is in blocks, and the value.
  const store::WriteOptions& options() const noexcept { return options_; }
  void copy_to(std::span<char> to) const noexcept;

 private:
  struct Reserved {
    store::Reservation memory;
    store::Arrivals::Share share;
  };

  explicit ArrivingValue(const protocol::Storage& request);

  std::string words_;  // the bytes that the request's views point at
  protocol::Storage request_;
  std::size_t filled_ = 0;
  std::optional<Reserved> reserved_;
  store::WriteOptions options_;
  base::BlockPool* blocks_ = nullptr;
  std::vector<base::BlockPool::Block> gathered_;
};

}  // namespace cocached::command
