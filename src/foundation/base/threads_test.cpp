#include "foundation/base/threads.h"

#include <atomic>
#include <new>
#include <set>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(Threads, RunEachPieceOnceTheFirstInTheCallingThread) {
  std::mutex mutex;
  std::set<std::size_t> pieces;
  std::thread::id first;
  run_in_threads(4, [&](std::size_t piece) {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(pieces.insert(piece).second);
    if (piece == 0) first = std::this_thread::get_id();
  });
  EXPECT_EQ(pieces, (std::set<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(first, std::this_thread::get_id());
  run_in_threads(0, [](std::size_t) { FAIL(); });
}

TEST(Threads, AnExceptionOfAThreadReachesWhoWaits) {
  Threads threads;
  std::atomic<int> done = 0;
  ASSERT_TRUE(threads.start([] { throw std::bad_alloc(); }));
  ASSERT_TRUE(threads.start([&done] { ++done; }));
  EXPECT_EQ(threads.count(), 2u);
  EXPECT_THROW(threads.join(), std::bad_alloc);
  EXPECT_EQ(done, 1);
  EXPECT_NO_THROW(threads.join());
}

}  // namespace
}  // namespace apportion
