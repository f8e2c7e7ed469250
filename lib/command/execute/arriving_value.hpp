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

/// A value that is too large to wait for in the input buffer, with its storage command.
///
/// The bytes usually go straight to the memory that the store has reserved for the value. If such
/// reservations hold too much of the store already, the bytes gather in blocks instead. The blocks
/// are taken one by one as bytes come, and copied to the store when the value is whole.
class ArrivingValue {
 public:
  ArrivingValue(const protocol::Storage& request, store::Reservation reservation,
                store::Arrivals::Share share)
      : ArrivingValue(request) {
    reserved_.emplace(Reserved{std::move(reservation), std::move(share)});
  }

  /// Gathers the value in blocks of `blocks`, which outlives the value.
  ArrivingValue(const protocol::Storage& request, const store::WriteOptions& options,
                base::BlockPool& blocks)
      : ArrivingValue(request) {
    options_ = options;
    blocks_ = &blocks;
  }
  ArrivingValue(const ArrivingValue&) = delete;
  ArrivingValue& operator=(const ArrivingValue&) = delete;

  /// Returns the command without its data; valid as long as the ArrivingValue.
  const protocol::Storage& request() const noexcept { return request_; }

  bool is_whole() const noexcept { return filled_ == request_.length; }
  std::size_t missing() const noexcept { return request_.length - filled_; }  ///< bytes

  /// Returns the memory for the next bytes; empty if there is no memory for them. Call it only
  /// while bytes are missing. The span is valid until `filled` is called.
  std::span<char> space();

  /// Tells that `n` bytes have been written to `space`.
  void filled(std::size_t n) noexcept { filled_ += n; }

  /// Copies as many of `bytes` as are missing and returns their number. Returns fewer if there is
  /// no memory for more.
  std::size_t take(std::string_view bytes);

  /// Moves the store's reservation out; returns nothing if the value is in blocks.
  std::optional<store::Reservation> take_reservation() noexcept;

  /// The options for storing a value that is in blocks, and the copy of that value to `to`, which
  /// has the value's size.
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
