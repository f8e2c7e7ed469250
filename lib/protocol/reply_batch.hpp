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

/// The replies that are owed to a client, in order, as the pieces of one scatter-gather write.
///
///     blocks_[0]  VALUE a 0 3\r\nabc\r\nEND\r\nVALUE b 0 100000\r\n          \r\nEND\r\n
///     pieces_    |--------------------- 0 -------------------------| 1    |---- 2 -----|
///                                                                    |
///     a value in the store, which the caller keeps pinned            v
///
/// Small things are composed in blocks of the thread's pool, neighbours growing into one piece;
/// large values are pointed at.
class ReplyBatch {
 public:
  /// A connection hands at most 64 of them to one write.
  static constexpr std::size_t kMaxPieces = 60;
  static constexpr std::size_t kMaxBlocks = 4;
  /// Values up to this many bytes are cheaper to copy than to point at.
  static constexpr std::size_t kCopyLimit = 2048;
  /// No single small reply, value and key included, is longer.
  static constexpr std::size_t kMaxSmallReply = kMaxReplyText + 2 * kMaxKeySize + kCopyLimit;

  explicit ReplyBatch(base::BlockPool& pool) noexcept : pool_(&pool) {}

  /// False when the batch must be sent before another request is answered.
  bool has_room() const noexcept {
    return pieces_.size() + 3 <= kMaxPieces && bytes_ < kMaxBytes && has_block_room();
  }
  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }

  /// What is left to send. Valid until the next call of anything else.
  std::span<const boost::asio::const_buffer> pieces() const noexcept {
    return std::span{pieces_}.subspan(sent_pieces_);
  }

  /// The first `n` bytes of `pieces` have gone out.
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

  /// Room for a reply of up to `n` bytes, n <= kMaxSmallReply; call `append_to` with its end.
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

  void append(std::string_view text) {
    while (!text.empty()) {
      const auto part = text.substr(0, kMaxSmallReply);
      char* to = reserve(part.size());
      append_to(to + part.copy(to, part.size()));
      text.remove_prefix(part.size());
    }
  }

  /// For a reply of any length: keeps `text` until `clear`. Throws base::NoMoreMemory where the
  /// ledger has no room for it.
  void append_owned(std::string text) {
    base::Booking booking{pool_->ledger()};
    booking.add(text.size(), base::MemoryUse::large);
    auto kept = std::make_unique<std::string>(std::move(text));
    owned_.push_back({std::move(booking), std::move(kept)});
    add(owned_.back().text->data(), owned_.back().text->size());
  }

  /// Returns a copy of `text` for `point_at`, kept until `clear`. Throws base::NoMoreMemory, before
  /// it copies, where the ledger has no room for it.
  std::string_view keep_copy(std::string_view text) {
    base::Booking booking{pool_->ledger()};
    booking.add(text.size(), base::MemoryUse::large);
    owned_.push_back({std::move(booking), std::make_unique<std::string>(text)});
    return *owned_.back().text;
  }

  base::BlockPool& pool() const noexcept { return *pool_; }  ///< where its memory is from

  /// Points at `bytes`, which the caller keeps alive and unchanged until `clear`.
  void point_at(std::string_view bytes) { add(bytes.data(), bytes.size()); }

  /// An end of the replies so far, to which `cut_back` can return. Valid until bytes are sent.
  struct Mark {
    std::size_t pieces, last_piece, owned, blocks, used, bytes;
  };
  Mark mark() const noexcept {
    return {pieces_.size(), pieces_.empty() ? 0 : pieces_.back().size(),
            owned_.size(),  blocks_.size(),
            used_,          bytes_};
  }

  /// Forgets all that was added since `mark`.
  void cut_back(const Mark& mark) noexcept {
    pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(mark.pieces), pieces_.end());
    if (!pieces_.empty()) pieces_.back() = {pieces_.back().data(), mark.last_piece};
    owned_.erase(owned_.begin() + static_cast<std::ptrdiff_t>(mark.owned), owned_.end());
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(mark.blocks), blocks_.end());
    used_ = mark.used;
    bytes_ = mark.bytes;
  }

  /// How many replies of up to `size` bytes, at least one and `most` at most, can be added where
  /// memory is scarce; `most` where it is not. Only while `has_room`.
  std::size_t room_for(std::size_t most, std::size_t size) const noexcept {
    if (!pool_->is_scarce()) return most;
    const auto bytes = blocks_.empty() ? base::BlockPool::kBlockSize : room();
    return std::clamp(bytes / size, std::size_t{1}, most);
  }

  /// After the write: forgets all replies, keeps one block for the next.
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

  /// Where memory is scarce, one block is all that a batch gets: it is sent, and filled again.
  bool has_block_room() const noexcept {
    if (room() >= kMaxSmallReply && blocks_.size() <= kMaxBlocks) return true;
    return blocks_.empty() || (blocks_.size() < kMaxBlocks && !pool_->is_scarce());
  }

  std::size_t room() const noexcept {
    return blocks_.empty() ? 0 : base::BlockPool::kBlockSize - used_;
  }

  /// The first block is the least that a client needs; more of them are not.
  void add_block() {
    blocks_.push_back(
        pool_->take(blocks_.empty() ? base::MemoryUse::small : base::MemoryUse::large));
    used_ = 0;
  }

  void add(const char* data, std::size_t size) {
    if (size == 0) return;
    bytes_ += size;
    if (sent_pieces_ < pieces_.size()) {  // what has gone out must not grow
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
  std::size_t used_ = 0;         // of the last block
  std::size_t sent_pieces_ = 0;  // have gone out
  std::size_t bytes_ = 0;        // are left to send
};

}  // namespace cocached::protocol
