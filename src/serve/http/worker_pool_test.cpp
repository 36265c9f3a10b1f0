#include "serve/http/worker_pool.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <string>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(WorkerPool, TakesAsMuchAsMayWait) {
  WorkerPool pool(2);
  ASSERT_TRUE(pool.start(1));
  std::latch entered(1);
  std::latch opened(1);
  std::atomic<int> done = 0;
  ASSERT_TRUE(pool.try_post("a", [&] {
    entered.count_down();
    opened.wait();
  }));
  entered.wait();
  EXPECT_TRUE(pool.try_post("a", [&] { ++done; }));
  EXPECT_TRUE(pool.try_post("a", [&] { ++done; }));
  EXPECT_FALSE(pool.try_post("a", [&] { ++done; }));
  pool.post([&] { ++done; });
  opened.count_down();
  pool.stop();
  EXPECT_EQ(done, 3) << "what was taken is done before the pool ends";
}

TEST(WorkerPool, LinesTakeTurns) {
  WorkerPool pool(9);
  ASSERT_TRUE(pool.start(1));
  std::latch entered(1);
  std::latch opened(1);
  std::string order;
  ASSERT_TRUE(pool.try_post("a", [&] {
    entered.count_down();
    opened.wait();
  }));
  entered.wait();
  for (const char* line : {"a", "a", "a", "b", "b", "c"})
    ASSERT_TRUE(pool.try_post(line, [&, line] { order += line; }));
  opened.count_down();
  pool.stop();
  EXPECT_EQ(order, "abcaba");
}

TEST(WorkerPool, NoLineKeepsAllThreadsBusy) {
  WorkerPool pool(9, 1);
  ASSERT_TRUE(pool.start(2));
  std::latch other_is_done(1);
  std::atomic<int> at_once = 0;
  std::atomic<int> at_once_most = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.try_post("a", [&] {
      at_once_most = std::max(at_once_most.load(), ++at_once);
      other_is_done.wait();
      --at_once;
    }));
  }
  ASSERT_TRUE(pool.try_post("b", [&] { other_is_done.count_down(); }));
  pool.stop();
  EXPECT_EQ(at_once_most, 1);
}

TEST(WorkerPool, GivesIdleThreadsWorkThatMayNotWait) {
  WorkerPool pool(0);
  ASSERT_TRUE(pool.start(2));
  std::latch entered(2);
  for (int i = 0; i < 2; ++i) {
    while (!pool.try_post("a", [&] { entered.arrive_and_wait(); })) std::this_thread::yield();
  }
  pool.stop();
}

}  // namespace
}  // namespace apportion
