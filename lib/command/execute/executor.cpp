// The executor has one overload per request. Each does its work in the store, counts it, and writes
// one reply to `batch_`. The overloads stand in several sources: reads (executor_read), writes
// (executor_write), dumps, namespaces, managed buckets, watching, and all others here.
//
// Invariant: an overload that returns Outcome::unfinished has stored in `progress_` the place where
// it goes on; any other outcome leaves nothing in `progress_` but a managed client's latest claim.
//
// One worker uses an executor, so it has no lock; the store takes its own locks inside each call.

#include "command/execute/executor.hpp"

#include "command/execute/expiry_time.hpp"
#include "command/protocol_version.hpp"
#include "command/stats/stat_listings.hpp"
#include "command/stats/stats_command.hpp"
#include "insight/key_watch.hpp"
#include "protocol/binary/binary_format.hpp"
#include "protocol/binary/binary_reply.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"

namespace cocached::command {

namespace binary = protocol::binary;
namespace text = protocol::text;
using protocol::Dialect;
using protocol::Status;
using protocol::WireFormat;

namespace {

constexpr std::string_view kLimitOutOfBounds =
    "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust";

}  // namespace

void Executor::reply(std::string_view line, bool quiet) {
  if (!quiet) text::write_line(batch_.replies, line);
}

void Executor::reply_bad_data(const WireFormat& form) {
  reply(text::kBadDataChunk, form.quiet && form.dialect == Dialect::text);
}

Outcome Executor::operator()(const protocol::Flush& request) {
  env_.counters.add(Count::flush);
  if (!env_.policy.flush_allowed) {
    protocol::write_status(batch_.replies, request.form, Status::flush_forbidden);
  } else if (!request.delay) {
    reply(text::kBadExpiry, request.form.quiet);
  } else {
    if (*request.delay <= 0) {
      env_.store.flush(now_);
      env_.keys.flushed();
    } else {
      env_.store.flush_at(deadline_of(*request.delay, env_.clock));
    }
    protocol::write_status(batch_.replies, request.form, Status::ok);
  }
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Verbosity& request) {
  env_.server.set_verbosity(request.level);
  reply(text::kOk, request.quiet);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::MemoryLimit& request) {
  const bool set = env_.store.set_memory_limit(std::size_t{request.mebibytes} << 20);
  reply(set ? text::kOk : kLimitOutOfBounds, request.quiet);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::RefreshCertificates&) {
  if (!env_.server.has_tls())
    reply(text::kNoTls);
  else if (const auto error = env_.server.refresh_certificates(); error.empty())
    reply(text::kOk);
  else
    reply("SERVER_ERROR " + error);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Stats& request) {
  StatSink sink{batch_.replies, request.form};
  return progress_.listing ? continue_listing(sink) : begin_stats(request, sink);
}

Outcome Executor::begin_stats(const protocol::Stats& request, StatSink& sink) try {
  auto& ledger = batch_.replies.pool().ledger();
  auto report = stats_report(request.arguments, env_, ledger);
  if (const auto* text = std::get_if<StatText>(&report)) {
    text->kind == StatText::Kind::done ? sink.done(text->text) : sink.error(text->text);
    return Outcome::answered;
  }
  if (auto* list = std::get_if<StatList>(&report))
    progress_.listing = std::make_unique<FieldListing>(std::move(*list), ledger);
  else
    progress_.listing = std::move(std::get<std::unique_ptr<Listing>>(report));
  return continue_listing(sink);
} catch (const base::NoMoreMemory&) {  // continue_listing() catches its own: no line is written yet
  sink.out_of_memory(batch_.replies.mark());
  return Outcome::answered;
}

/// Writes as many lines as the batch has room for. After each piece of a walk over the store, other
/// connections have a turn. Ready lines do not wait for a later turn, because their memory would
/// have to be booked until then.
Outcome Executor::continue_listing(StatSink& sink) {
  auto whole = batch_.replies.mark();
  try {
    while (batch_.has_room()) {
      const auto left = progress_.listing->write(sink, env_, now_);
      turn_.add_listed(batch_.replies.bytes() - whole.bytes);
      if (left == Listing::Left::walk) return Outcome::unfinished;
      if (left == Listing::Left::nothing) {
        sink.end();
        progress_.listing.reset();
        return Outcome::answered;
      }
      whole = batch_.replies.mark();
    }
    progress_.listing->book_rest();
    return Outcome::unfinished;
  } catch (const base::NoMoreMemory&) {
    progress_.listing.reset();
    sink.out_of_memory(whole);
    return Outcome::answered;
  }
}

Outcome Executor::operator()(const protocol::Shutdown& request) {
  using Mode = protocol::Shutdown::Mode;
  if (!env_.policy.shutdown_allowed) {
    reply(text::kShutdownForbidden, request.quiet);
    return Outcome::answered;
  }
  if (request.mode == Mode::unknown) {
    reply(text::kBadShutdownMode, request.quiet);
    return Outcome::answered;
  }
  env_.server.shut_down(request.mode == Mode::graceful);
  return Outcome::hang_up;
}

Outcome Executor::operator()(const protocol::Version& request) {
  if (request.form.dialect == Dialect::binary)
    binary::write_body(batch_.replies, request.form, kProtocolVersion);
  else
    reply(kVersionLine);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Noop& request) {
  if (request.form.dialect == Dialect::binary)
    binary::write_body(batch_.replies, request.form, {});
  else
    reply(text::kNoop);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Quit& request) {
  if (request.form.dialect == Dialect::binary && !request.form.quiet)
    binary::write_body(batch_.replies, request.form, {});
  return Outcome::hang_up;
}

Outcome Executor::operator()(const protocol::Sasl& request) {
  if (env_.gatekeeper != nullptr) return Outcome::log_in;
  binary::write_error(batch_.replies, request.form, binary::kUnknownCommand);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Fixed& request) {
  if (request.unknown && !env_.policy.answer_unknown) return Outcome::hang_up;
  reply(request.reply, request.quiet);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Refused& request) {
  if (request.unknown && !env_.policy.answer_unknown) return Outcome::hang_up;
  binary::write_error(batch_.replies, request.form, request.status);
  return request.hang_up ? Outcome::hang_up : Outcome::answered;
}

}  // namespace cocached::command
