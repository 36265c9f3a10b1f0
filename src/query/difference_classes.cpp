#include <array>
#include <bit>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "foundation/money/decimal.h"
#include "query/reconciled_account_internal.h"

namespace apportion {
namespace {

// A billionth of the currency a row: costs of Cost Management and prices of Partner Center have 15 digits or so.
constexpr Int128 kDigitsOfRow = 1'000'000'000;

Decimal of_nature(const ReconciledSide& side, AmountNature nature) {
  return side.of_nature[static_cast<std::size_t>(nature)];
}

DifferenceClass class_of(AmountNature nature, DifferenceClass of_plain) {
  switch (nature) {
    case AmountNature::kPlain: return of_plain;
    case AmountNature::kCredit: return DifferenceClass::kCredit;
    case AmountNature::kTax: return DifferenceClass::kTax;
    case AmountNature::kCommitment: return DifferenceClass::kCommitment;
    case AmountNature::kMarketplace: return DifferenceClass::kMarketplace;
    case AmountNature::kSubscription: return DifferenceClass::kSubscription;
    case AmountNature::kRounding: return DifferenceClass::kRounding;
  }
  return of_plain;
}

constexpr auto kNatures = std::to_array<AmountNature>({AmountNature::kPlain, AmountNature::kCredit, AmountNature::kTax,
                                                       AmountNature::kCommitment, AmountNature::kMarketplace,
                                                       AmountNature::kSubscription, AmountNature::kRounding});
static_assert(kNatures.size() == kAmountNatures);

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
  const ReconciledSide& side = of_charges ? account.charges : account.lines;
  const auto of_plain = of_charges ? DifferenceClass::kMissingLines : DifferenceClass::kMissingCharges;
  std::vector<DifferencePart> parts;
  for (const AmountNature nature : kNatures) {
    const Decimal amount = of_nature(side, nature);
    if (amount.is_zero()) continue;
    parts.push_back({class_of(nature, of_plain), of_charges ? amount : amount.negated(), magnitude_of(amount)});
  }
  return parts;
}

void add_exchange_rate(const ReconciledAccount& account, Candidates& candidates) {
  const auto of_charges = account.charges.rate.rate();
  const auto of_lines = account.lines.rate.rate();
  if (!of_charges || !of_lines || *of_charges == *of_lines) return;
  const DecimalProduct product = multiply(account.in_pricing_currency, *of_charges - *of_lines);
  if (!product.overflow) candidates.add(DifferenceClass::kExchangeRate, product.value);
}

std::vector<DifferencePart> parts_of_both_sides(const ReconciledAccount& account) {
  Candidates candidates(account.digits());
  candidates.add(DifferenceClass::kRounding, account.taken_by_rounding);
  if (!account.taken_from_doubled.is_zero()) {  // of a line that should not be there, nothing was taken
    candidates.add(DifferenceClass::kRounding, account.taken_by_rounding - account.taken_from_doubled);
  }
  add_exchange_rate(account, candidates);
  candidates.add(DifferenceClass::kPartnerCredit, account.credit_not_in_charges);
  candidates.add(DifferenceClass::kPartnerCredit, account.credit_in_charges.negated());
  candidates.add(DifferenceClass::kDoubledLines, account.lines.doubled.negated());
  candidates.add(DifferenceClass::kDoubledCharges, account.charges.doubled);
  for (const AmountNature nature : kNatures) {
    if (nature == AmountNature::kPlain) continue;
    candidates.add(class_of(nature, DifferenceClass::kUnknown), of_nature(account.charges, nature));
    candidates.add(class_of(nature, DifferenceClass::kUnknown), of_nature(account.lines, nature).negated());
  }
  return candidates.adding_up_to(account.difference());
}

}  // namespace

Decimal ReconciledAccount::digits() const { return Decimal::from_units(kDigitsOfRow * (charges.rows + lines.rows)); }

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
    case DifferenceClass::kUnknown: return "unknown";
  }
  return "unknown";
}

}  // namespace apportion
