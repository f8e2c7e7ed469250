#include "app/tls_option.hpp"

#include "app/option_values.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cocached::app {
namespace {

using TlsFields = decltype(server::Settings::ssl);

constexpr std::array kVersions{"tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3"};

void set_key_format(std::string_view text, TlsFields& options) {
  using Format = decltype(options.key_format);
  if (text != "PEM" && text != "DER") throw UsageError{"-o ssl_keyformat must be PEM or DER"};
  options.key_format = text == "PEM" ? Format::pem : Format::der;
}

void set_verify_mode(std::string_view text, TlsFields& options) {
  const auto mode = to_number<unsigned>("-o ssl_verify_mode", text);
  if (mode > 3) throw UsageError{"-o ssl_verify_mode must be between 0 and 3"};
  options.verify = static_cast<decltype(options.verify)>(mode);
}

void set_min_version(std::string_view text, TlsFields& options) {
  const auto* name = std::ranges::find(kVersions, text);
  options.min_version = name != kVersions.end() ? static_cast<unsigned>(name - kVersions.begin())
                                                : to_number<unsigned>("-o ssl_min_version", text);
  if (options.min_version >= kVersions.size())
    throw UsageError{"-o ssl_min_version must be between 0 (tlsv1.0) and 3 (tlsv1.3)"};
}

/// memcached's buffer for what is sent; here, as there, what one record may hold.
void set_record_size(std::string_view text, TlsFields& options) {
  const auto kibibytes = to_number<std::uint32_t>("-o ssl_wbuf_size", text);
  if (kibibytes == 0) throw UsageError{"-o ssl_wbuf_size must be greater than 0"};
  options.record_size = std::min(std::size_t{kibibytes} << 10, TlsFields{}.record_size);
}

struct SslMeaning {
  std::string_view name;
  void (*apply)(std::string_view value, TlsFields& options);
};

constexpr std::array kSslMeanings{
    SslMeaning{"ssl_chain_cert", [](auto value, TlsFields& ssl) { ssl.chain_file = value; }},
    SslMeaning{"ssl_key", [](auto value, TlsFields& ssl) { ssl.key_file = value; }},
    SslMeaning{"ssl_keyformat", set_key_format},
    SslMeaning{"ssl_verify_mode", set_verify_mode},
    SslMeaning{"ssl_ciphers", [](auto value, TlsFields& ssl) { ssl.ciphers = value; }},
    SslMeaning{"ssl_ca_cert", [](auto value, TlsFields& ssl) { ssl.ca_file = value; }},
    SslMeaning{"ssl_wbuf_size", set_record_size},
    SslMeaning{"ssl_min_version", set_min_version},
};

bool apply_switch(std::string_view name, CommandLine& line) {
  if (name == "ssl_session_cache" || name == "no_ssl_session_cache")
    line.settings.ssl.resume = name == "ssl_session_cache";
  else if (name == "ssl_kernel_tls")
    line.warnings.emplace_back("-o ssl_kernel_tls: TLS is not done in the kernel here");
  else
    return name == "no_ssl_kernel_tls";
  return true;
}

}  // namespace

bool apply_tls_option(std::string_view name, std::optional<std::string_view> value,
                      CommandLine& line) {
  const auto* found = std::ranges::find(kSslMeanings, name, &SslMeaning::name);
  if (found == kSslMeanings.end()) return apply_switch(name, line);
  if (!value || value->empty()) throw UsageError{fmt::format("-o {} needs a value", name)};
  found->apply(*value, line.settings.ssl);
  return true;
}

}  // namespace cocached::app
