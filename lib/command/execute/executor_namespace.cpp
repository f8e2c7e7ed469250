#include "command/execute/executor.hpp"
#include "command/stats/namespace_stats.hpp"
#include "protocol/reply_texts.hpp"

namespace cocached::command {
namespace {

namespace text = protocol::text;
using protocol::Namespace;

/// Returns true if `name` can be the part of a key before the delimiter.
bool is_name(std::string_view name, char delimiter) noexcept {
  return !name.empty() && name.size() < store::kMaxKeySize &&
         name.find(delimiter) == std::string_view::npos;
}

/// Returns the error line that refuses `request`, or nothing if it is served.
std::string_view refusal(const Namespace& request, const Policy& policy, char delimiter) noexcept {
  using Action = Namespace::Action;
  const bool of_all = request.action == Action::stats && request.name.empty();
  if (request.action == Action::flush && !policy.flush_allowed)
    return text::kNamespaceFlushForbidden;
  if (request.action == Action::stats && !policy.dump_allowed)
    return text::kNamespaceStatsForbidden;
  return of_all || is_name(request.name, delimiter) ? std::string_view{} : text::kBadNamespace;
}

}  // namespace

Outcome Executor::operator()(const Namespace& request) {
  const auto no = refusal(request, env_.policy, env_.store.delimiter());
  if (!no.empty())
    reply(no, request.quiet);
  else if (request.action == Namespace::Action::stats)
    return list_namespaces(request.name);
  else
    reply(change_namespace(request) ? text::kOk : text::kTooManyNamespaces, request.quiet);
  return Outcome::answered;
}

Outcome Executor::list_namespaces(std::string_view name) {
  const protocol::WireFormat in_text;
  StatSink sink{batch_.replies, in_text};
  if (!name.empty()) {
    write_namespace(sink, name, env_.store);
    return Outcome::answered;
  }
  if (!progress_.listing)
    progress_.listing = std::make_unique<NamespaceListing>(batch_.replies.pool().ledger());
  return continue_listing(sink);
}

/// Flushes a namespace or sets its quota. Returns false if there are too many namespaces.
bool Executor::change_namespace(const Namespace& request) {
  return request.action == Namespace::Action::flush
             ? env_.store.flush_namespace(request.name, now_)
             : env_.store.set_namespace_quota(request.name, request.bytes);
}

}  // namespace cocached::command
