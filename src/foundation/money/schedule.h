/// Schedule: amounts spread evenly over days, so that the days of each amount sum to it exactly.
#pragma once

#include <map>

#include "foundation/base/date.h"
#include "foundation/money/decimal.h"

namespace apportion {

class Schedule {
 public:
  /// Spreads `amount` over the days from `first` up to and without `end`, by `allocate` with equal weights: days differ
  /// by one unit of 10^-18 at most. Amounts of one day add up. The span must have a day.
  void spread(Decimal amount, Day first, Day end);
  /// The same, of which only the days before `until` count: what a rate brings until it changes.
  void spread_until(Decimal amount, Day first, Day end, Day until);

  /// Takes away what lies on `day` and after it, and puts `rest` on that day.
  void end_on(Day day, Decimal rest);

  Decimal on(Day day) const;
  /// From `first` up to and without `end`.
  Decimal between(Day first, Day end) const;
  Decimal total() const;

 private:
  std::map<Day, Decimal> days_;
};

}  // namespace apportion
