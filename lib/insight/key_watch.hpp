#pragma once

#include "base/clock.hpp"
#include "insight/hot_keys.hpp"
#include "insight/miss_ratio.hpp"
#include "store/item.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cocached::insight {

/// Passes one worker's accesses to keys to the search for hot keys and to the simulation of other
/// memory limits. Both take samples: a command that is in neither costs a count and a comparison.
/// Its worker's thread uses it; any thread may call `hot_keys`.
class KeyWatch {
 public:
  /// The simulator is shared by all workers and outlives them.
  KeyWatch(MissRatioSimulator& simulator, bool counts_hot_keys) noexcept
      : simulator_(simulator), until_sample_(counts_hot_keys ? 1 : 0) {}

  /// A get of `key` found a value of so many bytes, or missed.
  void hit(const store::Key& key, std::size_t bytes) { note(key, bytes, Access::Kind::hit); }
  void miss(const store::Key& key) { note(key, 0, Access::Kind::miss); }

  void stored(const store::Key& key, std::size_t bytes, base::TimePoint deadline) {
    note(key, bytes, Access::Kind::stored, deadline);
  }
  void touched(const store::Key& key, base::TimePoint deadline) {
    note(key, 0, Access::Kind::touched, deadline);
  }
  void used(const store::Key& key) { note(key, 0, Access::Kind::used); }
  void removed(const store::Key& key) { note(key, 0, Access::Kind::removed); }

  /// Every item is gone.
  void flushed();

  /// Passes on what has been gathered, and lets time pass. About every second, and with the store's
  /// memory limit.
  void tick(base::TimePoint now, std::uint64_t memory_limit);

  /// Any thread.
  const HotKeyCounter& hot_keys() const noexcept { return hot_keys_; }

 private:
  void note(const store::Key& key, std::size_t bytes, Access::Kind kind,
            base::TimePoint deadline = base::kNever) {
    // Where hot keys are not counted this started at 0, and takes an age to get there again.
    if (--until_sample_ == 0) [[unlikely]]
      until_sample_ = hot_keys_.add(key, bytes);
    if (MissRatioSimulator::slice(key.hash) < threshold_) [[unlikely]]
      gather(key, bytes, kind, deadline);
  }
  void gather(const store::Key& key, std::size_t bytes, Access::Kind kind,
              base::TimePoint deadline);
  void pass_on();

  MissRatioSimulator& simulator_;
  std::uint64_t until_sample_;
  std::uint32_t threshold_ = MissRatioSimulator::kSlices;
  std::size_t gathered_ = 0;
  std::array<Access, 64> accesses_;
  base::TimePoint now_{};
  std::uint64_t memory_limit_ = 0;
  HotKeyCounter hot_keys_;
};

}  // namespace cocached::insight
