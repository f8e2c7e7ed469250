#include "server/settings_stats.hpp"

#include "server/platform/resource_limits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cocached::server {
namespace {

/// A StatList whose truth values are yes and no, as in memcached.
class List {
 public:
  template <class Value>
  List& add(std::string_view name, const Value& value) {
    list_.emplace_back(name, fmt::format("{}", value));
    return *this;
  }
  List& add(std::string_view name, bool value) { return add(name, value ? "yes" : "no"); }

  command::StatList take() { return std::move(list_); }

 private:
  command::StatList list_;
};

std::string listen_list(const Settings& settings) {
  if (settings.listen.empty()) return "NULL";
  return fmt::format("{}", fmt::join(settings.listen, ","));
}

std::string_view name_of(command::Protocols protocols) noexcept {
  if (protocols == command::Protocols::text) return "ascii";
  return protocols == command::Protocols::binary ? "binary" : "auto-negotiate";
}

void add_network_settings(List& out, const Settings& settings, const LiveSettings& live) {
  out.add("maxbytes", live.memory_limit)
      .add("maxconns", settings.max_connections)
      .add("tcpport", settings.port.value_or(0))
      .add("udpport", settings.udp_port.value_or(0))
      .add("inter", listen_list(settings))
      .add("verbosity", live.verbosity)
      .add("oldest", 0)
      .add("evictions", settings.evict ? "on" : "off")
      .add("domain_socket", settings.unix_socket.empty() ? "NULL" : settings.unix_socket)
      .add("umask", fmt::format("{:o}", settings.unix_mode))
      .add("shutdown_command", settings.shutdown_command);
}

void add_client_settings(List& out, const Settings& settings, const LiveSettings& live) {
  out.add("growth_factor", "1.25")
      .add("chunk_size", 48)
      .add("num_threads", settings.threads)
      .add("num_threads_per_udp", settings.threads)
      .add("stat_key_prefix", settings.prefix_delimiter)
      .add("detail_enabled", live.prefix_stats)
      .add("reqs_per_event", settings.requests_per_event)
      .add("cas_enabled", settings.cas)
      .add("tcp_backlog", settings.backlog)
      .add("binding_protocol", name_of(settings.protocols))
      .add("auth_enabled_sasl", !settings.auth_file.empty())
      .add("auth_enabled_ascii", settings.auth_file.empty() ? "no" : settings.auth_file)
      .add("item_size_max", settings.max_item_size)
      .add("maxconns_fast", settings.refuse_at_once)
      .add("hashpower_init", settings.hash_power);
}

void add_slab_and_lru_settings(List& out, const Settings& settings, const LiveSettings& live) {
  out.add("slab_reassign", true)
      .add("slab_automove", 1)
      .add("slab_automove_ratio", "0.80")
      .add("slab_automove_window", 10)
      .add("slab_chunk_max", 524288)
      .add("lru_crawler", true)
      .add("lru_crawler_sleep", 100)
      .add("lru_crawler_tocrawl", 0)
      .add("tail_repair_time", 0)
      .add("flush_enabled", settings.flush_command)
      .add("dump_enabled", settings.dump_commands)
      .add("hash_algorithm", "xxh3")
      .add("lru_maintainer_thread", true)
      .add("lru_segmented", true)
      .add("hot_lru_pct", 20)
      .add("warm_lru_pct", 40)
      .add("hot_max_factor", "0.20")
      .add("warm_max_factor", "2.00")
      .add("temp_lru", false)
      .add("temporary_ttl", 61)
      .add("idle_timeout", live.idle_timeout.count())
      .add("watcher_logbuf_size", settings.watcher_buffer)
      .add("worker_logbuf_size", 65536)
      .add("read_buf_mem_limit", client_memory_limit(settings))
      .add("track_sizes", settings.track_sizes)
      .add("inline_ascii_response", false);
}

/// Parts of memcached that are not here: its defaults.
void add_missing_settings(List& out) {
  out.add("ext_item_size", 512)
      .add("ext_item_age", 4294967295)
      .add("ext_low_ttl", 0)
      .add("ext_recache_rate", 2000)
      .add("ext_wbuf_size", 4194304)
      .add("ext_compact_under", 0)
      .add("ext_drop_under", 0)
      .add("ext_max_sleep", 1000000)
      .add("ext_max_frag", "0.80")
      .add("slab_automove_freeratio", "0.010")
      .add("ext_drop_unread", false);
}

std::string_view or_null(std::string_view text) noexcept {
  return text.empty() ? "NULL" : text;
}

void add_tls_settings(List& out, const Settings& settings) {
  const auto& ssl = settings.ssl;
  out.add("ssl_enabled", settings.tls)
      .add("ssl_chain_cert", or_null(ssl.chain_file))
      .add("ssl_key", or_null(ssl.key_file))
      .add("ssl_verify_mode", static_cast<int>(ssl.verify))
      .add("ssl_keyformat", ssl.key_format == net::TlsFormat::pem ? 1 : 2)  // OpenSSL's numbers
      .add("ssl_ciphers", or_null(ssl.ciphers))
      .add("ssl_ca_cert", or_null(ssl.ca_file))
      .add("ssl_wbuf_size", ssl.record_size)
      .add("ssl_session_cache", ssl.resume)
      .add("ssl_kernel_tls", false)
      .add("ssl_min_version", fmt::format("tlsv1.{}", ssl.min_version));
}

void add_last_settings(List& out, const Settings& settings) {
  out.add("num_napi_ids", 0)
      .add("memory_file", or_null(settings.snapshot_file))
      .add("client_flags_size", 4);
}

}  // namespace

command::StatList setting_stats(const Settings& settings, const LiveSettings& live) {
  List out;
  add_network_settings(out, settings, live);
  add_client_settings(out, settings, live);
  add_slab_and_lru_settings(out, settings, live);
  add_missing_settings(out);
  add_tls_settings(out, settings);
  add_last_settings(out, settings);
  return out.take();
}

}  // namespace cocached::server
