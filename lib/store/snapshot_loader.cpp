#include "store/snapshot_loader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace cocached::store {
namespace {

using namespace snapshot;

/// Clients may still hold CAS numbers that were given out after the snapshot was made: those that
/// follow are not given out again.
constexpr std::uint64_t kGivenOutSince = std::uint64_t{1} << 30;

std::system_error cannot_read() {
  return {errno, std::generic_category(), "cannot read"};
}

std::uint64_t size_of(int file) {
  struct stat status{};
  if (fstat(file, &status) < 0) throw cannot_read();
  return static_cast<std::uint64_t>(status.st_size);
}

template <class Header>
char* bytes_to(Header& header) noexcept {
  return reinterpret_cast<char*>(&header);
}

bool is_sound(const FileHeader& header) noexcept {
  return header.marker == kFileMarker && header.checksum == checksum_of(header, 0) &&
         header.version == kVersion;
}

bool is_sound(const BlockHeader& header, std::uint64_t seed) noexcept {
  return header.marker == kBlockMarker && header.checksum == checksum_of(header, seed);
}

}  // namespace

SnapshotLoader::SnapshotLoader(Store& store, const base::Clock& clock, int file)
    : store_(store), clock_(clock), file_(file), size_(size_of(file)) {
  const auto header = find_header();
  report_.known = header.has_value();
  if (!header) return;
  seed_ = header->seed;
  store_.skip_cas(header->cas + kGivenOutSince);
}

std::optional<FileHeader> SnapshotLoader::find_header() const {
  FileHeader header;
  for (const std::uint64_t position : {std::size_t{0}, sizeof header})
    if (read(position, bytes_to(header), sizeof header) && is_sound(header)) return header;
  return std::nullopt;
}

LoadReport SnapshotLoader::load(const std::stop_token& stop) {
  while (report_.known && !report_.stopped && load_block()) report_.stopped = stop.stop_requested();
  return report_;
}

/// False: there is no more.
bool SnapshotLoader::load_block() {
  BlockHeader header;
  if (!read(position_, bytes_to(header), sizeof header)) return report_.complete = false;
  if (!is_sound(header, seed_)) {
    ++report_.damaged;
    return skip_to_marker();
  }
  const auto start = position_ + sizeof header;
  const std::size_t size = std::size_t{header.head} + header.tail;
  if (size == 0) return false;
  position_ = start + size;
  if (position_ > size_) return report_.complete = false;
  if (size > store_.max_value_size() + 2 * kBlockSize) {
    report_.refused += header.records;
    return true;
  }
  block_.resize(size);
  if (!read(start, block_.data(), size)) return report_.complete = false;
  load_records(header);
  return true;
}

void SnapshotLoader::load_records(const BlockHeader& header) {
  std::string_view rest = block_;
  const auto checksum = checksum_of(rest.substr(0, header.head), rest.substr(header.head), seed_);
  if (checksum != header.records_checksum) {
    ++report_.damaged;
    return;
  }
  for (std::uint32_t i = 0; i < header.records; ++i) {
    const auto next = load_record(rest);
    if (!next) {
      ++report_.damaged;
      return;
    }
    rest = *next;
  }
}

/// What follows the record that `bytes` start with; nothing if that is no record.
std::optional<std::string_view> SnapshotLoader::load_record(std::string_view bytes) {
  RecordHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  const auto size = std::size_t{header.key_size} + header.value_size;
  if (header.key_size == 0 || header.key_size > kMaxKeySize || size > bytes.size())
    return std::nullopt;
  restore(header, bytes.substr(0, header.key_size),
          bytes.substr(header.key_size, header.value_size));
  return bytes.substr(size);
}

void SnapshotLoader::restore(const RecordHeader& header, std::string_view key,
                             std::string_view value) {
  const auto now = clock_.now();
  const auto wall_ms = clock_.wall_now().time_since_epoch().count();
  const bool expires = header.deadline_ms != kNoDeadline;
  if (expires && header.deadline_ms <= wall_ms) {
    ++report_.expired;
    return;
  }
  const ItemView item{
      .key = key,
      .value = value,
      .client_flags = header.client_flags,
      .cas = header.cas,
      .deadline = expires ? now + Duration{header.deadline_ms - wall_ms} : kNever,
      .fetched = (header.marks & kFetched) != 0,
      .stale = (header.marks & kStale) != 0,
      .binary_key = (header.marks & kBinaryKey) != 0,
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
    if (!read(position_, block_.data(), here)) break;
    const auto found = std::string_view{block_}.substr(0, here).find(kMarker);
    if (found == std::string_view::npos) continue;
    position_ += found;
    return true;
  }
  return report_.complete = false;
}

/// False: the file ends before.
bool SnapshotLoader::read(std::uint64_t position, char* to, std::size_t size) const {
  while (size > 0) {
    const auto n = pread(file_, to, size, static_cast<off_t>(position));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw cannot_read();
    if (n == 0) return false;
    position += static_cast<std::uint64_t>(n);
    to += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace cocached::store
