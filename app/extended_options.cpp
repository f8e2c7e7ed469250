#include "app/extended_options.hpp"

#include "app/option_values.hpp"
#include "app/tls_option.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace cocached::app {
namespace {

/// `name=value`, taken apart. `given` tells `name=` from `name`.
struct Part {
  std::string_view name;
  std::string_view value;
  bool given;
};

Part take_apart(std::string_view option) {
  const auto equals = option.find('=');
  if (equals == std::string_view::npos) return {option, {}, false};
  return {option.substr(0, equals), trim(option.substr(equals + 1)), true};
}

/// An option that means something here.
struct Meaning {
  std::string_view name;
  void (*apply)(const Part&, server::Settings&);
};

template <class Number>
Number number_of(const Part& part) {
  if (!part.given) throw UsageError{fmt::format("-o {} needs a number", part.name)};
  return to_number<Number>(fmt::format("-o {}", part.name), part.value);
}

void set_hash_power(const Part& part, server::Settings& settings) {
  settings.hash_power = number_of<unsigned>(part);
  if (settings.hash_power < 12 || settings.hash_power > 32)
    throw UsageError{"-o hashpower must be between 12 and 32"};
}

void check_hash_algorithm(const Part& part, server::Settings&) {
  static constexpr std::array kNames{"jenkins", "murmur3", "xxh3"};
  if (std::ranges::find(kNames, part.value) == kNames.end())
    throw UsageError{"-o hash_algorithm must be jenkins, murmur3 or xxh3"};
}

void set_eviction(const Part& part, server::Settings& settings) {
  if (part.value != "adaptive" && part.value != "lru")
    throw UsageError{"-o eviction must be adaptive or lru"};
  settings.eviction =
      part.value == "lru" ? store::EvictionPolicy::lru : store::EvictionPolicy::adaptive;
}

constexpr std::array kMeanings{
    Meaning{"modern", [](const Part&, server::Settings&) {}},
    Meaning{"maxconns_fast", [](const Part&, server::Settings& s) { s.refuse_at_once = true; }},
    Meaning{"no_maxconns_fast", [](const Part&, server::Settings& s) { s.refuse_at_once = false; }},
    Meaning{"hashpower", set_hash_power},
    Meaning{"hash_algorithm", check_hash_algorithm},
    Meaning{"eviction", set_eviction},
    Meaning{"idle_timeout",
            [](const Part& part, server::Settings& s) {
              s.idle_timeout = std::chrono::seconds{number_of<unsigned>(part)};
            }},
    Meaning{"read_buf_mem_limit",
            [](const Part& part, server::Settings& s) {
              s.client_memory = std::size_t{number_of<std::uint32_t>(part)} << 20;
            }},
    Meaning{"watcher_logbuf_size",
            [](const Part& part, server::Settings& s) {
              s.watcher_buffer = std::size_t{number_of<std::uint32_t>(part)} << 10;
            }},
    Meaning{"track_sizes", [](const Part&, server::Settings& s) { s.track_sizes = true; }},
    Meaning{"no_track_sizes", [](const Part&, server::Settings& s) { s.track_sizes = false; }},
};

/// Options that tune parts of memcached which this server does not have.
constexpr auto kMeaningless = std::to_array<std::string_view>({
    "no_modern",
    // slab classes and the page mover
    "slab_reassign",
    "no_slab_reassign",
    "slab_automove",
    "no_slab_automove",
    "slab_automove_ratio",
    "slab_automove_window",
    "slab_automove_freeratio",
    "slab_chunk_max",
    "slab_sizes",
    "no_chunked_items",
    // LRU lists and their threads
    "lru_crawler",
    "no_lru_crawler",
    "lru_crawler_sleep",
    "lru_crawler_tocrawl",
    "lru_maintainer",
    "no_lru_maintainer",
    "hot_lru_pct",
    "warm_lru_pct",
    "hot_max_factor",
    "warm_max_factor",
    "temporary_ttl",
    "tail_repair_time",
    "no_hashexpand",
    // buffers, logging, the process
    "resp_obj_mem_limit",
    "worker_logbuf_size",
    "inline_ascii_resp",
    "no_inline_ascii_resp",
    "drop_privileges",
    "no_drop_privileges",
    "sock_cookie_id",
    "relaxed_privileges",
    // extstore's details, without effect as long as there is no ext_path
    "ext_page_size",
    "ext_wbuf_size",
    "ext_threads",
    "ext_io_depth",
    "ext_item_size",
    "ext_item_age",
    "ext_low_ttl",
    "ext_recache_rate",
    "ext_compact_under",
    "ext_drop_under",
    "ext_max_frag",
    "ext_drop_unread",
    "ext_max_sleep",
});

/// Options for parts of memcached that are not in this version, by the start of their names.
struct Missing {
  std::string_view prefix;
  std::string_view feature;
};
constexpr std::array kMissing{
    Missing{"ext_path", "extstore, the flash tier,"},
    Missing{"proxy_", "memcached's proxy"},
};

}  // namespace

void apply_extended_option(std::string_view option, CommandLine& line) {
  const auto part = take_apart(option);
  line.given[fmt::format("-o {}", part.name)] = part.value;
  if (const auto* found = std::ranges::find(kMeanings, part.name, &Meaning::name);
      found != kMeanings.end())
    return found->apply(part, line.settings);
  if (apply_tls_option(part.name, part.given ? std::optional{part.value} : std::nullopt, line))
    return;

  const auto starts_name = [&](const Missing& missing) {
    return part.name.starts_with(missing.prefix);
  };
  if (const auto* found = std::ranges::find_if(kMissing, starts_name); found != kMissing.end())
    throw UsageError{
        fmt::format("-o {}: {} is not part of this version", part.name, found->feature)};

  if (std::ranges::find(kMeaningless, part.name) == kMeaningless.end())
    throw UsageError{fmt::format("-o {}: no such option", part.name)};
  line.warnings.push_back(fmt::format("-o {} has no meaning here and is ignored", part.name));
}

}  // namespace cocached::app
