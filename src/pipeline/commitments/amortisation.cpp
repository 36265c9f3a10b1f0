#include "pipeline/commitments/amortisation.h"

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/commitments/amortised_sums.sql.h"

namespace apportion {
namespace {

constexpr std::int64_t kMonthsOfYear = 12;
constexpr std::int32_t kDaysOfYear = 365;

struct SumsOfMonth {
  std::string month, currency, pricing_currency;
  bool is_used = false;
  Day first = Day(0);
  Day last = Day(0);
  Decimal effective;
  Decimal pricing;
  bool has_pricing = false;
  bool has_cost = true;
};

Decimal cost_of(const CashRow& cash, bool in_pricing_currency) {
  return in_pricing_currency ? *cash.pricing_cost : cash.billed;
}

// The year's cost of a monthly payment.
Decimal of_year(Decimal payment) {
  Decimal year;
  for (std::int64_t month = 0; month < kMonthsOfYear; ++month) year += payment;
  return year;
}

class Amortiser {
 public:
  Amortiser(const CommitmentData& data, const MonthsWithoutAmortisation& gaps) : gaps_(gaps) {
    for (const CashRow& cash : data.cash) cash_[cash.key].push_back(&cash);
  }

  void add(const std::string& key, SumsOfMonth sums) { sums_[key].push_back(std::move(sums)); }

  std::vector<AmortisedMonth> months() const {
    std::set<std::string> keys;
    for (const auto& [key, cash] : cash_) keys.insert(key);
    for (const auto& [key, sums] : sums_) keys.insert(key);
    std::vector<AmortisedMonth> all;
    for (const std::string& key : keys) add_months(key, all);
    return all;
  }

 private:
  using Months = std::map<std::pair<std::string, Month>, AmortisedMonth>;  // by currency

  void add_months(const std::string& key, std::vector<AmortisedMonth>& all) const {
    static const std::vector<const CashRow*> kNoCash;
    static const std::vector<SumsOfMonth> kNoSums;
    const auto found_cash = cash_.find(key);
    const auto found_sums = sums_.find(key);
    const auto& cash = found_cash == cash_.end() ? kNoCash : found_cash->second;
    const auto& sums = found_sums == sums_.end() ? kNoSums : found_sums->second;
    const bool in_pricing =
        std::ranges::all_of(cash,
                            [](const CashRow* row) { return row->pricing_cost && !row->pricing_currency.empty(); }) &&
        std::ranges::all_of(sums, [](const SumsOfMonth& of) {
          return (of.has_pricing || !of.has_cost) && !of.pricing_currency.empty();
        });

    Months months;
    const auto month_of = [&](const std::string& currency, Month month) -> AmortisedMonth& {
      AmortisedMonth& of = months[{currency, month}];
      of.commitment = key;
      of.currency = currency;
      of.month = month;
      return of;
    };
    Day last = Day(0);
    std::optional<Day> last_use;
    std::map<Month, Day> first_days;
    for (const CashRow* row : cash) {
      AmortisedMonth& of = month_of(in_pricing ? row->pricing_currency : row->currency, row->month);
      (row->is_refund ? of.refunds : of.purchases) += cost_of(*row, in_pricing);
      of.is_amortised = of.is_amortised && !gaps_.contains({row->bill_source, row->month});
      last = std::max(last, row->month.last_day());
    }
    for (const SumsOfMonth& sum : sums) {
      const Month month = Month::parse(sum.month).value_or(Month::of(sum.last));
      AmortisedMonth& of = month_of(in_pricing ? sum.pricing_currency : sum.currency, month);
      (sum.is_used ? of.used : of.unused) += in_pricing ? sum.pricing : sum.effective;
      of.is_amortised = of.is_amortised && sum.has_cost;
      last_use = std::max(last_use.value_or(sum.last), sum.last);
      const auto [known, is_new] = first_days.try_emplace(month, sum.first);
      if (!is_new) known->second = std::min(known->second, sum.first);
      last = std::max(last, month.last_day());
    }
    schedule_best(cash, in_pricing, last.plus_days(1), last_use, first_days, months);
    for (auto& [month, of] : months) all.push_back(std::move(of));
  }

  // Schedules by the basis that is nearer to what was amortised; at a tie by years of 365 days.
  static void schedule_best(const std::vector<const CashRow*>& cash, bool in_pricing, Day until,
                            std::optional<Day> last_use, const std::map<Month, Day>& first_days, Months& months) {
    std::optional<Decimal> best;
    for (const TermBasis basis : {TermBasis::kYearsOf365, TermBasis::kCalendar}) {
      const auto schedule = schedule_of(cash, in_pricing, until, basis, last_use);
      if (!schedule) return;
      Months candidate = months;
      compare(*schedule, basis, cash, first_days, candidate);
      const Decimal misfit = misfit_of(candidate);
      if (best && misfit >= *best) continue;
      best = misfit;
      months = std::move(candidate);
    }
  }

  static Decimal misfit_of(const Months& months) {
    Decimal misfit;
    for (const auto& [key, of] : months) {
      const auto difference = of.used.is_zero() && of.unused.is_zero() ? std::nullopt : of.difference();
      if (difference) misfit += difference->is_negative() ? difference->negated() : *difference;
    }
    return misfit;
  }

  // A month with days before the first payment that is known has no schedule: an unknown payment stands for them.
  static void compare(const Schedule& schedule, TermBasis basis, const std::vector<const CashRow*>& cash,
                      const std::map<Month, Day>& first_days, Months& months) {
    const bool at_once = std::ranges::all_of(cash, [](const CashRow* row) { return row->is_one_time; });
    std::set<std::string> currencies;
    for (const auto& [key, of] : months) currencies.insert(key.first);
    if (currencies.size() != 1) return;  // two currencies never add
    Decimal paid;
    for (auto& [key, of] : months) {
      const auto first_day = first_days.find(of.month);
      if (first_day != first_days.end() && first_day->second < cash.front()->day) continue;
      const Day end = of.month.plus_months(1).first_day();
      of.basis = basis;
      of.scheduled = schedule.between(of.month.first_day(), end);
      paid += of.purchases + of.refunds;
      if (at_once) of.unamortised = paid - schedule.between(cash.front()->day, end);
    }
  }

  const MonthsWithoutAmortisation& gaps_;
  std::map<std::string, std::vector<const CashRow*>> cash_;
  std::map<std::string, std::vector<SumsOfMonth>> sums_;
};

Decimal size_of(Decimal amount) { return amount.is_negative() ? amount.negated() : amount; }

// Whether less was given back than was bought. Of monthly payments the last one says how much there is.
bool is_rest_left(const std::vector<const CashRow*>& cash) {
  std::optional<Decimal> left;
  for (const CashRow* row : cash) {
    if (!row->quantity) continue;
    const Decimal size = size_of(*row->quantity);
    if (row->is_refund) {
      if (left) left = *left - size;
    } else {
      left = row->is_one_time && left ? *left + size : size;
    }
  }
  return left && !left->is_zero() && !left->is_negative();
}

// The last thing that was paid or given back is a return, nothing was used after it, and all was returned.
bool is_return_in_full(const std::vector<const CashRow*>& cash, std::vector<const CashRow*>::const_iterator refund,
                       std::optional<Day> last_use) {
  const Day day = (*refund)->day;
  if (refund + 1 != cash.end() || (last_use && *last_use > day)) return false;
  return !is_rest_left(cash);
}

}  // namespace

std::optional<Decimal> AmortisedMonth::amortised() const {
  return is_amortised ? std::optional(used + unused) : std::nullopt;
}

std::optional<Decimal> AmortisedMonth::difference() const {
  const auto spread = amortised();
  return scheduled && spread ? std::optional(*spread - *scheduled) : std::nullopt;
}

Day end_of_term(Day start, std::int64_t term_months, TermBasis basis) {
  const bool in_years = basis == TermBasis::kYearsOf365 && term_months % kMonthsOfYear == 0;
  if (!in_years) return plus_calendar_months(start, term_months);
  return start.plus_days(static_cast<std::int32_t>(term_months / kMonthsOfYear) * kDaysOfYear);
}

std::optional<Schedule> schedule_of(const std::vector<const CashRow*>& cash, bool in_pricing_currency, Day until,
                                    TermBasis basis, std::optional<Day> last_use) {
  const auto is_payment = [](const CashRow* row) { return !row->is_refund; };
  const auto first = std::ranges::find_if(cash, is_payment);
  if (first == cash.end() || first != cash.begin()) return std::nullopt;
  Schedule schedule;
  std::optional<Day> end;  // of what was paid for so far
  for (auto row = cash.begin(); row != cash.end(); ++row) {
    const CashRow& of = **row;
    const Decimal cost = cost_of(of, in_pricing_currency);
    if (of.is_refund) {
      if (!end || of.day >= *end) return std::nullopt;
      if (is_return_in_full(cash, row, last_use)) {
        schedule.end_on(of.day, schedule.between(of.day, *end) + cost);
      } else {
        schedule.spread(cost, of.day, *end);
      }
    } else if (of.is_one_time) {
      if (of.term_months <= 0) return std::nullopt;
      end = end_of_term(of.day, of.term_months, basis);
      schedule.spread(cost, of.day, *end);
    } else {
      const auto next = std::find_if(row + 1, cash.end(), is_payment);
      if (next != cash.end() && (*next)->day == of.day) return std::nullopt;  // not monthly
      const Day last = next == cash.end() ? std::min(plus_calendar_months(of.day, 1), until) : (*next)->day;
      end = plus_calendar_months(of.day, 1);
      if (last <= of.day) continue;
      if (basis == TermBasis::kCalendar) {
        schedule.spread_until(cost, of.day, *end, last);
      } else {
        schedule.spread_until(of_year(cost), of.day, of.day.plus_days(kDaysOfYear), last);
      }
    }
  }
  return schedule;
}

Result<std::vector<AmortisedMonth>> read_amortisation(QueryEngine& engine, const CommitmentData& data,
                                                      const MonthsWithoutAmortisation& gaps) {
  Amortiser amortiser(data, gaps);
  APPORTION_TRY(engine.query(sql::kAmortisedSumsSql, {}, [&](const EngineRow& row) {
    SumsOfMonth sums;
    sums.month = row.text(2);
    sums.currency = row.text(3);
    sums.pricing_currency = row.text(4);
    sums.is_used = row.text(5) == "used";
    sums.first = row.day(6);
    sums.last = row.day(7);
    sums.has_cost = row.integer(11) == 0;
    if (sums.has_cost) sums.effective = row.decimal(8);
    sums.has_pricing = row.integer(10) == 0;
    if (sums.has_pricing) sums.pricing = row.decimal(9);
    amortiser.add(data.keys.key_of(commitment_id_text(row.text(0), row.text(1), "", "")), std::move(sums));
    return ok();
  }));
  return amortiser.months();
}

}  // namespace apportion
