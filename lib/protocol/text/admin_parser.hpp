#pragma once

#include "protocol/request.hpp"

#include <string_view>

/// Parsers of the text commands for operators. `rest` is the line after the command's name, without
/// its end; the request views it. A line that is refused becomes a Fixed with memcached's error
/// text.
///
/// The parsers of `slabs`, `lru` and `lru_crawler` check a line as memcached does and then accept
/// it without effect: this server has no slab classes and no LRU lists, but tools that tune them
/// work.
namespace cocached::protocol {

Request parse_flush(std::string_view rest);
Request parse_verbosity(std::string_view rest);
Request parse_memory_limit(std::string_view rest);
Request parse_namespace(std::string_view rest);
Request parse_bucket(std::string_view rest, Bucket::Action action);
Request parse_watch(std::string_view rest);
Request parse_shutdown(std::string_view rest);
Request parse_slabs(std::string_view rest);
Request parse_lru(std::string_view rest);
Request parse_lru_crawler(std::string_view rest);

}  // namespace cocached::protocol
