#include "command/stats/stat_sink.hpp"

#include "protocol/binary/binary_format.hpp"
#include "protocol/binary/binary_reply.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"

namespace cocached::command {

namespace binary = protocol::binary;
namespace text = protocol::text;

void StatSink::field(std::string_view name, std::string_view value) {
  if (binary()) return binary::write_stat(batch_, form_, name, value);
  batch_.append("STAT ");
  batch_.append(name);
  batch_.append(" ");
  batch_.append(value);
  batch_.append(text::kLineEnd);
}

void StatSink::lines(std::string_view text) {
  if (!binary()) return batch_.append(text);
  if (!text.empty()) binary::write_stat(batch_, form_, "detailed", text);
}

void StatSink::last_lines(std::string text) {
  if (binary()) text.append(text::kEnd).append(text::kLineEnd);
  lines(text);
}

void StatSink::end() {
  if (binary()) return binary::write_stat(batch_, form_, {}, {});
  text::write_line(batch_, text::kEnd);
}

void StatSink::done(std::string_view line) {
  if (binary()) return end();
  text::write_line(batch_, line);
}

void StatSink::error(std::string_view line) {
  if (binary()) return binary::write_error(batch_, form_, binary::kNotFound);
  text::write_line(batch_, line);
}

void StatSink::out_of_memory(const protocol::ReplyBatch::Mark& mark) {
  batch_.cut_back(mark);
  if (binary()) return binary::write_error(batch_, form_, binary::kNoMemory);
  batch_.point_at(text::kNoMemoryForStats);
  batch_.point_at(text::kLineEnd);
}

}  // namespace cocached::command
