// Data structures: `block_` collects records; a full block goes to the file at `position_`.
// `large_` lists keys whose values are too large to copy under a lock; they are pinned one at a
// time.
//
// Invariant: all records of a block were collected when the snapshot's state knew the same flushes.
// A flush that comes meanwhile ends the block, so "hides records before this position" is exact.
// Invariant: the headers are written last, so an unfinished file is never taken for a snapshot.
//
// One thread uses a writer. It takes a shard's lock for 16 items at a time, and never while it
// writes.

#include "store/snapshot/snapshot_writer.hpp"

#include <random>
#include <utility>

namespace cocached::store {
namespace {

using namespace snapshot;

/// Items that one step of the walk copies under a lock; values up to kCopied bytes.
constexpr std::size_t kItemsAtOnce = 16;
constexpr std::size_t kCopied = 8192;

/// The system writes so many bytes to the disk at a time, and not all of them at the end, where
/// nobody could stop it.
constexpr std::uint64_t kWriteback = std::uint64_t{32} << 20;

std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::uint8_t marks_of(const ItemView& item) noexcept {
  return static_cast<std::uint8_t>((item.stale ? kStale : 0) | (item.fetched ? kFetched : 0) |
                                   (item.binary_key ? kBinaryKey : 0));
}

/// Wall clock less server time.
Duration wall_offset(const base::Clock& clock) noexcept {
  return clock.wall_now().time_since_epoch() - clock.now().time_since_epoch();
}

std::int64_t wall_ms(TimePoint time, Duration to_wall) noexcept {
  return time == kNever ? kNoDeadline : (time + to_wall).time_since_epoch().count();
}

/// Enters what the journal has beyond `written`: it hides records in blocks before `position`.
void take_flushes(WrittenSnapshot& written, const FlushJournal& journal, std::uint64_t position) {
  const auto latest = journal.latest();  // first: what comes in between is taken twice
  auto& state = written.state;
  const auto flushes = journal.since(written.journal);
  if (flushes.all) {
    state.all_flushed_before = position;
    state.flushes.clear();
  }
  for (const auto& space : flushes.spaces) state.flushes[space] = position;
  written.journal = latest;
}

void take_settings(WrittenSnapshot& written, const Store& store) {
  written.state.flush_due_ms = wall_ms(store.flush_due(), written.to_wall);
  written.state.quotas = store.namespace_quotas();
}

}  // namespace

SnapshotWriter::SnapshotWriter(Store& store, const base::Clock& clock, const base::File& file)
    : store_(store), clock_(clock), file_(file), position_(2 * sizeof(FileHeader)) {
  written_.to_wall = wall_offset(clock);
  written_.journal = store.flush_journal().latest();
  written_.state.delimiter = store.delimiter();
  written_.header.seed = draw_seed();
  written_.header.made_ms = clock.wall_now().time_since_epoch().count();
  block_.reserve(2 * kBlockSize);
}

std::optional<WrittenSnapshot> SnapshotWriter::write(const std::stop_token& stop) {
  write_items(stop);
  if (stop.stop_requested()) return std::nullopt;
  written_.header.cas = store_.latest_cas();
  written_.header.records_end = position_;
  take_settings(written_, store_);
  write_state(file_, written_.header, written_.state);
  write_headers(file_, written_.header);
  return written_;
}

void SnapshotWriter::write_items(const std::stop_token& stop) {
  ScanCursor cursor;
  for (bool more = true; more && !stop.stop_requested();) {
    const auto now = clock_.now();
    store_.note_due_flush(now);
    more = store_.scan(cursor, now, kItemsAtOnce, [this](const ItemView& item) { collect(item); });
    for (const auto& large : std::exchange(large_, {})) append_large(large);
    if (block_.size() >= kBlockSize) finish_block();
    note_flushes();
  }
  if (records_ > 0) finish_block();
  finish_block();
}

/// Whatever was collected before it came to know of a flush is in a block that the flush hides.
void SnapshotWriter::note_flushes() {
  if (store_.flush_journal().latest() == written_.journal) [[likely]]
    return;
  if (records_ > 0) finish_block();
  take_flushes(written_, store_.flush_journal(), position_);
}

/// Under a lock of the store.
void SnapshotWriter::collect(const ItemView& item) {
  if (item.value.size() > kCopied) {
    large_.push_back({std::string{item.key}, item.frequency});
    return;
  }
  append_record(item);
  block_ += item.value;
}

void SnapshotWriter::append_record(const ItemView& item) {
  const RecordHeader header{.deadline_ms = wall_ms(item.deadline, written_.to_wall),
                            .cas = item.cas,
                            .client_flags = item.client_flags,
                            .value_size = static_cast<std::uint32_t>(item.value.size()),
                            .key_size = static_cast<std::uint8_t>(item.key.size()),
                            .marks = marks_of(item),
                            .frequency = static_cast<std::uint8_t>(item.frequency)};
  block_ += bytes_of(header);
  block_ += item.key;
  ++records_;
  ++written_.items;
}

/// The item may be gone by now, or another.
void SnapshotWriter::append_large(const Large& large) {
  ItemView item;
  Pin pin;
  store_.read(Key{large.key}, clock_.now(), {.bump = false}, [&](const Hit& hit) {
    item = hit.item;
    pin = hit.pin();
  });
  item.frequency = large.frequency;
  if (!pin) return;
  // A block of its own, so that whoever refuses its size refuses nothing else.
  if (records_ > 0) finish_block();
  append_record(item);
  finish_block(item.value);
}

void SnapshotWriter::finish_block(std::string_view tail) {
  const auto seed = written_.header.seed;
  BlockHeader header{.head = static_cast<std::uint32_t>(block_.size()),
                     .tail = static_cast<std::uint32_t>(tail.size()),
                     .records = records_,
                     .records_checksum = checksum_of(block_, tail, seed)};
  header.checksum = checksum_of(header, seed);
  put(bytes_of(header));
  put(block_);
  put(tail);
  block_.clear();
  records_ = 0;
  if (position_ - on_its_way_ < kWriteback) return;
  file_.begin_writeback(on_its_way_, position_ - on_its_way_);
  on_its_way_ = position_;
}

void SnapshotWriter::put(std::string_view bytes) {
  file_.write(position_, bytes);
  position_ += bytes.size();
}

void update_snapshot(WrittenSnapshot& written, Store& store, const base::File& file) {
  WrittenSnapshot updated = written;
  take_flushes(updated, store.flush_journal(), updated.header.records_end);
  take_settings(updated, store);
  write_state(file, updated.header, updated.state);
  write_headers(file, updated.header);
  written = std::move(updated);
}

}  // namespace cocached::store
