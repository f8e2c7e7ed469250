#include "bench/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report sample() {
  Report report;
  report.tally.requests = 10;
  report.tally.operations = 1000;
  report.tally.hits = 990;
  report.tally.misses = 10;
  report.tally.latency.record(5000);
  report.seconds = 0.5;
  report.client_cpu_seconds = 0.002;
  return report;
}

TEST(ReportTest, TextCountsByOperation) {
  Report report = sample();
  EXPECT_THAT(as_text(report), HasSubstr("2000 operations/s"));
  EXPECT_THAT(as_text(report), HasSubstr("client: 2.000 us CPU an operation"));
  EXPECT_THAT(as_text(report), Not(HasSubstr("server")));
  report.server = {0.001, 3 << 20};
  EXPECT_THAT(as_text(report), HasSubstr("server: 1.000 us CPU an operation, 3.0 MiB resident"));
}

TEST(ReportTest, JsonHasEveryFigure) {
  Report report = sample();
  report.server = {0.001, 4096};
  const std::string json = as_json(report);
  EXPECT_THAT(json, HasSubstr(R"("operations_per_second":2000.0)"));
  EXPECT_THAT(json, HasSubstr(R"("p99.9":5.0)"));
  EXPECT_THAT(json, HasSubstr(R"("resident_bytes":4096)"));
  EXPECT_THAT(json, HasSubstr(R"("misses":10)"));
}

TEST(ReportTest, WrongValuesAndErrorsAreFailures) {
  Report report = sample();
  EXPECT_FALSE(report.failed());  // a miss is none
  report.tally.wrong = 1;
  EXPECT_TRUE(report.failed());
  report = sample();
  report.tally.errors = 1;
  report.tally.first_error = "SERVER_ERROR \xff";
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(as_text(report), HasSubstr("first error: SERVER_ERROR"));
  EXPECT_THAT(as_json(report), HasSubstr("SERVER_ERROR"));
}

TEST(ReportTest, NothingMeasuredIsNoDivisionByZero) {
  EXPECT_THAT(as_text(Report{}), HasSubstr("0 operations/s"));
}

}  // namespace
}  // namespace cocached::bench
