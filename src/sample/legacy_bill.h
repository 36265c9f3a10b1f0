/// What a legacy product showed of a month: costs by customer, subscription and product, without what it never saw:
/// reservations, savings plans, and adjustments for rounding. It agrees with the charges to the last digit.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include "foundation/base/result.h"
#include "foundation/money/decimal.h"
#include "sample/charges.h"
#include "sample/rows.h"

namespace apportion::sample {

class LegacyBill {
 public:
  /// The texts must outlive this.
  LegacyBill(const MonthTexts& texts, Month month) : texts_(&texts), month_(month) {}

  /// Adds a charge of the actual file.
  void add(const Charge& charge, RowText& text);
  /// Writes the bill.
  Result<void> finish(const std::filesystem::path& file) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;  // the columns of texts

  const MonthTexts* texts_;
  Month month_;
  std::map<Key, Decimal> sums_;
};

/// What its columns mean, as `apportion import --columns` takes it.
Result<void> write_legacy_columns(const std::filesystem::path& file);

}  // namespace apportion::sample
