#include "server/password_gate.hpp"

#include "base/log.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

namespace cocached::server {
namespace {

/// Enough for a second password while a slow one is hashed, and few enough that hashing cannot take
/// the processor away from the workers.
constexpr std::size_t kThreads = 2;

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.is_open() || text.bad())
    throw std::runtime_error{"cannot read the auth file " + path + ": " +
                             std::generic_category().message(errno)};
  return text.str();
}

std::shared_ptr<const command::Users> read_users(const std::string& path) try {
  return std::make_shared<const command::Users>(content_of(path));
} catch (const std::invalid_argument& error) {
  throw std::runtime_error{"the auth file " + path + ": " + error.what()};
}

}  // namespace

PasswordGate::PasswordGate(const std::string& path)
    : path_(std::filesystem::absolute(path).string()), users_(read_users(path_)) {}

PasswordGate::~PasswordGate() {
  close();
  if (threads_) threads_->join();
}

void PasswordGate::start() {
  threads_.emplace(kThreads);
}

void PasswordGate::reload() {
  auto fresh = read_users(path_);
  const base::MutexLock lock{mutex_};
  users_ = std::move(fresh);
}

PasswordGate::SharedUsers PasswordGate::users() const {
  const base::MutexLock lock{mutex_};
  return users_;
}

/// Nobody comes in by an error: it escapes from no thread, and the client gets an answer.
bool PasswordGate::admits(const command::Credentials& who) const noexcept {
  if (closed_.load(std::memory_order_relaxed)) return false;
  try {
    return users()->verify(who.user, who.password);
  } catch (const std::exception& error) {
    base::log_error("a login is refused: {}", error.what());
    return false;
  }
}

/// The call is posted first: an attempt in the queue always has one, and a call without an attempt
/// finds nothing to do.
void PasswordGate::ask(command::Credentials who, OnDecision verdict) {
  LoginAttempt attempt{std::move(who), std::move(verdict)};
  std::optional<LoginAttempt> refused;
  try {
    const base::MutexLock lock{queue_mutex_};
    if (calls_ <= queue_.size()) {
      boost::asio::post(*threads_, [this] { check_next(); });
      ++calls_;
    }
    refused = queue_.push(std::move(attempt));
  } catch (const std::exception& error) {
    base::log_error("a login is refused: {}", error.what());
    refused = std::move(attempt);  // a push that fails has left it
  }
  if (refused) refused->verdict(false);
}

void PasswordGate::learn(const command::Credentials& who, bool admitted) noexcept {
  try {
    const base::MutexLock lock{queue_mutex_};
    queue_.learn(who, admitted);
  } catch (const std::exception& error) {
    base::log_error("a login is not remembered: {}", error.what());
  }
}

/// Serves whoever is next, for there is a call for each attempt.
void PasswordGate::check_next() noexcept {
  std::optional<LoginAttempt> next;
  {
    const base::MutexLock lock{queue_mutex_};
    --calls_;
    next = queue_.pop();
  }
  if (!next) return;
  const bool admitted = admits(next->who);
  learn(next->who, admitted);
  next->verdict(admitted);
}

}  // namespace cocached::server
