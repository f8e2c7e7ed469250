#include "net/admission.hpp"

#include "net/event_loop.hpp"

#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cocached::net {
namespace {

/// Carries the decision from the gatekeeper's thread to the waiting one. The handler is shared only
/// because a std::function must be copyable.
template <class Handler>
command::Gatekeeper::OnDecision carrier(Handler handler, const IoExecutor& executor) {
  auto shared = std::make_shared<Handler>(std::move(handler));
  auto work = asio::make_work_guard(executor);
  return [shared = std::move(shared), work = std::move(work)](bool admitted) mutable {
    post_surely(work.get_executor(),
                [waiting = shared, admitted] { std::move (*waiting)(admitted); });
  };
}

}  // namespace

Task<bool> admission(command::Gatekeeper& gatekeeper, command::Credentials who,
                     const IoExecutor& executor) {
  return asio::async_initiate<const asio::use_awaitable_t<IoExecutor>, void(bool)>(
      [&gatekeeper, executor](auto handler, command::Credentials asking) {
        gatekeeper.ask(std::move(asking), carrier(std::move(handler), executor));
      },
      asio::use_awaitable_t<IoExecutor>{}, std::move(who));
}

}  // namespace cocached::net
