#pragma once

#include "base/thread_annotations.hpp"
#include "net/tls/tls_options.hpp"

#include <chrono>
#include <memory>

#include <openssl/types.h>

namespace cocached::net {

struct TlsFree {
  void operator()(SSL* session) const noexcept;
};
using TlsSession = std::unique_ptr<SSL, TlsFree>;

/// Keys, certificates and choices of a TLS server. Thread-safe.
class TlsContext {
 public:
  /// Reads the files. Throws std::system_error, with a text for the user.
  explicit TlsContext(TlsOptions options);
  ~TlsContext();

  /// Reads the files again: what is made from now on has the new certificate, and what is there
  /// keeps its own. Where they cannot be used it throws, and nothing changes.
  void reload();

  /// The server's side of one connection, as yet without its transport. `mode` is not `off`.
  TlsSession new_session(TlsMode mode) const;

  /// Since the files were read.
  std::chrono::seconds age() const;

  const TlsOptions& options() const noexcept { return options_; }

 private:
  class Loaded;
  std::shared_ptr<Loaded> loaded() const;

  const TlsOptions options_;
  mutable base::Mutex mutex_;
  std::shared_ptr<Loaded> loaded_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::net
