#include "command/watch/request_log.hpp"

#include "base/hash.hpp"
#include "base/log.hpp"
#include "protocol/binary/binary_format.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace cocached::command {
namespace {

/// The bytes of a line that the log shows; the rest is cut off.
constexpr std::size_t kLongest = 300;

std::string_view first_line(std::string_view text) noexcept {
  const auto line = text.substr(0, std::min(text.find('\n'), kLongest));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string_view first_word(std::string_view line) noexcept {
  return line.substr(0, line.find(' '));
}

/// Returns `text` with every byte that is not printable ASCII as `\xNN`: a client's bytes may hold
/// line ends or escape sequences of a terminal.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter >= ' ' && letter <= '~' && letter != '\\')
      out += letter;
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(letter));
  }
  return out;
}

std::string shown_key(std::string_view key) {
  return base::log_redacts_keys() ? fmt::format("<key {:016x}>", base::hash(key)) : harmless(key);
}

/// The commands whose second word is a key. For the first kLists of them, every later word is shown
/// as a key too.
constexpr auto kKeyed = std::to_array<std::string_view>(
    {"get", "gets", "gat", "gats", "set", "add", "replace", "append", "prepend", "cas", "incr",
     "decr", "delete", "touch", "mg", "ms", "md", "ma", "me"});
constexpr std::size_t kLists = 4;

/// Returns a line with a number in place of each key. For a line that starts with no such command
/// it returns the length only, because the line may be a value.
std::string redacted(std::string_view line) {
  const auto command = first_word(line);
  const auto* known = std::ranges::find(kKeyed, command);
  if (known == kKeyed.end()) return fmt::format("({} bytes)", line.size());
  std::string out{command};
  auto rest = line.substr(command.size());
  for (bool is_key = true; !rest.empty(); is_key = known < kKeyed.begin() + kLists) {
    rest.remove_prefix(1);
    const auto word = first_word(rest);
    out += ' ';
    out += is_key ? shown_key(word) : harmless(word);
    rest.remove_prefix(word.size());
  }
  return out;
}

bool is_binary(std::string_view bytes, char magic) noexcept {
  return bytes.size() >= protocol::binary::kHeaderSize && bytes.front() == magic;
}

std::size_t byte(std::string_view packet, std::size_t at) noexcept {
  return static_cast<unsigned char>(packet[at]);
}

std::string shown_packet(std::string_view packet) {
  const auto body = packet.substr(protocol::binary::kHeaderSize);
  const auto key_size = byte(packet, 2) << 8 | byte(packet, 3);
  const auto key = body.substr(std::min(byte(packet, 4), body.size()), key_size);
  return fmt::format("opcode {:#04x} {}", byte(packet, 1), shown_key(key));
}

}  // namespace

void log_request(int descriptor, std::string_view unread) {
  if (is_binary(unread, protocol::binary::kRequestMagic))
    return base::log_debug("<{} {}", descriptor, shown_packet(unread));
  const auto line = first_line(unread);
  base::log_debug("<{} {}", descriptor, base::log_redacts_keys() ? redacted(line) : harmless(line));
}

void log_replies(int descriptor, std::string_view first, std::size_t size) {
  if (is_binary(first, protocol::binary::kReplyMagic))
    return base::log_debug(">{} opcode {:#04x} status {:#04x}, {} bytes", descriptor,
                           byte(first, 1), byte(first, 7), size);
  const auto line = first_line(first);
  const auto shown = base::log_redacts_keys() ? first_word(line) : line;
  base::log_debug(">{} {}, {} bytes", descriptor, harmless(shown), size);
}

}  // namespace cocached::command
