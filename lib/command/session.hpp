#pragma once

#include "command/batch.hpp"
#include "command/executor.hpp"
#include "command/protocols.hpp"
#include "protocol/input_buffer.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace cocached::command {

/// What a session wants its connection to do next, after sending what is in the batch.
struct MoreInput {};  ///< read into the input buffer
struct MoreValue {
  std::span<char> into;
};  ///< read into the store's memory, then `value_arrived`
struct BatchFull {};  ///< send, then answer again
struct Yield {};      ///< let other connections have a turn, then answer again
struct HangUp {};     ///< send, then close
using Need = std::variant<MoreInput, MoreValue, BatchFull, Yield, HangUp>;

/// One client's conversation, without its socket: turns the bytes that have arrived into replies,
/// and keeps what must be remembered in between (a value on its way, a list of keys or a dump half
/// answered).
///
/// No I/O, no waiting. Used by one thread.
class Session {
 public:
  explicit Session(Environment& environment, Protocols protocols = Protocols::any) noexcept;

  /// Answers what has arrived, as far as it is whole, as far as the batch has room, and as far as
  /// fairness allows.
  Need answer(protocol::InputBuffer& input, Batch& batch);

  /// `n` more bytes of the value stand in the memory that MoreValue named.
  void value_arrived(std::size_t n) noexcept { value_->filled += n; }

  /// True between requests: nothing is remembered, and no memory of the store is held.
  bool idle() const noexcept { return !value_ && swallow_ == 0 && progress_.none(); }

 private:
  enum class Protocol : std::uint8_t { unknown, text, binary };

  /// A value that is read straight into the store's memory, and how to answer when it is there.
  struct ArrivingValue {
    store::Reservation reservation;
    protocol::Form form;  // but for its views, which would outlive the input
    std::string key;
    std::string flags;
    std::size_t filled = 0;
    bool compares_cas = false;
  };

  /// A request that has arrived whole, but perhaps for its value.
  struct Ready {
    protocol::Request request;
    std::size_t size = 0;     // in the input
    std::size_t swallow = 0;  // bytes that follow and are not wanted
  };

  /// Requests parsed before the first is executed, so that the memory their keys need is on its way
  /// from the start.
  using Window = std::array<Ready, 32>;

  static Protocol only_one_of(Protocols protocols) noexcept;
  static Protocol choose(char first) noexcept;
  bool parse(std::string_view unread, Ready& ready);
  std::span<const Ready> parse_ahead(Window& window, std::string_view unread, std::size_t limit);
  std::optional<Need> execute(std::span<const Ready> requests, protocol::InputBuffer& input,
                              Batch& batch, Executor& executor);
  std::optional<Need> start_incomplete(protocol::InputBuffer& input, Executor& executor);
  std::optional<Need> wait_for_line(protocol::InputBuffer& input, Executor& executor);
  std::optional<Need> start_value(const protocol::Store& request, std::size_t size,
                                  protocol::InputBuffer& input, Executor& executor);
  std::optional<Need> finish_value(protocol::InputBuffer& input, Executor& executor);
  void take_value(protocol::InputBuffer& input) noexcept;
  bool swallow(protocol::InputBuffer& input) noexcept;
  Need give_turn() noexcept;

  Environment& env_;
  Protocol protocol_;
  std::unique_ptr<ArrivingValue> value_;
  std::size_t swallow_ = 0;  // bytes of an unwanted value that are still to come
  Progress progress_;        // of the request that the input starts with
};

}  // namespace cocached::command
