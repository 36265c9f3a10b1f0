#include "pipeline/split/naive_splitter.h"

#include <algorithm>
#include <regex>

#include <boost/multiprecision/cpp_int.hpp>
#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;
using Kind = RuleCondition::Kind;

Integer to_integer(Int128 value) {
  const bool is_negative = value < 0;
  const UInt128 magnitude = is_negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  const Integer result =
      (Integer(static_cast<std::uint64_t>(magnitude >> 64)) << 64) + static_cast<std::uint64_t>(magnitude);
  return is_negative ? Integer(-result) : result;
}

Decimal to_decimal(const Integer& units) {
  const Integer magnitude = abs(units);
  const auto high = static_cast<std::uint64_t>(magnitude >> 64);
  const auto low = static_cast<std::uint64_t>(magnitude & ((Integer(1) << 64) - 1));
  const auto value = static_cast<Int128>((static_cast<UInt128>(high) << 64) | low);
  return Decimal::from_units(units < 0 ? -value : value);
}

std::optional<std::string> value_of(const RuleTest& test, const TestCharge& charge) {
  const auto found = charge.find(std::string(test.field.column->name));
  if (found == charge.end()) return std::nullopt;
  if (!test.field.tag_key) return found->second;
  const auto tags = nlohmann::ordered_json::parse(found->second, nullptr, false);
  if (!tags.is_object()) return std::nullopt;
  nlohmann::ordered_json value;
  for (const auto& [key, candidate] : tags.items()) {
    if (value.is_null() && test.ignore_case && fold_case(key) == fold_case(*test.field.tag_key)) value = candidate;
  }
  if (tags.contains(*test.field.tag_key)) value = tags[*test.field.tag_key];
  if (value.is_null()) return std::nullopt;
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool text_holds(RuleOperator op, const std::string& value, const std::string& wanted, bool ignores_case) {
  switch (op) {
    case RuleOperator::kIn: return value == wanted;
    case RuleOperator::kContains: return value.find(wanted) != std::string::npos;
    case RuleOperator::kStartsWith: return value.rfind(wanted, 0) == 0;
    case RuleOperator::kMatches: {
      const auto flags = ignores_case ? std::regex::ECMAScript | std::regex::icase : std::regex::ECMAScript;
      return std::regex_search(value, std::regex(wanted, flags));
    }
    case RuleOperator::kIsEmpty: break;
  }
  return false;
}

bool test_holds(const RuleTest& test, const TestCharge& charge) {
  auto value = value_of(test, charge);
  if (test.op == RuleOperator::kIsEmpty) return !value || value->empty();
  if (!value) return false;
  const bool is_id = !test.field.tag_key && test.field.column->match == ColumnMatch::kIgnoreCase;
  const auto normal = [&](const std::string& text) {
    if (test.op == RuleOperator::kMatches) return text;
    return test.ignore_case ? fold_case(text) : is_id ? ascii_lower(text) : text;
  };
  if (!test.field.tag_key && test.field.column->type == ColumnType::kDecimal)
    value = Decimal::parse(*value).value.to_string();
  for (const std::string& wanted : test.values) {
    if (text_holds(test.op, normal(*value), normal(wanted), test.ignore_case || is_id)) return true;
  }
  return false;
}

bool condition_holds(const RuleList& list, const RuleCondition& condition, const TestCharge& charge) {
  switch (condition.kind) {
    case Kind::kTest: return test_holds(condition.test, charge);
    case Kind::kSet: return condition_holds(list, list.find_set(condition.set)->condition, charge);
    case Kind::kNot: return !condition_holds(list, condition.parts[0], charge);
    case Kind::kAll:
      for (const auto& part : condition.parts) {
        if (!condition_holds(list, part, charge)) return false;
      }
      return true;
    case Kind::kAny:
      for (const auto& part : condition.parts) {
        if (condition_holds(list, part, charge)) return true;
      }
      return false;
  }
  return false;
}

bool rule_matches(const RuleList& list, const Rule& rule, const TestCharge& charge) {
  const Day day = *Day::parse(charge.at("ChargePeriodStart"));
  if (rule.from && day < *rule.from) return false;
  if (rule.until && day > *rule.until) return false;
  return condition_holds(list, rule.when, charge);
}

std::optional<std::string> customer_of_tenant(const std::vector<Customer>& customers, const TestCharge& charge,
                                              std::int64_t& number) {
  const auto found = charge.find("x_CustomerTenantId");
  const std::string tenant = found == charge.end() ? std::string() : ascii_lower(found->second);
  const Day day = *Day::parse(charge.at("ChargePeriodStart"));
  const std::vector<HeldTenants> held = held_tenants(customers);
  for (std::size_t i = 0; i < held.size(); ++i) {
    number += held[i].always.empty() ? 0 : 1;
    for (const std::string& id : held[i].always) {
      if (found != charge.end() && tenant == ascii_lower(id)) return customers[i].id.raw();
    }
    for (const TenantPeriod& period : held[i].periods) {
      ++number;
      const bool is_in_time = (!period.from || day >= *period.from) && (!period.until || day <= *period.until);
      if (found != charge.end() && tenant == period.tenant && is_in_time) return customers[i].id.raw();
    }
  }
  return std::nullopt;
}

// Exact parts, cut toward zero; what is left goes in single units to the largest fractions, the earlier first.
std::vector<Decimal> divide(Decimal total, const std::vector<Rational>& weights) {
  Rational sum = 0;
  for (const Rational& weight : weights) sum += weight;
  const Integer units = to_integer(total.units());
  std::vector<Integer> parts;
  std::vector<Rational> fractions;
  Integer left = units;
  for (const Rational& weight : weights) {
    const Rational exact = Rational(units) * weight / sum;
    const Integer part = numerator(exact) / denominator(exact);
    parts.emplace_back(part);
    fractions.push_back(abs(exact - Rational(part)));
    left -= part;
  }
  const int step = left < 0 ? -1 : 1;
  while (left != 0) {
    const auto largest = std::max_element(fractions.begin(), fractions.end());
    parts[static_cast<std::size_t>(largest - fractions.begin())] += step;
    *largest = -1;
    left -= step;
  }
  std::vector<Decimal> result;
  result.reserve(parts.size());
  for (const Integer& part : parts) result.push_back(to_decimal(part));
  return result;
}

class NaiveSplit {
 public:
  NaiveSplit(const std::vector<TestCharge>& charges, const RuleList& list, const std::vector<Customer>& customers)
      : charges_(charges), list_(list), customers_(customers) {}

  TestParts run() {
    for (std::size_t i = 0; i < charges_.size(); ++i) assign(i);
    for (const auto& [charge, rule] : shared_) share(charge, rule);
    return parts_;
  }

 private:
  void assign(std::size_t charge) {
    for (std::size_t i = 0; i < list_.rules.size(); ++i) {
      if (!rule_matches(list_, list_.rules[i], charges_[charge])) continue;
      if (const auto* whole = std::get_if<AssignToCustomer>(&list_.rules[i].target)) {
        give(charge, whole->customer.raw(), static_cast<std::int64_t>(i + 1));
      } else {
        shared_.emplace_back(charge, i);
      }
      return;
    }
    auto number = static_cast<std::int64_t>(list_.rules.size());
    const auto customer = customer_of_tenant(customers_, charges_[charge], number);
    give(charge, customer.value_or(kUnassignedCustomerId), customer ? number : 0);
  }

  void give(std::size_t charge, const std::string& customer, std::int64_t rule) {
    parts_[{static_cast<std::int64_t>(charge + 1), customer}] = {rule, metrics_of(charges_[charge])};
    owners_[charge] = customer;
  }

  std::vector<Rational> weights_of(const RuleTarget& target, const std::string& currency) const {
    std::vector<Rational> weights;
    if (const auto* fixed = std::get_if<ShareByWeight>(&target)) {
      for (const Decimal weight : fixed->weights) weights.emplace_back(to_integer(weight.units()));
      return weights;
    }
    const auto& proportion = std::get<ShareInProportion>(target);
    for (const CustomerId& customer : proportion.customers)
      weights.push_back(weight_of(proportion, customer.raw(), currency));
    return weights;
  }

  Rational weight_of(const ShareInProportion& proportion, const std::string& customer,
                     const std::string& currency) const {
    Integer sum = 0;
    for (const auto& [charge, owner] : owners_) {
      if (owner != customer || charges_[charge].at("BillingCurrency") != currency) continue;
      if (!condition_holds(list_, proportion.of, charges_[charge])) continue;
      const TestMetrics metrics = metrics_of(charges_[charge]);
      const std::size_t metric = proportion.metric == ShareMetric::kBilledCost      ? 0
                                 : proportion.metric == ShareMetric::kEffectiveCost ? 1
                                                                                    : 5;
      sum += to_integer(metrics[metric].value_or(Decimal()).units());
    }
    return sum < 0 ? Rational(0) : Rational(sum);
  }

  void share(std::size_t charge, std::size_t rule) {
    const RuleTarget& target = list_.rules[rule].target;
    const auto customers = target_customers(target);
    const auto weights = weights_of(target, charges_[charge].at("BillingCurrency"));
    const bool has_weight =
        std::any_of(weights.begin(), weights.end(), [](const Rational& weight) { return weight > 0; });
    if (!has_weight) {
      parts_[{static_cast<std::int64_t>(charge + 1), kUnassignedCustomerId}] = {static_cast<std::int64_t>(rule + 1),
                                                                                metrics_of(charges_[charge])};
      return;
    }
    const TestMetrics metrics = metrics_of(charges_[charge]);
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
      std::vector<Decimal> parts;
      if (metrics[metric]) parts = divide(*metrics[metric], weights);
      for (std::size_t i = 0; i < customers.size(); ++i) {
        if (weights[i] == 0) continue;
        TestPart& part = parts_[{static_cast<std::int64_t>(charge + 1), customers[i].raw()}];
        part.rule = static_cast<std::int64_t>(rule + 1);
        if (metrics[metric]) part.metrics[metric] = parts[i];
      }
    }
  }

  const std::vector<TestCharge>& charges_;
  const RuleList& list_;
  const std::vector<Customer>& customers_;
  std::map<std::size_t, std::string> owners_;                // of charges that went to one customer as a whole
  std::vector<std::pair<std::size_t, std::size_t>> shared_;  // charge and rule
  TestParts parts_;
};

}  // namespace

std::int64_t match_naively(const TestCharge& charge, const RuleList& list, const std::vector<Customer>& customers) {
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    if (rule_matches(list, list.rules[i], charge)) return static_cast<std::int64_t>(i + 1);
  }
  auto number = static_cast<std::int64_t>(list.rules.size());
  return customer_of_tenant(customers, charge, number) ? number : 0;
}

TestParts split_naively(const std::vector<TestCharge>& charges, const RuleList& list,
                        const std::vector<Customer>& customers) {
  return NaiveSplit(charges, list, customers).run();
}

}  // namespace apportion
