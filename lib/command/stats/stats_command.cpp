#include "command/stats/stats_command.hpp"

#include "command/stats/general_stats.hpp"
#include "command/stats/insight_stats.hpp"
#include "command/stats/namespace_stats.hpp"
#include "command/stats/stat_listings.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/tokens.hpp"

#include <memory>
#include <utility>

namespace cocached::command {
namespace {

namespace text = protocol::text;

StatText error(std::string_view text) {
  return {StatText::Kind::error, std::string{text}};
}
StatText done(std::string_view text) {
  return {StatText::Kind::done, std::string{text}};
}

StatReport cachedump_report(const protocol::Tokens& words, Environment& env) {
  constexpr std::uint32_t kClasses = 64;
  constexpr std::uint32_t kTheClass = 1;
  if (!env.policy.dump_allowed) return error(text::kCachedumpForbidden);
  if (words.size() < 3) return error(text::kBadCommandLine);
  const auto id = protocol::parse_number<std::uint32_t>(words[1]);
  const auto limit = protocol::parse_number<std::uint32_t>(words[2]);
  if (!id || !limit) return error(text::kBadFormat);
  if (*id >= kClasses) return error(text::kIllegalSlab);
  if (*id != kTheClass) return StatList{};
  return std::make_unique<ItemListing>(*limit);
}

StatReport size_report(Environment& env, base::MemoryLedger& ledger) {
  if (!env.policy.track_sizes) return StatList{{"sizes_status", "disabled"}};
  return std::make_unique<SizeListing>(ledger);
}

StatReport detail_report(std::string_view what, Environment& env) {
  if (!env.policy.dump_allowed) return error(text::kDetailForbidden);
  if (what == "dump") return std::make_unique<PrefixListing>();
  if (what != "on" && what != "off") return error(text::kDetailUsage);
  env.store.track_all_namespaces(what == "on");
  return done(text::kOk);
}

StatText reset_report(Environment& env) {
  env.server.reset_totals();
  env.store.reset_stats();
  return done(text::kReset);
}

}  // namespace

StatReport stats_report(std::string_view arguments, Environment& env, base::MemoryLedger& ledger) {
  const protocol::Tokens words{arguments};
  const auto what = words[0];
  if (what.empty()) return general_stats(env.server, env.store);
  if (what == "settings") return env.server.settings();
  if (what == "items")
    return env.store.stats().items == 0 ? StatList{} : item_stats(env.server, env.store);
  if (what == "slabs") return slab_stats(env.server, env.store);
  if (what == "sizes") return size_report(env, ledger);
  if (what == "conns") return std::make_unique<ConnectionListing>();
  if (what == "cachedump") return cachedump_report(words, env);
  if (what == "detail") return detail_report(words[1], env);
  if (what == "latency") return latency_stats(env.server);
  if (what == "hotkeys") return hot_key_stats(env.server);
  if (what == "mrc") return miss_ratio_stats(env.server);
  if (what == "reset") return reset_report(env);
  return error(text::kError);
}

}  // namespace cocached::command
