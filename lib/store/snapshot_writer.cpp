#include "store/snapshot_writer.hpp"

#include <cerrno>
#include <random>
#include <system_error>
#include <unistd.h>

namespace cocached::store {
namespace {

using namespace snapshot;

/// Items that one step of the walk copies under a lock; values up to kCopied bytes.
constexpr std::size_t kItemsAtOnce = 16;
constexpr std::size_t kCopied = 8192;

std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::uint8_t marks_of(const ItemView& item) noexcept {
  return static_cast<std::uint8_t>((item.stale ? kStale : 0) | (item.fetched ? kFetched : 0) |
                                   (item.binary_key ? kBinaryKey : 0));
}

}  // namespace

SnapshotWriter::SnapshotWriter(Store& store, const base::Clock& clock, int file)
    : store_(store), clock_(clock), file_(file), seed_(draw_seed()) {
  to_wall_ = clock.wall_now().time_since_epoch() - clock.now().time_since_epoch();
  block_.reserve(2 * kBlockSize);
}

std::optional<std::uint64_t> SnapshotWriter::write(const std::stop_token& stop) {
  write_headers();
  ScanCursor cursor;
  for (bool more = true; more;) {
    if (stop.stop_requested()) return std::nullopt;
    more = store_.scan(cursor, clock_.now(), kItemsAtOnce,
                       [this](const ItemView& item) { collect(item); });
    for (const auto& key : std::exchange(large_, {})) append_large(key);
    if (block_.size() >= kBlockSize) finish_block();
  }
  if (records_ > 0) finish_block();
  finish_block();
  return items_;
}

void SnapshotWriter::write_headers() {
  FileHeader header{.seed = seed_,
                    .cas = store_.latest_cas(),
                    .made_ms = clock_.wall_now().time_since_epoch().count()};
  header.checksum = checksum_of(header, 0);
  put(bytes_of(header));
  put(bytes_of(header));
}

/// Under a lock of the store.
void SnapshotWriter::collect(const ItemView& item) {
  if (item.value.size() > kCopied) {
    large_.emplace_back(item.key);
    return;
  }
  append_record(item);
  block_ += item.value;
}

void SnapshotWriter::append_record(const ItemView& item) {
  const bool expires = item.deadline != kNever;
  const RecordHeader header{
      .deadline_ms = expires ? (item.deadline + to_wall_).time_since_epoch().count() : kNoDeadline,
      .cas = item.cas,
      .client_flags = item.client_flags,
      .value_size = static_cast<std::uint32_t>(item.value.size()),
      .key_size = static_cast<std::uint8_t>(item.key.size()),
      .marks = marks_of(item)};
  block_ += bytes_of(header);
  block_ += item.key;
  ++records_;
  ++items_;
}

/// The item may be gone by now, or another.
void SnapshotWriter::append_large(const std::string& key) {
  ItemView item;
  Pin pin;
  store_.read(Key{key}, clock_.now(), {.bump = false}, [&](const Hit& hit) {
    item = hit.item;
    pin = hit.pin();
  });
  if (!pin) return;
  // A block of its own, so that whoever refuses its size refuses nothing else.
  if (records_ > 0) finish_block();
  append_record(item);
  finish_block(item.value);
}

void SnapshotWriter::finish_block(std::string_view tail) {
  BlockHeader header{.head = static_cast<std::uint32_t>(block_.size()),
                     .tail = static_cast<std::uint32_t>(tail.size()),
                     .records = records_,
                     .records_checksum = checksum_of(block_, tail, seed_)};
  header.checksum = checksum_of(header, seed_);
  put(bytes_of(header));
  put(block_);
  put(tail);
  block_.clear();
  records_ = 0;
}

void SnapshotWriter::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(file_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error{errno, std::generic_category(), "cannot write"};
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace cocached::store
