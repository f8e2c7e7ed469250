#include "replay/trace.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <lzma.h>
#include <memory>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

namespace cocached::replay {
namespace {

constexpr std::size_t kChunk = 64 * 1024;

/// Assembles keys from bytes that may be cut anywhere.
class KeyAssembler {
 public:
  explicit KeyAssembler(std::size_t limit) : limit_{limit} {}

  bool full() const { return limit_ != 0 && keys_.size() == limit_; }
  Trace take() { return std::move(keys_); }

  void add(std::span<const std::uint8_t> bytes) {
    for (auto byte : bytes) {
      if (full()) return;
      key_ = key_ << 8 | byte;
      if (++count_ % sizeof key_ == 0) keys_.push_back(key_);
    }
  }

 private:
  std::size_t limit_;
  std::uint32_t key_ = 0;
  std::size_t count_ = 0;
  Trace keys_;
};

struct Decoder {
  Decoder() {
    if (lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED) != LZMA_OK) {
      throw std::runtime_error{"cannot start the xz decoder"};
    }
  }
  ~Decoder() { lzma_end(&stream); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  lzma_stream stream = LZMA_STREAM_INIT;
};

std::span<const std::uint8_t> read_chunk(std::istream& in, std::span<std::uint8_t> buffer) {
  in.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
  return buffer.first(static_cast<std::size_t>(in.gcount()));
}

void read_plain(std::istream& in, KeyAssembler& keys) {
  std::array<std::uint8_t, kChunk> buffer;
  while (in && !keys.full()) keys.add(read_chunk(in, buffer));
}

void read_xz(std::istream& in, KeyAssembler& keys) {
  std::array<std::uint8_t, kChunk> packed;
  std::array<std::uint8_t, kChunk> plain;
  Decoder decoder;
  auto& stream = decoder.stream;
  for (auto result = LZMA_OK; result != LZMA_STREAM_END && !keys.full();) {
    if (stream.avail_in == 0) {
      const auto chunk = read_chunk(in, packed);
      stream.next_in = chunk.data();
      stream.avail_in = chunk.size();
    }
    stream.next_out = plain.data();
    stream.avail_out = plain.size();
    result = lzma_code(&stream, in ? LZMA_RUN : LZMA_FINISH);
    if (result != LZMA_OK && result != LZMA_STREAM_END) throw std::runtime_error{"damaged xz data"};
    keys.add(std::span{plain}.first(plain.size() - stream.avail_out));
  }
}

}  // namespace

Trace read_trace(const std::string& path, std::size_t limit) try {
  KeyAssembler keys{limit};
  if (path == "-") {
    read_plain(std::cin, keys);
    return keys.take();
  }
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{"cannot open"};
  path.ends_with(".xz") ? read_xz(file, keys) : read_plain(file, keys);
  return keys.take();
} catch (const std::runtime_error& error) {
  throw std::runtime_error{fmt::format("{}: {}", path, error.what())};
}

}  // namespace cocached::replay
