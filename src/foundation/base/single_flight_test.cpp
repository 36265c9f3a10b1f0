#include "foundation/base/single_flight.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace apportion {
namespace {

constexpr int kThreads = 4;

// What each of four threads gets that ask for the same at once; 0: an error. The first one's work ends when all others
// wait for it.
std::vector<int> ask_at_once(SingleFlight<int>& flights, std::atomic<int>& worked, bool first_fails) {
  const auto work = [&]() -> Result<int> {
    const int number = ++worked;
    if (number > 1) return number;
    while (flights.waiting() < kThreads - 1) std::this_thread::yield();
    if (first_fails) return Error{ErrorId::kNoCharges, "", "", "", ""};
    return number;
  };
  std::vector<int> got(kThreads, 0);
  std::vector<std::thread> threads;
  for (int& one : got) {
    threads.emplace_back([&flights, &work, &one] {
      if (const auto value = flights.of("a", work)) one = *value;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return got;
}

TEST(SingleFlight, WorksOnceForAllWhoAskMeanwhile) {
  SingleFlight<int> flights;
  std::atomic<int> worked = 0;
  EXPECT_EQ(ask_at_once(flights, worked, false), std::vector<int>(kThreads, 1));
  EXPECT_EQ(worked, 1);
}

TEST(SingleFlight, KeepsAFailureToTheOneWhoFailed) {
  SingleFlight<int> flights;
  std::atomic<int> worked = 0;
  const std::vector<int> got = ask_at_once(flights, worked, true);
  EXPECT_EQ(std::ranges::count(got, 0), 1);
  EXPECT_EQ(worked, kThreads);
}

TEST(SingleFlight, WorksApartForDifferentKeys) {
  SingleFlight<int> flights;
  const auto outer = flights.of("a", [&] { return flights.of("b", []() -> Result<int> { return 2; }); });
  EXPECT_EQ(*outer, 2);
}

TEST(SingleFlight, KeepsNothing) {
  SingleFlight<int> flights;
  int worked = 0;
  const auto work = [&]() -> Result<int> { return ++worked; };
  EXPECT_EQ(*flights.of("a", work), 1);
  EXPECT_EQ(*flights.of("a", work), 2);
}

}  // namespace
}  // namespace apportion
