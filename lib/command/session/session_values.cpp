#include "base/log.hpp"
#include "command/session/session.hpp"
#include "command/watch/request_log.hpp"

#include <algorithm>
#include <utility>

/// Values that do not arrive together with their request. Invariant: of `value_`, `keys_` and
/// `swallow_` at most one says that the input does not start with a request.
namespace cocached::command {

/// Begins a storage command whose value has not arrived. The session waits for a small value in the
/// input; the connection receives a large one straight into the store.
std::optional<NextStep> Session::start_value(const ParsedRequest& parsed, Pass& pass) {
  turn_.add_request();
  const auto size = parsed.size;  // without the value
  const auto& request = std::get<protocol::Storage>(parsed.request);
  const bool fits_input = size + data_size(request) <= base::BlockPool::kBlockSize;
  if (fits_input && request.length <= env_.policy.max_value_size)
    return MoreInput{.of_value = true};

  if (base::log_enabled(base::LogLevel::debug)) log_request(descriptor_, pass.input.unread());
  value_ = pass.executor.expect_value(request, pass.input.pool());
  if (!value_) {
    swallow_ = data_size(request);
    env_.latency.count(insight::Family::set);
  }
  pass.input.consume(size);
  return std::nullopt;
}

/// Moves what was read along with the request, or behind the value, to where the value belongs.
std::optional<NextStep> Session::finish_value(Pass& pass) {
  pass.input.consume(value_->take(pass.input.unread()));
  if (!value_->is_whole()) {
    const auto space = value_->space();
    if (!space.empty()) return MoreValue{space};
    refuse_value(pass);
    return std::nullopt;
  }
  const auto end = line_end(value_->request().form);
  if (pass.input.unread().size() < end.size()) return MoreInput{.of_value = true};

  const bool well_ended = pass.input.unread().starts_with(end);
  pass.input.consume(end.size());
  const auto arrived = std::move(value_);
  if (well_ended)
    pass.executor.commit(*arrived);
  else
    pass.executor.reply_bad_data(arrived->request().form);
  env_.latency.count(insight::Family::set);
  return std::nullopt;
}

/// Refuses a value for want of memory. The session swallows the rest of it.
void Session::refuse_value(Pass& pass) {
  swallow_ = value_->missing() + line_end(value_->request().form).size();
  pass.executor.refuse_value(*value_);
  value_.reset();
  env_.latency.count(insight::Family::set);
}

/// Drops the part of an unwanted value that has arrived.
void Session::swallow(protocol::InputBuffer& input) noexcept {
  const auto here = std::min(swallow_, input.unread().size());
  input.consume(here);
  swallow_ -= here;
}

}  // namespace cocached::command
