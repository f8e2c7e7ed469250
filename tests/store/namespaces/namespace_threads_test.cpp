#include "tests/store/store_fixture.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace cocached::store {
namespace {

constexpr int kWriters = 3;
constexpr int kRounds = 40;
constexpr int kKeys = 60;

/// Flushes of a namespace, counted where they begin and where they have returned.
class Flusher {
 public:
  Flusher(Store& store, TimePoint now) : store_(store), now_(now) {}

  void run(const std::stop_token& stop) {
    for (std::uint64_t n = 1; !stop.stop_requested(); ++n) {
      begun_ = n;
      EXPECT_TRUE(store_.flush_namespace("a", now_));
      returned_ = n;
      returned_.notify_all();
      store_.maintain(now_);
    }
  }

  /// Waits until one has returned that began after this call did.
  void wait_for_next() const {
    const auto next = begun_.load() + 1;
    for (auto last = returned_.load(); last < next; last = returned_.load()) returned_.wait(last);
  }

 private:
  Store& store_;
  const TimePoint now_;
  std::atomic<std::uint64_t> begun_ = 0, returned_ = 0;
};

class NamespaceThreadsTest : public StoreTest {
 protected:
  static std::string key_of(int writer, int number) {
    return "a:" + std::to_string(writer) + "." + std::to_string(number);
  }

  /// In one of the ways there are to store a value.
  void put(const std::string& key, int way) {
    const std::string value(static_cast<std::size_t>(way) * 37 % 2000, 'v');
    if (way % 4 == 0) {
      store().arithmetic(Key(key), now_, {.vivify = kNever});
    } else if (way % 4 == 1) {
      auto made = store().reserve(Key(key), now_, {}, value.size());
      if (auto* space = std::get_if<Reservation>(&made)) store().commit(std::move(*space), now_);
    } else {
      const auto mode = way % 4 == 2 ? WriteMode::append : WriteMode::set;
      store().write(Key(key), now_, {.mode = mode, .vivify = kNever}, value);
    }
  }

  bool is_found(const std::string& key) {
    return store().read(Key(key), now_, {}, [](const Hit&) {}) == ReadResult::hit;
  }

  void write_and_look(int writer, const Flusher& flusher) {
    for (int round = 0; round < kRounds; ++round) {
      for (int i = 0; i < kKeys; ++i) {
        put(key_of(writer, i), round + i);
        put("b:" + key_of(writer, round * kKeys + i), i);  // so that records are moved, and leave
        if (i % 3 == 0) is_found(key_of(writer, i));
      }
      flusher.wait_for_next();
      for (int i = 0; i < kKeys; ++i) ASSERT_FALSE(is_found(key_of(writer, i))) << round;
    }
  }
};

TEST_F(NamespaceThreadsTest, NothingStaleIsReadAfterAFlushHasReturned) {
  options_.memory_limit = 64 * kMiB;  // two shards
  options_.threads = 4;
  store().set_namespace_quota("a", kMiB / 2);
  Flusher flusher{store(), now_};
  {
    const std::jthread flushing{[&](const std::stop_token& stop) { flusher.run(stop); }};
    std::vector<std::jthread> writers;
    writers.reserve(kWriters);
    for (int writer = 0; writer < kWriters; ++writer)
      writers.emplace_back([this, writer, &flusher] { write_and_look(writer, flusher); });
  }
  const auto left = store().namespace_stats("a");
  ASSERT_TRUE(left);
  EXPECT_LE(left->items, std::uint64_t{kWriters} * kKeys);
}

}  // namespace
}  // namespace cocached::store
