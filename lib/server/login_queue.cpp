#include "server/login_queue.hpp"

#include <algorithm>

namespace cocached::server {

void FairQueue::push(LoginAttempt&& attempt) {
  const auto origin = attempt.who.origin;
  const auto [found, is_new] = queues_.try_emplace(origin);
  try {
    std::list<Origin> turn(is_new ? 1 : 0, origin);
    found->second.push_back(std::move(attempt));
    turns_.splice(turns_.end(), turn);
  } catch (...) {
    if (is_new) queues_.erase(found);
    throw;
  }
  ++size_;
}

LoginAttempt FairQueue::pop() noexcept {
  const auto found = queues_.find(turns_.front());
  auto attempt = std::move(found->second.front());
  found->second.pop_front();
  if (found->second.empty()) {
    queues_.erase(found);
    turns_.pop_front();
  } else {
    turns_.splice(turns_.end(), turns_, turns_.begin());
  }
  --size_;
  return attempt;
}

LoginAttempt FairQueue::drop() noexcept {
  const auto longest =
      std::ranges::max_element(queues_, {}, [](const auto& entry) { return entry.second.size(); });
  auto attempt = std::move(longest->second.back());
  longest->second.pop_back();
  if (longest->second.empty()) {
    std::erase(turns_, longest->first);
    queues_.erase(longest);
  }
  --size_;
  return attempt;
}

std::optional<LoginAttempt> LoginQueue::push(LoginAttempt&& attempt) {
  auto& queue = remembered_.contains(identity_of(attempt.who)) ? known_ : strangers_;
  queue.push(std::move(attempt));
  if (size() <= kMostWaiting) return std::nullopt;
  return strangers_.empty() ? known_.drop() : strangers_.drop();
}

std::optional<LoginAttempt> LoginQueue::pop() noexcept {
  if (size() == 0) return std::nullopt;
  const bool from_known = strangers_.empty() || (turn_of_known_ && !known_.empty());
  turn_of_known_ = !from_known;
  return from_known ? known_.pop() : strangers_.pop();
}

void LoginQueue::learn(const command::Credentials& who, bool admitted) {
  auto identity = identity_of(who);
  const bool was_known = remembered_.contains(identity);
  if (admitted == was_known) return;
  if (!admitted) {
    remembered_.erase(identity);
    std::erase(by_age_, identity);
    return;
  }
  remembered_.insert(identity);
  by_age_.push_back(std::move(identity));
  if (by_age_.size() <= kMostRemembered) return;
  remembered_.erase(by_age_.front());
  by_age_.pop_front();
}

}  // namespace cocached::server
