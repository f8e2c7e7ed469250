#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/wire_format.hpp"

#include <string>
#include <string_view>

namespace cocached::command {

/// Where the reply to `stats` is written, in the dialect in which it was asked for. Both outlive
/// it.
class StatSink {
 public:
  StatSink(protocol::ReplyBatch& batch, const protocol::WireFormat& form) noexcept
      : batch_(batch), form_(form) {}

  /// `STAT <name> <value>`, or a packet.
  void field(std::string_view name, std::string_view value);

  /// Writes whole lines with their ends; in binary a packet called `detailed`.
  void lines(std::string_view text);

  /// Writes the last of them, before `end`. In binary, as in memcached, `END` closes the packet.
  void last_lines(std::string text);

  /// `END`, or an empty packet.
  void end();

  /// A reply of one line, given without its end.
  void done(std::string_view line);
  void error(std::string_view line);

  /// There is no memory for the rest: cuts off what was written since `mark`, so that no line or
  /// packet is half there, and says so. In text that takes no memory.
  void out_of_memory(const protocol::ReplyBatch::Mark& mark);

  protocol::ReplyBatch& batch() noexcept { return batch_; }

 private:
  bool binary() const noexcept { return form_.dialect == protocol::Dialect::binary; }

  protocol::ReplyBatch& batch_;
  const protocol::WireFormat& form_;
};

}  // namespace cocached::command
