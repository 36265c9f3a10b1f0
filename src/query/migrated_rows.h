/// What of a migration somebody looks at: customers of one verdict; amounts of one customer or class, or added up.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/migration.h"
#include "query/table.h"

namespace apportion {

struct MigratedCustomerFilter {
  std::optional<std::string> customer = {};     ///< Unset means all; an empty text means those that are nobody here.
  std::optional<std::string> legacy_name = {};  ///< Of one of the latter.
  std::optional<MigrationVerdict> verdict = {};
  std::string word = {};  ///< In the id or name, ignoring case; empty: all.
};

/// Those that fit: what is not explained first, then the greatest differences. Valid as long as the migration.
std::vector<const MigratedCustomer*> chosen_customers(const Migration& migration, const MigratedCustomerFilter& filter);
Table migrated_customers_table(std::span<const MigratedCustomer* const> customers);
/// All of them, by id.
Table migrated_customers_table(const Migration& migration);

/// Unset means all; an empty text means those that have none.
struct MigratedAmountFilter {
  std::optional<std::string> customer;
  std::optional<std::string> legacy_name;  ///< Of one that is nobody here.
  std::optional<std::string> currency;
  std::optional<DifferenceClass> why;
  std::optional<Month> month;
  std::optional<std::string> subscription;
  std::optional<std::string> product;
  bool only_differences = true;
};

/// Those that fit, the greatest differences first. Valid as long as the migration.
std::vector<const MigratedAmount*> chosen_amounts(const Migration& migration, const MigratedAmountFilter& filter);
Table migrated_amounts_table(std::span<const MigratedAmount* const> amounts);
/// All of them, by key.
Table migrated_amounts_table(const Migration& migration, bool only_differences);

enum class MigratedPlace { kMonth, kSubscription, kProduct, kClass };
/// The name of its column: `Subscription`.
std::string_view migrated_place_name(MigratedPlace place);
std::optional<MigratedPlace> migrated_place_of(std::string_view name);
/// Their sums by some of the places and by currency, the greatest differences first.
Table migrated_sums_table(std::span<const MigratedAmount* const> amounts, std::span<const MigratedPlace> by);

}  // namespace apportion
