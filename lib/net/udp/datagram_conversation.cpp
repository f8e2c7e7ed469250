#include "net/udp/datagram_conversation.hpp"

#include "insight/latency.hpp"
#include "protocol/binary/binary_format.hpp"
#include "protocol/binary/binary_parser.hpp"
#include "protocol/binary/binary_reply.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"

#include <exception>
#include <new>

namespace cocached::net {
namespace {

namespace binary = protocol::binary;
namespace text = protocol::text;
using protocol::Dialect;

/// One request at a time, so that it is known where its reply ends. Nobody watches: a watcher is
/// sent lines that no datagram has asked for. Unknown requests have no answer: a reply is one to
/// the server that gets it, and with a forged sender two servers would talk to each other for ever.
command::Policy policy_of_datagrams(command::Policy policy) {
  policy.requests_per_event = 1;
  policy.watch_allowed = false;
  policy.answer_unknown = false;
  return policy;
}

command::SharedServices with_policy(const command::SharedServices& services,
                                    const command::Policy& policy) {
  return {services.store,      services.clock,   services.server,  policy,
          services.gatekeeper, services.buckets, services.watchers};
}

/// The bytes of a message of `size` bytes, with the header of each of its datagrams.
constexpr std::size_t cost_of(std::size_t size) noexcept {
  using protocol::udp::kMaxPayload;
  return size + (size + kMaxPayload - 1) / kMaxPayload * protocol::udp::kHeaderSize;
}

bool is_binary(std::string_view input, command::Protocols protocols) noexcept {
  if (protocols != command::Protocols::any) return protocols == command::Protocols::binary;
  return input.starts_with(binary::kRequestMagic);
}

}  // namespace

DatagramConversation::DatagramConversation(const command::Environment& environment,
                                           base::BlockPool& blocks, command::Protocols protocols)
    : policy_(policy_of_datagrams(environment.policy)),
      environment_{with_policy(environment, policy_), environment.counters, environment.latency,
                   environment.keys},
      protocols_(protocols),
      input_(blocks),
      batch_(blocks) {}

void DatagramConversation::received(std::string_view datagram) noexcept try {
  environment_.counters.add(command::Count::bytes_read, datagram.size());
  finish();
  if (const auto request = protocol::udp::parse_request(datagram)) take(*request);
} catch (const std::bad_alloc&) {
  give_up();
} catch (const std::exception&) {
  finish();
}

void DatagramConversation::take(const protocol::udp::UdpRequest& request) {
  const auto& payload = request.payload;
  id_ = request.id;
  form_ = {.dialect = is_binary(payload, protocols_) ? Dialect::binary : Dialect::text};
  input_.grow(payload.size());
  payload.copy(input_.prepare().data(), payload.size());
  input_.commit(payload.size());
  session_.emplace(environment_, protocols_);
  left_ = kMaxReply;
}

bool DatagramConversation::next_message() noexcept try {
  if (answer_next()) return true;
  finish();
  return false;
} catch (const std::bad_alloc&) {
  give_up();
  return false;
} catch (const std::exception&) {
  finish();
  return false;
}

/// The request has no answer for want of memory. A sample that was begun ends.
void DatagramConversation::give_up() noexcept {
  environment_.counters.add(command::Count::no_buffers);
  environment_.latency.end();
  finish();
}

/// False: no request is left that has a reply.
bool DatagramConversation::answer_next() {
  while (session_) {
    batch_.clear();
    held_.clear();
    if (form_.dialect == Dialect::binary && input_.unread().size() >= binary::kHeaderSize)
      form_ = protocol::binary_form(input_.unread());
    auto step = answer();
    while (step == Step::unfinished && hold_back()) step = answer();
    const bool fits = step != Step::unfinished && fits_budget();
    if (!fits) replace_by_error();
    if (!fits || step == Step::last) session_.reset();
    if (fits_budget() && compose()) return true;
  }
  return false;
}

/// A request whose rest is missing has no answer. Neither has whoever wants to hang up: there is
/// nothing to hang up on, but that no more is read.
DatagramConversation::Step DatagramConversation::answer() {
  environment_.latency.begin();
  const auto need = session_->answer(input_, batch_);
  environment_.latency.end();
  if (std::holds_alternative<command::BatchFull>(need)) return Step::unfinished;
  if (std::holds_alternative<command::MoreInput>(need) && session_->is_half_way()) {
    held_.clear();
    batch_.clear();
  }
  if (!std::holds_alternative<command::Yield>(need)) return Step::last;
  return session_->is_half_way() ? Step::unfinished : Step::answered;
}

bool DatagramConversation::fits_budget() const noexcept {
  return cost_of(held_.size() + batch_.replies.bytes()) <= left_;
}

/// Makes room in the batch. False: this reply is longer than it may be.
bool DatagramConversation::hold_back() {
  if (!fits_budget()) return false;
  for (const auto& piece : batch_.replies.pieces())
    held_.append(static_cast<const char*>(piece.data()), piece.size());
  batch_.clear();
  return true;
}

void DatagramConversation::replace_by_error() {
  held_.clear();
  batch_.clear();
  if (form_.dialect == Dialect::binary)
    binary::write_error(batch_.replies, form_, binary::kTooLarge);
  else
    text::write_line(batch_.replies, text::kTooLargeForUdp);
}

bool DatagramConversation::compose() {
  const auto replies = batch_.replies.pieces();
  pieces_.clear();
  if (!held_.empty()) pieces_.emplace_back(held_.data(), held_.size());
  pieces_.insert(pieces_.end(), replies.begin(), replies.end());
  message_.emplace(id_, pieces_);
  left_ -= cost_of(asio::buffer_size(pieces_));
  return message_->size() > 0;
}

void DatagramConversation::finish() noexcept {
  session_.reset();
  input_.release();
  batch_.release();
  held_.clear();
}

}  // namespace cocached::net
