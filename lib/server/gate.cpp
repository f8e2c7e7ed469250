#include "server/gate.hpp"

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

Gate::Gate(const std::string& path)
    : path_(std::filesystem::absolute(path).string()), users_(read_users(path_)) {}

Gate::~Gate() {
  close();
  if (threads_) threads_->join();
}

void Gate::start() {
  threads_.emplace(kThreads);
}

void Gate::reload() {
  auto fresh = read_users(path_);
  const base::MutexLock lock{mutex_};
  users_ = std::move(fresh);
}

Gate::Users Gate::users() const {
  const base::MutexLock lock{mutex_};
  return users_;
}

bool Gate::admits(const command::Credentials& who) const {
  if (closed_.load(std::memory_order_relaxed)) return false;
  return users()->admit(who.user, who.password);
}

void Gate::ask(command::Credentials who, Verdict verdict) {
  boost::asio::post(*threads_, [this, who = std::move(who),
                                verdict = std::move(verdict)]() mutable { verdict(admits(who)); });
}

}  // namespace cocached::server
