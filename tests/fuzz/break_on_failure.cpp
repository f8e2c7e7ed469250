#include <gtest/gtest.h>

/// For targets that use the helpers of the unit tests: a failed expectation is a finding.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  GTEST_FLAG_SET(break_on_failure, true);
  return 0;
}
