#include "replay/client.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace cocached::replay {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadSize = 64 * 1024;

[[noreturn]] void unexpected(std::string_view line) {
  throw std::runtime_error{fmt::format("unexpected reply: '{}'", line)};
}

/// The length in "VALUE <key> <flags> <bytes>".
std::size_t value_length(std::string_view line) {
  const auto field = line.substr(line.rfind(' ') + 1);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), length);
  if (error != std::errc{} || end != field.data() + field.size()) unexpected(line);
  return length;
}

}  // namespace

Client::Client(const std::string& server, const Objects& objects) : objects_{objects} {
  const auto colon = server.rfind(':');
  if (colon == server.npos) throw std::runtime_error{"the server must be given as host:port"};
  asio::ip::tcp::resolver resolver{io_};
  asio::connect(socket_, resolver.resolve(server.substr(0, colon), server.substr(colon + 1)));
  socket_.set_option(asio::ip::tcp::no_delay{true});
}

// The server reads all sets, whose replies are short, before it comes to a get, whose reply is
// long: neither side can block the other with both socket buffers full.
std::size_t Client::round(std::span<const std::uint32_t> sets, std::span<const std::uint32_t> gets,
                          std::span<Lookup> answers) {
  output_.clear();
  for (auto key : sets) {
    const auto value = objects_.value(key);
    fmt::format_to(std::back_inserter(output_), "set {} 0 0 {}\r\n", Objects::key(key),
                   value.size());
    output_.append(value).append("\r\n");
  }
  for (auto key : gets) output_.append("get ").append(Objects::key(key)).append("\r\n");
  asio::write(socket_, asio::buffer(output_));

  std::size_t refused = 0;
  for (std::size_t i = 0; i != sets.size(); ++i) refused += read_stored() ? 0U : 1U;
  for (std::size_t i = 0; i != gets.size(); ++i) answers[i] = read_lookup(gets[i]);
  return refused;
}

bool Client::read_stored() {
  const auto line = read_line();
  if (line == "STORED") return true;
  if (line.starts_with("SERVER_ERROR")) return false;
  unexpected(line);
}

Lookup Client::read_lookup(std::uint32_t key) {
  const auto line = read_line();
  if (line == "END") return Lookup::kMiss;
  if (!line.starts_with(fmt::format("VALUE {} ", Objects::key(key)))) unexpected(line);
  const auto length = value_length(line);
  const bool right = read_bytes(length + 2).substr(0, length) == objects_.value(key);
  if (const auto end = read_line(); end != "END") unexpected(end);
  return right ? Lookup::kHit : Lookup::kWrongValue;
}

std::string_view Client::read_line() {
  for (std::size_t searched = 0;;) {
    const std::string_view ready{input_.data() + begin_, end_ - begin_};
    if (const auto end = ready.find("\r\n", searched); end != ready.npos) {
      begin_ += end + 2;
      return ready.substr(0, end);
    }
    searched = ready.empty() ? 0 : ready.size() - 1;
    fill();
  }
}

std::string_view Client::read_bytes(std::size_t count) {
  while (end_ - begin_ < count) fill();
  begin_ += count;
  return {input_.data() + begin_ - count, count};
}

void Client::fill() {
  std::copy(input_.data() + begin_, input_.data() + end_, input_.data());
  end_ -= begin_;
  begin_ = 0;
  if (input_.size() - end_ < kReadSize) input_.resize(2 * end_ + kReadSize);
  end_ += socket_.read_some(asio::buffer(input_.data() + end_, input_.size() - end_));
}

}  // namespace cocached::replay
