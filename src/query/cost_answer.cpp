#include "query/cost_answer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/nearest_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "query/comparison.h"
#include "query/month_coverage.h"
#include "query/months_in_scope.h"
#include "query/ranking.h"

namespace apportion {
namespace {

std::string_view first_metric(const Table& table) {
  const auto found = std::ranges::find_if(table.columns, is_sum);
  return found == table.columns.end() ? std::string_view() : std::string_view(found->name);
}

// Whether rows of one month cannot stand beside rows of another.
bool groups_by_time(const std::vector<std::string>& by) {
  return std::ranges::any_of(by, [](const std::string& name) {
    const ChargeColumn* column = find_charge_column(name);
    return ascii_equal_ignoring_case(name, "Month") || (column != nullptr && column->type == ColumnType::kDay);
  });
}

// As many months as the scope has, immediately before it.
ReadScope months_before(ReadScope scope) {
  if (scope.month) {
    scope.month = scope.month->plus_months(-1);
    return scope;
  }
  int months = 1;
  while (scope.first_month->plus_months(months) <= *scope.last_month) ++months;
  scope.first_month = scope.first_month->plus_months(-months);
  scope.last_month = scope.last_month->plus_months(-months);
  return scope;
}

// The months that a report is compared with: published, and otherwise in the same scope.
Result<ReadScope> compared_scope(const ControlPlane& control_plane, const ReadScope& scope,
                                 const CostQuestion& question) {
  const auto named = Month::parse(*question.compare);
  const bool is_previous = ascii_equal_ignoring_case(*question.compare, "previous");
  const bool has_length = scope.month || (scope.first_month && scope.last_month && is_previous);
  if (!has_length || (!named && !is_previous) || groups_by_time(question.report.by)) {
    return Error{ErrorId::kComparisonNeedsTwo, "a comparison needs two months", excerpt(*question.compare),
                 "a month is compared with the previous one or a named one; several months, with as many before "
                 "them",
                 "compare one month, and group by neither months nor days; for example: " + step(Step::kCompareMonths)};
  }
  ReadScope earlier = named ? scope : months_before(scope);
  if (named) earlier.month = *named;
  APPORTION_TRY(check_months_in_scope(control_plane, earlier));
  return earlier;
}

// Each side may have one currency and unit, but not the same.
Result<void> check_comparable(const Table& now, const Table& before) {
  if (now.currency && before.currency && *now.currency != *before.currency) {
    return Error{
        ErrorId::kMixedCurrenciesInReport, "the costs are in several currencies, which cannot be added", "comparison",
        fmt::format("the charges are in {}, and those before in {}", now.currency->code(), before.currency->code()),
        "group by the currency too: " + step(Step::kGroupReportBy, {{"columns", "CustomerId,BillingCurrency"}})};
  }
  for (std::size_t i = 0; i < now.columns.size(); ++i) {
    const std::string& unit = now.columns[i].unit;
    if (unit.empty() || before.columns[i].unit.empty() || unit == before.columns[i].unit) continue;
    return Error{ErrorId::kMixedUnitsInReport, "quantities in several units cannot be added", now.columns[i].name,
                 fmt::format("they are in {}, and those before in {}", unit, before.columns[i].unit),
                 "group by the unit too: " + step(Step::kGroupReportBy, {{"columns", "ConsumedUnit,PricingUnit"}})};
  }
  return ok();
}

// The values of a column that are most like those asked for, if nothing was found.
Result<void> tell_nearest_values(LakeReader& reader, const ReadScope& scope, const CostReportRequest& request,
                                 Table& table) {
  for (const CostFilter& filter : request.where) {
    CostReportRequest values{{filter.column, "BillingCurrency"}, {}, {}, {}, request.without_carried};
    if (ascii_equal_ignoring_case(filter.column, "BillingCurrency")) values.by = {filter.column};
    APPORTION_ASSIGN(const Table all, cost_report(reader, scope, values));
    std::vector<std::string> texts;
    for (const auto& row : all.rows) texts.push_back(cell_text(row[0]));
    for (const std::string& value : filter.values) {
      if (std::ranges::find(texts, value) != texts.end()) continue;
      const std::string_view nearest = nearest_text(value, {texts.begin(), texts.end()});
      table.notices.push_back(fmt::format("no charge in scope has {} `{}`{}", filter.column, excerpt(value),
                                          nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest)));
    }
  }
  return ok();
}

// Puts the same report over earlier months beside it.
Result<void> compare(LakeReader& reader, const ReadScope& scope, Day today, const CostQuestion& question,
                     Table& table) {
  APPORTION_ASSIGN(const ReadScope earlier, compared_scope(reader.control_plane(), scope, question));
  APPORTION_ASSIGN(const Table before, cost_report(reader, earlier, question.report));
  APPORTION_TRY(check_comparable(table, before));
  table = compared(table, before);
  table.notices.push_back(fmt::format("Before is {}", months_in_words(earlier)));
  APPORTION_ASSIGN(const MonthCoverage of_before, month_coverage(reader.control_plane(), earlier, today));
  for (const auto* told : {&before.notices, &of_before.holes}) {
    for (const std::string& line : *told) {
      if (std::ranges::find(table.notices, line) == table.notices.end()) table.notices.push_back("before: " + line);
    }
  }
  return ok();
}

}  // namespace

Result<CostAnswer> answer_costs(LakeReader& reader, const ReadScope& scope, Day today, const CostQuestion& question) {
  APPORTION_TRY(check_months_in_scope(reader.control_plane(), scope));
  APPORTION_ASSIGN(MonthCoverage coverage, month_coverage(reader.control_plane(), scope, today));
  CostAnswer answer{{}, std::move(coverage.holes), std::move(coverage.data_as_of)};
  Table& table = answer.table;
  APPORTION_ASSIGN(SummedCosts costs, sum_costs(reader, scope, question.report));
  table = std::move(costs.table);
  answer.source = costs.source;
  if (table.rows.empty()) APPORTION_TRY(tell_nearest_values(reader, scope, question.report, table));
  if (question.compare) APPORTION_TRY(compare(reader, scope, today, question, table));
  if (question.sort || question.top) {
    APPORTION_TRY(rank_rows(table, {question.sort.value_or(std::string(first_metric(table))), question.top}));
  }
  return answer;
}

}  // namespace apportion
