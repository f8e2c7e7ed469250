#include "http/key_query.hpp"

#include "protocol/limits.hpp"

#include <charconv>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace cocached::http {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc{} && end == last;
}

/// False for a value that makes no sense.
bool take(KeyQuery& query, std::string_view name, std::string value) {
  if (name == "limit")
    return read_number(value, query.limit) && query.limit > 0 && query.limit <= KeyQuery::kMost;
  if (name == "cursor") return read_number(value, query.cursor);
  if (name == "prefix") query.prefix = std::move(value);
  return query.prefix.size() <= protocol::kMaxKeySize;
}

}  // namespace

std::optional<KeyQuery> parse_key_query(std::string_view target) {
  const auto url = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!url) return std::nullopt;
  KeyQuery query;
  for (const auto& param : url->params())
    if (!take(query, param.key, param.value)) return std::nullopt;
  return query;
}

}  // namespace cocached::http
