#include "pipeline/ingest/layout.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "foundation/base/text.h"
#include "foundation/model/source_fields.h"

namespace apportion {
namespace {

std::vector<std::string> cells(std::string_view header) {
  std::vector<std::string> names;
  for (const std::string_view name : split_text(header, ',')) names.emplace_back(name);
  return names;
}

Result<SourceLayout> recognise(std::string_view header) { return recognise_layout("f.csv", cells(header)); }

int column_of(const SourceLayout& layout, CostField field) {
  return layout.column_of_field[static_cast<std::size_t>(field)];
}

// The 70 columns of a partner's file, as documented.
std::vector<std::string> partner_header() {
  std::vector<std::string> names;
  const auto fields = cost_details_fields();
  for (std::size_t i = 0; i <= static_cast<std::size_t>(CostField::kProvider); ++i) names.emplace_back(fields[i].name);
  return names;
}

TEST(Layout, KnowsAllSeventyColumnsOfAPartnerFile) {
  const auto header = partner_header();
  ASSERT_EQ(header.size(), 70U);
  const auto layout = recognise_layout("f.csv", header);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->kind, SourceKind::kMpa);
  EXPECT_EQ(layout->name, "MPA");
  EXPECT_EQ(layout->columns, 70U);
  EXPECT_TRUE(layout->other_columns.empty());
  for (int i = 0; i < 70; ++i) EXPECT_EQ(layout->column_of_field[static_cast<std::size_t>(i)], i);
}

TEST(Layout, ReadsByNameNotByPlaceOrCase) {
  auto header = partner_header();
  std::reverse(header.begin(), header.end());
  for (std::size_t i = 0; i < header.size(); ++i) {
    for (char& c : header[i]) c = static_cast<char>(i % 2 == 0 ? std::toupper(c) : std::tolower(c));
  }
  header[0] = "\xef\xbb\xbf" + header[0];
  header[1] = " " + header[1] + "\t";
  const auto layout = recognise_layout("f.csv", header);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->kind, SourceKind::kMpa);
  EXPECT_TRUE(layout->other_columns.empty());
  for (int i = 0; i < 70; ++i) EXPECT_EQ(layout->column_of_field[static_cast<std::size_t>(i)], 69 - i);
}

struct Kind {
  std::string_view header;
  std::string_view name;
  SourceKind kind;
};

TEST(Layout, TellsTheKindsOfFilesApart) {
  constexpr Kind kCases[] = {
      {"invoiceId,customerTenantId,date,chargeType,billingCurrency,costInBillingCurrency", "MPA", SourceKind::kMpa},
      {"billingProfileId,partnerName,date,chargeType,billingCurrency,costInBillingCurrency",
       "MPA without customerTenantId", SourceKind::kMpa},
      {"invoiceId,partnerEarnedCreditApplied,date,chargeType,billingCurrency,costInBillingCurrency",
       "MPA without customerTenantId", SourceKind::kMpa},
      {"customerTenantId,partnerEarnedCreditRate,date,chargeType,billingCurrency,costInBillingCurrency", "MPA",
       SourceKind::kMpa},
      {"billingAccountName,partnerName,customerTenantId,date,chargeType,billingCurrency,costInBillingCurrency",
       "CSP subscription", SourceKind::kCspSubscription},
      {"invoiceId,billingProfileId,date,product,InstanceName,chargeType,billingCurrency,costInBillingCurrency", "MCA",
       SourceKind::kMca},
      {"Date,PartNumber,OfferId,ChargeType,BillingCurrencyCode,CostInBillingCurrency", "EA", SourceKind::kEa},
      {"Date,AccountOwnerId,ChargeType,BillingCurrency,Cost", "EA", SourceKind::kEa},
      {"UsageDateTime,ChargeType,Currency,PreTaxCost", "MCA", SourceKind::kMca},
      {"BillingProfileId,MeterId,TierMinimumUnits,UnitPrice,BasePrice,MarketPrice,Currency,PriceType", "price sheet",
       SourceKind::kPriceSheet},
      {"EnrollmentNumber,MeterID,UnitPrice,BasePrice,MarketPrice,CurrencyCode,PriceType", "EA price sheet",
       SourceKind::kPriceSheet},
      {"BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,x_InvoiceId", "FOCUS 1.0-preview(v1)",
       SourceKind::kFocus},
      {"BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ContractedCost", "FOCUS 1.0",
       SourceKind::kFocus},
      {"BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,SkuMeter", "FOCUS 1.2-preview",
       SourceKind::kFocus},
      {"billedcost,effectivecost,billingcurrency,chargecategory,chargeperiodstart,skumeter", "FOCUS 1.2-preview",
       SourceKind::kFocus},
      {"ReservationOrderId,ReservationId,UsageDate,UsedHours,ReservedHours", "reservation details",
       SourceKind::kReservationDetails},
      {"Amount,Currency,EventDate,EventType,ReservationOrderId", "reservation transactions",
       SourceKind::kReservationTransactions},
      {"Cost With No ReservedInstances,Net Savings,Recommended Quantity,scope", "reservation recommendations",
       SourceKind::kReservationRecommendations},
      {"CostWithNoReservedInstances,NetSavings,RecommendedQuantity,SKU", "reservation recommendations",
       SourceKind::kReservationRecommendations},
  };
  for (const Kind& one : kCases) {
    const auto layout = recognise(one.header);
    ASSERT_TRUE(layout) << one.header << "\n" << layout.error().message();
    EXPECT_EQ(layout->kind, one.kind) << one.header;
    EXPECT_EQ(layout->name, one.name) << one.header;
  }
}

TEST(Layout, KnowsOtherNamesOfColumns) {
  const auto layout = recognise(
      "UsageDateTime,product,InstanceName,chargeType,currency,PreTaxCost,SubscriptionGuid,"
      "UsageQuantity,ResourceRate,ResourceGuid,ServiceTier");
  ASSERT_TRUE(layout);
  EXPECT_EQ(column_of(*layout, CostField::kDate), 0);
  EXPECT_EQ(column_of(*layout, CostField::kProductName), 1);
  EXPECT_EQ(column_of(*layout, CostField::kResourceId), 2);
  EXPECT_EQ(column_of(*layout, CostField::kBillingCurrency), 4);
  EXPECT_EQ(column_of(*layout, CostField::kCost), 5);
  EXPECT_EQ(column_of(*layout, CostField::kSubscriptionId), 6);
  EXPECT_EQ(column_of(*layout, CostField::kQuantity), 7);
  EXPECT_EQ(column_of(*layout, CostField::kUnitPrice), 8);
  EXPECT_EQ(column_of(*layout, CostField::kMeterId), 9);
  EXPECT_EQ(column_of(*layout, CostField::kMeterSubCategory), 10);
  EXPECT_TRUE(layout->other_columns.empty());
}

TEST(Layout, RefusesANeededColumnThatIsThereTwice) {
  const auto twice = recognise("date,chargeType,billingCurrency,costInBillingCurrency,tags,CostInBillingCurrency ");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().id, ErrorId::kFileColumnRepeated);
  EXPECT_NE(twice.error().why.find("`costInBillingCurrency`"), std::string::npos) << twice.error().message();
  EXPECT_TRUE(recognise("date,chargeType,billingCurrency,costInBillingCurrency,tags,Tags"));
}

TEST(Layout, TakesTheDocumentedNameBeforeAnother) {
  const auto layout = recognise("Cost,date,chargeType,billingCurrency,costInBillingCurrency");
  ASSERT_TRUE(layout);
  EXPECT_EQ(column_of(*layout, CostField::kCost), 4);
  ASSERT_EQ(layout->other_columns.size(), 1U);
  EXPECT_EQ(layout->other_columns[0].second, "Cost");
}

TEST(Layout, ReadsLocalisedHeadersByTheNameInTheLastParentheses) {
  const auto layout = recognise(
      "Datum (Date),Kosten (netto) (CostInBillingCurrency),W\u00e4hrung (BillingCurrencyCode),Art (ChargeType),"
      "Ressourcengruppe (ResourceGroup),Neues (Unbekannt)");
  ASSERT_TRUE(layout);
  EXPECT_EQ(column_of(*layout, CostField::kDate), 0);
  EXPECT_EQ(column_of(*layout, CostField::kCost), 1);
  EXPECT_EQ(column_of(*layout, CostField::kBillingCurrency), 2);
  EXPECT_EQ(column_of(*layout, CostField::kChargeType), 3);
  EXPECT_EQ(column_of(*layout, CostField::kResourceGroupName), 4);
  ASSERT_EQ(layout->other_columns.size(), 1U);
  EXPECT_EQ(layout->other_columns[0].second, "Neues (Unbekannt)");
}

TEST(Layout, KeepsUnknownAndRepeatedColumns) {
  const auto layout = recognise("date,chargeType,billingCurrency,costInBillingCurrency,newThing,tags,,newThing,tags");
  ASSERT_TRUE(layout);
  EXPECT_EQ(column_of(*layout, CostField::kTags), 5);
  using Others = std::vector<std::pair<std::size_t, std::string>>;
  EXPECT_EQ(layout->other_columns, (Others{{4, "newThing"}, {6, ""}, {7, "newThing"}, {8, "tags"}}));
  const auto tags = static_cast<std::size_t>(CostField::kTags);
  EXPECT_EQ(layout->second_names, (std::vector<SecondName>{{tags, 8}}));
}

TEST(Layout, NamesTheColumnsThatAreMissing) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"invoiceId,customerTenantId,date,chargeType,costInBillingCurrency",
       "it holds a selection of columns, 5 of cost details, and lacks `billingCurrency` (or "
       "billingCurrencyCode|currency)"},
      {"invoiceId,customerTenantId,chargeType,billingCurrency,costInBillingCurrency",
       "it holds a selection of columns, 5 of cost details, and lacks `date` (or UsageDateTime|usageDate)"},
      {"date,chargeType,billingCurrency",
       "it holds a selection of columns, 3 of cost details, and lacks `costInBillingCurrency` (or Cost|PreTaxCost)"},
      {"BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart",
       "it holds a selection of columns, 4 of FOCUS, and lacks `EffectiveCost`"},
      {"BilledCost,EffectiveCost,ChargeCategory",
       "it holds a selection of columns, 3 of FOCUS, and lacks `BillingCurrency`, `ChargePeriodStart`"},
  };
  for (const auto& [header, why] : cases) {
    const auto layout = recognise(header);
    ASSERT_FALSE(layout) << header;
    EXPECT_EQ(layout.error().id, ErrorId::kFileColumnMissing);
    EXPECT_EQ(layout.error().where, "f.csv");
    EXPECT_EQ(layout.error().why, why);
  }
}

TEST(Layout, NamesFilesThatAreNoExports) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"PartnerId,CustomerId,InvoiceNumber,Subtotal,TaxTotal,Total,Currency,ChargeType",
       "this is invoice line items (reconciliation) of Partner Center, not an export of Cost Management"},
      {"PartnerId,CustomerId,InvoiceNumber,UsageDate,EntitlementId,BillingPreTaxTotal",
       "this is daily rated usage of Partner Center, not an export of Cost Management"},
      {"PartnerId,CustomerName,MpnId,OrderId,Subtotal,Tax,TotalForCustomer,Currency",
       "this is invoice line items (reconciliation) of Partner Center, not an export of Cost Management"},
      {"Partner ID,PartnerName,PartnerBillableAccountID,CustomerCompanyName,MPNID,InvoiceNumber",
       "this is daily rated usage of Partner Center, not an export of Cost Management"},
  };
  for (const auto& [header, what] : cases) {
    const auto layout = recognise(header);
    ASSERT_FALSE(layout) << header;
    EXPECT_EQ(layout.error().what, what);
  }
}

TEST(Layout, RefusesWhatIsNoCostFile) {
  const auto layout = recognise("meterId,meterName,tierMinimumUnits,unitPrice");
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error().what, "this is not an Azure cost file");
  EXPECT_NE(layout.error().why.find("meterId, meterName, tierMinimumUnits"), std::string::npos);
}

struct Days {
  std::string name;
  std::vector<std::string_view> days;
  std::vector<std::string_view> period_starts;
  std::optional<Month> month;
  std::optional<DayFormat> decided;  // nothing: refused
};

TEST(DayFormats, AreDecidedByTheWholeSample) {
  constexpr auto kIso = DayFormat::kIso;
  constexpr auto kUs = DayFormat::kMonthDayYear;
  constexpr auto kEuropean = DayFormat::kDayMonthYear;
  const auto october = Month::parse("2026-10");
  const auto none = std::optional<Month>();
  const Days cases[] = {
      {"no rows", {}, {}, october, kIso},
      {"blank only", {"", " "}, {}, october, kIso},
      {"ISO", {"2026-10-01", "2026-10-02"}, {}, october, kIso},
      {"ISO without a month", {"2026-10-01T00:00Z"}, {}, none, kIso},
      {"ISO, the first value bad", {"n/a", "2026-10-01", "2026-10-02"}, {}, october, kIso},
      {"US, the first value ISO", {"2026-10-01", "10/02/2026", "10/03/2026"}, {}, october, kUs},
      {"ISO and US by halves", {"10/02/2026", "2026-10-01"}, {}, october, kIso},
      {"US", {"10/01/2026", "10/31/2026"}, {}, october, kUs},
      {"US without a month", {"10/01/2026", "10/31/2026"}, {}, none, kUs},
      {"US, days up to 12 only", {"10/01/2026", "10/11/2026", "10/12/2026"}, {}, october, kUs},
      {"US, one day both ways", {"10/10/2026"}, {}, october, kUs},
      {"US, late usage of September too", {"09/30/2026", "09/29/2026", "10/01/2026"}, {"10/01/2026"}, october, kUs},
      {"US, late usage only", {"09/30/2026"}, {"10/01/2026"}, october, kUs},
      {"US, late usage only, days up to 12", {"09/05/2026"}, {"10/01/2026"}, october, kUs},
      {"US, a bad value", {"10/01/2026", "yesterday", "10/31/2026"}, {}, october, kUs},
      {"US, years of two digits", {"10/1/26", "10/31/26"}, {}, october, kUs},
      {"European", {"01/10/2026", "31/10/2026"}, {}, october, kEuropean},
      {"European without a month", {"01/10/2026", "31/10/2026"}, {}, none, kEuropean},
      {"European, days up to 12 only", {"02/10/2026", "11/10/2026"}, {}, october, kEuropean},
      {"European, a bad value", {"01/10/2026", "n/a", "31/10/2026"}, {}, october, kEuropean},
      {"European, one day both ways, but the period", {"10/10/2026"}, {"01/10/2026"}, october, kEuropean},
      {"ambiguous without a month", {"02/03/2026", "05/04/2026"}, {}, none, {}},
      {"ambiguous, but the period tells", {"02/03/2026"}, {"02/01/2026"}, none, kUs},
      {"neither in the month", {"02/03/2026"}, {}, october, {}},
      {"the same either way", {"05/05/2026", "", "06/06/2026"}, {}, none, kUs},
      {"the same either way, not in the month", {"05/05/2026"}, {}, october, kUs},
      {"no date at all", {"46326", "46327"}, {}, october, {}},
  };
  for (const Days& one : cases) {
    const auto decided = decide_day_format("f.csv", one.days, one.period_starts, one.month);
    ASSERT_EQ(decided.has_value(), one.decided.has_value()) << one.name;
    if (decided) {
      EXPECT_EQ(*decided, *one.decided) << one.name;
    } else {
      EXPECT_EQ(decided.error().id, ErrorId::kDateFormatAmbiguous) << one.name;
      EXPECT_NE(decided.error().why.find(std::string(one.days[0])), std::string::npos) << one.name;
    }
  }
}

}  // namespace
}  // namespace apportion
