#include "http/json/stats_json.hpp"
#include "protocol/base64.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace cocached::http {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

bool is_plain(std::string_view key) noexcept {
  return std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
}

double share_of(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json named(const std::string& key) {
  Json object{{"key", key}};
  if (!is_plain(key)) object["base64"] = protocol::encode_base64(key);
  return object;
}

Json to_json(const KeyInfo& item) {
  Json object = named(item.key);
  object["size"] = item.size;
  object["ttl"] = item.ttl ? Json(item.ttl->count()) : Json();
  object["idle"] = item.idle.count();
  return object;
}

Json to_json(const insight::HotKey& key, double share) {
  Json object = named(key.key);
  object["operations"] = key.operations;
  object["bytes"] = key.bytes;
  object["share"] = share;
  return object;
}

Json to_json(const insight::MissRatioPoint& point) {
  return {{"scale", point.scale}, {"bytes", point.bytes}, {"hit_ratio", point.hit_ratio}};
}

}  // namespace

std::string hot_keys_json(const std::optional<insight::HotKeys>& keys) {
  if (!keys) return text_of({{"enabled", false}});
  auto by_operations = Json::array();
  for (const auto& key : keys->by_operations)
    by_operations.push_back(to_json(key, share_of(key.operations, keys->operations)));
  auto by_bytes = Json::array();
  for (const auto& key : keys->by_bytes)
    by_bytes.push_back(to_json(key, share_of(key.bytes, keys->bytes)));
  return text_of({{"enabled", true},
                  {"seconds", keys->window / std::chrono::seconds{1}},
                  {"operations", keys->operations},
                  {"bytes", keys->bytes},
                  {"by_operations", std::move(by_operations)},
                  {"by_bytes", std::move(by_bytes)}});
}

std::string no_hot_keys_json(std::string_view why) {
  return text_of({{"enabled", false}, {"error", why}});
}

std::string miss_ratio_json(const insight::MissRatioCurve& curve) {
  auto points = Json::array();
  for (const auto& point : curve.points) points.push_back(to_json(point));
  return text_of({{"sampling_rate", curve.sampling_rate},
                  {"keys", curve.keys},
                  {"gets", curve.gets},
                  {"measured_hit_ratio", curve.measured_hit_ratio},
                  {"points", std::move(points)}});
}

std::string keys_json(const KeyPage& page) {
  auto keys = Json::array();
  for (const auto& item : page.keys) keys.push_back(to_json(item));
  return text_of({{"keys", std::move(keys)},
                  {"cursor", page.next ? Json(std::to_string(*page.next)) : Json()}});
}

std::string error_json(std::string_view message) {
  return text_of({{"error", message}});
}

}  // namespace cocached::http
