#pragma once

#include "bench/connection.hpp"
#include "bench/dataset.hpp"
#include "bench/options.hpp"
#include "bench/request.hpp"
#include "bench/tally.hpp"
#include "bench/workload.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <span>
#include <sys/epoll.h>
#include <vector>

namespace cocached::bench {

/// A duration (ns) that never ends, and may be added to a point in time.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max() / 2;

/// The speed at which a driver sends its workload.
struct Pace {
  std::size_t depth;      ///< requests in flight on a connection
  double rate;            ///< requests a second over all connections, 0: closed loop
  std::int64_t duration;  ///< ns after which no request begins, at most kForever
};

/// Runs one workload over its own connections, in the calling thread.
///
/// Closed loop: a connection sends `depth` requests in one write, reads all replies, and sends the
/// next. Open loop: request i is due at i / rate, however slow the server is. It leaves on the next
/// connection that has fewer than `depth` in flight, and its latency counts from its due time.
class Driver {
 public:
  /// Connects. `data` must outlive the driver.
  Driver(const Options& options, const Dataset& data, Workload workload, Pace pace);

  /// Sends requests until the workload or the time ends, or a stop is requested. Returns once every
  /// sent request is answered. Throws ServerGone, BadReply.
  void run();

  const Tally& tally() const noexcept { return tally_; }
  double seconds() const noexcept { return seconds_; }

 private:
  void connect(const Options& options);
  void send_batch(Connection& connection);
  void send_due(std::int64_t now);
  std::int64_t next_due() const noexcept;
  Connection* next_with_room();
  void flush(Connection& connection);
  bool more(std::int64_t now) const noexcept;
  bool waiting() const noexcept;
  bool take_request(std::int64_t now);
  std::int64_t wait_limit(std::int64_t now) const noexcept;
  std::span<epoll_event> wait(std::int64_t limit);
  void handle(const epoll_event& event);

  const Dataset& data_;
  Workload workload_;
  Pace pace_;
  std::unique_ptr<Encoder> encoder_;
  Tally tally_;
  std::deque<Connection> connections_;  // never moved: epoll holds pointers
  FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  std::vector<char> buffer_;

  Request request_;
  bool exhausted_ = false;
  std::uint64_t begun_ = 0;
  std::size_t turn_ = 0;  ///< the connection that is next in an open loop
  std::int64_t start_ = 0;
  std::int64_t last_event_ =
      0;  ///< ns: the time of the last reply, or of the last moment without a request in flight
  double seconds_ = 0;
};

/// Makes every running driver send no more requests. Callable from a signal handler.
void request_stop() noexcept;
bool stop_requested() noexcept;

}  // namespace cocached::bench
