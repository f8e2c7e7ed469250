// The value's bytes are in exactly one place: in the store's memory if `reserved_` is set, or else
// in `gathered_`, whose blocks are all full except the last. `filled_` counts the bytes that have
// come. The request's views point into `words_`, which never grows after the constructor. The
// worker of the connection is the only thread here: no lock.

#include "command/execute/arriving_value.hpp"

#include <algorithm>
#include <cstring>

namespace cocached::command {
namespace {

constexpr auto kBlock = base::BlockPool::kBlockSize;

/// Copies `view` to the end of `words`, which has room for it, and points `view` at the copy.
void move_view(std::string& words, std::string_view& view) {
  const auto start = words.size();
  words += view;
  view = std::string_view{words}.substr(start);
}

}  // namespace

ArrivingValue::ArrivingValue(const protocol::Storage& request) : request_(request) {
  request_.data = {};
  words_.reserve(request.key.size() + request.form.key.size() + request.form.flags.size());
  move_view(words_, request_.key);
  move_view(words_, request_.form.key);
  move_view(words_, request_.form.flags);
}

std::span<char> ArrivingValue::space() {
  if (reserved_) return reserved_->memory.value().subspan(filled_);
  const auto used = filled_ % kBlock;
  if (filled_ / kBlock == gathered_.size()) {
    auto block = blocks_->try_take(base::MemoryUse::large);
    if (!block) return {};
    gathered_.push_back(std::move(block));
  }
  return {gathered_.back().data() + used, std::min(kBlock - used, missing())};
}

std::size_t ArrivingValue::take(std::string_view bytes) {
  bytes = bytes.substr(0, missing());
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const auto to = space();
    if (to.empty()) break;
    const auto n = bytes.copy(to.data(), to.size(), taken);
    filled(n);
    taken += n;
  }
  return taken;
}

std::optional<store::Reservation> ArrivingValue::take_reservation() noexcept {
  if (!reserved_) return std::nullopt;
  return std::move(reserved_->memory);
}

void ArrivingValue::copy_to(std::span<char> to) const noexcept {
  for (const auto& block : gathered_) {
    const auto n = std::min(kBlock, to.size());
    std::memcpy(to.data(), block.data(), n);
    to = to.subspan(n);
  }
}

}  // namespace cocached::command
