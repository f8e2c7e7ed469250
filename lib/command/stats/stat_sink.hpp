#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/wire_format.hpp"

#include <string>
#include <string_view>

namespace cocached::command {

/// Writes a reply to `stats` in the dialect of the request. The batch and the format outlive the
/// sink. The functions throw base::NoMoreMemory if the batch gets no memory.
class StatSink {
 public:
  StatSink(protocol::ReplyBatch& batch, const protocol::WireFormat& form) noexcept
      : batch_(batch), form_(form) {}

  /// Writes `STAT <name> <value>`, or a packet in binary.
  void field(std::string_view name, std::string_view value);

  /// Writes whole lines, which have their line ends, or in binary one packet named `detailed`.
  void lines(std::string_view text);

  /// Writes the last lines before end(). In binary `END` closes the packet, as in memcached.
  void last_lines(std::string text);

  /// Writes `END`, or an empty packet in binary.
  void end();

  /// Writes a reply of one line, given without its end. In binary done() writes an empty packet and
  /// error() the status "not found".
  void done(std::string_view line);
  void error(std::string_view line);

  /// Removes the bytes since `mark`, so that no line or packet is half there, and writes that
  /// memory has run out. The line takes no memory in text.
  void out_of_memory(const protocol::ReplyBatch::Mark& mark);

  protocol::ReplyBatch& batch() noexcept { return batch_; }

 private:
  bool binary() const noexcept { return form_.dialect == protocol::Dialect::binary; }

  protocol::ReplyBatch& batch_;
  const protocol::WireFormat& form_;
};

}  // namespace cocached::command
