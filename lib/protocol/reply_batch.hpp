#pragma once

#include "base/block_pool.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

namespace cocached::protocol {

/// The replies that the server owes to one client, in order, as the pieces of one scatter-gather
/// write.
///
///     blocks_[0]  VALUE a 0 3\r\nabc\r\nEND\r\nVALUE b 0 100000\r\n          \r\nEND\r\n
///     pieces_    |--------------------- 0 -------------------------| 1    |---- 2 -----|
///                                                                    |
///     a value in the store, which the caller keeps pinned            v
///
/// Small replies are composed in blocks of the thread's pool; neighbouring bytes grow into one
/// piece. A piece may also point at a large value in the store, at a text in `owned_`, or at a
/// constant.
///
/// Invariants:
///   - `bytes_` is the sum of the sizes of pieces_[sent_pieces_...], the pieces that are left to
///   send;
///   - only the last block has room, and `used_` counts the bytes in it;
///   - bytes never move once a piece points at them, so pieces stay valid while vectors grow.
///
/// One thread uses a batch at a time: the worker of the client's connection.
class ReplyBatch {
 public:
  /// The most pieces of a batch. A connection hands at most 64 buffers to one write.
  static constexpr std::size_t kMaxPieces = 60;
  static constexpr std::size_t kMaxBlocks = 4;
  /// The largest value, in bytes, that is cheaper to copy than to point at.
  static constexpr std::size_t kCopyLimit = 2048;
  /// The largest small reply in bytes, with its key and value.
  static constexpr std::size_t kMaxSmallReply = kMaxReplyText + 2 * kMaxKeySize + kCopyLimit;

  explicit ReplyBatch(base::BlockPool& pool) noexcept : pool_(&pool) {}

  /// Returns false if the batch must be sent before another request is answered.
  bool has_room() const noexcept {
    return pieces_.size() + 3 <= kMaxPieces && bytes_ < kMaxBytes && has_block_room();
  }
  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }

  /// Returns the pieces that are left to send. The span is valid until a call changes the batch.
  std::span<const boost::asio::const_buffer> pieces() const noexcept {
    return std::span{pieces_}.subspan(sent_pieces_);
  }

  /// Drops the first `n` bytes of `pieces`, which the kernel has taken.
  void sent(std::size_t n) noexcept {
    bytes_ -= n;
    while (n > 0) {
      auto& piece = pieces_[sent_pieces_];
      const auto step = std::min(n, piece.size());
      piece += step;
      n -= step;
      if (piece.size() == 0) ++sent_pieces_;
    }
  }

  /// Returns room for a reply of up to `n` bytes, n <= kMaxSmallReply. The caller writes the reply
  /// there and calls append_to() with its end. Throws base::NoMoreMemory.
  char* reserve(std::size_t n) {
    if (room() < n) add_block();
    return blocks_.back().data() + used_;
  }
  void append_to(const char* end) {
    const char* begin = blocks_.back().data() + used_;
    const auto size = static_cast<std::size_t>(end - begin);
    used_ += size;
    add(begin, size);
  }

  /// Copies `text`, of any length, into blocks. Throws base::NoMoreMemory; a part of a long text
  /// may stand in the batch then.
  void append(std::string_view text) {
    while (!text.empty()) {
      const auto part = text.substr(0, kMaxSmallReply);
      char* to = reserve(part.size());
      append_to(to + part.copy(to, part.size()));
      text.remove_prefix(part.size());
    }
  }

  /// Appends a reply of any length, and owns `text` until `clear`. Throws base::NoMoreMemory if the
  /// ledger has no room for it.
  void append_owned(std::string text) {
    base::Booking booking{pool_->ledger()};
    booking.add(text.size(), base::MemoryUse::large);
    auto kept = std::make_unique<std::string>(std::move(text));
    owned_.push_back({std::move(booking), std::move(kept)});
    add(owned_.back().text->data(), owned_.back().text->size());
  }

  /// Returns a copy of `text` for point_at(); the batch owns the copy until `clear`. Throws
  /// base::NoMoreMemory before it copies if the ledger has no room.
  std::string_view keep_copy(std::string_view text) {
    base::Booking booking{pool_->ledger()};
    booking.add(text.size(), base::MemoryUse::large);
    owned_.push_back({std::move(booking), std::make_unique<std::string>(text)});
    return *owned_.back().text;
  }

  base::BlockPool& pool() const noexcept { return *pool_; }  ///< the source of its memory

  /// Appends `bytes` without copying. The caller keeps them alive and unchanged until `clear`.
  void point_at(std::string_view bytes) { add(bytes.data(), bytes.size()); }

  /// The state of the batch at one moment, to which cut_back() returns. Valid until bytes are sent.
  struct Mark {
    std::size_t pieces, last_piece, owned, blocks, used, bytes;
  };
  Mark mark() const noexcept {
    return {pieces_.size(), pieces_.empty() ? 0 : pieces_.back().size(),
            owned_.size(),  blocks_.size(),
            used_,          bytes_};
  }

  /// Removes everything that was appended since `mark`.
  void cut_back(const Mark& mark) noexcept {
    pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(mark.pieces), pieces_.end());
    if (!pieces_.empty()) pieces_.back() = {pieces_.back().data(), mark.last_piece};
    owned_.erase(owned_.begin() + static_cast<std::ptrdiff_t>(mark.owned), owned_.end());
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(mark.blocks), blocks_.end());
    used_ = mark.used;
    bytes_ = mark.bytes;
  }

  /// Returns how many replies of up to `size` bytes can be added: `most`, or if memory is scarce
  /// the number that fits the current block, but at least one. Call it only while has_room().
  std::size_t room_for(std::size_t most, std::size_t size) const noexcept {
    if (!pool_->is_scarce()) return most;
    const auto bytes = blocks_.empty() ? base::BlockPool::kBlockSize : room();
    return std::clamp(bytes / size, std::size_t{1}, most);
  }

  /// Removes all replies after the write; keeps one block for the next ones.
  void clear() noexcept {
    pieces_.clear();
    owned_.clear();
    if (blocks_.size() > 1) blocks_.resize(1);
    used_ = 0;
    sent_pieces_ = 0;
    bytes_ = 0;
  }

  /// Gives all memory back.
  void release() noexcept {
    clear();
    blocks_ = std::vector<base::BlockPool::Block>{};
    owned_ = std::vector<Owned>{};
    pieces_ = std::vector<boost::asio::const_buffer>{};
  }

 private:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

  struct Owned {
    base::Booking booking;
    std::unique_ptr<std::string> text;
  };

  /// If memory is scarce, a batch gets one block: the connection sends it, then fills it again.
  bool has_block_room() const noexcept {
    if (room() >= kMaxSmallReply && blocks_.size() <= kMaxBlocks) return true;
    return blocks_.empty() || (blocks_.size() < kMaxBlocks && !pool_->is_scarce());
  }

  std::size_t room() const noexcept {
    return blocks_.empty() ? 0 : base::BlockPool::kBlockSize - used_;
  }

  /// A client needs the first block to get any reply, so the ledger books it as a small use, which
  /// it refuses last. Further blocks are a large use.
  void add_block() {
    blocks_.push_back(
        pool_->take(blocks_.empty() ? base::MemoryUse::small : base::MemoryUse::large));
    used_ = 0;
  }

  void add(const char* data, std::size_t size) {
    if (size == 0) return;
    bytes_ += size;
    if (sent_pieces_ < pieces_.size()) {  // a piece that was sent must not grow
      auto& last = pieces_.back();
      if (static_cast<const char*>(last.data()) + last.size() == data) {
        last = {last.data(), last.size() + size};
        return;
      }
    }
    pieces_.emplace_back(data, size);
  }

  base::BlockPool* pool_;
  std::vector<base::BlockPool::Block> blocks_;
  std::vector<Owned> owned_;
  std::vector<boost::asio::const_buffer> pieces_;
  std::size_t used_ = 0;         // bytes of the last block
  std::size_t sent_pieces_ = 0;  // pieces that are sent
  std::size_t bytes_ = 0;        // bytes that are left to send
};

}  // namespace cocached::protocol
