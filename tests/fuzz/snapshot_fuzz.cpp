// Snapshot files, damaged and hostile: whatever is in one, loading ends, takes no more memory than
// the store's limits, and what it stores can be read and saved again. The first byte chooses
// between the raw bytes of a file and blocks whose checksums are made right, as a forger would.

#include "store/snapshot/snapshot_loader.hpp"
#include "store/snapshot/snapshot_writer.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/manual_clock.hpp"

#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

using namespace cocached;
using namespace cocached::store::snapshot;
using fuzz::demand;

namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::size_t kMaxValue = std::size_t{64} << 10;
constexpr store::StoreOptions kOptions{
    .memory_limit = std::size_t{2} << 20, .max_value_size = kMaxValue, .threads = 1};

/// Takes up to `size` bytes from the front.
std::string_view take(std::string_view& rest, std::size_t size) {
  const auto part = rest.substr(0, size);
  rest.remove_prefix(part.size());
  return part;
}

/// Fills as much of a header as the next bytes allow.
template <class Header>
Header take_header(std::string_view& rest) {
  Header header;
  const auto bytes = take(rest, sizeof header);
  std::memcpy(&header, bytes.data(), bytes.size());
  return header;
}

/// A block of the next bytes, with all checksums right: what is wrong with it is what they say.
std::string forged_block(std::string_view& rest, BlockKind kind) {
  const auto size = take_header<std::uint16_t>(rest);
  const auto records = take_header<std::uint8_t>(rest);
  const auto head = take(rest, size);
  BlockHeader header{.head = static_cast<std::uint32_t>(head.size()),
                     .records = records,
                     .kind = kind,
                     .records_checksum = checksum_of(head, {}, kSeed)};
  header.checksum = checksum_of(header, kSeed);
  return std::string{bytes_of(header)}.append(head);
}

std::string forged_file(std::string_view rest) {
  auto header = take_header<FileHeader>(rest);
  header.marker = kFileMarker;
  header.version = kVersion;
  header.seed = kSeed;
  const auto state = forged_block(rest, BlockKind::state);
  std::string blocks;
  while (!rest.empty()) blocks += forged_block(rest, BlockKind::records);
  // Mostly where it says, else nothing behind it would be tried.
  if (header.unused % 8 != 0) {
    header.state_at = 2 * sizeof header + blocks.size();
    header.state_size = state.size();
  }
  header.checksum = checksum_of(header, 0);
  return std::string{bytes_of(header)}.append(bytes_of(header)).append(blocks).append(state);
}

/// Files in memory, one in all.
class OneFile final : public base::FileSystem {
 public:
  explicit OneFile(std::string_view bytes) : descriptor_(memfd_create("snapshot", MFD_CLOEXEC)) {
    demand(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
           "the file is written");
  }
  int open(const char*, int, mode_t) const noexcept override { return descriptor_; }

 private:
  const int descriptor_;  // the File closes it
};

void load(const base::File& file, store::Store& store, const base::Clock& clock) {
  store.flush_journal().enable();
  store::SnapshotLoader loader{store, clock, file};
  store.begin_restore();
  const auto report = loader.load();
  store.end_restore();
  demand(report.known || report.items == 0, "nothing comes of what is no snapshot");
  demand(store.stats().memory_used <= kOptions.memory_limit, "the limit of memory holds");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (std::size_t{1} << 20)) return 0;
  const auto input = fuzz::text_of(data, size).substr(1);
  const OneFile files{data[0] % 4 == 0 ? std::string{input} : forged_file(input)};
  const base::File file{files, "snapshot", O_RDWR};
  const test::ManualClock clock;
  store::Store store{kOptions};
  load(file, store, clock);

  const OneFile others{""};
  const base::File other{others, "other", O_RDWR};
  const auto written = store::SnapshotWriter{store, clock, other}.write({});
  demand(written.has_value(), "what was loaded is saved");
  store::Store again{kOptions};
  load(other, again, clock);
  return 0;
}
