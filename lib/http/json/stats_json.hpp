#pragma once

#include "http/figures_source.hpp"

#include <optional>
#include <string>

/// The JSON that the endpoint shows. Bytes are bytes, durations are seconds, ratios and shares are
/// from 0 to 1. Counters grow from the start, or from the last `stats reset`: rates are made by
/// whoever reads them twice. A reader ignores what it does not know: fields are added, none changes
/// its meaning.
namespace cocached::http {

/// `/stats.json`:
///
///     { "stats": {"pid": 42, "uptime": 7, "version": "1.2.3", ...},      as `stats`
///       "settings": {"maxbytes": 67108864, "lru_crawler": "yes", ...},   as `stats settings`
///       "store": {
///         "memory": {"limit": n, "used": n, "segments": n, "live": n, "dead": n, ...},
///         "queues": {"small": {"segments": n, "items": n, "hits": n}, "main": .., "large": ..},
///         "eviction": {"evictions": n, "ghost_hits": n, ...}, "expiry": {...}, ... },
///       "latency": {
///         "get": {"count": n, "sum": s, "mean": s, "p50": s, "p90": s, "p99": s, "p999": s,
///                 "max": s},
///         "set": .., "delete": .., "arithmetic": .., "touch": .., "other": .. },
///       "threads": [ {"connections": n, "get": n, "set": n, "bytes_read": n, ...} ],
///       "namespace_count": n,
///       "namespaces": { "user": {"generation": n, "quota": n, "items": n, "bytes": n, ...} },
///       "http": {"connections": n, "refused": n, ..., "answers": {"200": n, ...}} }
///
/// Hides the names of namespaces where keys are hidden: the object is empty, the count is not.
/// A number in `stats` is a number here. insight/latency.hpp says which time a latency is.
std::string stats_json(const Snapshot& snapshot);

/// `/hotkeys.json`, most first:
///
///     { "enabled": true, "seconds": 420,                                 that it looks back
///       "operations": n, "bytes": n,                                     of all keys
///       "by_operations": [ {"key": "user:1", "operations": n, "bytes": n, "share": 0.25} ],
///       "by_bytes":      [ {"key": "page:7", "operations": n, "bytes": n, "share": 0.5} ] }
///
/// Figures are estimates from a sample. A key that is not plain
/// ASCII has "base64" as well, and in "key" U+FFFD in place of what is not UTF-8.
std::string hot_keys_json(const std::optional<insight::HotKeys>& keys);

/// `{"enabled": false, "error": "..."}`: `/hotkeys.json` where keys are hidden.
std::string no_hot_keys_json(std::string_view why);

/// `/mrc.json`:
///
///     { "sampling_rate": 0.01, "keys": n, "gets": n, "measured_hit_ratio": 0.8,
///       "points": [ {"scale": 0.5, "bytes": n, "hit_ratio": 0.7}, {"scale": 1, ..}, .. ] }
///
/// The estimate and its assumptions: see insight/miss_ratio.hpp. "gets" of 0:
/// nothing is known yet, and the ratios are 0.
std::string miss_ratio_json(const insight::MissRatioCurve& curve);

/// `/keys`:
///
///     { "keys": [ {"key": "user:1", "size": 120, "ttl": 60, "idle": 5} ], "cursor": "4294967296" }
///
/// "size" is that of the value; "ttl" is null for what does not expire; "idle" are the seconds
/// since the last access. A key that is not plain ASCII has "base64", as in `/hotkeys.json`.
/// "cursor" is for the next page; null: that was all.
std::string keys_json(const KeyPage& page);

/// `{"error": "..."}`.
std::string error_json(std::string_view message);

}  // namespace cocached::http
