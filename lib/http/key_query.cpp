#include "http/key_query.hpp"

#include "protocol/limits.hpp"
#include "protocol/tokens.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace cocached::http {
namespace {

/// False for a value that makes no sense.
bool take(KeyQuery& query, std::string_view name, std::string value) {
  if (name == "limit") {
    query.limit = protocol::parse_number<std::size_t>(value).value_or(0);
    return query.limit > 0 && query.limit <= KeyQuery::kMost;
  }
  if (name == "cursor") {
    const auto cursor = protocol::parse_number<std::uint64_t>(value);
    query.cursor = cursor.value_or(0);
    return cursor.has_value();
  }
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
