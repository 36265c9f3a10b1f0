/// Keeps the books of one split: what every group of charges sums to, and where it went. Internal to this module.
///
/// The ledger is filled while charges are matched and shared, and then compared with sums that were read independently
/// of it: of the charges before, and of the files that were written.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/query_engine.h"
#include "foundation/base/result.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "pipeline/split/splitter.h"

namespace apportion {

/// Rows, a sum over their ids that identifies the set of rows, and their costs.
struct RowSums {
  std::int64_t rows = 0;
  std::int64_t row_checksum = 0;
  CostSums costs;

  RowSums& operator+=(const RowSums& other);
  friend bool operator==(const RowSums&, const RowSums&) = default;
};

/// Charges of one currency and category: the unit in which conservation is proved.
using ChargeClass = std::pair<Currency, std::string>;

/// Term of `row_checksum` of one row, as the SQL computes it.
std::int64_t row_checksum_term(std::int64_t row_id);

/// Reads four sums of costs that begin at a column; a sum without values is zero.
CostSums read_costs(const EngineRow& row, std::size_t first_column);

/// A charge's currency; an error for one that is missing or no currency.
Result<Currency> read_currency(const EngineRow& row, std::size_t column);

class SplitLedger {
 public:
  void add_direct(const ChargeClass& of, const std::string& customer, std::int64_t rule, const RowSums& sums);
  /// Charges that will be shared. Their shares follow one by one.
  void add_shared_charges(const ChargeClass& of, const RowSums& sums);
  void add_share(const ChargeClass& of, const std::string& customer, std::int64_t rule, std::int64_t row_id,
                 const CostSums& costs);

  /// Assigned + unassigned = charges, by currency and category, in rows and each metric. `charges` was read without
  /// joins. Without `counts_rows`, rows are left out.
  Result<void> check_against_charges(const std::map<ChargeClass, RowSums>& charges, bool counts_rows = true) const;
  /// The written rows are those that were meant, by customer and rule.
  Result<void> check_direct_rows(const std::map<std::pair<std::string, std::int64_t>, RowSums>& written) const;
  Result<void> check_shares(const std::map<std::pair<std::string, std::int64_t>, RowSums>& written) const;

  std::vector<SplitTotal> totals() const;
  std::int64_t charges() const { return charges_; }
  std::int64_t shared_charges() const { return shared_charges_; }
  std::int64_t direct_charges() const { return charges_ - shared_charges_; }

 private:
  using ByCustomerAndRule = std::map<std::pair<std::string, std::int64_t>, RowSums>;

  void add_total(const std::string& customer, Currency currency, const RowSums& sums);
  static Result<void> check_written(const ByCustomerAndRule& meant, const ByCustomerAndRule& written, bool with_costs);

  std::map<ChargeClass, RowSums> charge_classes_;  // rows of charges, costs of the parts
  std::map<std::pair<std::string, Currency>, RowSums> totals_;
  ByCustomerAndRule direct_;
  ByCustomerAndRule shares_;
  std::int64_t charges_ = 0;
  std::int64_t shared_charges_ = 0;
};

}  // namespace apportion
