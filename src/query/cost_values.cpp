#include "query/cost_values.h"

#include <algorithm>
#include <map>
#include <utility>

#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "foundation/model/charge_columns.h"

namespace apportion {
namespace {

constexpr std::string_view kCurrency = "BillingCurrency";

std::string first_cost(Audience audience) {
  for (const std::string_view cost : cost_metrics()) {
    if (find_charge_column(cost, audience) != nullptr) return std::string(cost);
  }
  return {};
}

// What is not known is the least.
bool costs_more(const TableCell& left, const TableCell& right) {
  const auto* of_left = std::get_if<Decimal>(&left);
  const auto* of_right = std::get_if<Decimal>(&right);
  return of_left != nullptr && (of_right == nullptr || *of_right < *of_left);
}

}  // namespace

Result<Table> cost_values(LakeReader& reader, const ReadScope& scope, const CostValuesRequest& request) {
  CostReportRequest report;
  report.by = {request.column};
  if (!ascii_equal_ignoring_case(request.column, kCurrency)) report.by.emplace_back(kCurrency);
  report.metrics = {first_cost(scope.audience)};
  report.where = request.where;
  APPORTION_ASSIGN(Table table, cost_report(reader, scope, report));
  const std::string word = fold_case(request.word);
  std::erase_if(table.rows,
                [&](const auto& row) { return fold_case(cell_text(row.front())).find(word) == std::string::npos; });
  std::ranges::stable_sort(table.rows,
                           [](const auto& left, const auto& right) { return costs_more(left.back(), right.back()); });
  std::map<std::string, std::int64_t> shown;  // by currency
  std::erase_if(table.rows, [&](const auto& row) { return ++shown[cell_text(row[row.size() - 2])] > request.limit; });
  table.has_totals = false;
  return table;
}

}  // namespace apportion
