#include "foundation/model/other_columns.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(OtherColumns, AreKnownByAnySpellingInFocusFilesOnly) {
  EXPECT_TRUE(is_known_other_column(SourceKind::kFocus, "x_BilledUnitPrice"));
  EXPECT_TRUE(is_known_other_column(SourceKind::kFocus, "X_billed unitprice"));
  EXPECT_FALSE(is_known_other_column(SourceKind::kFocus, "x_BilledUnitPrices"));
  EXPECT_FALSE(is_known_other_column(SourceKind::kFocus, ""));
  EXPECT_FALSE(is_known_other_column(SourceKind::kMpa, "x_BilledUnitPrice"));
}

TEST(OtherColumns, HaveNoFieldOfTheirOwn) {
  for (const SourceField& field : focus_fields()) EXPECT_FALSE(is_known_other_column(SourceKind::kFocus, field.name));
}

}  // namespace
}  // namespace apportion
