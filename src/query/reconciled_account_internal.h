/// One key of a reconciliation with what both sides say of it, and why they differ. Internal to this module.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/money/decimal.h"
#include "pipeline/invoices/invoice_line.h"
#include "query/reconciliation.h"

namespace apportion {

/// What an amount is for, as its own row says: why the other side may lack it.
enum class AmountNature { kPlain, kCredit, kTax, kCommitment, kMarketplace, kSubscription, kRounding };
inline constexpr std::size_t kAmountNatures = 7;

inline Decimal magnitude_of(Decimal amount) { return amount.is_negative() ? amount.negated() : amount; }

/// The rate of rows; none where they have several, or none.
class OneRate {
 public:
  void add(std::optional<Decimal> rate) {
    if (!rate) return;
    is_mixed_ = is_mixed_ || (rate_ && *rate_ != *rate);
    rate_ = rate;
  }
  std::optional<Decimal> rate() const { return is_mixed_ ? std::nullopt : rate_; }

 private:
  std::optional<Decimal> rate_;
  bool is_mixed_ = false;
};

struct ReconciledSide {
  Decimal sum;
  std::int64_t rows = 0;
  std::array<Decimal, kAmountNatures> of_nature = {};
  Decimal doubled;  ///< Of rows that are there before, cell by cell.
  OneRate rate;

  void add(Decimal amount, std::int64_t count, AmountNature nature) {
    sum += amount;
    rows += count;
    of_nature[static_cast<std::size_t>(nature)] += amount;
  }
};

struct ReconciledAccount {
  ReconciledSide charges;
  ReconciledSide lines;
  Decimal tax;                    ///< Of the lines.
  Decimal taken_by_rounding;      ///< From the lines.
  Decimal taken_from_doubled;     ///< From those that are there before.
  Decimal in_pricing_currency;    ///< Of the charges.
  Decimal credit_not_in_charges;  ///< Partner earned credit that charges do not contain yet.
  Decimal credit_in_charges;      ///< That they contain.
  std::optional<std::int64_t> first_row;
  std::string first_line;  ///< `FILE:LINE`

  Decimal difference() const { return charges.sum - lines.sum; }
  /// What the digits may make of all its rows that are left out in writing prices and costs.
  Decimal digits() const;
};

struct DifferencePart {
  DifferenceClass why;
  Decimal amount;
  Decimal bound;
};

/// The parts of the difference, which add up to it. `kEqual` alone if there is none; `kUnknown` alone if no classes, or
/// several sets of the same size, add up to it.
std::vector<DifferencePart> explain_difference(const ReconciledAccount& account);

}  // namespace apportion
