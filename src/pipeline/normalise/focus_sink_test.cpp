#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::run_sink;
using normalise_testing::sink_options;
using normalise_testing::SinkOutput;
using normalise_testing::SourceTable;

// A row of usage with no hole in it, with some cells changed.
Cells row(const Cells& changes = {}) {
  Cells cells{{"ChargePeriodStart", "2026-10-05T00:00:00Z"},
              {"ChargePeriodEnd", "2026-10-06T00:00:00Z"},
              {"ChargeCategory", "Usage"},
              {"BillingCurrency", "EUR"},
              {"BilledCost", "3"},
              {"EffectiveCost", "3"},
              {"ListCost", "5"},
              {"ContractedCost", "4"},
              {"PublisherName", "Microsoft"},
              {"ServiceName", "Storage"},
              {"x_CustomerId", "8D1F0F6E-0000-4000-8000-000000000001"},
              {"SubAccountId", "/subscriptions/5A2B0C00-0000-4000-8000-0000000000AA"}};
  for (const auto& [name, text] : changes) cells[name] = text;
  return cells;
}

SinkOutput output_of(const std::vector<Cells>& rows, bool mend = true) {
  const TestFolder folder;
  SourceTable table(SourceKind::kFocus, rows, DayFormat::kIso);
  ChargeSinkOptions options = sink_options(Dataset::kFocusCost, folder.path());
  options.mend = mend;
  return run_sink(table, options);
}

std::string cell(const Cells& cells, const std::string& column) {
  const auto found = cells.find(column);
  return found == cells.end() ? "-" : found->second;
}

struct Mend {
  std::string name;
  Cells row;
  Cells mended;    // columns that a mend changes, as they are then
  Cells unmended;  // the same columns with mends switched off
};

const std::string kReservation = "/providers/Microsoft.Capacity/reservationOrders/o/reservations/r";

std::vector<Mend> mends() {
  const std::string no_contracted =
      "ContractedCost 0 -> EffectiveCost: Microsoft leaves it out for reservations and marketplace";
  const std::string publisher = "PublisherName empty -> Microsoft: nobody else sells commitments";
  const std::string nothing_contracted = "ContractedCost 0 -> unknown: zero beside a cost is not a price";
  const std::string nothing_listed = "ListCost 0 -> unknown: zero beside a cost is not a price";
  const std::string no_list = "ListCost 0 -> ContractedCost: Microsoft leaves it out for reservations and marketplace";
  return {
      {"nothing to mend",
       {},
       {{"x_SourceChanges", "-"}, {"EffectiveCost", "3"}, {"ListCost", "5"}, {"ContractedCost", "4"}},
       {{"x_SourceChanges", "-"}, {"EffectiveCost", "3"}, {"ListCost", "5"}, {"ContractedCost", "4"}}},
      {"effective cost of a commitment purchase",
       {{"ChargeCategory", "Purchase"}, {"CommitmentDiscountId", kReservation}},
       {{"EffectiveCost", "0"},
        {"BilledCost", "3"},
        {"x_SourceChanges", "EffectiveCost 3 -> 0: the usage that the purchase pays for has it already"}},
       {{"EffectiveCost", "3"}, {"BilledCost", "3"}, {"x_SourceChanges", "-"}}},
      {"another purchase keeps its effective cost",
       {{"ChargeCategory", "Purchase"}},
       {{"EffectiveCost", "3"}, {"x_SourceChanges", "-"}},
       {{"EffectiveCost", "3"}, {"x_SourceChanges", "-"}}},
      {"usage of a reservation without list and contracted cost",
       {{"CommitmentDiscountId", kReservation},
        {"CommitmentDiscountStatus", "Used"},
        {"BilledCost", "0"},
        {"ListCost", "0"},
        {"ContractedCost", "0"}},
       {{"ContractedCost", "3"}, {"ListCost", "3"}, {"x_SourceChanges", no_contracted + "; " + no_list}},
       {{"ContractedCost", "-"}, {"ListCost", "-"}, {"x_SourceChanges", nothing_contracted + "; " + nothing_listed}}},
      {"marketplace without list cost",
       {{"x_PublisherCategory", "Vendor"}, {"ListCost", "0"}},
       {{"ContractedCost", "4"}, {"ListCost", "4"}, {"x_SourceChanges", no_list}},
       {{"ContractedCost", "4"}, {"ListCost", "-"}, {"x_SourceChanges", nothing_listed}}},
      {"on-demand usage without list cost, but with a price",
       {{"ListCost", "0"}, {"ListUnitPrice", "2.5"}, {"PricingQuantity", "2"}},
       {{"ListCost", "5"}, {"x_SourceChanges", "ListCost 0 -> list unit price x pricing quantity"}},
       {{"ListCost", "-"}, {"x_SourceChanges", nothing_listed}}},
      {"on-demand usage without contracted cost, but with a price",
       {{"ContractedCost", "0"}, {"ContractedUnitPrice", "1.5"}, {"PricingQuantity", "2"}},
       {{"ContractedCost", "3"}, {"x_SourceChanges", "ContractedCost 0 -> contracted unit price x pricing quantity"}},
       {{"ContractedCost", "-"}, {"x_SourceChanges", nothing_contracted}}},
      {"on-demand usage without any price",
       {{"ListCost", "0.000"}, {"ListUnitPrice", "0"}, {"PricingQuantity", "2"}, {"x_EffectiveUnitPrice", "0"}},
       {{"ListCost", "-"}, {"ListUnitPrice", "-"}, {"x_EffectiveUnitPrice", "-"}, {"x_SourceChanges", nothing_listed}},
       {{"ListCost", "-"}, {"ListUnitPrice", "-"}, {"x_SourceChanges", nothing_listed}}},
      {"a quantity of zero says nothing",
       {{"ListCost", "0"}, {"ListUnitPrice", "2"}, {"PricingQuantity", "0"}},
       {{"ListCost", "-"}, {"ListUnitPrice", "2"}, {"x_SourceChanges", nothing_listed}},
       {{"ListCost", "-"}}},
      {"what is free costs nothing at list either",
       {{"BilledCost", "0"},
        {"EffectiveCost", "0"},
        {"ListCost", "0"},
        {"ContractedCost", "0"},
        {"ListUnitPrice", "0"}},
       {{"ListCost", "0"}, {"ContractedCost", "0"}, {"ListUnitPrice", "0"}, {"x_SourceChanges", "-"}},
       {{"ListCost", "0"}, {"ContractedCost", "0"}, {"ListUnitPrice", "0"}, {"x_SourceChanges", "-"}}},
      {"a correction costs too",
       {{"BilledCost", "-3"}, {"EffectiveCost", "-3"}, {"ListCost", "0"}},
       {{"ListCost", "-"}, {"x_SourceChanges", nothing_listed}},
       {{"ListCost", "-"}}},
      {"contracted cost of a block meter, divided by the size of the block",
       {{"ContractedCost", "0.0004"},
        {"ContractedUnitPrice", "2"},
        {"PricingQuantity", "2"},
        {"x_PricingBlockSize", "10000"}},
       {{"ContractedCost", "4"},
        {"x_SourceChanges", "ContractedCost 0.0004 -> 4: it was divided by the block size 10000"}},
       {{"ContractedCost", "0.0004"}, {"x_SourceChanges", "-"}}},
      {"contracted cost of a block meter, divided with its price",
       {{"ContractedCost", "0.0003"}, {"x_PricingBlockSize", "10000"}},
       {{"ContractedCost", "3"},
        {"x_SourceChanges", "ContractedCost 0.0003 -> 3: it was divided by the block size 10000"}},
       {{"ContractedCost", "0.0003"}, {"x_SourceChanges", "-"}}},
      {"a block meter with all its cost",
       {{"ContractedUnitPrice", "2"}, {"PricingQuantity", "2"}, {"x_PricingBlockSize", "10000"}},
       {{"ContractedCost", "4"}, {"x_SourceChanges", "-"}},
       {{"ContractedCost", "4"}, {"x_SourceChanges", "-"}}},
      {"an unused commitment has no list cost",
       {{"CommitmentDiscountId", kReservation},
        {"CommitmentDiscountStatus", "Unused"},
        {"ListCost", "0"},
        {"ContractedCost", "0"}},
       {{"ListCost", "-"},
        {"ContractedCost", "-"},
        {"x_SourceChanges",
         "ChargeDescription empty -> Unused commitment; " + nothing_contracted + "; " + nothing_listed},
        {"ChargeDescription", "Unused commitment"}},
       {{"ListCost", "-"}, {"ContractedCost", "-"}, {"ChargeDescription", "-"}}},
      {"nothing is consumed of what is unused",
       {{"CommitmentDiscountId", kReservation},
        {"CommitmentDiscountStatus", "Unused"},
        {"ChargeDescription", "VM"},
        {"ConsumedQuantity", "24"},
        {"ConsumedUnit", "Hours"}},
       {{"ConsumedQuantity", "-"},
        {"ConsumedUnit", "-"},
        {"x_SourceChanges", "ConsumedQuantity -> empty: only usage consumes, and not what is unused"}},
       {{"ConsumedQuantity", "24"}, {"ConsumedUnit", "Hours"}, {"x_SourceChanges", "-"}}},
      {"a purchase of a commitment that is told by its pricing category",
       {{"ChargeCategory", "Purchase"}, {"PricingCategory", "Committed"}},
       {{"EffectiveCost", "0"},
        {"x_SourceChanges", "EffectiveCost 3 -> 0: the usage that the purchase pays for has it already"}},
       {{"EffectiveCost", "3"}}},
      {"a monthly payment for a savings plan",
       {{"ChargeCategory", "Purchase"},
        {"CommitmentDiscountId", kReservation},
        {"ChargeFrequency", "Usage-Based"},
        {"EffectiveCost", "0"}},
       {{"ChargeFrequency", "Recurring"},
        {"x_SourceChanges", "ChargeFrequency Usage-Based -> Recurring: a payment for a commitment"}},
       {{"ChargeFrequency", "Usage-Based"}}},
      {"usage of a commitment whose status is not told",
       {{"CommitmentDiscountId", kReservation}},
       {{"CommitmentDiscountStatus", "Used"},
        {"x_SourceChanges", "CommitmentDiscountStatus empty -> Used: a commitment covers the usage"}},
       {{"CommitmentDiscountStatus", "-"}, {"x_SourceChanges", "-"}}},
      {"a capacity reservation that the details name",
       {{"x_SkuDetails", R"({"VMCapacityReservationId":"/cr"})"}},
       {{"CapacityReservationId", "/cr"},
        {"CapacityReservationStatus", "Used"},
        {"x_SourceChanges", "CapacityReservationId empty -> x_SkuDetails; CapacityReservationStatus empty -> Used"}},
       {{"CapacityReservationId", "-"}, {"CapacityReservationStatus", "-"}, {"x_SourceChanges", "-"}}},
      {"publisher of what the cloud provider sells",
       {{"PublisherName", ""}, {"x_PublisherCategory", "Cloud Provider"}},
       {{"PublisherName", "Microsoft"},
        {"x_SourceChanges", "PublisherName empty -> Microsoft: the cloud provider sells it"}},
       {{"PublisherName", "-"}, {"x_SourceChanges", "-"}}},
      {"costs that are not there stay unknown",
       {{"CommitmentDiscountId", kReservation},
        {"CommitmentDiscountStatus", "Used"},
        {"ListCost", ""},
        {"ContractedCost", " "}},
       {{"ListCost", "-"}, {"ContractedCost", "-"}},
       {{"ListCost", "-"}, {"ContractedCost", "-"}}},
      {"publisher of a commitment",
       {{"PublisherName", ""}, {"CommitmentDiscountId", kReservation}, {"CommitmentDiscountStatus", "Used"}},
       {{"PublisherName", "Microsoft"}, {"x_SourceChanges", publisher}},
       {{"PublisherName", "-"}, {"x_SourceChanges", "-"}}},
      {"publisher in another spelling",
       {{"PublisherName", "Microsoft Corporation"}},
       {{"PublisherName", "Microsoft"}, {"x_SourceChanges", "PublisherName Microsoft Corporation -> Microsoft"}},
       {{"PublisherName", "Microsoft Corporation"}}},
      {"a publisher that nobody knows", {{"PublisherName", ""}}, {{"PublisherName", "-"}}, {{"PublisherName", "-"}}},
      {"service of a commitment",
       {{"ServiceName", ""}, {"x_SkuMeterSubcategory", "Reservations"}},
       {{"ServiceName", "Reservations"}, {"x_SourceChanges", "ServiceName empty -> x_SkuMeterSubcategory"}},
       {{"ServiceName", "-"}}},
      {"invoice section of nobody",
       {{"x_InvoiceSectionId", "-2"}, {"x_InvoiceSectionName", "Unassigned"}},
       {{"x_InvoiceSectionId", "-"},
        {"x_InvoiceSectionName", "-"},
        {"x_SourceChanges", "x_InvoiceSectionId -2 -> empty; x_InvoiceSectionName Unassigned -> empty"}},
       {{"x_InvoiceSectionId", "-2"}, {"x_InvoiceSectionName", "Unassigned"}}},
  };
}

TEST(FocusSink, MarksRowsOfAnotherMonth) {
  const auto marks_of = [](const Cells& changes) { return output_of({row(), row(changes)}).result.marks; };
  EXPECT_EQ(marks_of({{"BillingPeriodStart", "2026-11-01T00:00:00Z"}}).size(), 1u);
  EXPECT_EQ(marks_of({{"BillingPeriodEnd", "2026-10-01T00:00:00Z"}}).size(), 1u) << "the end of September";
  EXPECT_EQ(marks_of({{"ChargePeriodStart", "2026-11-02T00:00:00Z"}}).size(), 1u);
  EXPECT_TRUE(marks_of({{"BillingPeriodEnd", "2026-11-01T00:00:00Z"}}).empty());
  EXPECT_TRUE(marks_of({{"BillingPeriodStart", "2026-10-01T00:00:00Z"}, {"ChargePeriodStart", "2026-11-02T00:00:00Z"}})
                  .empty());
}

TEST(FocusSink, MendsKnownHolesVisiblyUnlessToldNotTo) {
  for (const Mend& one : mends()) {
    SCOPED_TRACE(one.name);
    const SinkOutput mended = output_of({row(one.row)});
    ASSERT_EQ(mended.charges.size(), 1U);
    for (const auto& [column, value] : one.mended) EXPECT_EQ(cell(mended.charges[0], column), value) << column;
    const SinkOutput unmended = output_of({row(one.row)}, false);
    for (const auto& [column, value] : one.unmended) EXPECT_EQ(cell(unmended.charges[0], column), value) << column;
    // Whatever was mended, the totals still tell what the file says.
    ASSERT_EQ(mended.result.totals.size(), 1U);
    const ImportTotal& total = mended.result.totals[0];
    EXPECT_EQ(total.billed, unmended.result.totals[0].billed);
    EXPECT_EQ(total.effective, unmended.result.totals[0].effective);
    EXPECT_EQ((total.effective + total.mended_effective).to_string(), cell(mended.charges[0], "EffectiveCost"));
    EXPECT_TRUE(unmended.result.totals[0].mended_effective.is_zero());
  }
}

// `metric: source + mended (known, unknown)`, of all roles, categories and currencies.
std::string noted(const SinkOutput& output) {
  std::string text;
  for (const ImportMetricTotal& total : output.result.metric_totals) {
    text += fmt::format("{}: {} + {} ({}, {}); ", charge_metric_name(total.metric),
                        total.sum.source().value_or(Decimal()).to_string(), total.sum.mended().to_string(),
                        total.sum.known_rows(), total.sum.unknown_rows());
  }
  return text;
}

TEST(FocusSink, NotesWhatTheFileSaysOfEveryMetric) {
  const std::vector<Cells> rows{
      row({{"ListCost", "0.000000000000000001"}, {"ConsumedQuantity", "2"}, {"PricingQuantity", "0.5"}}),
      row({{"ListCost", "0"}, {"ListUnitPrice", "2.5"}, {"PricingQuantity", "2"}, {"ConsumedQuantity", ""}}),
      row({{"ListCost", "0"}, {"ContractedCost", ""}}),
      row({{"CommitmentDiscountStatus", "Unused"}, {"ConsumedQuantity", "24"}})};
  EXPECT_EQ(noted(output_of(rows)),
            "list: 5.000000000000000001 + 5 (3, 1); contracted: 12 + 0 (3, 1); consumed_quantity: 26 + -24 (1, 3); "
            "pricing_quantity: 2.5 + 0 (2, 2); ");
  EXPECT_EQ(noted(output_of(rows, false)),
            "list: 5.000000000000000001 + 0 (2, 2); contracted: 12 + 0 (3, 1); consumed_quantity: 26 + 0 (2, 2); "
            "pricing_quantity: 2.5 + 0 (2, 2); ");
}

TEST(FocusSink, AQuantityBeyondAllBoundsStopsNothing) {
  const SinkOutput output = output_of(
      {row({{"PricingQuantity", "99999999999999999999"}}), row({{"PricingQuantity", "99999999999999999999"}})});
  EXPECT_EQ(output.charges.size(), 2u);
  for (const ImportMetricTotal& total : output.result.metric_totals)
    EXPECT_EQ(total.sum.source().has_value(), total.metric != ChargeMetric::kPricingQuantity);
}

TEST(FocusSink, NotesTheDaysOfTheMonthWithCharges) {
  const SinkOutput output =
      output_of({row(), row({{"ChargePeriodStart", "2026-10-31"}}), row({{"ChargePeriodStart", "2026-09-30"}}),
                 row({{"ChargePeriodStart", "2026-10-07"}, {"BilledCost", "n/a"}})});
  EXPECT_TRUE(output.result.charge_days == MonthDays::from_bits(1U << 4 | 1U << 30));
}

TEST(FocusSink, TakesColumnsAsTheyAre) {
  const SinkOutput output = output_of({row({{"x_SkuTerm", "1Year"},
                                            {"x_PartnerCreditRate", "0.15"},
                                            {"x_PartnerCreditApplied", "True"},
                                            {"x_InvoiceIssuerId", "ABCD"},
                                            {"Tags", R"({"env":"prod"})"},
                                            {"x_SkuDetails", ""},
                                            {"BillingPeriodStart", ""},
                                            {"x_SkuPriceUnheardOf", "new"},
                                            {"PricingQuantity", "2.5"},
                                            {"ListUnitPrice", "2"},
                                            {"InvoiceId", "G1"}})});
  const Cells expected{{"ChargePeriodStart", "2026-10-05"},
                       {"ChargePeriodEnd", "2026-10-06"},
                       {"BillingPeriodStart", "2026-10-01"},
                       {"BillingPeriodEnd", "2026-11-01"},
                       {"x_CustomerTenantId", "8d1f0f6e-0000-4000-8000-000000000001"},
                       {"SubAccountId", "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa"},
                       {"x_SubscriptionId", "5a2b0c00-0000-4000-8000-0000000000aa"},
                       {"x_SkuTerm", "12"},
                       {"x_PartnerCreditRate", "0.15"},
                       {"x_PartnerTenantId", "abcd"},
                       {"Tags", R"({"env":"prod"})"},
                       {"x_SkuDetails", "-"},
                       {"x_OtherColumns", R"({"x_SkuPriceUnheardOf":"new"})"},
                       {"PricingQuantity", "2.5"},
                       {"ListUnitPrice", "2"},
                       {"InvoiceId", "G1"},
                       {"x_SourceChanges", "-"}};
  for (const auto& [column, value] : expected) EXPECT_EQ(cell(output.charges.at(0), column), value) << column;
}

TEST(FocusSink, EndsAChargePeriodThatTheFileLeavesOpen) {
  Cells without = row();
  without.erase("ChargePeriodEnd");
  EXPECT_EQ(cell(output_of({without}).charges.at(0), "ChargePeriodEnd"), "2026-10-06");
  const SinkOutput output = output_of({row({{"ChargePeriodEnd", ""}}), row()});
  EXPECT_EQ(cell(output.charges.at(0), "ChargePeriodEnd"), "2026-10-06");
}

TEST(FocusSink, KeepsTagsThatAreNoJson) {
  const SinkOutput output = output_of({row({{"Tags", "env=prod"}})});
  EXPECT_EQ(cell(output.charges.at(0), "Tags"), R"({"x_unreadable":"env=prod"})");
  EXPECT_TRUE(
      output.result.notes.contains("some tags are not JSON: they are kept as the value of the tag `x_unreadable`"));
}

TEST(FocusSink, RejectsWhatCannotBeRead) {
  const std::pair<std::string, std::string> cases[] = {{"BilledCost", "1,234.5"}, {"BilledCost", ""},
                                                       {"EffectiveCost", "NULL"}, {"EffectiveCost", ""},
                                                       {"ListCost", "x"},         {"ChargePeriodStart", "10/05/2026"},
                                                       {"ChargePeriodStart", ""}, {"BillingCurrency", "NULL"}};
  for (const auto& [column, value] : cases) {
    const SinkOutput output = output_of({row(), row({{column, value}})});
    EXPECT_EQ(output.charges.size(), 1U) << column << " " << value;
    ASSERT_EQ(output.result.rejects.size(), 1U) << column << " " << value;
    EXPECT_EQ(output.result.rejects[0].column, column);
    EXPECT_EQ(output.result.rejects[0].line, 3);
  }
}

TEST(FocusSink, DroppingItsDictionariesChangesNothing) {
  std::vector<Cells> rows;
  const auto kinds = mends();
  for (std::size_t i = 0; i < 1500; ++i) {
    rows.push_back(row(kinds[i % kinds.size()].row));
    rows.back()["ResourceId"] = "/r/" + std::to_string(i % 400);
    rows.back()["EffectiveCost"] = std::to_string(i % 37) + ".25";
    rows.back()["Unknown"] = std::to_string(i % 55);
  }
  SourceTable table(SourceKind::kFocus, rows, DayFormat::kIso);
  const TestFolder folder;
  const TestFolder other_folder;
  ChargeSinkOptions options = sink_options(Dataset::kFocusCost, folder.path());
  const SinkOutput whole = run_sink(table, options);
  options.folder = other_folder.path();
  options.dictionary_bytes_max = 0;
  const SinkOutput pieces = run_sink(table, options, 40);
  EXPECT_EQ(pieces.charges, whole.charges);
  EXPECT_EQ(pieces.result.notes, whole.result.notes);
}

}  // namespace
}  // namespace apportion
