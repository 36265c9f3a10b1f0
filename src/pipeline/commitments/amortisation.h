/// Amortisation: what was paid for commitments, month by month, compared with what the amortized files spread and with
/// what a schedule says they should.
///
/// The schedule: an upfront payment is spread evenly over the days of the term; a refund is spread over the remaining
/// days and reduces them. The files determine what a day of a term is: either a year has 365 days, since Microsoft's
/// hourly prices assume 8,760 hours, and a day of a monthly payment costs 12/365 of it; or days are calendar days, and
/// a monthly payment is spread over its own month. The one closer to the amortized files is used. Prices are in the
/// pricing currency if the files give it, so that exchange rates make no difference.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/query_engine.h"
#include "foundation/base/result.h"
#include "foundation/money/schedule.h"
#include "pipeline/commitments/commitment_data.h"

namespace apportion {

/// How many days a term has.
enum class TermBasis { kYearsOf365, kCalendar };

/// One commitment in one bill month.
struct AmortisedMonth {
  std::string commitment;
  Month month = Month::of(Day(0));
  std::string currency;  ///< Pricing currency, or the billing currency where prices are not known.
  Decimal purchases;     ///< Paid in the month.
  Decimal refunds;       ///< Refunded, below zero.
  Decimal used;          ///< Amortized cost of what was used, and of what was not.
  Decimal unused;
  bool is_amortised = true;            ///< Known from an amortized run; otherwise both are unknown.
  std::optional<TermBasis> basis;      ///< Of what is scheduled.
  std::optional<Decimal> scheduled;    ///< Nothing if it is not known when the term began.
  std::optional<Decimal> unamortised;  ///< At the end of the month: paid but not spread yet. Upfront payments only.

  /// Used and unused; nothing if it is not known.
  std::optional<Decimal> amortised() const;
  /// Amortised minus scheduled.
  std::optional<Decimal> difference() const;
};

/// Months of connections, by its name, that have no amortized run: nothing is known of what it would spread.
using MonthsWithoutAmortisation = std::set<std::pair<std::string, Month>>;

/// By commitment, currency and month.
Result<std::vector<AmortisedMonth>> read_amortisation(QueryEngine& engine, const CommitmentData& data,
                                                      const MonthsWithoutAmortisation& gaps = {});

/// The schedule of the payments and refunds of one commitment, in the order of days. Nothing if it cannot be
/// determined: no payment, no term, an unknown start, or several payments on one day. After a full return nothing is
/// left to spread: what was paid and not refunded falls on its day. `last_use` is the last day with use in the charges;
/// a return followed by use is a partial one.
std::optional<Schedule> schedule_of(const std::vector<const CashRow*>& cash, bool in_pricing_currency, Day until,
                                    TermBasis basis, std::optional<Day> last_use);

/// The day after the last one of a term.
Day end_of_term(Day start, std::int64_t term_months, TermBasis basis);

}  // namespace apportion
