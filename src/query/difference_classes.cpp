#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "foundation/money/decimal.h"
#include "query/reconciled_account_internal.h"

namespace apportion {
namespace {

// A billionth of the currency a row: costs of Cost Management and prices of Partner Center have 15 digits or so.
constexpr Int128 kDigitsOfRow = 1'000'000'000;

DifferenceClass class_of(AmountNature nature, DifferenceClass of_plain) {
  switch (nature) {
    case AmountNature::kPlain: return of_plain;
    case AmountNature::kCredit: return DifferenceClass::kCredit;
    case AmountNature::kTax: return DifferenceClass::kTax;
    case AmountNature::kCommitment: return DifferenceClass::kCommitment;
    case AmountNature::kMarketplace: return DifferenceClass::kMarketplace;
    case AmountNature::kSubscription: return DifferenceClass::kSubscription;
    case AmountNature::kRounding: return DifferenceClass::kRounding;
    case AmountNature::kUnbilled: return DifferenceClass::kNotBilledYet;
    case AmountNature::kOfAnother: return DifferenceClass::kSplitRule;
  }
  return of_plain;
}

class Candidates {
 public:
  explicit Candidates(Decimal digits) : digits_(digits) {}

  void add(DifferenceClass why, Decimal amount) {
    if (amount.is_zero()) return;
    parts_.push_back({why, amount, magnitude_of(amount) + digits_});
  }

  // The smallest set whose amounts give the difference; nothing if others of that size say something else.
  std::vector<DifferencePart> adding_up_to(Decimal difference) const {
    const std::uint32_t sets = 1U << parts_.size();
    std::uint32_t best = 0;
    bool is_only = false;
    for (std::uint32_t set = 1; set < sets; ++set) {
      if (best != 0 && std::popcount(set) > std::popcount(best)) continue;
      if (magnitude_of(difference - sum_of(set)) > digits_) continue;
      const bool is_smaller = best == 0 || std::popcount(set) < std::popcount(best);
      is_only = is_smaller || (is_only && classes_of(set) == classes_of(best));
      if (is_smaller) best = set;
    }
    if (best == 0 || !is_only) return {};
    std::vector<DifferencePart> chosen;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (has(best, i)) chosen.push_back(parts_[i]);
    }
    chosen.front().amount += difference - sum_of(best);  // the digits
    return chosen;
  }

 private:
  static bool has(std::uint32_t set, std::size_t part) { return (set >> part & 1U) != 0; }

  Decimal sum_of(std::uint32_t set) const {
    Decimal sum;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (has(set, i)) sum += parts_[i].amount;
    }
    return sum;
  }

  std::multiset<DifferenceClass> classes_of(std::uint32_t set) const {
    std::multiset<DifferenceClass> classes;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (has(set, i)) classes.insert(parts_[i].why);
    }
    return classes;
  }

  std::vector<DifferencePart> parts_;
  Decimal digits_;
};

std::vector<DifferencePart> parts_of_one_side(const ReconciledAccount& account, bool of_charges) {
  const auto of_plain = of_charges ? DifferenceClass::kMissingLines : DifferenceClass::kMissingCharges;
  std::vector<DifferencePart> parts;
  const auto add = [&](AmountNature nature, const AmountsOfNature& amounts) {
    const Decimal amount = of_charges ? amounts.charges : amounts.lines.negated();
    if (!amount.is_zero()) parts.push_back({class_of(nature, of_plain), amount, magnitude_of(amount)});
  };
  add(AmountNature::kPlain, account.plain);
  for (const auto& [nature, amounts] : account.others) add(nature, amounts);
  return parts;
}

// Rates differ on what both sides have.
void add_exchange_rate(const ReconciledAccount& account, Candidates& candidates) {
  const auto of_charges = account.charges.rate.rate();
  const auto of_lines = account.lines.rate.rate();
  if (!of_charges || !of_lines || *of_charges == *of_lines) return;
  Decimal in_pricing_currency = account.plain.in_pricing_currency;
  for (const auto& [nature, amounts] : account.others) {
    if (!amounts.lines.is_zero()) in_pricing_currency += amounts.in_pricing_currency;
  }
  const DecimalProduct product = multiply(in_pricing_currency, *of_charges - *of_lines);
  if (!product.overflow) candidates.add(DifferenceClass::kExchangeRate, product.value);
}

// Part of a sum that was added up before, so it cannot overflow.
Decimal times(Decimal amount, std::int64_t count) { return Decimal::from_units(amount.units() * count); }

// What one side has more often than the other.
struct DoubledOnOneSide {
  Decimal charges;
  Decimal lines;
  Decimal taken_from_lines;  // by rounding
};

// Rows of one key by amount and day.
class RowCounts {
 public:
  explicit RowCounts(std::vector<EqualRows> rows) : rows_(std::move(rows)) {
    std::ranges::sort(rows_, {},
                      [](const EqualRows& row) { return std::tie(row.exact, row.day, row.amount, row.count); });
    for (const EqualRows& row : rows_) {
      if (counts_.empty() || key_of(counts_.back()) != key_of(row)) {
        counts_.push_back(row);
      } else {
        counts_.back().count += row.count;
      }
    }
  }

  const std::vector<EqualRows>& rows() const { return rows_; }
  static std::pair<Decimal, std::optional<Day>> key_of(const EqualRows& row) { return {row.exact, row.day}; }

  // How many have, but for digits, this amount on this day; on any day if none has it on this one, as where a line is
  // dated by the period that it is for.
  std::int64_t like(const EqualRows& row) const {
    const Decimal digits = Decimal::from_units(2 * kDigitsOfRow);
    std::int64_t of_day = 0;
    std::int64_t of_any = 0;
    for (auto one = std::ranges::lower_bound(counts_, row.exact - digits, {}, &EqualRows::exact);
         one != counts_.end() && one->exact <= row.exact + digits; ++one) {
      of_any += one->count;
      if (one->day == row.day) of_day += one->count;
    }
    return of_day > 0 ? of_day : of_any;
  }

 private:
  std::vector<EqualRows> rows_;
  std::vector<EqualRows> counts_;
};

// Equal rows are usual, such as two machines that ran all day: only those are too many that the other side lacks. A
// line that has no charge of its day and amount sums up several, and is too many if it is there twice.
DoubledOnOneSide doubled_on_one_side(const ReconciledAccount& account) {
  DoubledOnOneSide doubled;
  if (account.lines.equal_rows.empty() && account.charges.equal_rows.empty()) return doubled;
  const RowCounts charges(account.charges.equal_rows);
  const RowCounts lines(account.lines.equal_rows);
  for (const EqualRows& row : charges.rows()) {
    const std::int64_t in_lines = lines.like(row);
    const std::int64_t more = in_lines == 0 ? row.count - 1 : charges.like(row) - (in_lines + 1);
    doubled.charges += times(row.amount, std::clamp<std::int64_t>(more, 0, row.count - 1));
  }
  std::int64_t left = 0;  // of the lines like the one before
  for (std::size_t i = 0; i < lines.rows().size(); ++i) {
    const EqualRows& row = lines.rows()[i];
    const bool is_another = i == 0 || RowCounts::key_of(lines.rows()[i - 1]) != RowCounts::key_of(row);
    if (is_another) left = lines.like(row) + 1 - std::max<std::int64_t>(1, charges.like(row));
    if (left-- <= 0) continue;
    doubled.lines += row.amount;
    doubled.taken_from_lines += row.exact - row.amount;
  }
  return doubled;
}

std::vector<DifferencePart> parts_of_both_sides(const ReconciledAccount& account) {
  Candidates candidates(account.digits());
  const DoubledOnOneSide doubled = doubled_on_one_side(account);
  Decimal taken = account.plain.taken_by_rounding;
  for (const auto& [nature, amounts] : account.others) taken += amounts.taken_by_rounding;
  candidates.add(DifferenceClass::kRounding, taken);
  if (!doubled.taken_from_lines.is_zero()) {  // of a line that should not be there, nothing was taken
    candidates.add(DifferenceClass::kRounding, taken - doubled.taken_from_lines);
  }
  add_exchange_rate(account, candidates);
  candidates.add(DifferenceClass::kPartnerCredit, account.credit_not_in_charges);
  candidates.add(DifferenceClass::kPartnerCredit, account.credit_in_charges.negated());
  candidates.add(DifferenceClass::kDoubledLines, doubled.lines.negated());
  candidates.add(DifferenceClass::kDoubledCharges, doubled.charges);
  for (const auto& [nature, amounts] : account.others) {  // what one side has more of it, before rounding
    const Decimal more = amounts.charges - amounts.lines - amounts.taken_by_rounding;
    if (magnitude_of(more) > account.digits()) candidates.add(class_of(nature, DifferenceClass::kUnknown), more);
  }
  return candidates.adding_up_to(account.difference());
}

}  // namespace

AmountsOfNature& ReconciledAccount::of(AmountNature nature) {
  if (nature == AmountNature::kPlain) return plain;
  for (auto& [known, amounts] : others) {
    if (known == nature) return amounts;
  }
  return others.emplace_back(nature, AmountsOfNature()).second;
}

Decimal ReconciledAccount::digits() const {
  return rounding_of_lines + Decimal::from_units(kDigitsOfRow * (charges.rows + lines.rows));
}

std::vector<DifferencePart> explain_difference(const ReconciledAccount& account) {
  const Decimal difference = account.difference();
  if (difference.is_zero()) return {{DifferenceClass::kEqual, Decimal(), Decimal()}};
  if (account.lines.rows == 0 || account.charges.rows == 0) {
    return parts_of_one_side(account, account.lines.rows == 0);
  }
  if (magnitude_of(difference) <= account.digits()) {
    return {{DifferenceClass::kRounding, difference, account.digits()}};
  }
  std::vector<DifferencePart> parts = parts_of_both_sides(account);
  if (parts.empty()) parts.push_back({DifferenceClass::kUnknown, difference, Decimal()});
  return parts;
}

std::string_view difference_class_name(DifferenceClass why) {
  switch (why) {
    case DifferenceClass::kEqual: return "equal";
    case DifferenceClass::kRounding: return "rounding";
    case DifferenceClass::kNotBilledYet: return "not-billed-yet";
    case DifferenceClass::kOtherInvoice: return "other-invoice";
    case DifferenceClass::kCredit: return "credit";
    case DifferenceClass::kPartnerCredit: return "partner-earned-credit";
    case DifferenceClass::kTax: return "tax";
    case DifferenceClass::kCommitment: return "commitment";
    case DifferenceClass::kSubscription: return "seats-and-software";
    case DifferenceClass::kMarketplace: return "marketplace";
    case DifferenceClass::kExchangeRate: return "exchange-rate";
    case DifferenceClass::kDoubledLines: return "doubled-lines";
    case DifferenceClass::kDoubledCharges: return "doubled-charges";
    case DifferenceClass::kMissingLines: return "missing-lines";
    case DifferenceClass::kMissingCharges: return "missing-charges";
    case DifferenceClass::kSplitRule: return "split-rule";
    case DifferenceClass::kOtherCustomer: return "other-customer";
    case DifferenceClass::kUnknown: return "unknown";
  }
  return "unknown";
}

std::optional<DifferenceClass> difference_class_of(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(DifferenceClass::kUnknown); ++number) {
    const auto why = static_cast<DifferenceClass>(number);
    if (difference_class_name(why) == name) return why;
  }
  return std::nullopt;
}

}  // namespace apportion
