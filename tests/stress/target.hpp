#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>

namespace cocached::stress {

using Clock = std::chrono::steady_clock;

inline constexpr std::size_t kNamespaces = 4;

/// A running server: its process and its ports on the loopback.
struct Place {
  pid_t process = 0;
  std::uint16_t plain = 0;
  std::uint16_t tls = 0;
  std::uint16_t udp = 0;
  std::uint16_t http = 0;
  unsigned life = 0;     ///< counts its starts
  unsigned history = 0;  ///< changes when a life begins with an old snapshot, or with none
};

/// The flushes of one scope. A value whose write was answered when `begun` was n is gone for a
/// request that is sent when `done` is greater than n.
struct Flushes {
  std::atomic<std::uint64_t> begun = 0;
  std::atomic<std::uint64_t> done = 0;

  void finish(std::uint64_t number) noexcept {
    auto known = done.load();
    while (known < number && !done.compare_exchange_weak(known, number)) {
    }
  }
};

/// The server as all client threads see it: where it is now, and whether it should serve. Any
/// thread.
class Target {
 public:
  /// Waits until clients are welcome. None: the run is over.
  std::optional<Place> enter();
  void leave();

  /// True while clients of that life go on: else they close their connections and call enter().
  bool serves(unsigned life) const noexcept { return serving_life_ == life; }

  /// True from the moment on in which that life may close connections at its own will.
  bool stopping(unsigned life) const noexcept { return stopped_life_ >= life; }

  /// False while reads may miss what is still to be loaded from the snapshot.
  bool loaded() const noexcept { return loaded_; }
  void set_loaded(bool loaded) noexcept { loaded_ = loaded; }

  void open(const Place& place);
  /// Waits until all clients have left.
  void pause();
  void stop_life() noexcept;
  void end_run();

  /// Sends a signal to the process of that life, unless it has been told to stop.
  void signal(unsigned life, int number);

  Flushes flushes;
  std::array<Flushes, kNamespaces> namespace_flushes;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Place place_;
  bool open_ = false;
  bool over_ = false;
  unsigned inside_ = 0;
  std::atomic<unsigned> serving_life_ = 0;
  std::atomic<unsigned> stopped_life_ = 0;
  std::atomic<bool> loaded_ = true;
};

}  // namespace cocached::stress
