#include "query/difference_rows.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Decimal amount(std::string_view text) { return Decimal::parse(text).value; }

Difference difference(ReconciledKey key, DifferenceClass why, std::string_view charges, std::string_view lines) {
  return {.key = std::move(key),
          .why = why,
          .charges = amount(charges),
          .lines = amount(lines),
          .amount = amount(charges) - amount(lines),
          .bound = amount("1")};
}

// Two invoices of two customers, in the order of their keys.
Reconciliation reconciliation() {
  Reconciliation found;
  found.differences = {
      difference({"G1", "EUR", "alpha", "sub-1", "p1", "", "", ""}, DifferenceClass::kRounding, "5", "4.99"),
      difference({"G1", "EUR", "alpha", "sub-2", "p2", "", "", ""}, DifferenceClass::kUnknown, "1", "9"),
      difference({"G1", "USD", "alpha", "sub-2", "p2", "", "", ""}, DifferenceClass::kRounding, "2", "1.5"),
      difference({"G2", "EUR", "", "sub-3", "p1", "", "", ""}, DifferenceClass::kRounding, "7", "6"),
  };
  // The second part of a difference has no amounts of its own.
  found.differences.push_back(found.differences[1]);
  found.differences.back().why = DifferenceClass::kDoubledLines;
  found.differences.back().charges.reset();
  found.differences.back().lines.reset();
  found.differences.back().amount = amount("-3");
  return found;
}

std::vector<std::string> lines_of(const Table& table) {
  std::vector<std::string> lines;
  for (const auto& row : table.rows) {
    std::string line;
    for (const TableCell& cell : row) line += (line.empty() ? "" : "|") + cell_text(cell);
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> amounts_of(const DifferenceFilter& filter) {
  const Reconciliation found = reconciliation();
  std::vector<std::string> amounts;
  for (const Difference* one : chosen_differences(found, filter)) amounts.push_back(one->amount.to_string());
  return amounts;
}

TEST(DifferenceRows, AreThoseOfTheFilterTheGreatestFirst) {
  EXPECT_THAT(amounts_of({}), ElementsAre("-8", "-3", "1", "0.5", "0.01"));
  EXPECT_THAT(amounts_of({.invoice = "G1"}), ElementsAre("-8", "-3", "0.5", "0.01"));
  EXPECT_THAT(amounts_of({.invoice = "G1", .currency = "EUR"}), ElementsAre("-8", "-3", "0.01"));
  EXPECT_THAT(amounts_of({.why = DifferenceClass::kRounding}), ElementsAre("1", "0.5", "0.01"));
  EXPECT_THAT(amounts_of({.customer = "alpha", .subscription = "sub-2", .product = "p2"}),
              ElementsAre("-8", "-3", "0.5"));
  EXPECT_THAT(amounts_of({.customer = "nobody"}), IsEmpty());
}

TEST(DifferenceRows, WithoutCustomerAreAskedForByAnEmptyText) {
  EXPECT_THAT(amounts_of({.customer = ""}), ElementsAre("1"));
}

TEST(DifferenceRows, AreAddedUpByPlaceAndNeverAcrossCurrencies) {
  const Reconciliation found = reconciliation();
  const auto all = chosen_differences(found, {});
  EXPECT_THAT(lines_of(difference_sums_table(all, std::vector{DifferencePlace::kCustomer})),
              ElementsAre("alpha|EUR|3|6|13.99|-10.99|3", "EUR|1|7|6|1|1", "alpha|USD|1|2|1.5|0.5|1"));
  EXPECT_THAT(
      lines_of(difference_sums_table(all, std::vector{DifferencePlace::kProduct, DifferencePlace::kSubscription})),
      ElementsAre("p2|sub-2|EUR|2|1|9|-11|2", "p1|sub-3|EUR|1|7|6|1|1", "p2|sub-2|USD|1|2|1.5|0.5|1",
                  "p1|sub-1|EUR|1|5|4.99|0.01|1"));
}

TEST(DifferenceRows, OfAmountsThatStandElsewhereAreUnknownAndNotZero) {
  const Reconciliation found = reconciliation();
  const auto doubled = chosen_differences(found, {.why = DifferenceClass::kDoubledLines});
  EXPECT_THAT(lines_of(difference_sums_table(doubled, std::vector{DifferencePlace::kCustomer})),
              ElementsAre("alpha|EUR|1|||-3|1"));
}

TEST(DifferenceRows, KnowTheirPlacesByName) {
  for (const auto place : {DifferencePlace::kCustomer, DifferencePlace::kSubscription, DifferencePlace::kProduct}) {
    EXPECT_EQ(difference_place_of(difference_place_name(place)), place);
  }
  EXPECT_FALSE(difference_place_of("Customer"));
}

TEST(DifferenceClasses, AreKnownByTheirNames) {
  EXPECT_EQ(difference_class_of("equal"), DifferenceClass::kEqual);
  EXPECT_EQ(difference_class_of("not-billed-yet"), DifferenceClass::kNotBilledYet);
  EXPECT_EQ(difference_class_of("unknown"), DifferenceClass::kUnknown);
  EXPECT_FALSE(difference_class_of("Rounding"));
}

}  // namespace
}  // namespace apportion
