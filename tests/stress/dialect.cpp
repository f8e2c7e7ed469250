#include "stress/dialect.hpp"

#include "stress/findings.hpp"
#include "stress/value.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace cocached::stress {

Stream connect_served(const Place& place, Stream::Kind kind, Dialect& dialect, Run& run) {
  const auto deadline = Clock::now() + run.patience.time;
  for (;;) {
    try {
      Stream stream{kind == Stream::Kind::tls ? place.tls : place.plain, kind, run.patience};
      dialect.greet(stream);
      return stream;
    } catch (const Closed&) {
      if (run.target.stopping(place.life)) throw;
      if (Clock::now() > deadline)
        throw Hung{fmt::format("no connection for {} s", run.patience.time.count())};
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }
}

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    throw Violation{fmt::format("'{}' is no number", printable(text))};
  return number;
}

std::string_view next_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

void unexpected(const Operation& operation, std::string_view reply) {
  throw Violation{fmt::format("{} {}: unexpected reply '{}'", name_of(operation.action),
                              printable(operation.key), printable(reply, 200))};
}

}  // namespace cocached::stress
