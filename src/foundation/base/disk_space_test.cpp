#include "foundation/base/disk_space.h"

#include <cerrno>
#include <limits>

#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

constexpr std::uintmax_t kGibibyte = std::uintmax_t{1} << 30;

TEST(DiskSpace, SaysWhetherLessThanAShareIsFree) {
  const DiskSpace space{10 * kGibibyte, 100 * kGibibyte};
  EXPECT_TRUE(space.has_less_than(11));
  EXPECT_FALSE(space.has_less_than(10));
  EXPECT_FALSE(space.has_less_than(0));
  EXPECT_FALSE((DiskSpace{0, 0}.has_less_than(90))) << "it does not say how large it is";
  constexpr auto kHuge = std::numeric_limits<std::uintmax_t>::max();
  EXPECT_TRUE((DiskSpace{kHuge / 2, kHuge}.has_less_than(90)));
}

TEST(DiskSpace, IsThatOfTheDiskOfAFolder) {
  const TestFolder folder;
  const auto space = disk_space_of(folder.path());
  ASSERT_TRUE(space);
  EXPECT_GT(space->total_bytes, 0U);
  EXPECT_LE(space->free_bytes, space->total_bytes);
  EXPECT_EQ(disk_space_of(folder / "gone").error().kind(), file_error("", folder / "gone", ENOENT).kind());
}

TEST(DiskSpace, IsWrittenInTenthsRoundedDown) {
  EXPECT_EQ(gibibytes_text(0), "0.0 GiB");
  EXPECT_EQ(gibibytes_text(kGibibyte - 1), "0.9 GiB");
  EXPECT_EQ(gibibytes_text(12 * kGibibyte + kGibibyte / 2), "12.5 GiB");
}

}  // namespace
}  // namespace apportion
