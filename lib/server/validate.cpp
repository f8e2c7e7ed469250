#include "server/validate.hpp"

#include "server/listen_address.hpp"

#include <stdexcept>

namespace cocached::server {
namespace {

constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kMebibyte = 1024 * kKibibyte;

void require(bool condition, const char* text) {
  if (!condition) throw std::invalid_argument{text};
}

}  // namespace

void validate(const Settings& settings) {
  require(settings.threads > 0, "the number of threads must be greater than 0");
  require(settings.max_connections > 0, "the maximum of connections must be greater than 0");
  require(settings.requests_per_event > 0, "the requests per event must be greater than 0");
  require(settings.backlog > 0, "the listen backlog must be greater than 0");
  require(settings.memory_limit >= kMebibyte, "the memory limit must be at least 1 MiB");
  require(settings.max_item_size >= kKibibyte, "the item size limit must be at least 1 KiB");
  require(settings.max_item_size <= kKibibyte * kMebibyte,
          "the item size limit must be at most 1024 MiB");
  require(settings.max_item_size <= settings.memory_limit / 2,
          "the item size limit must be at most half of the memory limit");
  for (const auto& address : settings.listen) parse_listen_address(address, 0);
  if (settings.http) parse_listen_address(settings.http_address, 9150);
}

}  // namespace cocached::server
