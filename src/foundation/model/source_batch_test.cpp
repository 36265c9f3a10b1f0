#include "foundation/model/source_batch.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace apportion {
namespace {

constexpr const char* kNoId = "00000000-0000-0000-0000-000000000000";

// A field under two names: columns 0 and 1.
SourcePart two_names() {
  SourcePart part;
  part.layout.column_of_field = {0};
  part.layout.second_names = {{0, 1}};
  part.layout.names = {"billingCurrency", "BillingCurrencyCode"};
  part.layout.columns = 2;
  return part;
}

TEST(SecondNames, TheFilledOneCountsInEachRow) {
  const SourcePart part = two_names();
  SourceBatch batch;
  batch.part = &part;
  batch.rows = 6;
  batch.columns.begin_texts(2);
  batch.columns[0] = {"USD", "", "EUR", " ", "GBP", kNoId};
  batch.columns[1] = {"", "EUR", "EUR", "CHF", "SEK", "NOK"};
  settle_second_names(batch);
  using Cells = std::vector<std::string_view>;
  EXPECT_EQ(batch.columns[0], (Cells{"USD", "EUR", "EUR", "CHF", "GBP", "NOK"}));
  EXPECT_EQ(batch.columns[1], (Cells{"", "", "", "", "SEK", ""}));
  const auto settled = {batch.columns[0], batch.columns[1]};
  settle_second_names(batch);
  EXPECT_TRUE(std::ranges::equal(settled, std::vector{batch.columns[0], batch.columns[1]}));
  EXPECT_EQ(name_of_cell(batch, 0, 0), "billingCurrency");
  EXPECT_EQ(name_of_cell(batch, 0, 1), "BillingCurrencyCode");
  EXPECT_EQ(name_of_cell(batch, 0, 4), "billingCurrency");
}

}  // namespace
}  // namespace apportion
