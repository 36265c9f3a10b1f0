/// Amortisation: what was paid for commitments, month by month, beside what the amortized files spread, and what a
/// schedule says that they should.
///
/// The schedule: a payment at once is spread evenly over the days of the term; a refund is spread over the days that
/// are left and lowers them. What a day is of a term is told by the files: either a year has 365 days, as Microsoft's
/// hourly prices have 8,760 hours, and a day of a monthly payment costs 12/365 of it; or days are those of the
/// calendar, and a monthly payment is spread over its own month. Of the two, the one that is nearer to the amortized
/// files is taken. Prices are in the pricing currency where the files tell it, so that exchange rates make no
/// differences.
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
  Decimal refunds;       ///< Given back, below zero.
  Decimal used;          ///< Amortized cost of what was used, and of what was not.
  Decimal unused;
  bool is_amortised = true;            ///< An amortized run tells so; else both are unknown.
  std::optional<TermBasis> basis;      ///< Of what is scheduled.
  std::optional<Decimal> scheduled;    ///< Nothing when it is not known when the term began.
  std::optional<Decimal> unamortised;  ///< At the end of the month: paid but not spread yet. Payments at once only.

  /// Used and unused; nothing when it is not known.
  std::optional<Decimal> amortised() const;
  /// Amortised less scheduled.
  std::optional<Decimal> difference() const;
};

/// Months of connections, by its name, that have no amortized run: nothing is known of what it would spread.
using MonthsWithoutAmortisation = std::set<std::pair<std::string, Month>>;

/// By commitment, currency and month.
Result<std::vector<AmortisedMonth>> read_amortisation(QueryEngine& engine, const CommitmentData& data,
                                                      const MonthsWithoutAmortisation& gaps = {});

/// The schedule of the payments and refunds of one commitment, in the order of days. Nothing when it cannot be told:
/// no payment, no term, a start that is not known, or several payments on one day.
/// After a return in full nothing is left to spread: what was paid for and not given back falls on its day.
/// `last_use` is the last day of which the charges tell use; a return with use after it is one of a part.
std::optional<Schedule> schedule_of(const std::vector<const CashRow*>& cash, bool in_pricing_currency, Day until,
                                    TermBasis basis, std::optional<Day> last_use);

/// The day after the last one of a term.
Day end_of_term(Day start, std::int64_t term_months, TermBasis basis);

}  // namespace apportion
