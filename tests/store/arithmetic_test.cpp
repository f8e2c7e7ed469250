#include "tests/store/store_fixture.hpp"

namespace cocached::store {
namespace {

using ArithmeticTest = StoreTest;

TEST_F(ArithmeticTest, AddsAndSubtracts) {
  write("k", "10");
  EXPECT_EQ(arithmetic("k", {.delta = 5}).number, 15u);
  EXPECT_EQ(arithmetic("k", {.direction = Direction::decrement, .delta = 6}).number, 9u);
  EXPECT_EQ(get("k"), "9");  // no padding
}

TEST_F(ArithmeticTest, IncrementWrapsAndDecrementStopsAtZero) {
  write("k", "18446744073709551615");
  EXPECT_EQ(arithmetic("k", {.delta = 2}).number, 1u);
  EXPECT_EQ(arithmetic("k", {.direction = Direction::decrement, .delta = 2}).number, 0u);
}

TEST_F(ArithmeticTest, KeepsFlagsAndDeadlineAndTakesANewCas) {
  const auto cas = write("k", "1", {.client_flags = 5, .deadline = in(1000)}).cas;
  const auto receipt = arithmetic("k");
  EXPECT_GT(receipt.cas, cas);
  EXPECT_EQ(receipt.deadline, in(1000));
  const auto seen = read("k");
  EXPECT_EQ(seen->client_flags, 5u);
  EXPECT_EQ(seen->deadline, in(1000));
  EXPECT_EQ(seen->cas, receipt.cas);
}

TEST_F(ArithmeticTest, RefusesWhatIsNoNumber) {
  write("k", "x");
  EXPECT_EQ(arithmetic("k").result, ArithmeticResult::not_a_number);
  write("k", "");
  EXPECT_EQ(arithmetic("k").result, ArithmeticResult::not_a_number);
}

TEST_F(ArithmeticTest, ComparesTheCas) {
  const auto cas = write("k", "1").cas;
  EXPECT_EQ(arithmetic("k", {.compare_cas = cas + 1}).result, ArithmeticResult::exists);
  EXPECT_EQ(arithmetic("k", {.compare_cas = cas}).number, 2u);
}

TEST_F(ArithmeticTest, CreatesOnAMissWhenAsked) {
  EXPECT_EQ(arithmetic("k").result, ArithmeticResult::not_found);
  const auto receipt = arithmetic("k", {.vivify = in(100), .initial = 13});
  EXPECT_EQ(receipt.result, ArithmeticResult::created);
  EXPECT_EQ(receipt.number, 13u);
  EXPECT_EQ(receipt.deadline, in(100));
  EXPECT_EQ(arithmetic("k", {.vivify = in(100), .initial = 13}).number, 14u);
}

TEST_F(ArithmeticTest, TouchMovesTheDeadline) {
  write("k", "1");
  EXPECT_EQ(arithmetic("k", {.touch = in(100)}).deadline, in(100));
  pass(100);
  EXPECT_EQ(arithmetic("k").result, ArithmeticResult::not_found);
}

}  // namespace
}  // namespace cocached::store
