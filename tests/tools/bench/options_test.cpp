#include "bench/options.hpp"

#include <array>
#include <stdexcept>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

Options server(const std::string& text) {
  Options options;
  parse_server(text, options);
  return options;
}

TEST(OptionsTest, ReadsServers) {
  EXPECT_EQ(server("cache.example:1234").host, "cache.example");
  EXPECT_EQ(server("cache.example:1234").port, "1234");
  EXPECT_EQ(server("cache.example").port, "11211");
  EXPECT_EQ(server("[::1]:1234").host, "::1");
  EXPECT_EQ(server("[::1]").host, "::1");
  EXPECT_EQ(server("[::1]").port, "11211");
  EXPECT_THROW(server(":1234"), std::invalid_argument);
  EXPECT_THROW(server("host:"), std::invalid_argument);
  EXPECT_THROW(server("host:65536"), std::invalid_argument);
}

TEST(OptionsTest, ReadsSizes) {
  EXPECT_EQ(parse_size_range("100").low, 100U);
  EXPECT_EQ(parse_size_range("100").high, 100U);
  EXPECT_EQ(parse_size_range("10-4000").low, 10U);
  EXPECT_EQ(parse_size_range("10-4000").high, 4000U);
  for (const char* wrong : {"", "-", "10-", "-10", "20-10", "1k", "1-2-3"}) {
    EXPECT_THROW(parse_size_range(wrong), std::invalid_argument) << wrong;
  }
}

TEST(OptionsTest, ReadsDistributions) {
  EXPECT_EQ(parse_distribution("uniform"), 0);
  EXPECT_EQ(parse_distribution("zipf"), 0.99);
  EXPECT_EQ(parse_distribution("zipf:1.2"), 1.2);
  for (const char* wrong : {"", "zipf:", "zipf:0", "zipf:-1", "zipf:nan", "normal"}) {
    EXPECT_THROW(parse_distribution(wrong), std::invalid_argument) << wrong;
  }
}

TEST(OptionsTest, ReadsACommandLine) {
  const std::array arguments{"cocached-bench", "--server",    "localhost:7", "--depth", "32",
                             "--protocol",     "meta",        "--rate",      "1e5",     "--dist",
                             "zipf",           "--no-verify", "--duration",  "0.5",     "--fill",
                             "--value-size",   "1-1000",      "--get-ratio", "0.9"};
  const auto parsed = parse_options(static_cast<int>(arguments.size()), arguments.data());
  const auto* options = std::get_if<Options>(&parsed);
  ASSERT_NE(options, nullptr);
  EXPECT_EQ(options->host, "localhost");
  EXPECT_EQ(options->port, "7");
  EXPECT_EQ(options->depth, 32U);
  EXPECT_EQ(options->protocol, Protocol::meta);
  EXPECT_EQ(options->rate, 1e5);
  EXPECT_EQ(options->zipf, 0.99);
  EXPECT_FALSE(options->verify);
  EXPECT_EQ(options->duration->count(), 0.5);
  EXPECT_TRUE(options->fill);
  EXPECT_EQ(options->value_size.high, 1000U);
  EXPECT_EQ(options->get_ratio, 0.9);
}

TEST(OptionsTest, ThereIsAlwaysABound) {
  const std::array arguments{"cocached-bench", "--requests", "10"};
  const auto endless = parse_options(1, arguments.data());
  EXPECT_EQ(std::get<Options>(endless).duration->count(), 5);
  const auto counted = parse_options(3, arguments.data());
  EXPECT_EQ(std::get<Options>(counted).requests, 10U);
  EXPECT_FALSE(std::get<Options>(counted).duration.has_value());
}

TEST(OptionsTest, AMistakeIsAnExitCode) {
  const std::array arguments{"cocached-bench", "--depth", "none"};
  const auto parsed = parse_options(static_cast<int>(arguments.size()), arguments.data());
  const int* exit_code = std::get_if<int>(&parsed);
  ASSERT_NE(exit_code, nullptr);
  EXPECT_NE(*exit_code, 0);
}

}  // namespace
}  // namespace cocached::bench
