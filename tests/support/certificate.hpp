#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace cocached::test {

/// A key and a certificate that it has signed itself, as a PEM file that is gone with this.
class Certificate {
 public:
  explicit Certificate(const std::string& name = "cache.example") : path_(unused_path()) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free};
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), X509_free};
    fill(certificate.get(), key.get(), name);
    const std::unique_ptr<FILE, int (*)(FILE*)> file{std::fopen(path_.c_str(), "w"), std::fclose};
    PEM_write_X509(file.get(), certificate.get());
    PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  ~Certificate() { std::filesystem::remove(path_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  const std::string& path() const { return path_; }

 private:
  static std::string unused_path() {
    auto name = (std::filesystem::temp_directory_path() / "cocached-test-XXXXXX").string();
    const int file = mkstemp(name.data());
    EXPECT_GE(file, 0);
    close(file);
    return name;
  }

  static void fill(X509* certificate, EVP_PKEY* key, const std::string& name) {
    constexpr long kDay = 86'400;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, key, EVP_sha256());
  }

  const std::string path_;
};

}  // namespace cocached::test
