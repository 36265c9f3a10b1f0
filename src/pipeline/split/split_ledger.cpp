#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "pipeline/split/split_ledger_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kChecksumModulus = 2'147'483'647;

Error not_conserved(std::string where, std::string why) {
  return {ErrorId::kSplitDiffersFromCharges, "the split does not add up to the charges", std::move(where),
          std::move(why), "nothing was written; this is a bug in apportion: please report it with this text"};
}

Error rows_differ(const std::string& customer, std::int64_t rule, const RowSums& meant, const RowSums& written) {
  return not_conserved(fmt::format("customer {}, rule number {}", customer, rule),
                       fmt::format("{} rows were to be written and {} were, or they differ", meant.rows, written.rows));
}

}  // namespace

RowSums& RowSums::operator+=(const RowSums& other) {
  rows += other.rows;
  row_checksum += other.row_checksum;
  for (std::size_t i = 0; i < costs.size(); ++i) costs[i] += other.costs[i];
  return *this;
}

std::int64_t row_checksum_term(std::int64_t row_id) { return row_id % kChecksumModulus; }

CostSums read_costs(const EngineRow& row, std::size_t first_column) {
  CostSums costs;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (!row.is_null(first_column + i)) costs[i] = row.decimal(first_column + i);
  }
  return costs;
}

Result<Currency> read_currency(const EngineRow& row, std::size_t column) {
  const std::string_view text = row.is_null(column) ? std::string_view() : row.text(column);
  const auto currency = Currency::parse(text);
  if (currency && currency->code() == text) return *currency;
  return Error{ErrorId::kChargesCannotBeSplit, "charges cannot be split", "column BillingCurrency",
               fmt::format("found `{}`; expected an ISO 4217 code", excerpt(text)), "import the month again"};
}

void SplitLedger::add_direct(const ChargeClass& of, const std::string& customer, std::int64_t rule,
                             const RowSums& sums) {
  charges_ += sums.rows;
  charge_classes_[of] += sums;
  direct_[{customer, rule}] += sums;
  add_total(customer, of.first, sums);
}

void SplitLedger::add_shared_charges(const ChargeClass& of, const RowSums& sums) {
  charges_ += sums.rows;
  shared_charges_ += sums.rows;
  charge_classes_[of].rows += sums.rows;
}

void SplitLedger::add_share(const ChargeClass& of, const std::string& customer, std::int64_t rule, std::int64_t row_id,
                            const CostSums& costs) {
  const RowSums share{1, row_checksum_term(row_id), costs};
  RowSums& of_class = charge_classes_[of];
  for (std::size_t i = 0; i < costs.size(); ++i) of_class.costs[i] += costs[i];
  shares_[{customer, rule}] += share;
  add_total(customer, of.first, share);
}

void SplitLedger::add_total(const std::string& customer, Currency currency, const RowSums& sums) {
  totals_[{customer, currency}] += sums;
}

Result<void> SplitLedger::check_against_charges(const std::map<ChargeClass, RowSums>& charges, bool counts_rows) const {
  std::map<ChargeClass, RowSums> all = charges;
  for (const auto& [of, sums] : charge_classes_) all.try_emplace(of);
  for (const auto& [of, expected] : all) {
    const auto found = charge_classes_.find(of);
    const RowSums parts = found == charge_classes_.end() ? RowSums{} : found->second;
    const std::string where = fmt::format("{}, {}", of.first.code(), of.second);
    if (counts_rows && parts.rows != expected.rows)
      return not_conserved(where, fmt::format("of {} charges, {} were split", expected.rows, parts.rows));
    for (std::size_t i = 0; i < parts.costs.size(); ++i) {
      if (parts.costs[i] == expected.costs[i]) continue;
      return not_conserved(where, fmt::format("{} is {} for the charges and {} for the parts", cost_metrics()[i],
                                              expected.costs[i].to_string(), parts.costs[i].to_string()));
    }
  }
  return ok();
}

Result<void> SplitLedger::check_direct_rows(const ByCustomerAndRule& written) const {
  return check_written(direct_, written, false);
}

Result<void> SplitLedger::check_shares(const ByCustomerAndRule& written) const {
  return check_written(shares_, written, true);
}

Result<void> SplitLedger::check_written(const ByCustomerAndRule& meant, const ByCustomerAndRule& written,
                                        bool with_costs) {
  ByCustomerAndRule all = meant;
  for (const auto& [key, sums] : written) all.try_emplace(key);
  for (auto& [key, expected] : all) {
    const auto found = written.find(key);
    const RowSums there = found == written.end() ? RowSums{} : found->second;
    if (!with_costs) expected.costs = there.costs;
    if (!(there == expected)) return rows_differ(key.first, key.second, expected, there);
  }
  return ok();
}

std::vector<SplitTotal> SplitLedger::totals() const {
  std::vector<SplitTotal> totals;
  for (const auto& [key, sums] : totals_) totals.push_back({CustomerId(key.first), key.second, sums.rows, sums.costs});
  return totals;
}

}  // namespace apportion
