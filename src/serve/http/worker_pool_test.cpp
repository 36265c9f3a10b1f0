#include "serve/http/worker_pool.h"

#include <atomic>
#include <latch>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(WorkerPool, TakesAsMuchAsMayWait) {
  WorkerPool pool(2);
  ASSERT_TRUE(pool.start(1));
  std::latch entered(1);
  std::latch opened(1);
  std::atomic<int> done = 0;
  ASSERT_TRUE(pool.try_post([&] {
    entered.count_down();
    opened.wait();
  }));
  entered.wait();
  EXPECT_TRUE(pool.try_post([&] { ++done; }));
  EXPECT_TRUE(pool.try_post([&] { ++done; }));
  EXPECT_FALSE(pool.try_post([&] { ++done; }));
  pool.post([&] { ++done; });
  opened.count_down();
  pool.stop();
  EXPECT_EQ(done, 3) << "what was taken is done before the pool ends";
}

TEST(WorkerPool, GivesIdleThreadsWorkThatMayNotWait) {
  WorkerPool pool(0);
  ASSERT_TRUE(pool.start(2));
  std::latch entered(2);
  for (int i = 0; i < 2; ++i) {
    while (!pool.try_post([&] { entered.arrive_and_wait(); })) std::this_thread::yield();
  }
  pool.stop();
}

}  // namespace
}  // namespace apportion
