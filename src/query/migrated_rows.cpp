#include "query/migrated_rows.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/text.h"
#include "query/reconciled_account_internal.h"
#include "query/sums_by_place_internal.h"

namespace apportion {
namespace {

struct Place {
  MigratedPlace id;
  std::string_view name;
  std::string (*part)(const MigratedAmount& amount);
};
constexpr auto kPlaces = std::to_array<Place>(
    {{MigratedPlace::kMonth, "Month", [](const MigratedAmount& one) { return one.key.month.to_string(); }},
     {MigratedPlace::kSubscription, "Subscription", [](const MigratedAmount& one) { return one.key.subscription; }},
     {MigratedPlace::kProduct, "Product", [](const MigratedAmount& one) { return one.key.product; }},
     {MigratedPlace::kClass, "Class",
      [](const MigratedAmount& one) { return std::string(difference_class_name(one.why)); }}});

const Place& row_of(MigratedPlace place) { return *std::ranges::find(kPlaces, place, &Place::id); }

template <class Value>
bool fits(const std::optional<Value>& wanted, const Value& found) {
  return !wanted || *wanted == found;
}

bool fits(const MigratedAmountFilter& filter, const MigratedAmount& one) {
  const bool is_wanted = !filter.only_differences || one.why != DifferenceClass::kEqual;
  return is_wanted && fits(filter.customer, one.key.customer) && fits(filter.legacy_name, one.key.legacy_name) &&
         fits(filter.currency, one.key.currency) && fits(filter.why, one.why) && fits(filter.month, one.key.month) &&
         fits(filter.subscription, one.key.subscription) && fits(filter.product, one.key.product);
}

}  // namespace

std::vector<const MigratedCustomer*> chosen_customers(const Migration& migration,
                                                      const MigratedCustomerFilter& filter) {
  const std::string word = fold_case(filter.word);
  std::vector<const MigratedCustomer*> chosen;
  for (const MigratedCustomer& one : migration.customers) {
    const bool has_word = fold_case(one.name).find(word) != std::string::npos ||
                          fold_case(one.customer).find(word) != std::string::npos;
    const bool is_wanted = fits(filter.customer, one.customer) && fits(filter.legacy_name, one.legacy_name) &&
                           fits(filter.verdict, one.verdict);
    if (is_wanted && has_word) chosen.push_back(&one);
  }
  std::ranges::stable_sort(chosen, [](const MigratedCustomer* left, const MigratedCustomer* right) {
    return std::pair(left->verdict, magnitude_of(left->difference)) >
           std::pair(right->verdict, magnitude_of(right->difference));
  });
  return chosen;
}

Table migrated_customers_table(std::span<const MigratedCustomer* const> customers) {
  Table table;
  table.columns = {{"CustomerId"},
                   {"CustomerName"},
                   {"BillingCurrency"},
                   {"Months", TableKind::kInteger},
                   {"Before", TableKind::kMoney},
                   {"Now", TableKind::kMoney},
                   {"Difference", TableKind::kMoney},
                   {"Verdict"},
                   {"Classes"}};
  table.has_totals = true;
  for (const MigratedCustomer* one : customers) {
    std::vector<std::string_view> classes;
    for (const auto& [why, amount] : one->differences) classes.push_back(difference_class_name(why));
    table.rows.push_back({text_cell(one->customer), one->name, one->currency, one->months, one->before, one->now,
                          one->difference, std::string(migration_verdict_name(one->verdict)),
                          text_cell(fmt::format("{}", fmt::join(classes, ", ")))});
  }
  return table;
}

Table migrated_customers_table(const Migration& migration) {
  std::vector<const MigratedCustomer*> all;
  for (const MigratedCustomer& one : migration.customers) all.push_back(&one);
  return migrated_customers_table(all);
}

std::vector<const MigratedAmount*> chosen_amounts(const Migration& migration, const MigratedAmountFilter& filter) {
  std::vector<const MigratedAmount*> chosen;
  for (const MigratedAmount& one : migration.amounts) {
    if (fits(filter, one)) chosen.push_back(&one);
  }
  std::ranges::stable_sort(chosen, [](const MigratedAmount* left, const MigratedAmount* right) {
    return magnitude_of(left->difference) > magnitude_of(right->difference);
  });
  return chosen;
}

Table migrated_amounts_table(std::span<const MigratedAmount* const> amounts) {
  Table table;
  table.columns = {{"Month"},
                   {"CustomerId"},
                   {"LegacyCustomer"},
                   {"BillingCurrency"},
                   {"Subscription"},
                   {"Product"},
                   {"Class"},
                   {"Before", TableKind::kMoney, true},
                   {"Now", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney},
                   {"Bound", TableKind::kMoney},
                   {"ChargeRows", TableKind::kInteger},
                   {"LineRows", TableKind::kInteger},
                   {"FirstRow", TableKind::kInteger},
                   {"FirstLine"},
                   {"OtherCustomer"}};
  table.has_totals = true;
  for (const MigratedAmount* one : amounts) {
    table.rows.push_back({one->key.month.to_string(), text_cell(one->key.customer), text_cell(one->key.legacy_name),
                          one->key.currency, text_cell(one->key.subscription), text_cell(one->key.product),
                          std::string(difference_class_name(one->why)), optional_cell(one->before),
                          optional_cell(one->now), one->difference, one->bound, one->charge_rows, one->line_rows,
                          optional_cell(one->first_row), text_cell(one->first_line), text_cell(one->other_customer)});
  }
  return table;
}

Table migrated_amounts_table(const Migration& migration, bool only_differences) {
  std::vector<const MigratedAmount*> all;
  for (const MigratedAmount& one : migration.amounts) {
    if (!only_differences || one.why != DifferenceClass::kEqual) all.push_back(&one);
  }
  return migrated_amounts_table(all);
}

std::string_view migrated_place_name(MigratedPlace place) { return row_of(place).name; }

std::optional<MigratedPlace> migrated_place_of(std::string_view name) {
  const auto* const found = std::ranges::find(kPlaces, name, &Place::name);
  return found == kPlaces.end() ? std::nullopt : std::optional(found->id);
}

Table migrated_sums_table(std::span<const MigratedAmount* const> amounts, std::span<const MigratedPlace> by) {
  std::vector<std::string> places;
  for (const MigratedPlace place : by) places.emplace_back(migrated_place_name(place));
  SumsByPlace sums(std::move(places), {"Before", "Now"});
  for (const MigratedAmount* one : amounts) {
    std::vector<std::string> key;
    for (const MigratedPlace place : by) key.push_back(row_of(place).part(*one));
    key.push_back(one->key.currency);
    sums.add(std::move(key), {one->before, one->now, one->difference, one->bound});
  }
  return sums.table();
}

}  // namespace apportion
