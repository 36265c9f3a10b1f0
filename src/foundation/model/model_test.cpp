#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/model/caller.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/column_facts.h"
#include "foundation/model/column_words.h"
#include "foundation/model/customer_view.h"
#include "foundation/model/dataset.h"
#include "foundation/model/ids.h"
#include "foundation/model/source_fields.h"

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

TEST(ChargeColumns, EachAudienceSeesItsOwnAndNoMore) {
  for (const char* name : {"x_PartnerCreditRate", "x_BillSource", "x_SourceFile", "x_RowId", "InvoiceId",
                           "BillingAccountId", "x_CostAllocationRuleName"}) {
    EXPECT_EQ(find_charge_column(name)->audience, Audience::kPartner) << name;
    EXPECT_EQ(find_charge_column(name, Audience::kCostView), nullptr) << name;
    EXPECT_NE(find_charge_column(name, Audience::kPartner), nullptr) << name;
  }
  for (const char* name : {"BilledCost", "EffectiveCost"}) {
    EXPECT_EQ(find_charge_column(name)->audience, Audience::kCostView) << name;
    EXPECT_EQ(find_charge_column(name, Audience::kListView), nullptr) << name;
    EXPECT_NE(find_charge_column(name, Audience::kBothViews), nullptr) << name;
  }
  for (const char* name : {"ListCost", "ListUnitPrice", "x_PayGPrice"}) {
    EXPECT_EQ(find_charge_column(name, Audience::kCostView), nullptr) << name;
    EXPECT_EQ(find_charge_column(name, Audience::kPublic), nullptr) << name;
    EXPECT_NE(find_charge_column(name, Audience::kBothViews), nullptr) << name;
  }
  for (const char* name : {"ContractedCost", "ContractedUnitPrice", "x_UnitPrice"}) {
    EXPECT_EQ(find_charge_column(name, Audience::kCostView), nullptr) << "it tells the list price of most: " << name;
    EXPECT_EQ(find_charge_column(name, Audience::kListView), nullptr) << name;
    EXPECT_NE(find_charge_column(name, Audience::kBothViews), nullptr) << name;
  }
  for (const char* name : {"ServiceName", "ResourceId", "Tags", "ChargePeriodStart"}) {
    EXPECT_EQ(find_charge_column(name)->audience, Audience::kPublic) << name;
  }
}

TEST(ChargeColumns, NoHintNamesAColumnOfAnotherAudience) {
  EXPECT_EQ(nearest_charge_column("x_PartnerCreditRat"), "x_PartnerCreditRate");
  EXPECT_EQ(nearest_charge_column("x_PartnerCreditRat", Audience::kCostView), "");
  EXPECT_EQ(nearest_charge_column("BilledCos", Audience::kPublic), "");
  EXPECT_EQ(nearest_charge_column("BilledCos", Audience::kCostView), "BilledCost");
}

TEST(ChargeColumns, ForeignRowsTellNothingOfTheirResource) {
  for (const char* name : {"ResourceId", "ResourceName", "Tags", "SubAccountId", "SubAccountName", "x_SubscriptionId",
                           "x_CustomerTenantId", "x_ResourceGroupName", "x_SkuDetails", "CommitmentDiscountName"}) {
    EXPECT_EQ(find_charge_column(name)->foreign_rows, ForeignRows::kBlank) << name;
  }
  for (const ChargeColumn& column : charge_columns()) {
    if (column.required && column.audience != Audience::kPartner) {
      EXPECT_EQ(column.foreign_rows, ForeignRows::kShown) << column.name;
    }
  }
}

TEST(ColumnFacts, TellWhichDatasetsDeliverAColumn) {
  for (const ChargeColumn& column : charge_columns()) {
    const ColumnFacts& facts = facts_of(column);
    EXPECT_FALSE(facts.example.empty()) << column.name;
    const bool is_in_focus =
        std::ranges::find(focus_fields(), column.name, &SourceField::column) != focus_fields().end();
    const bool says_focus = facts.datasets.find("FocusCost") != std::string_view::npos;
    EXPECT_EQ(says_focus, is_in_focus || column.name == "x_SubscriptionId") << column.name;
  }
}

// The table of docs/columns.md.
std::string table_of_columns() {
  std::string table = "| column | holds | who sees it | row of another tenant | |\n|---|---|---|---|---|\n";
  for (const ChargeColumn& column : charge_columns()) {
    const bool is_blank = column.foreign_rows == ForeignRows::kBlank && column.audience != Audience::kPartner;
    table += fmt::format("| `{}` | {} | {} | {} | {} |\n", column.name, type_words(column.type),
                         audience_words(column.audience), is_blank ? "blank" : "", column.about);
  }
  return table;
}

// With APPORTION_WRITE_DOCS set in the environment, the page is written anew.
TEST(ChargeColumns, ThePageOfColumnsSaysWhatTheTableSays) {
  const std::filesystem::path page = std::filesystem::path(APPORTION_DOCS_FOLDER) / "columns.md";
  std::ifstream file(page);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find("| column |");
  ASSERT_NE(begin, std::string::npos);
  if (std::getenv("APPORTION_WRITE_DOCS") != nullptr) std::ofstream(page) << text.substr(0, begin) + table_of_columns();
  EXPECT_EQ(text.substr(begin), table_of_columns()) << "set APPORTION_WRITE_DOCS=1 and run this test again";
}

TEST(Caller, OnlyTheWholePartnerIsThePartner) {
  EXPECT_TRUE(Caller::partner("os:billing").is_partner());
  EXPECT_TRUE(ReadScope::of_partner().is_partner());
  EXPECT_TRUE(require_partner(Caller::partner("os:billing").scope("acme"), "the proof"));
  EXPECT_FALSE(ReadScope{}.is_partner());
  const Caller viewer{"viewer", Audience::kCostView, std::set{CustomerId("contoso")}};
  const Caller analyst{"analyst", Audience::kPartner, std::set{CustomerId("contoso")}};
  for (const Caller& caller : {viewer, analyst}) {
    const auto allowed = require_partner(caller.scope(), "the proof");
    ASSERT_FALSE(allowed);
    EXPECT_EQ(allowed.error().id, ErrorId::kPartnerOnly);
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

TEST(CustomerViews, AreKnownByNameAndReadWithTheirAudience) {
  for (const CustomerView view : kCustomerViews) EXPECT_EQ(parse_customer_view(customer_view_name(view)), view);
  EXPECT_EQ(parse_customer_view("COST"), CustomerView::kCost);
  EXPECT_FALSE(parse_customer_view("all"));
  EXPECT_FALSE(parse_customer_view(""));
  EXPECT_EQ(audience_of(CustomerView::kList), Audience::kListView);
  EXPECT_EQ(audience_of(CustomerView::kCost), Audience::kCostView);
  EXPECT_EQ(audience_of(CustomerView::kBoth), Audience::kBothViews);
}

}  // namespace
}  // namespace apportion
