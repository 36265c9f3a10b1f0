#include "foundation/model/source_fields.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"

namespace apportion {
namespace {

std::vector<std::string> names_of(const SourceField& field) {
  std::vector<std::string> names{ascii_lower(field.name)};
  for (const std::string_view synonym : split_text(field.synonyms, '|')) {
    if (!synonym.empty()) names.push_back(ascii_lower(synonym));
  }
  return names;
}

TEST(SourceFields, NoNameMeansTwoFields) {
  for (const auto fields : {cost_details_fields(), focus_fields(), reservation_details_fields(),
                            reservation_transactions_fields(), reservation_recommendations_fields()}) {
    std::map<std::string, std::string_view> owners;
    for (const SourceField& field : fields) {
      for (const std::string& name : names_of(field)) {
        const auto [known, added] = owners.emplace(name, field.name);
        EXPECT_TRUE(added) << name << " is " << known->second << " and " << field.name;
      }
    }
  }
}

TEST(SourceFields, StandInTheOrderOfTheirEnumeration) {
  const auto name = [](CostField field) { return cost_details_fields()[static_cast<std::size_t>(field)].name; };
  EXPECT_EQ(name(CostField::kInvoiceId), "invoiceId");
  EXPECT_EQ(name(CostField::kDate), "date");
  EXPECT_EQ(name(CostField::kSubscriptionId), "SubscriptionId");
  EXPECT_EQ(name(CostField::kCost), "costInBillingCurrency");
  EXPECT_EQ(name(CostField::kTags), "tags");
  EXPECT_EQ(name(CostField::kProvider), "provider");
  EXPECT_EQ(name(CostField::kAvailabilityZone), "AvailabilityZone");
}

TEST(SourceFields, CostDetailsNeedDayCurrencyTypeAndCostOnly) {
  std::string needed;
  for (const SourceField& field : cost_details_fields()) needed += field.required ? std::string(field.name) + " " : "";
  EXPECT_EQ(needed, "date chargeType billingCurrency costInBillingCurrency ");
}

TEST(SourceFields, FocusFieldsFillCanonicalColumnsOnceEachWithTheRightType) {
  std::map<std::string_view, std::string_view> owners;
  for (const SourceField& field : focus_fields()) {
    EXPECT_TRUE(owners.emplace(field.column, field.name).second) << field.column << " comes from two fields";
    const ChargeColumn& column = charge_columns()[charge_column_index(field.column)];
    EXPECT_EQ(column.type == ColumnType::kDecimal, field.kind == CellKind::kDecimal) << field.name;
    EXPECT_EQ(column.type == ColumnType::kDay, field.kind == CellKind::kDay) << field.name;
  }
}

}  // namespace
}  // namespace apportion
