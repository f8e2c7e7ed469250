#include "server/validate.hpp"

#include "server/listen_address.hpp"

#include <stdexcept>

namespace cocached::server {
namespace {

constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kMebibyte = 1024 * kKibibyte;

void require(bool condition, const char* text) {
  if (!condition) throw std::invalid_argument{text};
}

void validate_tls(const Settings& settings, const ListenAddress& address) {
  const auto mode = address.tls.value_or(net::TlsMode::off);
  if (mode == net::TlsMode::off) return;
  require(settings.tls, "btls: and mtls: before an address need -Z");
  require(mode == net::TlsMode::basic || !settings.ssl.ca_file.empty(),
          "mtls: before an address needs -o ssl_ca_cert");
}

void validate_tls(const Settings& settings) {
  if (!settings.tls) return;
  require(!settings.ssl.chain_file.empty(), "-Z needs -o ssl_chain_cert");
  require(settings.ssl.verify == net::TlsVerify::none || !settings.ssl.ca_file.empty(),
          "-o ssl_verify_mode needs -o ssl_ca_cert");
}

/// Refuses settings that leave a way around passwords or certificates.
void validate_udp(const Settings& settings) {
  if (!settings.udp_port) return;
  require(settings.auth_file.empty(),
          "over UDP nobody can log in: -U and authentication exclude each other");
  require(!settings.tls, "UDP is not encrypted: -U and -Z exclude each other");
  require(!settings.managed,
          "over UDP a claim would be whoever's comes next: -U excludes --managed");
  require(settings.unix_socket.empty(), "-U and -s exclude each other");
}

void validate_managed(const Settings& settings, command::Protocols protocols) {
  require(!settings.managed || protocols != command::Protocols::binary,
          "--managed is for the text protocol alone");
}

}  // namespace

void validate(const Settings& settings) {
  require(settings.threads > 0, "the number of threads must be greater than 0");
  require(settings.max_connections > 0, "the maximum of connections must be greater than 0");
  require(settings.requests_per_event > 0, "the requests per event must be greater than 0");
  require(settings.backlog > 0, "the listen backlog must be greater than 0");
  require(settings.memory_limit >= kMebibyte, "the memory limit must be at least 1 MiB");
  require(settings.max_item_size >= kKibibyte, "the item size limit must be at least 1 KiB");
  require(settings.max_item_size <= kKibibyte * kMebibyte,
          "the item size limit must be at most 1024 MiB");
  require(settings.max_item_size <= settings.memory_limit / 2,
          "the item size limit must be at most half of the memory limit");
  require(settings.unix_mode <= 0777, "the mode of the unix socket must be at most 0777, octal");
  validate_udp(settings);
  for (const auto& text : settings.listen) {
    const auto address = parse_listen_address(text, 0);
    validate_tls(settings, address);
    validate_managed(settings, address.protocols.value_or(settings.protocols));
  }
  validate_managed(settings, settings.protocols);
  validate_tls(settings);
  if (settings.http) parse_listen_address(settings.http_address, 9150);
}

}  // namespace cocached::server
