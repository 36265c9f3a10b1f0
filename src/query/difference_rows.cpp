#include "query/difference_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "query/reconciled_account_internal.h"
#include "query/sums_by_place_internal.h"

namespace apportion {
namespace {

struct Place {
  DifferencePlace id;
  std::string_view name;
  std::string ReconciledKey::*part;
};
constexpr auto kPlaces =
    std::to_array<Place>({{DifferencePlace::kCustomer, "CustomerTenantId", &ReconciledKey::customer},
                          {DifferencePlace::kSubscription, "Subscription", &ReconciledKey::subscription},
                          {DifferencePlace::kProduct, "Product", &ReconciledKey::product}});

const Place& row_of(DifferencePlace place) { return *std::ranges::find(kPlaces, place, &Place::id); }

bool fits(const std::optional<std::string>& wanted, const std::string& found) { return !wanted || *wanted == found; }

bool fits(const DifferenceFilter& filter, const Difference& one) {
  return (!filter.why || *filter.why == one.why) && fits(filter.invoice, one.key.invoice) &&
         fits(filter.currency, one.key.currency) && fits(filter.customer, one.key.customer) &&
         fits(filter.subscription, one.key.subscription) && fits(filter.product, one.key.product);
}

}  // namespace

std::vector<const Difference*> chosen_differences(const Reconciliation& reconciliation,
                                                  const DifferenceFilter& filter) {
  std::vector<const Difference*> chosen;
  for (const Difference& one : reconciliation.differences) {
    if (fits(filter, one)) chosen.push_back(&one);
  }
  std::ranges::stable_sort(chosen, [](const Difference* left, const Difference* right) {
    return magnitude_of(left->amount) > magnitude_of(right->amount);
  });
  return chosen;
}

std::string_view difference_place_name(DifferencePlace place) { return row_of(place).name; }

std::optional<DifferencePlace> difference_place_of(std::string_view name) {
  const auto* const found = std::ranges::find(kPlaces, name, &Place::name);
  return found == kPlaces.end() ? std::nullopt : std::optional(found->id);
}

Table difference_rows_table(std::span<const Difference* const> differences) {
  Table table;
  table.columns = {{"InvoiceId"},
                   {"BillingCurrency"},
                   {"CustomerTenantId"},
                   {"Subscription"},
                   {"Product"},
                   {"Day"},
                   {"MeterId"},
                   {"ResourceId"},
                   {"Class"},
                   {"Charges", TableKind::kMoney, true},
                   {"Lines", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney},
                   {"Bound", TableKind::kMoney},
                   {"ChargeRows", TableKind::kInteger},
                   {"LineRows", TableKind::kInteger},
                   {"FirstRow", TableKind::kInteger},
                   {"FirstLine"},
                   {"OtherInvoice"}};
  table.has_totals = true;
  for (const Difference* one : differences) {
    table.rows.push_back({text_cell(one->key.invoice), one->key.currency, text_cell(one->key.customer),
                          text_cell(one->key.subscription), text_cell(one->key.product), text_cell(one->key.day),
                          text_cell(one->key.meter), text_cell(one->key.resource),
                          std::string(difference_class_name(one->why)), optional_cell(one->charges),
                          optional_cell(one->lines), one->amount, one->bound, one->charge_rows, one->line_rows,
                          optional_cell(one->first_row), text_cell(one->first_line), text_cell(one->other_invoice)});
  }
  return table;
}

Table reconciliation_rows_table(const Reconciliation& reconciliation) {
  std::vector<const Difference*> all;
  for (const Difference& one : reconciliation.differences) all.push_back(&one);
  return difference_rows_table(all);
}

Table difference_sums_table(std::span<const Difference* const> differences, std::span<const DifferencePlace> by) {
  std::vector<std::string> places;
  for (const DifferencePlace place : by) places.emplace_back(difference_place_name(place));
  SumsByPlace sums(std::move(places), {"Charges", "Lines"});
  for (const Difference* one : differences) {
    std::vector<std::string> key;
    for (const DifferencePlace place : by) key.push_back(one->key.*row_of(place).part);
    key.push_back(one->key.currency);
    sums.add(std::move(key), {one->charges, one->lines, one->amount, one->bound});
  }
  return sums.table();
}

}  // namespace apportion
