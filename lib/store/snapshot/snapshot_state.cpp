#include "store/snapshot/snapshot_state.hpp"

#include <cstring>

namespace cocached::store {
namespace {

using namespace snapshot;

/// Fixed-size fields, then names, each behind its size and its number.
class Encoder {
 public:
  template <class Number>
  Encoder& add(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  Encoder& add_all(const auto& numbers) {
    add(static_cast<std::uint32_t>(numbers.size()));
    for (const auto& [name, number] : numbers) {
      add(number).add(static_cast<std::uint8_t>(name.size()));
      bytes_ += name;
    }
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads the same back; `sound` stays false from the first thing that is missing.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  void read(Number& number) {
    if (rest_.size() < sizeof number) sound_ = false;
    if (!sound_) return;
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
  }
  void read_all(auto& numbers) {
    std::uint32_t count = 0;
    read(count);
    for (std::uint32_t i = 0; sound_ && i < count; ++i) {
      std::uint64_t number = 0;
      std::uint8_t size = 0;
      read(number);
      read(size);
      if (size == 0 || size > kMaxKeySize || rest_.size() < size) sound_ = false;
      if (!sound_) return;
      numbers.insert_or_assign(std::string{rest_.substr(0, size)}, number);
      rest_.remove_prefix(size);
    }
  }
  bool is_done() const noexcept { return sound_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace

std::string SnapshotState::encode() const {
  return Encoder{}
      .add(delimiter)
      .add(flush_due_ms)
      .add(all_flushed_before)
      .add_all(flushes)
      .add_all(quotas)
      .take();
}

std::optional<SnapshotState> SnapshotState::decode(std::string_view bytes) {
  SnapshotState state;
  Decoder decoder{bytes};
  decoder.read(state.delimiter);
  decoder.read(state.flush_due_ms);
  decoder.read(state.all_flushed_before);
  decoder.read_all(state.flushes);
  decoder.read_all(state.quotas);
  return decoder.is_done() ? std::optional{std::move(state)} : std::nullopt;
}

void write_state(const base::File& file, FileHeader& header, const SnapshotState& state) {
  const auto bytes = state.encode();
  BlockHeader block{.head = static_cast<std::uint32_t>(bytes.size()),
                    .kind = BlockKind::state,
                    .records_checksum = checksum_of(bytes, {}, header.seed)};
  block.checksum = checksum_of(block, header.seed);
  const auto size = sizeof block + bytes.size();
  // Two places in turn, as long as the first is large enough: so the file doesn't grow for ever.
  const bool fits = header.records_end + size <= header.state_at;
  header.state_at =
      fits || header.state_at == 0 ? header.records_end : header.state_at + header.state_size;
  header.state_size = size;
  file.write(header.state_at, bytes_of(block));
  file.write(header.state_at + sizeof block, bytes);
}

void write_headers(const base::File& file, const FileHeader& header) {
  FileHeader sealed = header;
  sealed.checksum = checksum_of(sealed, 0);
  file.sync();
  file.write(0, bytes_of(sealed));
  file.sync();
  file.write(sizeof sealed, bytes_of(sealed));
  file.sync();
}

}  // namespace cocached::store
