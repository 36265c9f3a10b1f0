#include "pipeline/publication/source_sums.h"

#include <fmt/format.h>

#include "engine/row_values.h"
#include "pipeline/publication/source_sums.sql.h"

namespace apportion {
namespace {

void add_metric(std::optional<Decimal>& sum, const MetricSum& more) {
  const auto source = more.source();
  sum = sum && source ? std::optional(*sum + *source + more.mended()) : std::nullopt;
}

void add_metrics(const LiveImports& live, std::map<std::string, SourceSum>& sums) {
  const auto noted = metric_totals_of_charges(live);
  if (!noted) {
    for (auto& [currency, sum] : sums) sum.list = sum.contracted = std::nullopt;
    return;
  }
  for (const ImportMetricTotal& total : *noted) {
    SourceSum& sum = sums[std::string(total.currency.code())];
    if (total.metric == ChargeMetric::kListCost) add_metric(sum.list, total.sum);
    if (total.metric == ChargeMetric::kContractedCost) add_metric(sum.contracted, total.sum);
  }
}

bool differs(const std::optional<Decimal>& files, const std::optional<Decimal>& charges) {
  return files && *files != charges.value_or(Decimal());
}

// The first cost of which the charges do not sum to the files, in words; empty when there is none.
std::string difference(const SourceSum& files, const SourceSum& charges) {
  const auto told = [](const char* cost, Decimal in_files, Decimal in_charges) {
    return fmt::format("the {} cost is {} in the files and {} in the charges", cost, in_files.to_string(),
                       in_charges.to_string());
  };
  if (files.billed != charges.billed) return told("billed", files.billed, charges.billed);
  if (files.effective != charges.effective) return told("effective", files.effective, charges.effective);
  if (differs(files.list, charges.list)) return told("list", *files.list, charges.list.value_or(Decimal()));
  if (differs(files.contracted, charges.contracted))
    return told("contracted", *files.contracted, charges.contracted.value_or(Decimal()));
  return {};
}

}  // namespace

std::map<std::string, SourceSum> source_sums(const LiveImports& live) {
  std::map<std::string, SourceSum> sums;
  const auto add = [&sums](const std::optional<Import>& import) {
    if (!import) return;
    for (const ImportTotal& total : import->totals) {
      SourceSum& sum = sums[std::string(total.currency.code())];
      sum.billed += total.billed;
      sum.effective += total.effective + total.mended_effective;
    }
  };
  if (uses_cost_details(live)) {
    add(live.actual);
    if (live.amortized) {
      for (auto& [currency, sum] : sums) sum.effective = Decimal();
      for (const ImportTotal& total : live.amortized->totals) {
        SourceSum& sum = sums[std::string(total.currency.code())];
        if (!live.actual) sum.billed += total.billed;
        sum.effective += total.effective;
      }
    }
  } else {
    add(live.focus);
  }
  add_metrics(live, sums);
  return sums;
}

Result<void> check_sums(QueryEngine& engine, const LiveImports& live, const std::string& where) {
  std::map<std::string, SourceSum> expected = source_sums(live);
  const auto compare = [&where](const std::string& currency, const SourceSum& files,
                                const SourceSum& charges) -> Result<void> {
    const std::string found = difference(files, charges);
    if (found.empty()) return ok();
    return Error{ErrorId::kChargesDifferFromSource,
                 "the charges do not sum to the vendor's files, so they were not published", where,
                 fmt::format("{}: {}", currency, found),
                 "this is a bug in apportion: please report it with the manifest of the run"};
  };
  APPORTION_TRY(engine.query(sql::kSourceSumsSql, {}, [&](const EngineRow& row) -> Result<void> {
    const std::string currency(row.text(0));
    const SourceSum charges{row.decimal(1), row.decimal(2), decimal_at(row, 3), decimal_at(row, 4)};
    const SourceSum files = expected[currency];
    expected.erase(currency);
    return compare(currency, files, charges);
  }));
  for (const auto& [currency, files] : expected) APPORTION_TRY(compare(currency, files, SourceSum{}));
  return ok();
}

}  // namespace apportion
