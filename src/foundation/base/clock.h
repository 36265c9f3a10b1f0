/// The clock, passed in. Only `app/` makes the system clock; tests make fixed ones.
#pragma once

#include <functional>
#include <string>

#include "foundation/base/date.h"

namespace apportion {

class Clock {
 public:
  static Clock system();
  /// A clock that stands at noon UTC of a day.
  static Clock fixed(Day day);

  /// Now as UTC, `2026-11-22T11:00:00Z`.
  std::string now() const { return now_(); }
  Day today() const;

 private:
  explicit Clock(std::function<std::string()> now) : now_(std::move(now)) {}
  std::function<std::string()> now_;
};

}  // namespace apportion
