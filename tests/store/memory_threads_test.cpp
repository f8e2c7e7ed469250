#include "tests/store/store_fixture.hpp"

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace cocached::store {
namespace {

constexpr int kBusyWriters = 4;
constexpr int kTurns = 100;  // of the limit

class MemoryThreadsTest : public StoreTest {
 protected:
  /// Stores values of random sizes up to 64 KiB until it is asked to stop; none may be refused.
  void write_until(const std::stop_token& stop, unsigned seed) {
    std::mt19937_64 random(seed);
    const std::string value(64 << 10, 'v');
    while (!stop.stop_requested()) {
      const std::string key = std::to_string(random() % 20'000);
      const auto bytes = std::string_view(value).substr(random() % value.size());
      ASSERT_EQ(store().write(Key(key), now_, {}, bytes).result, WriteResult::stored);
      written_ += bytes.size();
      written_.notify_one();
    }
  }

  /// Waits until `bytes` more have been stored.
  void wait_for(std::size_t bytes) {
    const auto goal = written_.load() + bytes;
    for (auto written = written_.load(); written < goal; written = written_.load())
      written_.wait(written);
  }

 private:
  std::atomic<std::size_t> written_ = 0;  // bytes
};

// Shards that lack memory sorted the others by how much these hold, which changed meanwhile: the
// sort read past the ends of its array.
TEST_F(MemoryThreadsTest, ShardsAreSortedByReadingsOfTheirSizesWhichChangeMeanwhile) {
  options_.memory_limit = 512 * kMiB;
  ASSERT_GE(store().stats().shards, 16u);
  std::vector<std::jthread> writers;
  for (unsigned i = 0; i < kBusyWriters; ++i)
    writers.emplace_back([this, i](const std::stop_token& stop) { write_until(stop, i); });
  for (int turn = 0; turn < kTurns; ++turn) {
    store().set_memory_limit(turn % 2 == 0 ? 8 * kMiB : 64 * kMiB);
    wait_for(turn % 2 == 0 ? 8 * kMiB : 16 * kMiB);
  }
}

}  // namespace
}  // namespace cocached::store
