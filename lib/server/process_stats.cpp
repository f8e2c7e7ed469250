#include "server/process_stats.hpp"

#include "command/protocol_version.hpp"
#include "command/stats/stat_writer.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/version.hpp>
#include <fmt/format.h>

namespace cocached::server {
namespace {

/// Seconds and microseconds: monitoring reads what stands behind the dot as microseconds.
std::string seconds(const timeval& time) {
  return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec);
}

/// memcached names its event library; ours is Asio.
std::string event_library() {
  return fmt::format("boost.asio-{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
}

}  // namespace

command::StatList process_stats(const Settings& settings, const ProcessFigures& figures) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  command::StatWriter out;
  out.add("pid", getpid())
      .add("uptime", figures.uptime.count())
      .add("time", figures.time.time_since_epoch().count())
      .add("version", command::kProtocolVersion)
      .add("libevent", event_library())
      .add("pointer_size", 8 * sizeof(void*))
      .add("rusage_user", seconds(usage.ru_utime))
      .add("rusage_system", seconds(usage.ru_stime))
      .add("max_connections", settings.max_connections)
      .add("curr_connections", figures.connections)
      .add("total_connections", figures.connections_opened);
  if (settings.refuse_at_once) out.add("rejected_connections", figures.connections_rejected);
  return out.add("connection_structures", figures.connections)
      .add("response_obj_oom", 0)
      .add("response_obj_count", 0)
      .add("response_obj_bytes", 0)
      .add("read_buf_count", figures.buffers)
      .add("read_buf_bytes", figures.buffer_bytes)
      .add("read_buf_bytes_free", 0)
      .add("read_buf_oom", figures.buffers_refused)
      .add("reserved_fds", 0)
      .take();
}

}  // namespace cocached::server
