#include "pipeline/publication/losses.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/money/ratio.h"
#include "pipeline/publication/source_sums.h"

namespace apportion {
namespace {

using RunOf = std::optional<Import> LiveImports::*;

constexpr std::int64_t kHundred = 100;
constexpr std::array<RunOf, 3> kRuns{&LiveImports::actual, &LiveImports::amortized, &LiveImports::focus};

// One sum of a month, and what it is called.
struct ComparedSum {
  Decimal SourceSum::*sum;
  const char* name;
  bool (*is_known)(const LiveImports&);
};

bool knows_billed(const LiveImports& /*runs*/) { return true; }
bool knows_effective(const LiveImports& runs) { return runs.amortized || !uses_cost_details(runs); }

constexpr std::array<ComparedSum, 2> kSums{
    {{&SourceSum::billed, "billed", knows_billed}, {&SourceSum::effective, "effective", knows_effective}}};

// What was most before, if it was more than what is in force.
std::string more_before(const std::string& most, const std::string& in_force) {
  return most == in_force ? std::string() : fmt::format("; an earlier one had {}", most);
}

std::string lost_rows(const EarlierRuns& earlier, const LiveImports& newer, RunOf run, std::int64_t percent_max) {
  const Import& was = *(earlier.in_force.*run);
  const Import& now = *(newer.*run);
  std::int64_t most = was.rows_source;
  for (const LiveImports& before : earlier.before) {
    if (before.*run) most = std::max(most, (before.*run)->rows_source);
  }
  const bool is_much = now.rows_source * kHundred < most * (kHundred - percent_max);
  if (now.rows_source >= was.rows_source || !is_much) return {};
  return fmt::format("the {} run has {} rows; the one in force has {}{}", dataset_name(now.dataset), now.rows_source,
                     was.rows_source, more_before(fmt::format("{}", most), fmt::format("{}", was.rows_source)));
}

std::string lost_days(const Import& was, const Import& now) {
  constexpr std::size_t kDaysToName = 5;
  if (!was.charge_days || !now.charge_days) return {};  // taken in before days were noted
  const MonthDays lost = was.charge_days->without(*now.charge_days);
  std::vector<std::string> days;
  for (Day day = now.month.first_day(); day <= now.month.last_day(); day = day.plus_days(1)) {
    if (lost.contains(day.day_of_month())) days.push_back(day.to_string());
  }
  if (days.empty()) return {};
  const std::size_t more = days.size() - std::min(days.size(), kDaysToName);
  days.resize(days.size() - more);
  return fmt::format("the {} run has no charges of {}{}; the one in force has some", dataset_name(now.dataset),
                     fmt::join(days, ", "), more == 0 ? std::string() : fmt::format(" and {} more days", more));
}

bool is_much_less(Decimal now, Decimal before, std::int64_t percent_max) {
  if (before <= Decimal()) return false;
  const auto percent = percent_of(now, before);
  return percent && *percent < Decimal::from_integer(kHundred - percent_max);
}

std::string lost_costs(const EarlierRuns& earlier, const LiveImports& newer, const ComparedSum& compared,
                       std::int64_t percent_max) {
  if (!compared.is_known(earlier.in_force) || !compared.is_known(newer)) return {};
  std::map<std::string, Decimal> most;
  const auto note = [&](const LiveImports& runs) {
    if (!compared.is_known(runs)) return;
    for (const auto& [currency, sum] : source_sums(runs)) {
      const auto [known, is_new] = most.try_emplace(currency, sum.*compared.sum);
      if (!is_new) known->second = std::max(known->second, sum.*compared.sum);
    }
  };
  note(earlier.in_force);
  for (const LiveImports& before : earlier.before) note(before);
  auto sums_now = source_sums(newer);
  for (const auto& [currency, sum] : source_sums(earlier.in_force)) {
    const Decimal was = sum.*compared.sum;
    const Decimal now = sums_now[currency].*compared.sum;
    if (now >= was || !is_much_less(now, most[currency], percent_max)) continue;
    return fmt::format("the {} cost of the newer runs is {} {}; of those in force, it is {} {}{}", compared.name,
                       now.to_string(), currency, was.to_string(), currency,
                       more_before(most[currency].to_string(), was.to_string()));
  }
  return {};
}

}  // namespace

std::string loss_of(const EarlierRuns& earlier, const LiveImports& newer, std::int64_t percent_max) {
  for (const RunOf run : kRuns) {
    if (!(earlier.in_force.*run) || !(newer.*run)) continue;
    if (std::string lost = lost_rows(earlier, newer, run, percent_max); !lost.empty()) return lost;
    if (percent_max == kHundred) continue;
    if (std::string lost = lost_days(*(earlier.in_force.*run), *(newer.*run)); !lost.empty()) return lost;
  }
  for (const ComparedSum& compared : kSums) {
    if (std::string lost = lost_costs(earlier, newer, compared, percent_max); !lost.empty()) return lost;
  }
  return {};
}

}  // namespace apportion
