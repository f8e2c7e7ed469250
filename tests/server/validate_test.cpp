#include "server/validate.hpp"

#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

bool valid(const std::function<void(Settings&)>& change) {
  Settings settings;
  change(settings);
  try {
    validate(settings);
  } catch (const std::invalid_argument&) {
    return false;
  }
  return true;
}

TEST(Validate, AcceptsDefaults) {
  EXPECT_TRUE(valid([](Settings&) {}));
}

TEST(Validate, BoundsItemSizes) {
  const auto with = [](std::size_t item, std::size_t memory) {
    return valid([=](Settings& settings) {
      settings.max_item_size = item;
      settings.memory_limit = memory;
    });
  };
  constexpr std::size_t kMebibyte = 1 << 20;
  EXPECT_TRUE(with(1024, 64 * kMebibyte));
  EXPECT_FALSE(with(1023, 64 * kMebibyte));
  EXPECT_TRUE(with(1024 * kMebibyte, 2048 * kMebibyte));
  EXPECT_FALSE(with(1025 * kMebibyte, 4096 * kMebibyte));
  EXPECT_FALSE(with(33 * kMebibyte, 64 * kMebibyte));
  EXPECT_FALSE(with(1024, 0));
}

TEST(Validate, RejectsZeroes) {
  EXPECT_FALSE(valid([](Settings& settings) { settings.threads = 0; }));
  EXPECT_FALSE(valid([](Settings& settings) { settings.max_connections = 0; }));
  EXPECT_FALSE(valid([](Settings& settings) { settings.requests_per_event = 0; }));
  EXPECT_FALSE(valid([](Settings& settings) { settings.backlog = 0; }));
}

TEST(Validate, ReadsAddresses) {
  EXPECT_FALSE(valid([](Settings& settings) { settings.listen = {"127.0.0.1", "host:port"}; }));
  EXPECT_FALSE(valid([](Settings& settings) { settings.http_address = "[::1"; }));
}

TEST(Validate, UdpIsNoWayAroundPasswordsAndCertificates) {
  const auto with = [](auto change) {
    return valid([change](Settings& settings) {
      settings.udp_port = 0;
      change(settings);
    });
  };
  EXPECT_TRUE(with([](Settings&) {}));
  EXPECT_FALSE(with([](Settings& settings) { settings.auth_file = "users"; }));
  EXPECT_FALSE(with([](Settings& settings) { settings.unix_socket = "socket"; }));
  EXPECT_FALSE(with([](Settings& settings) {
    settings.tls = true;
    settings.ssl.chain_file = "certificates";
  }));
}

}  // namespace
}  // namespace cocached::server
