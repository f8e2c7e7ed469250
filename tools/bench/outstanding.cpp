#include "bench/outstanding.hpp"

namespace cocached::bench {

void Outstanding::add(const Request& request, std::int64_t due) {
  requests_.push_back({due, request.keys.size(), request.operation});
  keys_.insert(keys_.end(), request.keys.begin(), request.keys.end());
}

void Outstanding::drop_keys(std::size_t count) {
  keys_.erase(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(count));
  answered_ += count;
}

void Outstanding::hit(std::size_t index, bool right) {
  tally_->misses += index;
  ++tally_->hits;
  if (!right) ++tally_->wrong;
  drop_keys(index + 1);
}

void Outstanding::error(std::string_view text) {
  if (tally_->errors++ == 0) tally_->first_error = text;
}

void Outstanding::finish(std::int64_t now) {
  (operation() == Operation::get ? tally_->misses : tally_->stored) += keys_left();
  pop(now);
}

void Outstanding::fail(std::string_view text, std::int64_t now) {
  error(text);
  pop(now);
}

void Outstanding::pop(std::int64_t now) {
  drop_keys(keys_left());
  ++tally_->requests;
  tally_->operations += requests_.front().keys;
  tally_->latency.record(now - requests_.front().due);
  requests_.pop_front();
  answered_ = 0;
}

}  // namespace cocached::bench
