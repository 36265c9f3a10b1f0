#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::run_sink;
using normalise_testing::sink_options;
using normalise_testing::SinkOutput;
using normalise_testing::SourceTable;

constexpr auto kActual = Dataset::kActualCost;
constexpr auto kAmortized = Dataset::kAmortizedCost;

// A usage row of 2 pieces at 3 each, with some cells changed.
Cells row(const Cells& changes = {}) {
  Cells cells{{"date", "10/05/2026"},
              {"chargeType", "Usage"},
              {"pricingModel", "OnDemand"},
              {"billingCurrency", "EUR"},
              {"pricingCurrency", "USD"},
              {"exchangeRatePricingToBilling", "0.5"},
              {"costInBillingCurrency", "3"},
              {"quantity", "2"},
              {"unitPrice", "3"},
              {"PayGPrice", "4"},
              {"customerTenantId", "8D1F0F6E-0000-4000-8000-000000000001"}};
  for (const auto& [name, text] : changes) cells[name] = text;
  return cells;
}

SinkOutput output_of(const std::vector<Cells>& rows, Dataset dataset = kAmortized) {
  const TestFolder folder;
  SourceTable table(SourceKind::kMpa, rows);
  return run_sink(table, sink_options(dataset, folder.path()));
}

std::string cell(const Cells& cells, const std::string& column) {
  const auto found = cells.find(column);
  return found == cells.end() ? "-" : found->second;
}

// The one charge that a row of the amortized file becomes.
Cells charge_of(const Cells& changes) {
  SinkOutput output = output_of({row(changes)});
  EXPECT_EQ(output.result.rejects.size(), 0U);
  EXPECT_EQ(output.charges.size(), 1U);
  return output.charges.empty() ? Cells() : output.charges[0];
}

struct Recipe {
  std::string_view type;
  std::string_view model;
  std::string_view cost;
  std::string_view actual;     // of the actual file: where it goes, BilledCost/EffectiveCost
  std::string_view amortized;  // of the amortized file: BilledCost/EffectiveCost
};

TEST(CostDetailsSink, CountsEachRowInTheFileItBelongsTo) {
  constexpr Recipe kCases[] = {
      {"Usage", "OnDemand", "3", "mirror 3/0", "3/3"},
      {"Usage", "Spot", "3", "mirror 3/0", "3/3"},
      {"Usage", "", "-3", "mirror -3/0", "-3/-3"},
      {"Usage", "OnDemand", "0", "mirror 0/0", "0/0"},
      {"Usage", "Reservation", "0", "mirror 0/0", "0/0"},
      {"Usage", "Reservation", "3", "charges 3/0", "0/3"},
      {"Usage", "SavingsPlan", "0", "mirror 0/0", "0/0"},
      {"Usage", "Savings Plan", "3", "charges 3/0", "0/3"},
      {"UnusedReservation", "Reservation", "3", "charges 3/0", "0/3"},
      {"UnusedSavingsPlan", "SavingsPlan", "3", "charges 3/0", "0/3"},
      {"UnusedSavingPlan", "", "3", "charges 3/0", "0/3"},
      {"Purchase", "Reservation", "3", "charges 3/0", "0/3"},
      {"Purchase", "Reservation", "0", "charges 0/0", "0/0"},
      {"Purchase", "SavingsPlan", "3", "charges 3/0", "0/3"},
      {"Purchase", "OnDemand", "3", "mirror 3/0", "3/3"},
      {"Refund", "Reservation", "-3", "charges -3/0", "0/-3"},
      {"Refund", "OnDemand", "-3", "mirror -3/0", "-3/-3"},
      {"RoundingAdjustment", "", "0.01", "mirror 0.01/0", "0.01/0.01"},
      {"Tax", "", "3", "mirror 3/0", "3/3"},
      {"SomethingNew", "OnDemand", "3", "mirror 3/0", "3/3"},
      {"SomethingNew", "SomethingElse", "3", "mirror 3/0", "3/3"},
  };
  const auto money = [](const Cells& cells) { return cell(cells, "BilledCost") + "/" + cell(cells, "EffectiveCost"); };
  std::vector<Cells> rows;
  Decimal sum;
  for (const Recipe& one : kCases) {
    rows.push_back(row({{"chargeType", std::string(one.type)},
                        {"pricingModel", std::string(one.model)},
                        {"costInBillingCurrency", std::string(one.cost)}}));
    sum += Decimal::parse(one.cost).value;
  }
  std::map<std::string, std::string> actual;  // by line
  const SinkOutput actual_output = output_of(rows, kActual);
  for (const Cells& cells : actual_output.mirror) actual[cell(cells, "x_SourceLine")] += "mirror " + money(cells);
  for (const Cells& cells : actual_output.charges) actual[cell(cells, "x_SourceLine")] += "charges " + money(cells);
  const SinkOutput amortized_output = output_of(rows, kAmortized);
  ASSERT_EQ(amortized_output.charges.size(), std::size(kCases));
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    SCOPED_TRACE(fmt::format("{} {} {}", kCases[i].type, kCases[i].model, kCases[i].cost));
    EXPECT_EQ(actual[std::to_string(i + 2)], kCases[i].actual);
    EXPECT_EQ(money(amortized_output.charges[i]), kCases[i].amortized);
  }
  Decimal billed;
  for (const ImportTotal& total : actual_output.result.totals) {
    billed += total.billed;
    EXPECT_TRUE(total.effective.is_zero());
  }
  Decimal effective;
  for (const ImportTotal& total : amortized_output.result.totals) effective += total.effective;
  EXPECT_EQ(billed, sum);
  EXPECT_EQ(effective, sum);
}

struct Prices {
  std::string name;
  Cells changes;
  std::string list, contracted, list_price, contracted_price;
};

TEST(CostDetailsSink, ACostThatTakesTheSumBeyondAnyBillIsAReject) {
  const std::string large = "3000000000000000";
  for (const auto& [dataset, sign] : {std::pair(kActual, ""), std::pair(kAmortized, ""), std::pair(kAmortized, "-")}) {
    std::vector<Cells> rows{row({{"costInBillingCurrency", "99999999999999999999"}})};
    for (const std::string one : {"", sign, "", sign}) rows.push_back(row({{"costInBillingCurrency", one + large}}));
    rows.push_back(row());
    const SinkOutput output = output_of(rows, dataset);
    ASSERT_GE(output.result.rejects.size(), 2U);
    for (const Reject& reject : output.result.rejects)
      EXPECT_NE(reject.reason.find("more than 10^16"), std::string::npos);
    EXPECT_EQ(output.result.rows_stored + static_cast<std::int64_t>(output.result.rejects.size()), 6);
    EXPECT_GE(output.result.rows_stored, 2) << "a large cost, and the row behind";
  }
}

TEST(CostDetailsSink, AListCostBeyondAnyBillIsUnknown) {
  const Cells charge = charge_of({{"paygCostInBillingCurrency", "99999999999999999999"}});
  EXPECT_EQ(cell(charge, "ListCost"), "-");
  EXPECT_NE(cell(charge, "x_SourceChanges").find("ListCost 99999999999999999999 -> unknown"), std::string::npos);
}

TEST(CostDetailsSink, ListAndContractedCostAreExactOrUnknown) {
  const Prices cases[] = {
      {"prices times quantity times rate", {}, "4", "3", "2", "1.5"},
      {"the file's own list cost first", {{"paygCostInBillingCurrency", "4.25"}}, "4.25", "3", "2", "1.5"},
      {"a list cost of zero beside a cost says less than the price",
       {{"paygCostInBillingCurrency", "0"}},
       "4",
       "3",
       "2",
       "1.5"},
      {"prices of zero beside a cost are none",
       {{"paygCostInBillingCurrency", "0"}, {"PayGPrice", "0"}, {"unitPrice", "0"}},
       "-",
       "-",
       "-",
       "-"},
      {"a price of zero beside a cost is none", {{"PayGPrice", "0.00"}}, "-", "3", "-", "1.5"},
      {"a correction costs too", {{"costInBillingCurrency", "-3"}, {"PayGPrice", "0"}}, "-", "3", "-", "1.5"},
      {"what is free costs nothing at list either",
       {{"costInBillingCurrency", "0"}, {"paygCostInBillingCurrency", "0"}, {"PayGPrice", "0"}, {"unitPrice", "0"}},
       "0",
       "0",
       "0",
       "0"},
      {"what is free may have had a price", {{"costInBillingCurrency", "0"}}, "4", "3", "2", "1.5"},
      {"no market price", {{"PayGPrice", ""}}, "-", "3", "-", "1.5"},
      {"no unit price", {{"unitPrice", " "}}, "4", "-", "2", "-"},
      {"no quantity", {{"quantity", ""}}, "-", "-", "2", "1.5"},
      {"a blank quantity", {{"quantity", "  "}}, "-", "-", "2", "1.5"},
      {"no rate between two currencies", {{"exchangeRatePricingToBilling", ""}}, "-", "-", "-", "-"},
      {"a blank rate between two currencies", {{"exchangeRatePricingToBilling", " "}}, "-", "-", "-", "-"},
      {"no rate, one currency", {{"exchangeRatePricingToBilling", ""}, {"pricingCurrency", "eur"}}, "8", "6", "4", "3"},
      {"no rate, no pricing currency",
       {{"exchangeRatePricingToBilling", ""}, {"pricingCurrency", ""}},
       "8",
       "6",
       "4",
       "3"},
      {"a product of many digits",
       {{"unitPrice", "0.0000204972"}, {"quantity", "0.006000000468"}, {"exchangeRatePricingToBilling", "0.912345"}},
       "0.021896280",
       "0.000000112204",
       "3.64938",
       "0.0000187"},
      {"too large to be known",
       {{"unitPrice", "99999999999999999999"}, {"quantity", "1000"}},
       "2000",
       "-",
       "2",
       "49999999999999999999.5"},
  };
  for (const Prices& one : cases) {
    SCOPED_TRACE(one.name);
    const Cells charge = charge_of(one.changes);
    if (one.name != "a product of many digits") {
      EXPECT_EQ(cell(charge, "ListCost"), one.list);
      EXPECT_EQ(cell(charge, "ContractedCost"), one.contracted);
      EXPECT_EQ(cell(charge, "ListUnitPrice"), one.list_price);
      EXPECT_EQ(cell(charge, "ContractedUnitPrice"), one.contracted_price);
    } else {
      // 0.0000204972 * 0.006000000468 = 1.229832095926e-7 (19 digits more), times the rate, rounded once to 18 digits
      EXPECT_EQ(cell(charge, "ContractedCost"), "0.000000112203116356");
      EXPECT_EQ(cell(charge, "ContractedUnitPrice"), "0.000018700517934");
    }
  }
}

TEST(CostDetailsSink, SaysInTheRowWhatItTookInPlaceOfAZero) {
  EXPECT_EQ(cell(charge_of({{"paygCostInBillingCurrency", "0"}}), "x_SourceChanges"),
            "ListCost 0 -> list unit price x pricing quantity");
  const Cells unknown = charge_of({{"PayGPrice", "0"}, {"unitPrice", "0"}, {"effectivePrice", "0"}});
  EXPECT_EQ(
      cell(unknown, "x_SourceChanges"),
      "ContractedCost 0 -> unknown: zero beside a cost is not a price; ListCost 0 -> unknown: zero beside a cost is "
      "not a price");
  EXPECT_EQ(cell(unknown, "x_EffectiveUnitPrice"), "-");
  EXPECT_EQ(cell(unknown, "x_PayGPrice"), "0") << "as delivered";
  EXPECT_EQ(cell(charge_of({}), "x_SourceChanges"), "-");
}

TEST(CostDetailsSink, UsageThatACommitmentCoversIsNotFreeInTheActualFile) {
  const Cells covered = row({{"pricingModel", "Reservation"},
                             {"costInBillingCurrency", "0"},
                             {"paygCostInBillingCurrency", "0"},
                             {"PayGPrice", "0"},
                             {"unitPrice", "0"}});
  const SinkOutput actual = output_of({covered}, kActual);
  ASSERT_EQ(actual.mirror.size(), 1U);
  EXPECT_EQ(cell(actual.mirror[0], "ListCost"), "-");
  EXPECT_EQ(cell(actual.mirror[0], "ContractedCost"), "-");
}

TEST(CostDetailsSink, UndoesADivisionByTheBlockSize) {
  // 30 blocks of 10,000 at 1 each, of which the unit price is that of one piece.
  const Cells charge = charge_of({{"unitOfMeasure", "10K"},
                                  {"quantity", "30"},
                                  {"unitPrice", "0.0001"},
                                  {"PayGPrice", "2"},
                                  {"exchangeRatePricingToBilling", "1"},
                                  {"costInBillingCurrency", "30"}});
  EXPECT_EQ(cell(charge, "ContractedCost"), "30");
  EXPECT_EQ(cell(charge, "ListCost"), "60");
  EXPECT_EQ(cell(charge, "x_SourceChanges"), "ContractedCost 0.003 -> 30: it was divided by the block size 10000");
}

// A reservation in files that lack the pricing model, or leave it empty.
TEST(CostDetailsSink, TellsCommitmentsByAnyColumn) {
  const std::string path = "/providers/Microsoft.Capacity/reservationOrders/o/reservations/r";
  const std::string plan = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/o/savingsPlans/s";
  const std::string guid = "5a2b0c00-0000-4000-8000-0000000000aa";
  struct Case {
    Cells cells;
    std::string id, type, category;
  };
  const Case cases[] = {
      {{{"benefitId", path}}, path, "Reservation", "Usage"},
      {{{"benefitId", plan}}, plan, "Savings Plan", "Spend"},
      {{{"reservationId", guid}}, guid, "Reservation", "Usage"},
      {{{"term", "12"}}, "-", "-", "-"},
      {{{"term", "P3Y"}}, "-", "-", "-"},
      {{{"pricingModel", "SavingsPlan"}}, "-", "Savings Plan", "Spend"},
      {{{"pricingModel", "OnDemand"}, {"reservationId", guid}}, guid, "Reservation", "Usage"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.cells.begin()->first + " " + one.cells.begin()->second);
    Cells cells = row({{"pricingModel", ""}});
    for (const auto& [name, text] : one.cells) cells[name] = text;
    if (one.cells.count("pricingModel") == 0) cells.erase("pricingModel");
    const SinkOutput amortized = output_of({cells});
    ASSERT_EQ(amortized.charges.size(), 1U);
    const Cells& charge = amortized.charges[0];
    EXPECT_EQ(cell(charge, "BilledCost"), "0");
    EXPECT_EQ(cell(charge, "EffectiveCost"), "3");
    EXPECT_EQ(cell(charge, "CommitmentDiscountId"), one.id);
    EXPECT_EQ(cell(charge, "CommitmentDiscountType"), one.type);
    EXPECT_EQ(cell(charge, "CommitmentDiscountCategory"), one.category);
    EXPECT_EQ(cell(charge, "CommitmentDiscountStatus"), "Used");
    if (one.cells.count("pricingModel") == 0) {
      EXPECT_EQ(cell(charge, "PricingCategory"), "Committed");
    }
    cells["chargeType"] = "Purchase";
    if (one.cells.count("term") == 0) {
      EXPECT_EQ(output_of({cells}, kActual).charges.size(), 1U) << "a purchase has no place in the amortized file";
    } else {
      EXPECT_EQ(output_of({cells}, kActual).mirror.size(), 1U) << "seats have a term too";
    }
  }
  const Cells zeros = charge_of({{"pricingModel", ""},
                                 {"reservationId", "00000000-0000-0000-0000-000000000000"},
                                 {"benefitId", ""},
                                 {"term", "1"}});
  EXPECT_EQ(cell(zeros, "BilledCost"), "3");
  EXPECT_EQ(cell(zeros, "CommitmentDiscountId"), "-");
  EXPECT_EQ(cell(zeros, "x_ReservationId"), "-");
  EXPECT_EQ(cell(zeros, "CommitmentDiscountStatus"), "-");
}

TEST(CostDetailsSink, APurchaseMayNameItsCommitmentAsItsResourceOnly) {
  const std::string order = "/providers/Microsoft.Capacity/reservationOrders/o/reservations/";
  const SinkOutput output =
      output_of({row({{"chargeType", "Purchase"}, {"pricingModel", ""}, {"ResourceId", order}})}, kActual);
  ASSERT_EQ(output.charges.size(), 1U);
  EXPECT_EQ(cell(output.charges[0], "CommitmentDiscountId"), order);
  EXPECT_EQ(cell(output.charges[0], "CommitmentDiscountType"), "Reservation");
  EXPECT_EQ(cell(output.charges[0], "ResourceName"), "-");
}

TEST(CostDetailsSink, MapsToFocusAsMicrosoftDoes) {
  const auto of = [](const Cells& changes, const std::string& column) { return cell(charge_of(changes), column); };
  EXPECT_EQ(of({{"chargeType", "UnusedReservation"}, {"unitOfMeasure", "1 Hour"}}, "ConsumedQuantity"), "-");
  EXPECT_EQ(of({{"chargeType", "UnusedSavingsPlan"}, {"unitOfMeasure", "1 Hour"}}, "ConsumedUnit"), "-");
  EXPECT_EQ(of({{"chargeType", "UnusedReservation"}, {"unitOfMeasure", "1 Hour"}}, "PricingQuantity"), "2");
  const Cells paid{{"chargeType", "Purchase"}, {"pricingModel", "SavingsPlan"}, {"frequency", "UsageBased"}};
  EXPECT_EQ(of(paid, "ChargeFrequency"), "Recurring");
  EXPECT_EQ(of({{"chargeType", "Purchase"}, {"frequency", "UsageBased"}}, "ChargeFrequency"), "Usage-Based");
  // Who publishes.
  EXPECT_EQ(of({{"publisherType", "Azure"}}, "PublisherName"), "Microsoft");
  EXPECT_EQ(of({{"publisherType", "Microsoft"}, {"publisherName", "Microsoft Corporation"}}, "PublisherName"),
            "Microsoft");
  EXPECT_EQ(of({{"pricingModel", "Reservation"}}, "PublisherName"), "Microsoft");
  EXPECT_EQ(of({{"publisherType", "Marketplace"}}, "PublisherName"), "-");
  EXPECT_EQ(of({{"publisherType", "Marketplace"}, {"publisherName", "Canonical"}}, "PublisherName"), "Canonical");
  // An enrollment repeats its account as profile, or has none.
  EXPECT_EQ(of({{"billingAccountId", "7"}}, "BillingAccountId"), "7");
  EXPECT_EQ(of({{"billingAccountId", "7"}, {"billingProfileId", "7"}}, "BillingAccountType"), "Billing Account");
  EXPECT_EQ(of({{"billingAccountId", "7"}, {"billingProfileId", "P"}}, "BillingAccountId"), "P");
  EXPECT_EQ(of({{"billingAccountId", "7"}, {"billingProfileId", "P"}}, "BillingAccountType"), "Billing Profile");
  EXPECT_EQ(of({{"billingAccountName", "Contoso"}}, "BillingAccountName"), "Contoso");
  // Resources as they are named.
  EXPECT_EQ(of({{"ResourceId", "/a/b/vm1"}, {"ResourceName", "VM-1"}}, "ResourceName"), "VM-1");
  EXPECT_EQ(of({{"ResourceId", "/a/b/vm1"}, {"ResourceName", ""}}, "ResourceName"), "vm1");
  // Capacity reservations: what runs in one uses it, itself it is what is not used.
  const std::string group =
      "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/capacityReservationGroups/g";
  const std::string info = R"({"VMCapacityReservationId":"/cr"})";
  EXPECT_EQ(of({{"additionalInfo", info}}, "CapacityReservationStatus"), "Used");
  EXPECT_EQ(of({{"ResourceId", group + "/capacityReservations/cr"}}, "CapacityReservationStatus"), "Unused");
  EXPECT_EQ(of({{"ResourceId", group + "/capacityReservations/cr"}}, "CapacityReservationId"),
            group + "/capacityReservations/cr");
  EXPECT_EQ(of({{"ResourceId", group}}, "CapacityReservationStatus"), "-");
}

TEST(CostDetailsSink, TakesTheTenantOfZerosAsNone) {
  constexpr std::string_view kZeros = "00000000-0000-0000-0000-000000000000";
  const SinkOutput actual = output_of({row({{"customerTenantId", std::string(kZeros)}})}, kActual);
  const SinkOutput amortized = output_of({row({{"customerTenantId", ""}})}, kAmortized);
  ASSERT_EQ(actual.mirror.size(), 1U);
  EXPECT_EQ(cell(actual.mirror[0], "x_CustomerTenantId"), "-");
  EXPECT_EQ(actual.result.checksum.to_string(), amortized.result.checksum.to_string());
}

struct Bad {
  std::string column;
  std::string value;
  std::string reason_part;
};

TEST(CostDetailsSink, RowsThatCannotBeReadBecomeRejects) {
  const Bad cases[] = {
      {"costInBillingCurrency", "1,234.5", "plain decimal number"},
      {"costInBillingCurrency", "", "empty"},
      {"costInBillingCurrency", " ", ""},
      {"costInBillingCurrency", "n/a", "plain decimal number"},
      {"costInBillingCurrency", "NaN", "plain decimal number"},
      {"costInBillingCurrency", "$5", "plain decimal number"},
      {"costInBillingCurrency", "(5.00)", "plain decimal number"},
      {"costInBillingCurrency", "5 EUR", "plain decimal number"},
      {"costInBillingCurrency", "0.1234567890123456789012345678901234567", "36 digits"},
      {"costInBillingCurrency", "1e20", ""},
      {"costInBillingCurrency", "1E+999999999", ""},
      {"quantity", "1,5", "plain decimal number"},
      {"unitPrice", "x", "plain decimal number"},
      {"exchangeRatePricingToBilling", "one", "plain decimal number"},
      {"partnerEarnedCreditRate", "15%", "plain decimal number"},
      {"date", "", "empty"},
      {"date", " ", "month/day/year"},
      {"date", "2026-10-05", "month/day/year"},
      {"date", "13/05/2026", "month/day/year"},
      {"date", "02/30/2026", "month/day/year"},
      {"billingPeriodStartDate", "soon", "month/day/year"},
      {"billingCurrency", "", "currency code"},
      {"billingCurrency", "EURO", "currency code"},
      {"billingCurrency", "\u20ac", "currency code"},
      {"customerName", "Caf\xe9", "not UTF-8"},
      {"tags", "\"a\": \"\xff\"", "not UTF-8"},
  };
  std::vector<Cells> rows;
  for (const Bad& one : cases) {
    rows.push_back(row());
    rows.push_back(row({{one.column, one.value}}));
  }
  SinkOutput output = output_of(rows, kActual);
  EXPECT_EQ(output.mirror.size(), std::size(cases));
  EXPECT_EQ(output.result.rows_stored, static_cast<std::int64_t>(std::size(cases)));
  ASSERT_EQ(output.result.totals.size(), 1U);
  EXPECT_EQ(output.result.totals[0].billed, Decimal::from_integer(static_cast<std::int64_t>(3 * std::size(cases))));
  auto& rejects = output.result.rejects;
  std::sort(rejects.begin(), rejects.end(), [](const Reject& a, const Reject& b) { return a.line < b.line; });
  ASSERT_EQ(rejects.size(), std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const Bad& one = cases[i];
    SCOPED_TRACE(one.column + " = `" + one.value + "`");
    EXPECT_EQ(rejects[i].file, "part.csv");
    EXPECT_EQ(rejects[i].line, static_cast<std::int64_t>(2 * i + 3));
    EXPECT_EQ(rejects[i].column, one.column);
    EXPECT_NE(rejects[i].reason.find(one.reason_part), std::string::npos) << rejects[i].reason;
    if (!one.reason_part.starts_with("not UTF-8")) {
      EXPECT_EQ(rejects[i].value, one.value);
    }
  }
}

TEST(CostDetailsSink, DaysBesideTheChargeMayBeIsoInAnyFile) {
  const Cells charge = charge_of({{"exchangeRateDate", "2026-10-01"}, {"servicePeriodStartDate", "10/02/2026"}});
  EXPECT_EQ(cell(charge, "x_BillingExchangeRateDate"), "2026-10-01");
  EXPECT_EQ(cell(charge, "x_ServicePeriodStart"), "2026-10-02");
}

TEST(CostDetailsSink, DaysBesideTheChargeMayBeMonthDayYearInAnIsoFile) {
  const TestFolder folder;
  SourceTable table(SourceKind::kMpa,
                    {row({{"date", "2026-10-05"}, {"billingPeriodStartDate", "10/01/2026"}}),
                     row({{"date", "2026-10-05"}, {"billingPeriodStartDate", "soon"}})},
                    DayFormat::kIso);
  const SinkOutput output = run_sink(table, sink_options(kAmortized, folder.path()));
  ASSERT_EQ(output.charges.size(), 1U);
  EXPECT_EQ(cell(output.charges[0], "BillingPeriodStart"), "2026-10-01");
  EXPECT_EQ(output.result.rejects.size(), 1U);
}

TEST(CostDetailsSink, AnyCharacterSurvivesTheWayToTheLake) {
  std::vector<Cells> rows;
  std::vector<std::string> names;
  std::string name;
  for (std::uint32_t point = 1; point <= 0x10ffff; point += point < 0x3000 ? 1 : 257) {
    if (point >= 0xd800 && point < 0xe000) continue;
    if (point < 0x80) {
      name += static_cast<char>(point);
    } else if (point < 0x800) {
      name += {static_cast<char>(0xc0 | (point >> 6)), static_cast<char>(0x80 | (point & 63))};
    } else if (point < 0x10000) {
      name += {static_cast<char>(0xe0 | (point >> 12)), static_cast<char>(0x80 | ((point >> 6) & 63)),
               static_cast<char>(0x80 | (point & 63))};
    } else {
      name += {static_cast<char>(0xf0 | (point >> 18)), static_cast<char>(0x80 | ((point >> 12) & 63)),
               static_cast<char>(0x80 | ((point >> 6) & 63)), static_cast<char>(0x80 | (point & 63))};
    }
    if (name.size() < 200) continue;
    rows.push_back(row({{"customerName", name}, {"newThing", name}}));
    names.push_back(std::move(name));
    name.clear();
  }
  const SinkOutput output = output_of(rows);
  ASSERT_EQ(output.charges.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(cell(output.charges[i], "x_CustomerTenantName"), names[i]);
}

TEST(CostDetailsSink, ARowWithSeveralFaultsIsOneReject) {
  const SinkOutput output = output_of({row({{"costInBillingCurrency", "x"}, {"date", "y"}, {"billingCurrency", "z"}})});
  EXPECT_EQ(output.result.rejects.size(), 1U);
  EXPECT_EQ(output.result.rows_stored, 0);
  EXPECT_TRUE(output.result.files.empty());
}

TEST(CostDetailsSink, ReadsNumbersAsFilesWriteThem) {
  const std::pair<std::string, std::string> cases[] = {{"1.60599E-05", "0.0000160599"},
                                                       {"0.006000000468", "0.006000000468"},
                                                       {"-12.50", "-12.5"},
                                                       {"+3", "3"},
                                                       {" 3 ", "3"},
                                                       {".5", "0.5"},
                                                       {"0.123456789012345678", "0.123456789012345678"},
                                                       {"0.12345678901234567800", "0.123456789012345678"},
                                                       {"1e-18", "0.000000000000000001"},
                                                       {"-0", "0"},
                                                       {"999999999999999", "999999999999999"}};
  std::vector<Cells> rows;
  for (const auto& [written, cost] : cases) rows.push_back(row({{"costInBillingCurrency", written}}));
  const SinkOutput output = output_of(rows);
  ASSERT_EQ(output.charges.size(), std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i)
    EXPECT_EQ(cell(output.charges[i], "BilledCost"), cases[i].second) << cases[i].first;
}

TEST(CostDetailsSink, FillsTheCanonicalColumns) {
  const std::string reservation = "/providers/Microsoft.Capacity/reservationOrders/o/reservations/r";
  const Cells charge =
      charge_of({{"pricingModel", "Reservation"},
                 {"billingCurrency", "eur"},
                 {"SubscriptionId", "5A2B0C00-0000-4000-8000-0000000000AA"},
                 {"ResourceId", "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/VM1"},
                 {"meterCategory", "Virtual Machines"},
                 {"ProductName", "D2s v5"},
                 {"benefitId", reservation},
                 {"frequency", "UsageBased"},
                 {"term", "3Years"},
                 {"unitOfMeasure", "10 Hours"},
                 {"resourceLocation", "EastUS"},
                 {"location", "US East"},
                 {"partnerEarnedCreditRate", "15"},
                 {"billingPeriodStartDate", "10/01/2026"},
                 {"billingPeriodEndDate", "10/31/2026"},
                 {"additionalInfo", R"("VMCapacityReservationId": "cap-1", "VCPUs": 2)"},
                 {"tags", R"("env": "prod")"}});
  const Cells expected{{"x_RowId", std::to_string(RowId(ImportId(7), 1).stored())},
                       {"x_ImportId", "7"},
                       {"x_BillSource", "acme"},
                       {"x_SourceFile", "part.csv"},
                       {"x_SourceLine", "2"},
                       {"ChargePeriodStart", "2026-10-05"},
                       {"ChargePeriodEnd", "2026-10-06"},
                       {"BillingPeriodStart", "2026-10-01"},
                       {"BillingPeriodEnd", "2026-11-01"},
                       {"BillingCurrency", "EUR"},
                       {"PricingCurrency", "USD"},
                       {"x_CustomerTenantId", "8d1f0f6e-0000-4000-8000-000000000001"},
                       {"x_SubscriptionId", "5a2b0c00-0000-4000-8000-0000000000aa"},
                       {"SubAccountId", "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa"},
                       {"SubAccountType", "Subscription"},
                       {"ResourceName", "VM1"},
                       {"ResourceType", "microsoft.compute/virtualmachines"},
                       {"ServiceName", "Virtual Machines"},
                       {"ChargeDescription", "D2s v5"},
                       {"ChargeCategory", "Usage"},
                       {"ChargeFrequency", "Usage-Based"},
                       {"PricingCategory", "Committed"},
                       {"CommitmentDiscountId", reservation},
                       {"CommitmentDiscountType", "Reservation"},
                       {"CommitmentDiscountCategory", "Usage"},
                       {"CommitmentDiscountStatus", "Used"},
                       {"x_SkuTerm", "36"},
                       {"x_PricingBlockSize", "10"},
                       {"PricingUnit", "Hours"},
                       {"ConsumedUnit", "Hours"},
                       {"PricingQuantity", "2"},
                       {"ConsumedQuantity", "2"},
                       {"RegionId", "eastus"},
                       {"RegionName", "US East"},
                       {"x_PartnerCreditRate", "0.15"},
                       {"CapacityReservationId", "cap-1"},
                       {"x_SkuDetails", R"({"VMCapacityReservationId": "cap-1", "VCPUs": 2})"},
                       {"Tags", R"({"env": "prod"})"}};
  for (const auto& [column, value] : expected) EXPECT_EQ(cell(charge, column), value) << column;
}

TEST(CostDetailsSink, LeavesEmptyWhatIsNotThere) {
  const Cells charge = charge_of({{"SubscriptionId", "00000000-0000-0000-0000-000000000000"},
                                  {"billingPeriodStartDate", ""},
                                  {"term", " "},
                                  {"tags", ""},
                                  {"chargeType", "Purchase"}});
  EXPECT_EQ(cell(charge, "x_SubscriptionId"), "-");
  EXPECT_EQ(cell(charge, "SubAccountId"), "-");
  EXPECT_EQ(cell(charge, "SubAccountType"), "-");
  EXPECT_EQ(cell(charge, "Tags"), "-");
  EXPECT_EQ(cell(charge, "x_SkuTerm"), "-");
  EXPECT_EQ(cell(charge, "ConsumedQuantity"), "-");
  EXPECT_EQ(cell(charge, "PricingQuantity"), "2");
  EXPECT_EQ(cell(charge, "BillingPeriodStart"), "2026-10-01");
  EXPECT_EQ(cell(charge, "BillingPeriodEnd"), "2026-11-01");
}

TEST(CostDetailsSink, KeepsTagsThatAreNoJson) {
  const SinkOutput output = output_of({row({{"tags", "env=prod"}})});
  EXPECT_EQ(cell(output.charges[0], "Tags"), R"({"x_unreadable":"env=prod"})");
  EXPECT_TRUE(
      output.result.notes.contains("some tags are not JSON: they are kept as the value of the tag `x_unreadable`"));
}

TEST(CostDetailsSink, FlagsWordsThatItDoesNotKnow) {
  const SinkOutput output = output_of({row({{"chargeType", "Gift"}}), row({{"pricingModel", "Barter"}}),
                                       row({{"frequency", "Weekly"}}), row({{"term", "12 weeks"}})});
  EXPECT_EQ(output.result.notes,
            (std::set<std::string>{"chargeType `Gift` is not known: taken as charge category Adjustment",
                                   "pricingModel `Barter` is not known: taken as pricing category Other",
                                   "frequency `Weekly` is not known: taken as charge frequency as written",
                                   "`12 weeks` is not a term in months or years and was left empty"}));
  EXPECT_EQ(cell(output.charges[0], "ChargeCategory"), "Adjustment");
  EXPECT_EQ(cell(output.charges[0], "x_ChargeType"), "Gift");
  EXPECT_EQ(cell(output.charges[1], "PricingCategory"), "Other");
  EXPECT_EQ(cell(output.charges[2], "ChargeFrequency"), "Weekly");
}

TEST(CostDetailsSink, MarksRowsOfAnotherMonth) {
  const auto marks_of = [](const Cells& changes) { return output_of({row(changes)}).result.marks; };
  const std::string counts = "but the run is for 2026-10: they count in 2026-10";
  const std::string none;
  EXPECT_EQ(marks_of({{"billingPeriodStartDate", "09/01/2026"}}),
            (std::set<std::string>{"some rows have a billing period that begins 2026-09-01, " + counts}));
  EXPECT_EQ(marks_of({{"billingPeriodStartDate", none}, {"billingPeriodEndDate", "09/30/2026"}}),
            (std::set<std::string>{"some rows have a billing period that ends 2026-09-30, " + counts}));
  EXPECT_EQ(marks_of({{"billingPeriodStartDate", none}, {"billingPeriodEndDate", none}, {"date", "11/02/2026"}}),
            (std::set<std::string>{"some rows without a billing period are for days after 2026-10: they count in "
                                   "2026-10"}));
  EXPECT_TRUE(marks_of({{"billingPeriodStartDate", none}, {"billingPeriodEndDate", "10/31/2026"}}).empty());
  EXPECT_TRUE(marks_of({{"billingPeriodStartDate", none}, {"billingPeriodEndDate", "11/01/2026"}}).empty());
  EXPECT_TRUE(
      marks_of({{"billingPeriodStartDate", none}, {"billingPeriodEndDate", none}, {"date", "09/02/2026"}}).empty())
      << "late usage";
}

TEST(CostDetailsSink, KeepsColumnsThatItDoesNotKnow) {
  const SinkOutput output = output_of(
      {row({{"newThing", "a\"b"}, {"newNumber", "5"}}), row(), row({{"newNumber", "5"}}), row({{"newThing", "\xff"}})});
  EXPECT_EQ(cell(output.charges[0], "x_OtherColumns"), R"({"newNumber":"5","newThing":"a\"b"})");
  EXPECT_EQ(cell(output.charges[1], "x_OtherColumns"), "-");
  EXPECT_EQ(cell(output.charges[2], "x_OtherColumns"), R"({"newNumber":"5"})");
  EXPECT_EQ(cell(output.charges[3], "x_OtherColumns"), "{\"newThing\":\"\ufffd\"}");
}

TEST(CostDetailsSink, SumsByCurrencyAndCategory) {
  const SinkOutput output = output_of({row(), row({{"billingCurrency", "usd"}}), row({{"billingCurrency", "USD"}}),
                                       row({{"chargeType", "Refund"}, {"costInBillingCurrency", "-1"}})},
                                      kActual);
  std::string totals;
  for (const ImportTotal& total : output.result.totals)
    totals += fmt::format("{} {} {} {}; ", total.currency.code(), total.charge_category, total.rows,
                          total.billed.to_string());
  EXPECT_EQ(totals, "EUR Purchase 1 -1; EUR Usage 1 3; USD Usage 2 6; ");
}

TEST(CostDetailsSink, NotesMetricsOfChargesAndOfMirrorRowsApart) {
  const std::vector<Cells> rows{row(),
                                row({{"chargeType", "Purchase"}, {"pricingModel", "Reservation"}, {"quantity", "1"}})};
  const auto noted = [](const SinkOutput& output) {
    std::string text;
    for (const ImportMetricTotal& total : output.result.metric_totals) {
      text += fmt::format("{} {} {} {} ({}, {}); ", total.role, total.charge_category, charge_metric_name(total.metric),
                          total.sum.source()->to_string(), total.sum.known_rows(), total.sum.unknown_rows());
    }
    return text;
  };
  const std::string purchase =
      "charges Purchase list 2 (1, 0); charges Purchase contracted 1.5 (1, 0); "
      "charges Purchase consumed_quantity 0 (0, 1); charges Purchase pricing_quantity 1 (1, 0); ";
  EXPECT_EQ(noted(output_of(rows, kActual)),
            purchase +
                "mirror Usage list 4 (1, 0); mirror Usage contracted 3 (1, 0); "
                "mirror Usage consumed_quantity 2 (1, 0); mirror Usage pricing_quantity 2 (1, 0); ");
  EXPECT_EQ(noted(output_of({rows[0]}, kAmortized)),
            "charges Usage list 4 (1, 0); charges Usage contracted 3 (1, 0); charges Usage consumed_quantity 2 (1, 0); "
            "charges Usage pricing_quantity 2 (1, 0); ");
}

// Rows of many kinds, with texts that seldom repeat.
std::vector<Cells> many_rows(int count) {
  std::vector<Cells> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back(
        row({{"ResourceId", fmt::format("/subscriptions/s/resourceGroups/rg/providers/P/t/{}", i * 7 % 1000)},
             {"costInBillingCurrency", fmt::format("{}.{:03}", i % 97, i % 1000)},
             {"unitPrice", fmt::format("0.{}", i % 500 + 1)},
             {"tags", i % 3 == 0   ? fmt::format("\"n\": \"{}\"", i % 400)
                      : i % 3 == 1 ? ""
                                   : "not json"},
             {"chargeType", i % 11 == 0   ? "Purchase"
                            : i % 13 == 0 ? "Gift"
                                          : "Usage"},
             {"pricingModel", i % 5 == 0 ? "Reservation" : "OnDemand"},
             {"date", fmt::format("10/{:02}/2026", i % 31 + 1)},
             {"billingCurrency", i % 17 == 0 ? "USD" : "EUR"},
             {"term", i % 7 == 0 ? "12" : "P3Y"},
             {"newThing", fmt::format("thing {}", i % 300)},
             {"quantity", i % 50 == 0 ? "bad" : fmt::format("{}", i % 9)}}));
  }
  return rows;
}

TEST(CostDetailsSink, DroppingItsDictionariesChangesNothing) {
  const auto rows = many_rows(1500);
  for (const Dataset dataset : {kActual, kAmortized}) {
    SourceTable table(SourceKind::kMpa, rows);
    const TestFolder folder;
    ChargeSinkOptions options = sink_options(dataset, folder.path());
    const SinkOutput whole = run_sink(table, options);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{20'000}}) {
      const TestFolder other_folder;
      options.folder = other_folder.path();
      options.dictionary_bytes_max = bytes;
      const SinkOutput pieces = run_sink(table, options, 70);
      EXPECT_EQ(pieces.charges, whole.charges);
      EXPECT_EQ(pieces.mirror, whole.mirror);
      EXPECT_EQ(pieces.result.notes, whole.result.notes);
      EXPECT_EQ(pieces.result.checksum.to_string(), whole.result.checksum.to_string());
      EXPECT_EQ(pieces.result.rejects.size(), whole.result.rejects.size());
      ASSERT_EQ(pieces.result.totals.size(), whole.result.totals.size());
      for (std::size_t i = 0; i < whole.result.totals.size(); ++i) {
        EXPECT_EQ(pieces.result.totals[i].rows, whole.result.totals[i].rows);
        EXPECT_EQ(pieces.result.totals[i].billed, whole.result.totals[i].billed);
        EXPECT_EQ(pieces.result.totals[i].effective, whole.result.totals[i].effective);
      }
    }
  }
}

TEST(CostDetailsSink, WritesSeveralRowGroups) {
  const TestFolder folder;
  const auto rows = many_rows(1000);
  SourceTable table(SourceKind::kMpa, rows);
  const auto sink = make_cost_details_sink(sink_options(kAmortized, folder.path()));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(table.give_to(*sink));
  const auto result = sink->finish();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rows_stored, 300 * 980);
  ASSERT_EQ(result->files.size(), 1U);
  EXPECT_EQ(result->files[0].file.rows, 300 * 980);
  auto engine = Engine::open({});
  ASSERT_TRUE(engine);
  std::string found;
  ASSERT_TRUE(engine->query(fmt::format("SELECT count(*), sum(EffectiveCost), count(DISTINCT ResourceId) FROM {}",
                                        sql_literal(result->files[0].file.path)),
                            {}, [&](const EngineRow& line) {
                              found = fmt::format("{} {} {}", line.integer(0), line.decimal(1).to_string(),
                                                  line.integer(2));
                              return ok();
                            }));
  Decimal effective;
  for (const ImportTotal& total : result->totals) effective += total.effective;
  EXPECT_EQ(found, fmt::format("{} {} 980", 300 * 980, effective.to_string()));
}

TEST(CostDetailsSink, TheChecksumComparesWhatBothFilesMustHold) {
  const auto checksum = [](const std::vector<Cells>& rows, Dataset dataset) {
    return output_of(rows, dataset).result.checksum.to_string();
  };
  const Cells usage = row({{"ResourceId", "/A/b"}, {"SubscriptionId", "5A2B0C00-0000-4000-8000-0000000000AA"}});
  const Cells same_usage = row({{"ResourceId", "/a/B"},
                                {"SubscriptionId", "5a2b0c00-0000-4000-8000-0000000000aa"},
                                {"costInBillingCurrency", "3.00"},
                                {"costInUsd", "5"}});
  const Cells covered_actual = row({{"pricingModel", "Reservation"}, {"costInBillingCurrency", "0"}});
  const Cells covered_amortized = row({{"pricingModel", "Reservation"}, {"costInBillingCurrency", "7"}});
  const Cells bought = row({{"pricingModel", "Reservation"}, {"chargeType", "Purchase"}});
  const Cells unused = row({{"pricingModel", "Reservation"}, {"chargeType", "UnusedReservation"}});
  const std::string actual = checksum({usage, row(), covered_actual, bought}, kActual);
  EXPECT_EQ(checksum({unused, covered_amortized, row(), same_usage}, kAmortized), actual);
  EXPECT_NE(checksum({row(), usage, usage}, kAmortized), actual);
  EXPECT_NE(checksum({usage}, kAmortized), actual);
  EXPECT_NE(checksum({usage, row({{"costInBillingCurrency", "3.01"}})}, kAmortized), actual);
  EXPECT_NE(checksum({usage, row({{"date", "10/06/2026"}})}, kAmortized), actual);
  EXPECT_NE(checksum({usage, row({{"customerTenantId", "other"}})}, kAmortized), actual);
  EXPECT_NE(checksum({usage, row({{"ProductName", "another"}})}, kAmortized), actual);
  EXPECT_NE(checksum({usage, row({{"tags", "\"a\": \"b\""}})}, kAmortized), actual);
  EXPECT_NE(checksum({row(), row()}, kAmortized), checksum({row(), row(), row()}, kAmortized));
}

TEST(CostDetailsSink, ReadsFilesOfSeveralDayFormatsInOneRun) {
  const TestFolder folder;
  SourceTable us(SourceKind::kMpa, {row({{"date", "10/05/2026"}})});
  SourceTable iso(SourceKind::kMpa, {row({{"date", "2026-10-06"}}), row({{"date", "10/05/2026"}})}, DayFormat::kIso);
  SourceTable european(SourceKind::kMpa, {row({{"date", "05/10/2026"}}), row({{"date", "10/05/2026"}})},
                       DayFormat::kDayMonthYear);
  const auto sink = make_cost_details_sink(sink_options(kAmortized, folder.path()));
  for (SourceTable* table : {&us, &iso, &european, &us}) ASSERT_TRUE(table->give_to(*sink));
  const auto result = sink->finish();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rejects.size(), 1U);
  std::multiset<std::string> days;
  for (const Cells& charge : normalise_testing::read_charges({result->files[0].file.path}))
    days.insert(cell(charge, "ChargePeriodStart"));
  EXPECT_EQ(days, (std::multiset<std::string>{"2026-05-10", "2026-10-05", "2026-10-05", "2026-10-05", "2026-10-06"}));
}

// The bytes of the files that a sink makes of tables, one after another, and what it says of them.
std::string bytes_of_run(const std::vector<SourceTable*>& tables, bool as_records, std::size_t dictionary_bytes_max) {
  const TestFolder folder;
  ChargeSinkOptions options = sink_options(kActual, folder.path());
  options.dictionary_bytes_max = dictionary_bytes_max;
  const auto sink = make_cost_details_sink(options);
  for (SourceTable* table : tables) EXPECT_TRUE(as_records ? table->give_records_to(*sink) : table->give_to(*sink));
  const auto result = sink->finish();
  EXPECT_TRUE(result);
  std::string all = fmt::format("{} {} ", result->checksum.to_string(), result->rejects.size());
  for (const ImportTotal& total : result->totals) all += total.billed.to_string() + " ";
  for (const ImportFile& file : result->files) all += *read_file(file.file.path);
  return all;
}

TEST(CostDetailsSink, TheRecordsOfFilesBecomeWhatTheirCellsWould) {
  const std::vector<Cells> rows = many_rows(1000);
  SourceTable american(SourceKind::kMpa, rows);
  SourceTable european(SourceKind::kMpa, rows, DayFormat::kDayMonthYear);
  // Segments are learned from the first 20,000 rows; then the same days mean others, or none.
  std::vector<SourceTable*> tables(22, &american);
  tables.insert(tables.end(), {&european, &american, &european, &american});
  for (const std::size_t bytes : {ChargeSinkOptions().dictionary_bytes_max, std::size_t{300'000}}) {
    const std::string by_cells = bytes_of_run(tables, false, bytes);
    EXPECT_TRUE(bytes_of_run(tables, true, bytes) == by_cells) << bytes;  // too long to show
  }
}

}  // namespace
}  // namespace apportion
