#pragma once

#include "protocol/request.hpp"

#include <string_view>

/// Parsers of the text commands for operators. `rest` is the line after the command's name.
///
/// Those that tune what this server does not have (slab classes, their LRUs) are checked as
/// memcached checks them and then accepted without effect, so that no tool breaks.
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
