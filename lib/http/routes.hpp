#pragma once

#include "http/figures_source.hpp"
#include "http/json/history.hpp"
#include "http/message.hpp"
#include "http/traffic.hpp"

#include <string_view>

namespace cocached::http {

/// The sources of all answers; outlives them.
struct Content {
  const Source& source;
  const History& history;
  const Traffic& traffic;
};

/// Whom the endpoint answers.
enum class Audience : std::uint8_t {
  loopback,  ///< requests for a name of this machine itself; see host_check.hpp
  everyone,
};

/// The answer to one request, ready to be sent. No I/O. Where there is a token, it must be shown
/// for all but `/livez` and `/readyz`, which tell nothing else.
HttpResponse respond(const HttpRequest& request, const Content& content, Audience audience,
                     std::string_view token = {});

/// True: the answer is one of those that are composed of many figures, so that making it takes
/// long.
bool is_costly(const HttpRequest& request);

/// An answer that says what went wrong, and closes the connection.
HttpResponse refusal(HttpStatus status);

}  // namespace cocached::http
