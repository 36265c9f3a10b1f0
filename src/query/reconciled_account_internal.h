/// One key of a reconciliation with what both sides say of it, and why they differ. Internal to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/query_engine.h"
#include "foundation/base/date.h"
#include "foundation/money/decimal.h"
#include "pipeline/invoices/invoice_line.h"
#include "query/reconciliation.h"

namespace apportion {

/// What an amount is for, as its own row says: why the other side may lack it.
enum class AmountNature {
  kPlain,
  kCredit,
  kTax,
  kCommitment,
  kMarketplace,
  kSubscription,
  kRounding,
  kUnbilled,   ///< Without an invoice.
  kOfAnother,  ///< Of the tenant of another customer.
};

/// Amounts of one nature on both sides.
struct AmountsOfNature {
  Decimal charges;
  Decimal lines;
  Decimal taken_by_rounding;    ///< From the lines.
  Decimal in_pricing_currency;  ///< Of the charges.
};

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

/// Rows with equal cells, or at least with one day and amount.
struct EqualRows {
  std::optional<Day> day;
  Decimal exact;   ///< Of one of them, before rounding.
  Decimal amount;  ///< As it was added.
  std::int64_t count = 0;
};

struct ReconciledSide {
  Decimal sum;
  std::int64_t rows = 0;
  /// Of lines, those that are there before. Of charges, those with equal cells; where lines are doubled, all.
  std::vector<EqualRows> equal_rows;
  OneRate rate;

  void add(Decimal amount, std::int64_t count) {
    sum += amount;
    rows += count;
  }
};

struct ReconciledAccount {
  ReconciledSide charges;
  ReconciledSide lines;
  AmountsOfNature plain;
  std::vector<std::pair<AmountNature, AmountsOfNature>> others;  ///< Few keys have one.
  Decimal tax;                                                   ///< Of the lines.
  Decimal credit_not_in_charges;  ///< Partner earned credit that charges do not contain yet.
  Decimal credit_in_charges;      ///< That they contain.
  Decimal rounding_of_lines;      ///< The most that rounding may have changed the lines, where no rule is known.
  std::optional<std::int64_t> first_row;
  std::pair<std::size_t, std::int64_t> first_place;  ///< Of the first line: its source, and its place there.
  std::string first_line;                            ///< `FILE:LINE`; empty without one.

  AmountsOfNature& of(AmountNature nature);
  Decimal difference() const { return charges.sum - lines.sum; }
  /// What the digits may make of all its rows that are left out in writing prices and costs.
  Decimal digits() const;
};

/// Charges that a statement such as reconciled_charges.sql adds up.
struct ChargeGroup {
  std::string invoice;
  std::string currency;
  std::string customer;
  std::string subscription;
  std::string product;
  std::optional<Day> day;
  std::string meter;
  std::string resource;
  std::optional<Decimal> cost_of_row;
  AmountNature nature = AmountNature::kPlain;
  std::optional<Decimal> credit_rate;
  bool credit_applied = false;
  std::optional<Decimal> exchange_rate;
  std::string partner;
  std::int64_t rows = 0;
  Decimal cost;
  std::optional<Decimal> in_pricing_currency;
  std::int64_t first_row = 0;
};

/// The first 22 columns of a row as those of reconciled_charges.sql. What is known of the lines, as natures of charges,
/// is by their kind.
ChargeGroup charge_group(const EngineRow& row, InvoiceFileKind kind);
void add_charges(const ChargeGroup& group, ReconciledAccount& account);
/// `source`: the number of the file or import that it is of; `is_doubled`: an equal line was added before.
void add_line(const InvoiceLine& line, std::size_t source, bool is_doubled, ReconciledAccount& account);

struct DifferencePart {
  DifferenceClass why;
  Decimal amount;
  Decimal bound;
};

/// The parts of the difference, which add up to it. `kEqual` alone if there is none; `kUnknown` alone if no classes, or
/// several sets of the same size, add up to it.
std::vector<DifferencePart> explain_difference(const ReconciledAccount& account);

}  // namespace apportion
