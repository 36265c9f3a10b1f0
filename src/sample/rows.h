/// Rows: a charge as the cells of a cost file and of a FOCUS file.
#pragma once

#include <string>
#include <vector>

#include "sample/charges.h"
#include "sample/columns.h"

namespace apportion::sample {

/// Texts shared by all rows of a month and run.
class MonthTexts {
 public:
  MonthTexts(const World& world, Month month, const RunView& view);

  struct DayTexts {
    std::string us;         ///< `08/31/2026`
    std::string focus;      ///< `2026-08-31T00:00:00Z`
    std::string focus_end;  ///< The next day.
  };
  struct ProfileTexts {
    std::string rate;
    std::string invoice;
    std::string previous_invoice;
    Scaled rate_value;
  };

  const DayTexts& day(Day day) const { return days_[static_cast<std::size_t>(day.days_since_epoch() - first_day_)]; }
  const DayTexts& first_day() const { return days_.front(); }
  const DayTexts& last_day() const { return days_.back(); }
  const ProfileTexts& profile(int index) const { return profiles_[static_cast<std::size_t>(index)]; }
  bool invoiced() const { return invoiced_; }
  const World& world() const { return world_; }

 private:
  const World& world_;
  std::int32_t first_day_;
  bool invoiced_;
  std::vector<DayTexts> days_;
  std::vector<ProfileTexts> profiles_;
};

/// Amounts of a charge in USD and in the billing currency; exact.
struct Amounts {
  Scaled usd;
  Scaled billing;
  Scaled list_usd;
  Scaled list_billing;
};
Amounts amounts_of(const Charge& charge, const MonthTexts& texts);

/// The cells of the amortized file, and of the actual file too unless the charge is covered.
void fill_cost_row(const Charge& charge, const MonthTexts& texts, RowText& text, Cells& cells);
/// Turns the amortized cells of a covered charge into those of the actual file.
void clear_cost(Cells& cells);
/// The cells of the FOCUS file. `wrong_effective_cost` plants Microsoft's bug of effective costs on purchases of
/// commitments (facts E.3).
void fill_focus_row(const Charge& charge, const MonthTexts& texts, bool wrong_effective_cost, RowText& text,
                    Cells& cells);

}  // namespace apportion::sample
