#include "command/session/key_list.hpp"

#include "protocol/limits.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/text_parser.hpp"

#include <algorithm>

namespace cocached::command {
namespace {

namespace text = protocol::text;

/// The end of a request line of HTTP with its `\r`.
constexpr std::size_t kKept = protocol::kHttpEnd + 1;

/// Returns the first line of `unread`, as far as it has arrived, without its line end.
std::string_view line_of(std::string_view unread, std::size_t end) noexcept {
  auto line = unread.substr(0, end);
  if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Returns the whole keys of an unfinished line: a space follows each of them.
std::string_view whole_keys(std::string_view line) noexcept {
  return line.substr(0, line.rfind(' ') + 1);
}

/// A `\r` at the end may belong to the end of the line.
bool is_too_long(std::string_view part_of_key) noexcept {
  return part_of_key.size() > protocol::kMaxKeySize + (part_of_key.ends_with('\r') ? 1 : 0);
}

}  // namespace

KeyList::State KeyList::answer(protocol::InputBuffer& input, Executor& executor) {
  if (skips_) return skip_rest(input);
  const auto end = input.unread().find('\n');
  const bool ends = end != std::string_view::npos;
  const auto line = line_of(input.unread(), end);
  const auto keys = ends ? line : whole_keys(line);
  any_ |= keys.find_first_not_of(' ') != std::string_view::npos;

  auto rest = keys;
  const auto stop = executor.get_keys(list_, rest);
  input.consume(keys.size() - rest.size());
  if (stop == Executor::KeysStop::batch_full) return State::batch_full;
  if (stop == Executor::KeysStop::turn_over) return State::turn_over;
  const bool bad =
      stop == Executor::KeysStop::bad_key || (ends ? !any_ : is_too_long(line.substr(keys.size())));
  if (bad) {
    refuse(executor);
    return skip_rest(input);
  }
  if (!ends) return State::more_input;
  executor.reply(text::kEnd);
  return skip_rest(input);
}

void KeyList::refuse(Executor& executor) {
  executor.reply(text::kBadFormat);
  skips_ = true;
}

/// The last bytes that are here stay in the input until the end of the line shows what they are.
KeyList::State KeyList::skip_rest(protocol::InputBuffer& input) noexcept {
  const auto end = input.unread().find('\n');
  const auto line = line_of(input.unread(), end);
  if (end == std::string_view::npos) {
    input.consume(line.size() - std::min(line.size(), kKept));
    return State::more_input;
  }
  const bool is_http = skips_ && protocol::ends_as_http_request(line);
  input.consume(end + 1);
  return is_http ? State::hang_up : State::over;
}

}  // namespace cocached::command
