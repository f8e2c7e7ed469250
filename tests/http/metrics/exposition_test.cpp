#include "http/metrics/exposition.hpp"

#include <gtest/gtest.h>

namespace cocached::http {
namespace {

TEST(Exposition, WritesFamiliesAndSamples) {
  Exposition out;
  out.family("hits_total", MetricType::counter, "Hits.");
  out.sample({{"queue", "small"}, {"thread", "0"}}, 12);
  out.sample({}, "0.5");
  out.family("items", MetricType::gauge, "Items.");
  out.sample({}, 18446744073709551615U);
  EXPECT_EQ(std::move(out).text(),
            "# HELP hits_total Hits.\n"
            "# TYPE hits_total counter\n"
            "hits_total{queue=\"small\",thread=\"0\"} 12\n"
            "hits_total 0.5\n"
            "# HELP items Items.\n"
            "# TYPE items gauge\n"
            "items 18446744073709551615\n");
}

TEST(Exposition, EscapesLabels) {
  Exposition out;
  out.family("x", MetricType::gauge, "X.");
  out.sample({{"prefix", "a\"b\\c\nd"}}, 1);
  EXPECT_TRUE(std::move(out).text().ends_with("x{prefix=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

}  // namespace
}  // namespace cocached::http
