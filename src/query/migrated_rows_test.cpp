#include "query/migrated_rows.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Decimal amount(std::string_view text) { return Decimal::parse(text).value; }

MigratedAmount migrated(MigrationKey key, DifferenceClass why, std::string_view before, std::string_view now) {
  return {.key = std::move(key),
          .why = why,
          .before = amount(before),
          .now = amount(now),
          .difference = amount(now) - amount(before),
          .bound = amount("1")};
}

MigratedCustomer customer(std::string id, std::string name, MigrationVerdict verdict, std::string_view difference) {
  return {.customer = std::move(id),
          .name = std::move(name),
          .currency = "EUR",
          .difference = amount(difference),
          .verdict = verdict};
}

// Two months of two customers, and of one that is nobody here.
Migration migration() {
  const Month september = *Month::parse("2026-09");
  const Month october = *Month::parse("2026-10");
  Migration found;
  found.amounts = {
      migrated({october, "EUR", "", "nobody ltd", "s9", "p1"}, DifferenceClass::kMissingCharges, "7", "0"),
      migrated({september, "EUR", "contoso", "", "s1", "p1"}, DifferenceClass::kEqual, "5", "5"),
      migrated({september, "USD", "contoso", "", "s1", "p1"}, DifferenceClass::kRounding, "5", "5.01"),
      migrated({october, "EUR", "contoso", "", "s1", "p2"}, DifferenceClass::kUnknown, "9", "1"),
      migrated({october, "EUR", "fabrikam", "", "", "p1"}, DifferenceClass::kRounding, "6", "7"),
  };
  // The second part of a difference has no amounts of its own.
  found.amounts.push_back(found.amounts[3]);
  found.amounts.back().why = DifferenceClass::kDoubledLines;
  found.amounts.back().before.reset();
  found.amounts.back().now.reset();
  found.amounts.back().difference = amount("-3");
  found.customers = {customer("", "nobody ltd", MigrationVerdict::kNotExplained, "-7"),
                     customer("contoso", "Contoso ÄG", MigrationVerdict::kNotExplained, "-11"),
                     customer("fabrikam", "Fabrikam", MigrationVerdict::kExplained, "1"),
                     customer("litware", "Litware", MigrationVerdict::kEqual, "0"),
                     customer("northwind", "Northwind", MigrationVerdict::kExplained, "-20")};
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

std::vector<std::string> amounts_of(const MigratedAmountFilter& filter) {
  const Migration found = migration();
  std::vector<std::string> amounts;
  for (const MigratedAmount* one : chosen_amounts(found, filter)) amounts.push_back(one->difference.to_string());
  return amounts;
}

std::vector<std::string> customers_of(const MigratedCustomerFilter& filter) {
  const Migration found = migration();
  std::vector<std::string> names;
  for (const MigratedCustomer* one : chosen_customers(found, filter)) names.push_back(one->name);
  return names;
}

TEST(MigratedCustomers, ThatAreNotExplainedComeFirstThenTheGreatestDifferences) {
  EXPECT_THAT(customers_of({}), ElementsAre("Contoso ÄG", "nobody ltd", "Northwind", "Fabrikam", "Litware"));
}

TEST(MigratedCustomers, AreChosenByIdVerdictAndWord) {
  EXPECT_THAT(customers_of({.customer = "contoso"}), ElementsAre("Contoso ÄG"));
  EXPECT_THAT(customers_of({.customer = ""}), ElementsAre("nobody ltd"));
  EXPECT_THAT(customers_of({.customer = "", .legacy_name = "somebody else"}), IsEmpty());
  EXPECT_THAT(customers_of({.verdict = MigrationVerdict::kExplained}), ElementsAre("Northwind", "Fabrikam"));
  EXPECT_THAT(customers_of({.word = "äg"}), ElementsAre("Contoso ÄG"));
  EXPECT_THAT(customers_of({.word = "NORTH"}), ElementsAre("Northwind"));
  EXPECT_THAT(customers_of({.verdict = MigrationVerdict::kEqual, .word = "north"}), IsEmpty());
}

TEST(MigratedAmounts, AreThoseOfTheFilterTheGreatestFirst) {
  EXPECT_THAT(amounts_of({}), ElementsAre("-8", "-7", "-3", "1", "0.01"));
  EXPECT_THAT(amounts_of({.customer = "contoso"}), ElementsAre("-8", "-3", "0.01"));
  EXPECT_THAT(amounts_of({.customer = "contoso", .only_differences = false}), ElementsAre("-8", "-3", "0.01", "0"));
  EXPECT_THAT(amounts_of({.customer = "contoso", .currency = "EUR", .only_differences = false}),
              ElementsAre("-8", "-3", "0"));
  EXPECT_THAT(amounts_of({.why = DifferenceClass::kRounding}), ElementsAre("1", "0.01"));
  EXPECT_THAT(amounts_of({.month = Month::parse("2026-09")}), ElementsAre("0.01"));
  EXPECT_THAT(amounts_of({.subscription = "s1", .product = "p2"}), ElementsAre("-8", "-3"));
}

TEST(MigratedAmounts, WithoutCustomerOrSubscriptionAreAskedForByAnEmptyText) {
  EXPECT_THAT(amounts_of({.customer = ""}), ElementsAre("-7"));
  EXPECT_THAT(amounts_of({.customer = "", .legacy_name = "somebody else"}), IsEmpty());
  EXPECT_THAT(amounts_of({.subscription = ""}), ElementsAre("1"));
}

TEST(MigratedAmounts, AreAddedUpByPlaceAndNeverAcrossCurrencies) {
  const Migration found = migration();
  const auto all = chosen_amounts(found, {.customer = "contoso", .only_differences = false});
  EXPECT_THAT(lines_of(migrated_sums_table(all, std::vector{MigratedPlace::kSubscription})),
              ElementsAre("s1|EUR|3|14|6|-11|3", "s1|USD|1|5|5.01|0.01|1"));
  EXPECT_THAT(lines_of(migrated_sums_table(all, std::vector{MigratedPlace::kMonth, MigratedPlace::kClass})),
              ElementsAre("2026-10|unknown|EUR|1|9|1|-8|1", "2026-10|doubled-lines|EUR|1|||-3|1",
                          "2026-09|rounding|USD|1|5|5.01|0.01|1", "2026-09|equal|EUR|1|5|5|0|1"));
}

TEST(MigratedAmounts, KnowTheirPlacesAndVerdictsByName) {
  for (const auto place :
       {MigratedPlace::kMonth, MigratedPlace::kSubscription, MigratedPlace::kProduct, MigratedPlace::kClass}) {
    EXPECT_EQ(migrated_place_of(migrated_place_name(place)), place);
  }
  EXPECT_FALSE(migrated_place_of("Customer"));
  for (const auto verdict :
       {MigrationVerdict::kEqual, MigrationVerdict::kExplained, MigrationVerdict::kNotExplained}) {
    EXPECT_EQ(migration_verdict_of(migration_verdict_name(verdict)), verdict);
  }
  EXPECT_FALSE(migration_verdict_of("Equal"));
}

}  // namespace
}  // namespace apportion
