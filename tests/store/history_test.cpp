#include "tests/store/linearizability.hpp"
#include "tests/store/store_fixture.hpp"

#include <atomic>
#include <barrier>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace cocached::store {
namespace {

constexpr int kThreads = 4;

/// Runs `body(thread)` on some threads, begun at once.
template <class Body>
void run_threads(Body&& body) {
  std::barrier start(kThreads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
}

class HistoryTest : public StoreTest {
 protected:
  /// One random operation on `key`, as it was seen from outside.
  Operation run(const Key& key, std::mt19937_64& random, int thread, std::uint64_t& last_cas) {
    Operation op;
    op.kind = static_cast<OperationKind>(random() % 7);
    op.begin = clock_++;
    switch (op.kind) {
      case OperationKind::get:
        store().read(key, now_, {}, [&](const Hit& hit) {
          op.found = true;
          op.value = hit.item.value;
          op.cas = last_cas = hit.item.cas;
        });
        break;
      case OperationKind::set:
      case OperationKind::add:
      case OperationKind::append:
      case OperationKind::cas: {
        op.argument = std::to_string(random() % 10 + static_cast<unsigned>(thread) * 10);
        op.compare = last_cas;
        WriteOptions options;
        if (op.kind == OperationKind::add) options.mode = WriteMode::add;
        if (op.kind == OperationKind::append) options.mode = WriteMode::append;
        if (op.kind == OperationKind::cas) options.compare_cas = op.compare;
        const WriteReceipt receipt = store().write(key, now_, options, op.argument);
        op.found = receipt.result == WriteResult::stored;
        op.missed = receipt.result == WriteResult::not_found;
        op.cas = receipt.cas;
        if (op.found) last_cas = op.cas;
        break;
      }
      case OperationKind::incr: {
        const ArithmeticReceipt receipt = store().arithmetic(key, now_, {.delta = 1});
        op.found = receipt.result == ArithmeticResult::done;
        op.missed = receipt.result == ArithmeticResult::not_found;
        if (op.found) op.value = std::to_string(receipt.number);
        op.cas = receipt.cas;
        break;
      }
      case OperationKind::remove:
        op.found = store().remove(key, now_, {}) == RemoveResult::removed;
        break;
    }
    op.end = clock_++;
    return op;
  }

  std::atomic<std::uint64_t> clock_ = 0;
};

TEST_F(HistoryTest, ConcurrentOperationsOnAKeyAreLinearizable) {
  store();
  for (int round = 0; round < 300; ++round) {
    const std::string name = "key" + std::to_string(round);
    std::vector<std::vector<Operation>> seen(kThreads);
    run_threads([&](int thread) {
      std::mt19937_64 random(static_cast<std::uint64_t>(round * kThreads + thread));
      std::uint64_t last_cas = 1;
      const Key key(name);
      for (int i = 0; i < 8; ++i) {
        seen[static_cast<std::size_t>(thread)].push_back(run(key, random, thread, last_cas));
      }
    });
    ASSERT_TRUE(is_linearizable(seen)) << describe(seen);
  }
}

TEST_F(HistoryTest, IncrLosesNoCountAndNoCasIsReused) {
  constexpr int kEach = 20'000;
  write("counter", "0");
  std::vector<std::vector<std::uint64_t>> numbers(kThreads);
  run_threads([&](int thread) {
    const Key key("counter");
    for (int i = 0; i < kEach; ++i) {
      const ArithmeticReceipt receipt = store().arithmetic(key, now_, {});
      numbers[static_cast<std::size_t>(thread)].push_back(receipt.cas);
    }
  });
  EXPECT_EQ(get("counter"), std::to_string(kThreads * kEach));
  std::set<std::uint64_t> distinct;
  for (const auto& cas : numbers) distinct.insert(cas.begin(), cas.end());
  EXPECT_EQ(distinct.size(), static_cast<std::size_t>(kThreads * kEach));
}

// Everything at once in hardly any memory: writers of many sizes, readers with pins, reservations,
// flushes, limits and maintenance. Values tell their key, so a wrong one is seen.
TEST_F(HistoryTest, NothingBreaksUnderPressure) {
  options_.memory_limit = 6 * kMiB;
  store();
  run_threads([&](int thread) {
    std::mt19937_64 random(static_cast<std::uint64_t>(thread));
    std::vector<Pin> pins;
    std::vector<std::pair<std::string_view, std::string>> pinned;
    for (int i = 0; i < 15'000; ++i) {
      const std::string name = "key" + std::to_string(random() % 3000);
      const Key key(name);
      const std::size_t size = random() % 64 == 0 ? random() % 100'000 : random() % 500;
      std::string value = name + "/";
      value.append(size, static_cast<char>('a' + random() % 26));
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          const WriteResult result = store().write(key, now_, {}, value).result;
          ASSERT_EQ(result, WriteResult::stored);
          break;
        }
        case 3: {
          auto made = store().reserve(key, now_, {}, value.size());
          auto* const reservation = std::get_if<Reservation>(&made);
          ASSERT_NE(reservation, nullptr);
          std::ranges::copy(value, reservation->value().begin());
          if (i % 2 == 0) store().commit(std::move(*reservation), now_);
          break;
        }
        case 4:
          store().remove(key, now_, {});
          break;
        default:
          store().read(key, now_, {}, [&](const Hit& hit) {
            ASSERT_EQ(hit.item.value.substr(0, name.size() + 1), name + "/");
            pins.push_back(hit.pin());
            pinned.emplace_back(hit.item.value, hit.item.value);
          });
      }
      if (pins.size() > 4) {
        for (const auto& [now, then] : pinned) ASSERT_TRUE(now == then);
        pins.clear();
        pinned.clear();
      }
      if (thread == 0 && i % 100 == 0) store().maintain(now_);
      if (thread == 1 && i % 5000 == 4999) store().flush(now_);
      if (thread == 2 && i % 2000 == 0) store().set_memory_limit((i % 4000 == 0 ? 6 : 4) * kMiB);
      if (thread == 3 && i % 1000 == 0) store().stats();
    }
  });
  EXPECT_LE(store().stats().memory_used, 6 * kMiB);
  EXPECT_EQ(store().stats().pins, 0u);
}

}  // namespace
}  // namespace cocached::store
