// Data structures: `position_` is the next byte of the file to read; `block_` holds one block.
//
// Invariant: no record of a block is used before the checksums of its header and its records match.
// After damage the loader searches for the next block marker and goes on there.
// Invariant: a loaded item never replaces a newer one: Store::restore refuses keys that clients
// have written or removed since the load began.
//
// One thread uses a loader; the store takes its own locks.

#include "store/snapshot/snapshot_loader.hpp"

#include <algorithm>
#include <cstring>

namespace cocached::store {
namespace {

using namespace snapshot;

/// Clients may still hold CAS numbers that were given out after the snapshot was made: those that
/// follow are not given out again.
constexpr std::uint64_t kGivenOutSince = std::uint64_t{1} << 30;

/// Only a forged file has a higher one, and no number may wrap.
constexpr std::uint64_t kHighestCas = std::uint64_t{1} << 62;

/// No state that this server writes is larger: two lists of NamespaceTable::kMaxNamespaces names.
constexpr std::uint64_t kMaxStateSize = std::uint64_t{64} << 20;

/// Higher numbers are not versions; the file is more likely a text that begins with our name.
constexpr std::uint32_t kVersionsEnd = 1U << 16;

template <class ItemHeader>
char* bytes_to(ItemHeader& header) noexcept {
  return reinterpret_cast<char*>(&header);
}

template <class ItemHeader>
bool is_sound(const ItemHeader& header) noexcept {
  return header.marker == kFileMarker && header.version == ItemHeader{}.version &&
         header.checksum == checksum_of(header, 0);
}

bool is_sound(const BlockHeader& header, std::uint64_t seed) noexcept {
  return header.marker == kBlockMarker && header.checksum == checksum_of(header, seed);
}

/// The first of the two headers that is sound.
template <class ItemHeader>
std::optional<ItemHeader> find_header(const base::File& file) {
  ItemHeader header;
  for (const std::uint64_t position : {std::size_t{0}, sizeof header})
    if (file.read(position, bytes_to(header), sizeof header) && is_sound(header)) return header;
  return std::nullopt;
}

FileHeader with_this_layout(const FileHeaderV1& old) noexcept {
  return {.version = old.version, .seed = old.seed, .cas = old.cas, .made_ms = old.made_ms};
}

/// The kind of a file without a sound header.
SnapshotKind kind_of_unreadable(const base::File& file) {
  struct {
    Marker marker{};
    std::uint32_t version = 0;
  } start;
  const auto size = file.size();
  if (size == 0) return SnapshotKind::empty;
  const auto marked = std::min<std::uint64_t>(size, sizeof start.marker);
  file.read(0, start.marker.data(), marked);
  if (!std::equal(start.marker.begin(), start.marker.begin() + static_cast<int>(marked),
                  kFileMarker.begin()))
    return SnapshotKind::foreign;
  if (!file.read(0, bytes_to(start), sizeof start)) return SnapshotKind::damaged;
  if (start.version >= kVersionsEnd) return SnapshotKind::foreign;
  return start.version == 1 || start.version == kVersion ? SnapshotKind::damaged
                                                         : SnapshotKind::other_version;
}

}  // namespace

SnapshotHead read_head(const base::File& file) {
  if (const auto header = find_header<FileHeader>(file))
    return {SnapshotKind::readable, *header, 2 * sizeof(FileHeader)};
  if (const auto header = find_header<FileHeaderV1>(file))
    return {SnapshotKind::readable, with_this_layout(*header), 2 * sizeof(FileHeaderV1)};
  return {.kind = kind_of_unreadable(file), .header = {}};
}

SnapshotLoader::SnapshotLoader(Store& store, const base::Clock& clock, const base::File& file)
    : store_(store), clock_(clock), file_(file), size_(file.size()) {
  const auto head = read_head(file);
  report_.known = head.kind == SnapshotKind::readable;
  if (!report_.known) return;
  position_ = head.records_begin;
  written_.header = head.header;
  written_.to_wall = Duration{wall_ms()} - clock.now().time_since_epoch();
  written_.state.delimiter = store.delimiter();
  store_.skip_cas(std::min(head.header.cas, kHighestCas) + kGivenOutSince);
  if (head.header.version == kVersion) read_state();
  apply_state();
  written_.journal = store.flush_journal().latest();
}

/// The time of the wall clock that counts: never one from before the snapshot was made.
std::int64_t SnapshotLoader::wall_ms() const noexcept {
  return std::max<std::int64_t>(clock_.wall_now().time_since_epoch().count(),
                                written_.header.made_ms);
}

void SnapshotLoader::read_state() {
  if (auto state = decode_state())
    written_.state = *std::move(state);
  else
    ++report_.damaged;
}

std::optional<SnapshotState> SnapshotLoader::decode_state() {
  const auto at = written_.header.state_at;
  const auto size = written_.header.state_size;
  BlockHeader header;
  if (size < sizeof header || size > kMaxStateSize || size > size_ || at > size_ - size)
    return std::nullopt;
  if (!file_.read(at, bytes_to(header), sizeof header)) return std::nullopt;
  const auto seed = written_.header.seed;
  if (!is_sound(header, seed) || header.kind != BlockKind::state ||
      header.head != size - sizeof header)
    return std::nullopt;
  std::string bytes(header.head, '\0');
  if (!file_.read(at + sizeof header, bytes.data(), bytes.size())) return std::nullopt;
  if (checksum_of(bytes, {}, seed) != header.records_checksum) return std::nullopt;
  return SnapshotState::decode(bytes);
}

void SnapshotLoader::apply_state() {
  auto& state = written_.state;
  for (const auto& [space, bytes] : state.quotas) store_.set_namespace_quota(space, bytes);
  if (state.flush_due_ms == kNoDeadline) return;
  if (state.flush_due_ms > wall_ms()) {
    store_.flush_at(clock_.now() + Duration{state.flush_due_ms - wall_ms()});
    return;
  }
  state.flush_due_ms = kNoDeadline;
  state.all_flushed_before = size_;
}

LoadReport SnapshotLoader::load(const std::stop_token& stop, const OnProgress& progress) {
  while (report_.known && !report_.stopped && load_block()) {
    report_.stopped = stop.stop_requested();
    if (progress) progress(position_, report_);
  }
  written_.items = report_.items;
  return report_;
}

/// False: there is no more.
bool SnapshotLoader::load_block() {
  BlockHeader header;
  if (!file_.read(position_, bytes_to(header), sizeof header)) return report_.complete = false;
  if (!is_sound(header, written_.header.seed)) {
    ++report_.damaged;
    return skip_to_marker();
  }
  const auto block_at = position_;
  const auto start = position_ + sizeof header;
  const std::size_t size = std::size_t{header.head} + header.tail;
  if (size == 0) return false;
  position_ = start + size;
  if (position_ > size_) return report_.complete = false;
  if (header.kind != BlockKind::records) return true;
  if (block_at < written_.state.all_flushed_before) {
    report_.flushed += header.records;
    return true;
  }
  if (size > store_.max_value_size() + 2 * kBlockSize) {
    report_.refused += header.records;
    return true;
  }
  block_.resize(size);
  if (!file_.read(start, block_.data(), size)) return report_.complete = false;
  load_records(header, block_at);
  return true;
}

void SnapshotLoader::load_records(const BlockHeader& header, std::uint64_t block_at) {
  std::string_view rest = block_;
  const auto checksum =
      checksum_of(rest.substr(0, header.head), rest.substr(header.head), written_.header.seed);
  if (checksum != header.records_checksum) {
    ++report_.damaged;
    return;
  }
  for (std::uint32_t i = 0; i < header.records; ++i) {
    const auto next = load_record(rest, block_at);
    if (!next) {
      ++report_.damaged;
      return;
    }
    rest = *next;
  }
}

/// Loads the record at the start of `bytes` and returns the bytes after it. Returns nothing if
/// `bytes` do not start with a valid record.
std::optional<std::string_view> SnapshotLoader::load_record(std::string_view bytes,
                                                            std::uint64_t block_at) {
  RecordHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  const auto size = std::size_t{header.key_size} + header.value_size;
  if (header.key_size == 0 || header.key_size > kMaxKeySize || size > bytes.size())
    return std::nullopt;
  const auto key = bytes.substr(0, header.key_size);
  if (is_flushed(key, block_at))
    ++report_.flushed;
  else
    restore(header, key, bytes.substr(header.key_size, header.value_size));
  return bytes.substr(size);
}

bool SnapshotLoader::is_flushed(std::string_view key, std::uint64_t block_at) const {
  const auto& flushes = written_.state.flushes;
  if (flushes.empty()) return false;
  const auto found = flushes.find(name_in(key, written_.state.delimiter));
  return found != flushes.end() && block_at < found->second;
}

void SnapshotLoader::restore(const RecordHeader& header, std::string_view key,
                             std::string_view value) {
  const auto now = clock_.now();
  const auto wall = wall_ms();
  const bool expires = header.deadline_ms != kNoDeadline;
  if (expires && header.deadline_ms <= wall) {
    ++report_.expired;
    return;
  }
  const ItemView item{
      .key = key,
      .value = value,
      .client_flags = header.client_flags,
      .cas = header.cas,
      .deadline = expires ? now + Duration{header.deadline_ms - wall} : kNever,
      .fetched = (header.marks & kFetched) != 0,
      .stale = (header.marks & kStale) != 0,
      .binary_key = (header.marks & kBinaryKey) != 0,
      .frequency = header.frequency,
  };
  const bool stored = store_.restore(Key{key}, now, item) == WriteResult::stored;
  ++(stored ? report_.items : report_.refused);
}

/// Goes on at the next thing that looks like a block. False: there is none.
bool SnapshotLoader::skip_to_marker() {
  constexpr std::string_view kMarker{kBlockMarker.data(), kBlockMarker.size()};
  block_.resize(kBlockSize);
  for (++position_; position_ < size_; position_ += kBlockSize - kMarker.size() + 1) {
    const auto here = std::min<std::uint64_t>(size_ - position_, kBlockSize);
    if (!file_.read(position_, block_.data(), here)) break;
    const auto found = std::string_view{block_}.substr(0, here).find(kMarker);
    if (found == std::string_view::npos) continue;
    position_ += found;
    return true;
  }
  return report_.complete = false;
}

}  // namespace cocached::store
