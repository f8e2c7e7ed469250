#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cocached::net {

/// The use of TLS by a listener's clients.
enum class TlsMode : std::uint8_t {
  off,
  on,      ///< the verification that the context's options ask for
  basic,   ///< TLS, and no certificate of the client, whatever the options say
  mutual,  ///< TLS, and nobody without a certificate that the certificate authority has signed
};

/// The demand for a certificate from clients; the numbers are those of `ssl_verify_mode`.
enum class TlsVerify : std::uint8_t { none, request, require, once };

/// The format of files: ASN.1 comes bare or in a text armour.
enum class TlsFormat : std::uint8_t { pem, der };

struct TlsOptions {
  std::string chain_file;  ///< the server's certificate and its chain, PEM
  std::string key_file;    ///< empty: the chain file has the key too
  TlsFormat key_format = TlsFormat::pem;
  std::string ca_file;  ///< who may sign clients' certificates; needed where they are asked for
  std::string ciphers;  ///< OpenSSL's lists, of TLS 1.2 or of TLS 1.3; empty: OpenSSL's default
  TlsVerify verify = TlsVerify::none;
  unsigned min_version = 2;  ///< of TLS 1.x
  bool resume = false;       ///< clients may resume their sessions (`ssl_session_cache`)
  std::size_t record_size = std::size_t{16}
                            << 10;  ///< the most bytes sent as one record, 512..16384
};

}  // namespace cocached::net
