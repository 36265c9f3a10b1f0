/// Schedule: amounts spread evenly over days, so that the days of each amount sum to it exactly.
#pragma once

#include <map>

#include "foundation/base/date.h"
#include "foundation/money/decimal.h"

namespace apportion {

class Schedule {
 public:
  /// Spreads `amount` over the days from `first` up to but excluding `end`, by `allocate` with equal weights: days
  /// differ by at most one unit of 10^-18. Amounts of the same day are added. The span must contain a day.
  void spread(Decimal amount, Day first, Day end);
  /// The same, but only the days before `until` count: what a rate yields until it changes.
  void spread_until(Decimal amount, Day first, Day end, Day until);

  /// Removes what is on `day` and later, and puts `rest` on that day.
  void end_on(Day day, Decimal rest);

  Decimal on(Day day) const;
  /// From `first` up to but excluding `end`.
  Decimal between(Day first, Day end) const;
  Decimal total() const;

 private:
  std::map<Day, Decimal> days_;
};

}  // namespace apportion
