#include "http/host_check.hpp"

#include <gtest/gtest.h>

namespace cocached::http {
namespace {

TEST(HostCheck, KnowsTheNamesOfThisMachine) {
  for (const auto* host : {"localhost", "LocalHost:9150", "127.0.0.1", "127.0.0.1:9150",
                           "127.3.2.1", "[::1]", "[::1]:9150"})
    EXPECT_TRUE(names_loopback(host)) << host;
}

TEST(HostCheck, RejectsOthers) {
  for (const auto* host : {"", "example.com", "localhost.example.com", "127.0.0.1.example.com",
                           "10.0.0.1:9150", "[::2]", "[::1", "127.1", ":9150"})
    EXPECT_FALSE(names_loopback(host)) << host;
}

}  // namespace
}  // namespace cocached::http
