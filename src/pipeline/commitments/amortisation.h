/// Amortisation: what was paid for commitments, month by month, beside what the amortized files spread, and what a
/// schedule says that they should.
///
/// The schedule: a payment at once is spread evenly over the days of the term, a year being 365 days, as Microsoft's
/// hourly prices are (8,760 hours a year); a refund is spread over the days that are left and lowers them. A monthly
/// payment stands for its twelfth of a year: each day costs 12/365 of the payment in force. Prices are in the pricing
/// currency where the files tell it, so that exchange rates make no differences.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/money/schedule.h"
#include "foundation/store/engine.h"
#include "pipeline/commitments/commitment_data.h"

namespace apportion {

/// One commitment in one bill month.
struct AmortisedMonth {
  std::string commitment;
  Month month = Month::of(Day(0));
  std::string currency;  ///< Pricing currency, or the billing currency where prices are not known.
  Decimal purchases;     ///< Paid in the month.
  Decimal refunds;       ///< Given back, below zero.
  Decimal used;          ///< Amortized cost of what was used, and of what was not.
  Decimal unused;
  std::optional<Decimal> scheduled;    ///< Nothing when it is not known when the term began.
  std::optional<Decimal> unamortised;  ///< At the end of the month: paid but not spread yet. Payments at once only.

  Decimal amortised() const { return used + unused; }
  /// Amortised less scheduled.
  std::optional<Decimal> difference() const;
};

/// By commitment, currency and month.
Result<std::vector<AmortisedMonth>> read_amortisation(Engine& engine, const CommitmentData& data);

/// The schedule of the payments and refunds of one commitment, in the order of days. Nothing when it cannot be told:
/// no payment, no term, a start that is not known, or several payments on one day.
std::optional<Schedule> schedule_of(const std::vector<const CashRow*>& cash, bool in_pricing_currency, Day until);

/// The day after the last one of a term, years of 365 days.
Day end_of_term(Day start, std::int64_t term_months);

}  // namespace apportion
