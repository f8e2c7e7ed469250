#include "server/key_listing.hpp"

#include "command/execute/expiry_time.hpp"

namespace cocached::server {
namespace {

constexpr std::size_t kItemsAtOnce = 64;
constexpr std::size_t kMostSteps = 1024;

// A cursor in one number: the shard in the upper half.
static_assert(sizeof(store::KeyIndex::Cursor) == 4);

/// Accepts any number: for a position that does not exist, takes the next one.
store::ScanCursor to_scan(std::uint64_t cursor) noexcept {
  const auto shard = static_cast<std::size_t>(cursor >> 32);
  const auto position = static_cast<store::KeyIndex::Cursor>(cursor);
  if (position < store::KeyIndex::kScanEnd) return {.shard = shard, .position = position};
  return {.shard = shard + 1};
}

std::uint64_t to_number(const store::ScanCursor& cursor) noexcept {
  return std::uint64_t{cursor.shard} << 32 | cursor.position;
}

http::KeyInfo to_info(const store::ItemView& item, store::TimePoint now) {
  using std::chrono::floor;
  using std::chrono::seconds;
  const auto left = command::seconds_left(item.deadline, now);
  return {.key = std::string{item.key},
          .size = item.value.size(),
          .ttl = left ? std::optional{seconds{*left}} : std::nullopt,
          .idle = std::max(floor<seconds>(now - item.last_access), seconds{0})};
}

}  // namespace

http::KeyPage key_page(store::Store& store, store::TimePoint now, const http::KeyQuery& query) {
  http::KeyPage page;
  const auto take = [&](const store::ItemView& item) {
    if (item.key.starts_with(query.prefix)) page.keys.push_back(to_info(item, now));
  };
  auto cursor = to_scan(query.cursor);
  bool more = true;
  for (std::size_t step = 0; more && page.keys.size() < query.limit && step < kMostSteps; ++step) {
    const auto wanted = std::min(query.limit - page.keys.size(), kItemsAtOnce);
    more = store.scan(cursor, now, wanted, take);
  }
  if (more) page.next = to_number(cursor);
  return page;
}

}  // namespace cocached::server
