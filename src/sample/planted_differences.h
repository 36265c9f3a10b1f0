/// Differences that are planted into Microsoft's lines of an invoice, one of each class, and what a reconciliation must
/// find: they are written down while the lines are made, not found by comparing.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "foundation/money/decimal.h"

namespace apportion::sample {

/// What is done to the lines of a key: customer, subscription and product.
enum class Planted {
  kNothing,
  kMissingLines,  ///< All are left out.
  kOtherInvoice,  ///< All have another invoice number.
  kExchangeRate,  ///< All have another rate.
  kDoubledLine,   ///< The first is there twice.
  kCredit,        ///< A credit follows the first.
  kTax,           ///< The first has tax.
  kChanged,       ///< The first has another amount.
};

/// Charges less lines, by invoice, currency and class.
class ExpectedDifferences {
 public:
  void add(std::string_view invoice, std::string_view currency, std::string_view why, Decimal difference) {
    sums_[{std::string(invoice), std::string(currency), std::string(why)}] += difference;
  }

  /// CSV without a header, each line beginning with `file`. Classes that a reconciliation finds with a sum of zero are
  /// there, too.
  std::string csv(std::string_view file) const;

 private:
  std::map<std::tuple<std::string, std::string, std::string>, Decimal> sums_;
};

/// Decides for one file which keys are changed: one for each of `wanted`, the first that are seen with a usual charge.
/// Keys are remembered until all are planted, and only if any is wanted.
class Planting {
 public:
  explicit Planting(std::span<const Planted> wanted) : wanted_(wanted) {}

  struct Plant {
    Planted what = Planted::kNothing;
    bool is_first = false;  ///< The first line of its key.
  };
  /// For the next line of the key. `is_usual`: consumption of at least one unit of currency.
  Plant next(const std::string& key, bool is_usual);

 private:
  std::span<const Planted> wanted_;  // those that are left
  std::unordered_map<std::string, Planted> of_key_;
};

}  // namespace apportion::sample
