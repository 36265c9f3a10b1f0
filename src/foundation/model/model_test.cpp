#include <set>

#include <gtest/gtest.h>

#include "foundation/model/charge_columns.h"
#include "foundation/model/dataset.h"
#include "foundation/model/ids.h"

namespace apportion {
namespace {

TEST(ChargeColumns, NamesAreUniqueAndExplained) {
  std::set<std::string_view> names;
  for (const ChargeColumn& column : charge_columns()) {
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
    EXPECT_FALSE(column.about.empty()) << column.name;
  }
}

TEST(ChargeColumns, AreFoundByCanonicalAndShortNameInAnyCase) {
  EXPECT_EQ(find_charge_column("customertenantid")->name, "x_CustomerTenantId");
  EXPECT_EQ(find_charge_column("CloudVendorAccount")->name, "x_SubscriptionId");
  EXPECT_EQ(find_charge_column("resourceid")->name, "ResourceId");
  EXPECT_EQ(find_charge_column("Nothing"), nullptr);
  EXPECT_EQ(nearest_charge_column("RessourceId"), "ResourceId");
  EXPECT_EQ(nearest_charge_column("zzzzzzzz"), "");
}

TEST(ChargeColumns, PartnerCostIsForThePartnerOnly) {
  for (const char* name : {"BilledCost", "EffectiveCost", "ContractedCost", "x_PartnerCreditRate", "x_BillSource"}) {
    EXPECT_EQ(find_charge_column(name)->audience, ColumnAudience::kPartnerOnly) << name;
  }
}

TEST(Dataset, ReadsManifestNames) {
  EXPECT_EQ(parse_dataset("amortizedcost"), Dataset::kAmortizedCost);
  EXPECT_EQ(parse_dataset("Usage"), Dataset::kActualCost);
  EXPECT_EQ(dataset_name(Dataset::kActualCost), "ActualCost");
  EXPECT_FALSE(parse_dataset("Weather"));
}

TEST(RowId, HoldsImportAndOrdinal) {
  const RowId row(ImportId(123456), 987654321);
  EXPECT_EQ(RowId::from_stored(row.stored()).import(), ImportId(123456));
  EXPECT_EQ(RowId::from_stored(row.stored()).ordinal(), 987654321);
}

}  // namespace
}  // namespace apportion
