#include "insight/key_watch.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cocached::insight {

void KeyWatch::gather(const store::Key& key, std::size_t bytes, Access::Kind kind,
                      base::TimePoint deadline) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max() / 2;
  accesses_[gathered_++] = {
      .hash = key.hash,
      .bytes = static_cast<std::uint32_t>(std::min(key.bytes.size() + bytes, kMost)),
      .kind = kind,
      .deadline = deadline};
  if (gathered_ == accesses_.size()) pass_on();
}

void KeyWatch::pass_on() {
  simulator_.play({accesses_.data(), std::exchange(gathered_, 0)}, now_, memory_limit_);
  threshold_ = simulator_.threshold();
}

void KeyWatch::flushed() {
  pass_on();
  simulator_.flush();
}

void KeyWatch::tick(base::TimePoint now, std::uint64_t memory_limit) {
  now_ = now;
  memory_limit_ = memory_limit;
  pass_on();
  hot_keys_.tick(now);
}

}  // namespace cocached::insight
