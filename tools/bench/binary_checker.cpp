#include "bench/binary_checker.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cocached::bench {
namespace {

using binary::Opcode;

constexpr std::size_t kFlagsSize = 4;
constexpr std::size_t kLongestMessage = 2048;

[[noreturn]] void refuse(std::string_view what, const binary::Head& head) {
  throw BadReply(fmt::format("{}: magic {:#x}, opcode {:#x}, status {:#x}, body {}", what,
                             head.magic, static_cast<unsigned>(head.opcode), head.status,
                             head.body_size));
}

}  // namespace

void BinaryChecker::feed(std::string_view bytes, std::int64_t now) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::head:
        bytes = take_head(bytes, now);
        break;
      case State::extras:
        bytes = take_extras(bytes, now);
        break;
      case State::value:
        bytes = take_value(bytes, now);
        break;
      case State::message:
        bytes = take_message(bytes, now);
        break;
    }
  }
}

std::string_view BinaryChecker::gather(std::string_view bytes, std::size_t size) {
  const std::string_view part = bytes.substr(0, size - partial_.size());
  partial_ += part;
  return bytes.substr(part.size());
}

std::string_view BinaryChecker::take_head(std::string_view bytes, std::int64_t now) {
  if (partial_.empty() && bytes.size() >= binary::kHeadSize) {
    head_ = binary::decode(bytes);
    bytes.remove_prefix(binary::kHeadSize);
    on_head(now);
    return bytes;
  }
  bytes = gather(bytes, binary::kHeadSize);
  if (partial_.size() < binary::kHeadSize) return bytes;
  head_ = binary::decode(partial_);
  partial_.clear();
  on_head(now);
  return bytes;
}

void BinaryChecker::on_head(std::int64_t now) {
  if (head_.magic != binary::kReplyMagic) refuse("not a reply", head_);
  if (context_.outstanding.empty()) refuse("a reply to no request", head_);
  const bool get = context_.outstanding.operation() == Operation::get;
  const bool several = context_.outstanding.several_keys();
  const Opcode expected = !get ? Opcode::set : several ? Opcode::get_quietly : Opcode::get;
  const bool end = several && head_.opcode == Opcode::noop;
  if (head_.opcode != expected && !end) refuse("not a reply to the request", head_);

  if (head_.status != binary::kSuccess) {
    if (head_.body_size > kLongestMessage) refuse("a message too long", head_);
    state_ = State::message;
    if (head_.body_size == 0) on_message(now);
  } else if (get && !end) {
    if (head_.extras_size != kFlagsSize || head_.body_size < kFlagsSize || head_.key_size != 0) {
      refuse("not a value", head_);
    }
    state_ = State::extras;
  } else {
    if (head_.body_size != 0) refuse("a body where there is none", head_);
    context_.outstanding.finish(now);
  }
}

std::string_view BinaryChecker::take_extras(std::string_view bytes, std::int64_t now) {
  bytes = gather(bytes, kFlagsSize);
  if (partial_.size() < kFlagsSize) return bytes;
  begin_value();
  partial_.clear();
  if (value_.left() == 0) on_value(now);
  return bytes;
}

// The opaque is the key's place in the request; the keys answered so far are gone from the front.
void BinaryChecker::begin_value() {
  const std::size_t answered = context_.outstanding.keys_answered();
  const std::size_t index = head_.opaque - answered;
  if (head_.opaque < answered || index >= context_.outstanding.keys_left()) {
    refuse("a value that was not asked for", head_);
  }
  value_.begin(context_, index, head_.body_size - kFlagsSize);
  if (binary::take<std::uint32_t>(partial_.data()) != 0) value_.spoil();
  state_ = State::value;
}

std::string_view BinaryChecker::take_value(std::string_view bytes, std::int64_t now) {
  bytes = value_.feed(context_, bytes);
  if (value_.left() == 0) on_value(now);
  return bytes;
}

void BinaryChecker::on_value(std::int64_t now) {
  state_ = State::head;
  const bool several = context_.outstanding.several_keys();
  context_.outstanding.hit(value_.index(), value_.right());
  if (!several) context_.outstanding.finish(now);
}

std::string_view BinaryChecker::take_message(std::string_view bytes, std::int64_t now) {
  bytes = gather(bytes, head_.body_size);
  if (partial_.size() == head_.body_size) on_message(now);
  return bytes;
}

void BinaryChecker::on_message(std::int64_t now) {
  state_ = State::head;
  const std::string text = fmt::format("status {:#x} {}", head_.status, partial_);
  partial_.clear();
  const bool get = context_.outstanding.operation() == Operation::get;
  if (context_.outstanding.several_keys() && head_.opcode != Opcode::noop) {
    // A quiet get has no reply to a miss, so this is an error. The no-op still ends the request.
    context_.outstanding.error(text);
  } else if (get && head_.status == binary::kNotFound) {
    context_.outstanding.finish(now);
  } else {
    context_.outstanding.fail(text, now);
  }
}

}  // namespace cocached::bench
