#include "foundation/money/schedule.h"

#include <algorithm>
#include <vector>

#include "foundation/base/check.h"
#include "foundation/money/allocate.h"

namespace apportion {

void Schedule::spread(Decimal amount, Day first, Day end) { spread_until(amount, first, end, end); }

void Schedule::spread_until(Decimal amount, Day first, Day end, Day until) {
  APPORTION_CHECK(first < end, "a cost is spread over one day at least");
  const auto days = static_cast<std::size_t>(end.days_since_epoch() - first.days_since_epoch());
  const std::vector<Decimal> parts = allocate(amount, std::vector<Decimal>(days, Decimal::from_integer(1)));
  Day day = first;
  for (const Decimal part : parts) {
    if (day >= until) return;
    days_[day] += part;
    day = day.plus_days(1);
  }
}

void Schedule::end_on(Day day, Decimal rest) {
  days_.erase(days_.lower_bound(day), days_.end());
  days_[day] = rest;
}

Decimal Schedule::on(Day day) const {
  const auto found = days_.find(day);
  return found == days_.end() ? Decimal() : found->second;
}

Decimal Schedule::between(Day first, Day end) const {
  Decimal sum;
  for (auto day = days_.lower_bound(first); day != days_.end() && day->first < end; ++day) sum += day->second;
  return sum;
}

Decimal Schedule::total() const {
  Decimal sum;
  for (const auto& [day, amount] : days_) sum += amount;
  return sum;
}

}  // namespace apportion
