#include "http/turns.hpp"

#include <boost/asio/post.hpp>

namespace cocached::http {

/// A place in the queue. It leaves the queue when its turn comes, or with this object.
class Turns::Turn {
 public:
  explicit Turn(Turns& turns)
      : turns_(turns), told_(turns.executor_, net::Timer::time_point::max()) {
    turns_.waiting_.push_back(&told_);
  }
  ~Turn() { std::erase(turns_.waiting_, &told_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  auto wait() { return told_.async_wait(net::as_value); }

 private:
  Turns& turns_;
  net::Timer told_;
};

net::Task<void> Turns::next() {
  if (taken_) {
    Turn turn{*this};
    co_await turn.wait();
  }
  taken_ = true;
  end_soon();
}

/// The end of a turn stands behind everything that is ready by now.
void Turns::end_soon() try {
  net::asio::post(executor_, [this] { pass_on(); });
} catch (...) {
  pass_on();
  throw;
}

/// Invariant: `taken_` stays true while one that was told has not run yet, so nobody overtakes it.
void Turns::pass_on() noexcept {
  taken_ = !waiting_.empty();
  if (!taken_) return;
  waiting_.front()->cancel();
  waiting_.pop_front();
}

}  // namespace cocached::http
