#pragma once

#include "command/server_view.hpp"
#include "command/stats/listing.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace cocached::command {

/// A reply to `stats` that is not a list: `OK`, `RESET`, or an error line.
struct StatText {
  enum class Kind : std::uint8_t { done, error };
  Kind kind = Kind::done;
  std::string text;  ///< a line without its end
};

/// A reply to `stats`: a list that is ready, a line, or a listing that is made piece by piece.
using StatReport = std::variant<StatList, StatText, std::unique_ptr<Listing>>;

}  // namespace cocached::command
