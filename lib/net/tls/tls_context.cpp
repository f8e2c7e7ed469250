#include "net/tls/tls_context.hpp"

#include "net/types.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <system_error>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace cocached::net {
namespace {

namespace ssl = asio::ssl;

/// Returns the text of the last error of OpenSSL.
error_code last_error() {
  return {static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()};
}

void check(const error_code& error, const std::string& what) {
  if (error) throw std::system_error{std::error_code{error}, what};
}

void check(bool success, const std::string& what) {
  if (!success) check(last_error(), what);
}

int verify_flags(TlsVerify verify) noexcept {
  constexpr int kRequire = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  switch (verify) {
    case TlsVerify::none:
      return SSL_VERIFY_NONE;
    case TlsVerify::request:
      return SSL_VERIFY_PEER;
    case TlsVerify::require:
      return kRequire;
    case TlsVerify::once:
      return kRequire | SSL_VERIFY_CLIENT_ONCE;
  }
  return kRequire;
}

int verify_flags(TlsMode mode, TlsVerify verify) noexcept {
  if (mode == TlsMode::basic) return SSL_VERIFY_NONE;
  return verify_flags(mode == TlsMode::mutual ? TlsVerify::require : verify);
}

void load_identity(ssl::context& context, const TlsOptions& options) {
  const auto& key_file = options.key_file.empty() ? options.chain_file : options.key_file;
  const auto format = options.key_format == TlsFormat::der ? ssl::context::asn1 : ssl::context::pem;
  // A key under a password would be asked for at the terminal, where nobody sits.
  context.set_password_callback([](std::size_t, auto) { return std::string{}; });
  error_code error;
  context.use_certificate_chain_file(options.chain_file, error);
  check(error, "cannot use the TLS certificate chain '" + options.chain_file + "'");
  context.use_private_key_file(key_file, format, error);
  check(error, "cannot use the TLS key '" + key_file + "'");
  check(SSL_CTX_check_private_key(context.native_handle()) == 1,
        "the TLS key '" + key_file + "' is not that of the certificate");
}

void load_authorities(ssl::context& context, const std::string& file) {
  if (file.empty()) return;
  const auto what = "cannot use the TLS certificate authorities '" + file + "'";
  error_code error;
  context.load_verify_file(file, error);
  check(error, what);
  auto* names = SSL_load_client_CA_file(file.c_str());
  check(names != nullptr, what);
  SSL_CTX_set_client_CA_list(context.native_handle(), names);  // which takes them
}

/// The suites of TLS 1.3 have a list of their own; their names tell.
void choose_ciphers(SSL_CTX* context, std::string_view list) {
  std::string old;
  std::string modern;
  while (!list.empty()) {
    const auto name = list.substr(0, list.find(':'));
    auto& to = name.starts_with("TLS_") ? modern : old;
    if (!to.empty()) to += ':';
    to += name;
    list.remove_prefix(std::min(name.size() + 1, list.size()));
  }
  const std::string what = "no such TLS ciphers: ";
  check(old.empty() || SSL_CTX_set_cipher_list(context, old.c_str()) == 1, what + old);
  check(modern.empty() || SSL_CTX_set_ciphersuites(context, modern.c_str()) == 1, what + modern);
}

/// Sessions are resumed by tickets, which take no memory here; the cache is for TLS 1.2 clients
/// that know none.
void choose_resumption(SSL_CTX* context, bool resume) {
  SSL_CTX_set_session_cache_mode(context, resume ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
  if (resume) return;
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

void configure(SSL_CTX* context, const TlsOptions& options) {
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION + static_cast<int>(options.min_version));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_max_send_fragment(context, static_cast<long>(options.record_size));
  SSL_CTX_set_read_ahead(context, 1);
  choose_ciphers(context, options.ciphers);
  choose_resumption(context, options.resume);
}

}  // namespace

class TlsContext::Loaded {
 public:
  explicit Loaded(const TlsOptions& options) : context_(ssl::context::tls_server) {
    load_identity(context_, options);
    load_authorities(context_, options.ca_file);
    configure(context_.native_handle(), options);
  }

  SSL_CTX* handle() { return context_.native_handle(); }
  std::chrono::steady_clock::duration age() const {
    return std::chrono::steady_clock::now() - loaded_at_;
  }

 private:
  ssl::context context_;
  const std::chrono::steady_clock::time_point loaded_at_ = std::chrono::steady_clock::now();
};

void TlsFree::operator()(SSL* session) const noexcept {
  SSL_free(session);
}

TlsContext::TlsContext(TlsOptions options)
    : options_(std::move(options)), loaded_(std::make_shared<Loaded>(options_)) {}

TlsContext::~TlsContext() = default;

void TlsContext::reload() {
  auto fresh = std::make_shared<Loaded>(options_);
  const base::MutexLock lock{mutex_};
  loaded_ = std::move(fresh);
}

TlsSession TlsContext::new_session(TlsMode mode) const {
  const auto loaded = this->loaded();
  TlsSession session{SSL_new(loaded->handle())};
  if (!session) throw std::bad_alloc{};
  SSL_set_accept_state(session.get());
  SSL_set_verify(session.get(), verify_flags(mode, options_.verify), nullptr);
  // A session may be resumed only where it was begun: one without a certificate of the client is
  // no way around a listener that asks for one.
  const auto id = static_cast<unsigned char>(mode);
  SSL_set_session_id_context(session.get(), &id, sizeof id);
  return session;
}

std::chrono::seconds TlsContext::age() const {
  return std::chrono::floor<std::chrono::seconds>(loaded()->age());
}

std::shared_ptr<TlsContext::Loaded> TlsContext::loaded() const {
  const base::MutexLock lock{mutex_};
  return loaded_;
}

}  // namespace cocached::net
