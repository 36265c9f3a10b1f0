#include "foundation/base/cancel.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

using std::chrono::milliseconds;

TEST(Cancel, CopiesShareOneWish) {
  const Cancel cancel;
  const Cancel copy = cancel;  // NOLINT(performance-unnecessary-copy-initialization): what is tested
  EXPECT_TRUE(copy.wait_for(milliseconds(0)));
  cancel.request();
  EXPECT_TRUE(copy.requested());
  EXPECT_FALSE(copy.wait_for(milliseconds(0)));
}

TEST(Cancel, AChildHearsItsParentAndNotTheOtherWayRound) {
  const Cancel parent;
  const Cancel child = parent.child();
  const Cancel sibling = parent.child();
  child.request();
  EXPECT_TRUE(child.requested());
  EXPECT_FALSE(parent.requested());
  EXPECT_FALSE(sibling.requested());
  parent.request();
  EXPECT_TRUE(sibling.requested());
  EXPECT_TRUE(parent.child().requested()) << "also one that is born later";
}

TEST(Cancel, AGrandchildHearsIt) {
  const Cancel parent;
  const Cancel grandchild = parent.child().child();  // the one between is gone
  parent.request();
  EXPECT_TRUE(grandchild.requested());
}

}  // namespace
}  // namespace apportion
