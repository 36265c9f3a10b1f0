#include "foundation/base/lru_cache.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

using Cache = LruCache<int>;

std::int64_t bytes_of(std::string_view key) { return Cache::bytes_with(key, sizeof(int)); }

TEST(LruCache, DropsFirstWhatWasNotUsedForLongest) {
  Cache cache;
  for (const char* key : {"a", "b", "c"}) cache.put(key, key[0], sizeof(int));
  ASSERT_NE(cache.find("a"), nullptr);
  cache.shrink_to(2 * bytes_of("a"));
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_EQ(*cache.find("a"), 'a');
  EXPECT_EQ(*cache.find("c"), 'c');
  EXPECT_EQ(cache.bytes(), 2 * bytes_of("a"));
}

TEST(LruCache, CountsKeysAndValues) {
  Cache cache;
  cache.put("a long key", 1, 1000);
  EXPECT_EQ(cache.bytes(), Cache::bytes_with("a long key", 1000));
  cache.shrink_to(cache.bytes());
  EXPECT_TRUE(cache.contains("a long key"));
  cache.shrink_to(0);
  EXPECT_FALSE(cache.contains("a long key"));
  EXPECT_EQ(cache.bytes(), 0);
}

TEST(LruCache, IsEmptyAfterClear) {
  Cache cache;
  cache.put("a", 1, 1);
  cache.clear();
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0);
  cache.put("a", 2, 1);
  EXPECT_EQ(*cache.find("a"), 2);
}

}  // namespace
}  // namespace apportion
