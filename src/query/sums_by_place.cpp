#include <algorithm>
#include <utility>

#include "query/reconciled_account_internal.h"
#include "query/sums_by_place_internal.h"

namespace apportion {
namespace {

void add_known(const std::optional<Decimal>& amount, std::optional<Decimal>& sum) {
  if (amount) sum = sum.value_or(Decimal()) + *amount;
}

}  // namespace

void SumsByPlace::add(std::vector<std::string> key, const PlaceAmounts& amounts) {
  Sum& sum = sums_[std::move(key)];
  ++sum.keys;
  add_known(amounts.of_one, sum.amounts.of_one);
  add_known(amounts.of_other, sum.amounts.of_other);
  sum.amounts.difference += amounts.difference;
  sum.amounts.bound += amounts.bound;
}

Table SumsByPlace::table() const {
  std::vector<const std::pair<const std::vector<std::string>, Sum>*> sorted;
  for (const auto& sum : sums_) sorted.push_back(&sum);
  std::ranges::stable_sort(sorted, [](const auto* left, const auto* right) {
    return magnitude_of(left->second.amounts.difference) > magnitude_of(right->second.amounts.difference);
  });
  Table table;
  for (const std::string& place : places_) table.columns.push_back({place});
  for (const TableColumn& column : {TableColumn{"BillingCurrency"},
                                    {"Keys", TableKind::kInteger},
                                    {sides_[0], TableKind::kMoney, true},
                                    {sides_[1], TableKind::kMoney, true},
                                    {"Difference", TableKind::kMoney},
                                    {"Bound", TableKind::kMoney}}) {
    table.columns.push_back(column);
  }
  table.has_totals = true;
  for (const auto* sum : sorted) {
    std::vector<TableCell> row;
    for (const std::string& text : sum->first) row.push_back(text_cell(text));
    const auto& [keys, amounts] = sum->second;
    for (TableCell cell : {TableCell(keys), optional_cell(amounts.of_one), optional_cell(amounts.of_other),
                           TableCell(amounts.difference), TableCell(amounts.bound)}) {
      row.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace apportion
