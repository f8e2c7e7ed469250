#pragma once

#include "command/counters.hpp"

#include <openssl/ssl.h>

namespace cocached::net {

/// Observes the handshake of one TLS session. OpenSSL shakes hands inside the first reads, so a
/// limit for silent clients also bounds a client that never shakes hands (`--handshake-timeout`,
/// see ClientTimeouts).
class TlsHandshake {
 public:
  /// `counters` outlives it.
  explicit TlsHandshake(command::Counters& counters) noexcept : counters_(&counters) {}

  bool is_done() const noexcept { return done_; }

  /// Counts the session, new or resumed, when the handshake is done. To be called after each read.
  void observe(SSL* session) noexcept {
    if (done_ || SSL_is_init_finished(session) != 1) return;
    done_ = true;
    const bool resumed = SSL_session_reused(session) == 1;
    counters_->add(resumed ? command::Count::tls_resumed_session : command::Count::tls_new_session);
  }

  /// Counts an error of OpenSSL, as one of the handshake or of the protocol after it.
  void count_error() noexcept {
    counters_->add(done_ ? command::Count::tls_protocol_error
                         : command::Count::tls_handshake_error);
  }

 private:
  command::Counters* counters_;
  bool done_ = false;
};

}  // namespace cocached::net
