/// For tests of use cases that change something: a home of the test's own, open for writing on 2026-11-22.
#pragma once

#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "application/writable_workspace.h"
#include "foundation/base/test_support.h"

namespace apportion {

class WritableHomeTest : public ::testing::Test {
 protected:
  WritableHomeTest() {
    EXPECT_TRUE(Home::create(folder_ / "home"));
    auto workspace = Workspace::open(folder_ / "home", Clock::fixed(*Day::parse("2026-11-22")), {});
    EXPECT_TRUE(workspace);
    workspace_.emplace(std::move(workspace).value());
    auto writable = begin_writing(*workspace_);
    EXPECT_TRUE(writable);
    writable_.emplace(std::move(writable).value());
  }

  ControlPlane& plane() { return writable_->workspace.control_plane; }

  TestFolder folder_;
  std::optional<Workspace> workspace_;
  std::optional<WritableWorkspace> writable_;
};

}  // namespace apportion
