#include "net/tls/tls_context.hpp"

#include "tests/support/certificate.hpp"

#include <fstream>
#include <system_error>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace cocached::net {
namespace {

using test::Certificate;

TlsOptions options_of(const Certificate& certificate) {
  return {.chain_file = certificate.path()};
}

std::string name_in(const TlsSession& session) {
  std::array<char, 100> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get_certificate(session.get())),
                            NID_commonName, name.data(), static_cast<int>(name.size()));
  return name.data();
}

TEST(TlsContextTest, NamesTheFileThatCannotBeUsed) {
  try {
    const TlsContext context{{.chain_file = "/no/such/file"}};
    FAIL() << "made from nothing";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string_view{error.what()}.find("/no/such/file"), std::string_view::npos);
  }
}

TEST(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
  const Certificate one;
  const Certificate other;
  EXPECT_THROW((TlsContext{{.chain_file = one.path(), .key_file = other.path()}}),
               std::system_error);
}

TEST(TlsContextTest, RefusesUnknownCiphers) {
  const Certificate certificate;
  for (const auto* ciphers : {"no-such-cipher", "TLS_NO_SUCH_CIPHER"}) {
    auto options = options_of(certificate);
    options.ciphers = ciphers;
    EXPECT_THROW(TlsContext{options}, std::system_error) << ciphers;
  }
}

TEST(TlsContextTest, AsksForCertificatesAsTheListenerWants) {
  const Certificate certificate;
  auto options = options_of(certificate);
  options.verify = TlsVerify::request;
  const TlsContext context{options};
  const auto asks = [&](TlsMode mode) {
    return SSL_get_verify_mode(context.new_session(mode).get());
  };
  EXPECT_EQ(asks(TlsMode::on), SSL_VERIFY_PEER);
  EXPECT_EQ(asks(TlsMode::basic), SSL_VERIFY_NONE);
  EXPECT_EQ(asks(TlsMode::mutual), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

TEST(TlsContextTest, ReloadsForWhatIsMadeFromThenOn) {
  const Certificate first{"first"};
  const Certificate second{"second"};
  TlsContext context{options_of(first)};
  const auto old = context.new_session(TlsMode::on);
  std::filesystem::copy_file(second.path(), first.path(),
                             std::filesystem::copy_options::overwrite_existing);
  context.reload();
  EXPECT_EQ(name_in(old), "first");
  EXPECT_EQ(name_in(context.new_session(TlsMode::on)), "second");
}

TEST(TlsContextTest, AFailedReloadChangesNothing) {
  const Certificate certificate{"kept"};
  TlsContext context{options_of(certificate)};
  std::ofstream{certificate.path()} << "nonsense";
  EXPECT_THROW(context.reload(), std::system_error);
  EXPECT_EQ(name_in(context.new_session(TlsMode::on)), "kept");
}

}  // namespace
}  // namespace cocached::net
