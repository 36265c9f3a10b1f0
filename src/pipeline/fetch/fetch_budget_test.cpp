#include "pipeline/fetch/fetch_budget.h"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(FetchBudget, HoldsItsLimits) {
  FetchBudget budget({5, 2, 0});
  std::vector<std::thread> threads;
  std::atomic<int> of_first = 0;
  std::atomic<bool> too_many = false;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&, i] {
      const std::string account = "account" + std::to_string(i % 3);
      for (int turn = 0; turn < 20; ++turn) {
        const auto slot = budget.wait_for_slot(account, "party" + std::to_string(i), Cancel());
        if (i % 3 == 0 && ++of_first > 2) too_many = true;
        std::this_thread::yield();
        if (i % 3 == 0) --of_first;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(too_many);
  EXPECT_LE(budget.requests_most(), 5);
}

TEST(FetchBudget, TheOneWithTheLeastIsNext) {
  FetchBudget budget({2, 2, 0});
  std::optional<FetchBudget::Slot> first(budget.wait_for_slot("a", "greedy", Cancel()).value());
  std::optional<FetchBudget::Slot> second(budget.wait_for_slot("a", "greedy", Cancel()).value());
  std::mutex mutex;
  std::vector<std::string> order;
  const auto ask = [&](const std::string& party) {
    return std::thread([&, party] {
      const auto slot = budget.wait_for_slot("a", party, Cancel());
      const std::lock_guard lock(mutex);
      order.push_back(party);
    });
  };
  std::thread greedy = ask("greedy");
  std::thread modest = ask("modest");
  while (budget.waiting() < 2) std::this_thread::yield();
  first.reset();  // one place: it goes to the one who has none
  greedy.join();
  modest.join();
  EXPECT_EQ(order.front(), "modest");
}

TEST(FetchBudget, AWaitHearsACancel) {
  FetchBudget budget({1, 1, 0});
  const auto held = budget.wait_for_slot("a", "one", Cancel());
  const Cancel cancel;
  std::thread person([&] { cancel.request(); });
  EXPECT_FALSE(budget.wait_for_slot("a", "two", cancel));
  person.join();
}

TEST(FetchBudget, SharesMemoryOverReaders) {
  FetchBudget budget({1, 1, 100});
  budget.add_reader();
  EXPECT_TRUE(budget.take_bytes(0, 60));
  EXPECT_FALSE(budget.take_bytes(60, 60));
  EXPECT_TRUE(budget.take_bytes(60, 40));
  budget.add_reader();
  EXPECT_TRUE(budget.take_bytes(0, 60));  // the first block of a reader always
  EXPECT_FALSE(budget.take_bytes(60, 1));
  budget.give_bytes(160);
  EXPECT_TRUE(budget.take_bytes(40, 10));
  EXPECT_FALSE(budget.take_bytes(50, 1));  // half of 100
}

}  // namespace
}  // namespace apportion
