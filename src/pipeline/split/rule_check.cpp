#include "pipeline/split/rule_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Kind = RuleCondition::Kind;

// How a test compares texts: 0 byte for byte, 1 ignoring the case of ASCII, 2 of all letters. A coarser one finds
// whatever a finer one finds.
constexpr std::size_t kComparisons = 3;

std::size_t comparison_of(const RuleTest& test) {
  if (test.ignore_case) return 2;
  return !test.field.tag_key && test.field.column->match == ColumnMatch::kIgnoreCase ? 1 : 0;
}

std::string fold(std::string_view text, std::size_t comparison) {
  return comparison == 0 ? std::string(text) : comparison == 1 ? ascii_lower(text) : fold_case(text);
}

// A condition as a text that is the same for conditions that are written differently but say the same.
std::string canonical(const RuleCondition& condition) {
  std::set<std::string> parts;
  for (const RuleCondition& part : condition.parts) parts.insert(canonical(part));
  switch (condition.kind) {
    case Kind::kAll: return fmt::format("all({})", fmt::join(parts, ","));
    case Kind::kAny: return fmt::format("any({})", fmt::join(parts, ","));
    case Kind::kNot: return fmt::format("not({})", fmt::join(parts, ","));
    case Kind::kSet: return fmt::format("set({})", condition.set);
    case Kind::kTest: break;
  }
  const RuleTest& test = condition.test;
  const std::size_t comparison = comparison_of(test);
  for (const std::string& value : test.values) {
    parts.insert(
        fmt::format("{}:{}", value.size(), test.op == RuleOperator::kMatches ? value : fold(value, comparison)));
  }
  return fmt::format("{} {} {} [{}]", test.field.name(), static_cast<int>(test.op), comparison, fmt::join(parts, ","));
}

bool is_equality(const RuleCondition& condition) {
  return condition.kind == Kind::kTest && condition.test.op == RuleOperator::kIn;
}

// The conditions that must all hold, with sets and nested `all` opened up.
void collect_conjuncts(const RuleList& list, const RuleCondition& condition,
                       std::vector<const RuleCondition*>& conjuncts) {
  if (condition.kind == Kind::kAll) {
    for (const RuleCondition& part : condition.parts) collect_conjuncts(list, part, conjuncts);
  } else if (const NamedSet* set = condition.kind == Kind::kSet ? list.find_set(condition.set) : nullptr;
             set != nullptr) {
    collect_conjuncts(list, set->condition, conjuncts);
  } else {
    conjuncts.push_back(&condition);
  }
}

// Whether two equalities on one field have no value in common.
bool are_disjoint(const RuleTest& left, const RuleTest& right) {
  const std::size_t comparison = std::max(comparison_of(left), comparison_of(right));
  std::unordered_set<std::string> values;
  for (const std::string& value : left.values) values.insert(fold(value, comparison));
  return std::none_of(right.values.begin(), right.values.end(),
                      [&](const std::string& value) { return values.contains(fold(value, comparison)); });
}

// Whether one test asks for no value and the other, on the same field, for some. A tag may be missing under the very
// key and be there under one that differs by case.
bool are_empty_and_not(const RuleTest& empty, const RuleTest& other) {
  if (empty.op != RuleOperator::kIsEmpty || other.op == RuleOperator::kIsEmpty) return false;
  return empty.ignore_case || !other.ignore_case || !empty.field.tag_key;
}

// Why conditions can never hold together; nothing when no reason is found.
std::optional<std::string> contradiction(const std::vector<const RuleCondition*>& conjuncts) {
  std::set<std::string> required;
  for (const RuleCondition* condition : conjuncts) required.insert(canonical(*condition));
  for (std::size_t i = 0; i < conjuncts.size(); ++i) {
    const RuleCondition& condition = *conjuncts[i];
    if (condition.kind == Kind::kNot && required.contains(canonical(condition.parts[0]))) {
      return "it asks for a condition and for its opposite";
    }
    if (condition.kind != Kind::kTest) continue;
    for (std::size_t j = i + 1; j < conjuncts.size(); ++j) {
      const RuleCondition& other = *conjuncts[j];
      if (other.kind != Kind::kTest || !(other.test.field == condition.test.field)) continue;
      const std::string field = condition.test.field.name();
      if (is_equality(condition) && is_equality(other) && are_disjoint(condition.test, other.test)) {
        return fmt::format("{} cannot be `{}` and `{}` at once", field, excerpt(condition.test.values[0]),
                           excerpt(other.test.values[0]));
      }
      if (are_empty_and_not(condition.test, other.test) || are_empty_and_not(other.test, condition.test))
        return fmt::format("{} cannot be empty and have a value", field);
    }
  }
  return std::nullopt;
}

class ListChecker {
 public:
  ListChecker(const RuleFile& file, std::size_t index, std::string_view file_name, std::span<const Customer> customers,
              std::vector<RuleFinding>& findings)
      : file_(file), list_(file.lists[index]), index_(index), file_name_(file_name), findings_(findings) {
    for (const Customer& customer : customers) customers_.emplace_back(customer.id.raw());
    std::sort(customers_.begin(), customers_.end());
  }

  void check() {
    for (const Rule& rule : list_.rules) {
      check_customers(rule);
      const bool can_match = check_reach(rule) && check_dates(rule);
      if (can_match) remember(rule);
    }
  }

 private:
  void add(FindingSeverity severity, const Rule& rule, std::string what, std::string next) {
    findings_.push_back({severity, list_.effective.to_string(), rule.name,
                         fmt::format("{}, line {}", file_name_, rule.at.line), std::move(what), std::move(next)});
  }

  bool never_matches(const Rule& rule, std::string_view why, std::string next) {
    add(FindingSeverity::kWarning, rule, fmt::format("the rule can never match: {}", why), std::move(next));
    return false;
  }

  void check_customers(const Rule& rule) {
    for (const CustomerId& customer : target_customers(rule.target)) {
      const std::string_view id = customer.raw();
      if (std::binary_search(customers_.begin(), customers_.end(), id)) continue;
      const std::string_view nearest = nearest_text(id, customers_);
      add(FindingSeverity::kError, rule, fmt::format("there is no customer `{}`", id),
          nearest.empty() ? "add the customer, or correct the rule" : fmt::format("did you mean `{}`?", nearest));
    }
  }

  // Whether anything is left for the rule by the rules before it, and by itself.
  bool check_reach(const Rule& rule) {
    if (catch_all_ != nullptr) {
      return never_matches(rule, fmt::format("the rule `{}` before it takes every charge", catch_all_->name),
                           "move it before that rule");
    }
    const auto same = rules_by_condition_.find(canonical(rule.when));
    if (same != rules_by_condition_.end()) {
      return never_matches(rule, fmt::format("the rule `{}` before it has the same condition", same->second->name),
                           "remove one of them");
    }
    std::vector<const RuleCondition*> conjuncts;
    collect_conjuncts(list_, rule.when, conjuncts);
    if (const auto why = contradiction(conjuncts))
      return never_matches(rule, *why, "put alternatives under `any`, or in a list of values");
    return check_claims(rule, conjuncts);
  }

  // Compares the values that the rule asks for with those that earlier rules take whole.
  bool check_claims(const Rule& rule, const std::vector<const RuleCondition*>& conjuncts) {
    for (const RuleCondition* condition : conjuncts) {
      if (!is_equality(*condition)) continue;
      std::vector<std::pair<std::string, const Rule*>> taken;
      for (const std::string& value : condition->test.values) {
        if (const Rule* owner = owner_of(condition->test, value); owner != nullptr) taken.emplace_back(value, owner);
      }
      if (taken.size() == condition->test.values.size()) {
        return never_matches(
            rule,
            fmt::format("the rule `{}` before it takes {} `{}`{}", taken[0].second->name, condition->test.field.name(),
                        excerpt(taken[0].first), taken.size() > 1 ? " and earlier rules the other values" : ""),
            "move it before that rule, or remove it");
      }
      if (conjuncts.size() == 1) warn_of_overlaps(rule, condition->test.field, taken);
    }
    return true;
  }

  void warn_of_overlaps(const Rule& rule, const RuleField& field,
                        const std::vector<std::pair<std::string, const Rule*>>& taken) {
    for (const auto& [value, owner] : taken) {
      if (target_customers(owner->target) == target_customers(rule.target)) continue;
      add(FindingSeverity::kWarning, rule,
          fmt::format("{} `{}` is also in the rule `{}` before it, which has another target and wins", field.name(),
                      excerpt(value), owner->name),
          "name the value in one of the two rules");
    }
  }

  bool check_dates(const Rule& rule) {
    if (rule.from && rule.until && *rule.from > *rule.until) {
      return never_matches(
          rule, fmt::format("it begins on {}, after it ends on {}", rule.from->to_string(), rule.until->to_string()),
          "correct `from` or `until`");
    }
    if (rule.until && *rule.until < list_.effective.first_day()) {
      add(FindingSeverity::kWarning, rule,
          fmt::format("the rule ends on {}, before its list is effective", rule.until->to_string()),
          "only charges of earlier days that are billed later would match; correct `until`");
    }
    const bool has_next = index_ + 1 < file_.lists.size();
    if (rule.from && has_next && *rule.from >= file_.lists[index_ + 1].effective.first_day()) {
      add(FindingSeverity::kWarning, rule,
          fmt::format("the rule begins on {}, when the list of {} is in force", rule.from->to_string(),
                      file_.lists[index_ + 1].effective.to_string()),
          "move the rule to that list");
    }
    return true;
  }

  void remember(const Rule& rule) {
    if (rule.from || rule.until) return;
    if (rule.when.always_holds()) catch_all_ = &rule;
    rules_by_condition_.emplace(canonical(rule.when), &rule);
    if (!is_equality(rule.when)) return;
    const std::size_t comparison = comparison_of(rule.when.test);
    for (const std::string& value : rule.when.test.values) {
      owners_[comparison].emplace(claim_key(rule.when.test.field, fold(value, comparison)), &rule);
    }
  }

  static std::string claim_key(const RuleField& field, const std::string& folded) {
    return field.name() + '\n' + folded;
  }

  const Rule* owner_of(const RuleTest& test, const std::string& value) const {
    for (std::size_t comparison = comparison_of(test); comparison < kComparisons; ++comparison) {
      const auto found = owners_[comparison].find(claim_key(test.field, fold(value, comparison)));
      if (found != owners_[comparison].end()) return found->second;
    }
    return nullptr;
  }

  const RuleFile& file_;
  const RuleList& list_;
  std::size_t index_;
  std::string_view file_name_;
  std::vector<RuleFinding>& findings_;
  std::vector<std::string_view> customers_;
  const Rule* catch_all_ = nullptr;
  std::unordered_map<std::string, const Rule*> rules_by_condition_;
  std::array<std::unordered_map<std::string, const Rule*>, kComparisons> owners_;  // by column and value
};

// The tenants that a condition names, opened up to the last set.
void collect_tenants(const RuleList& list, const RuleCondition& condition, std::unordered_set<std::string>& tenants) {
  for (const RuleCondition& part : condition.parts) collect_tenants(list, part, tenants);
  if (condition.kind == Kind::kSet) {
    if (const NamedSet* set = list.find_set(condition.set); set != nullptr)
      collect_tenants(list, set->condition, tenants);
  }
  const bool names_tenants = is_equality(condition) && condition.test.field.column->name == "x_CustomerTenantId";
  if (!names_tenants) return;
  for (const std::string& value : condition.test.values) tenants.insert(ascii_lower(value));
}

void check_tenants(const RuleList* list, std::span<const Customer> customers, std::span<const SeenTenant> seen,
                   std::vector<RuleFinding>& findings) {
  std::unordered_set<std::string> known;
  for (const Customer& customer : customers) {
    for (const std::string& tenant : customer.tenant_ids) known.insert(ascii_lower(tenant));
    for (const DatedTenant& tenant : customer.dated_tenants) known.insert(tenant.id);
  }
  if (list != nullptr) {
    for (const Rule& rule : list->rules) {
      if (rule.when.always_holds() && !rule.from && !rule.until) return;
      collect_tenants(*list, rule.when, known);
    }
  }
  for (const SeenTenant& tenant : seen) {
    if (tenant.id.empty() || known.contains(ascii_lower(tenant.id))) continue;
    findings.push_back(
        {FindingSeverity::kWarning, list == nullptr ? "" : list->effective.to_string(), "", "",
         fmt::format("the tenant {} ({}) belongs to no customer and no rule names it", tenant.id,
                     tenant.name.empty() ? "without a name" : tenant.name),
         "give it to a customer, or write a rule; until then, what no other rule takes stays unassigned"});
  }
}

// A customer gets nothing from the day on which it retires.
void check_retired(const RuleFile& file, std::string_view file_name, std::span<const Customer> customers,
                   std::vector<RuleFinding>& findings) {
  for (const Customer& customer : customers) {
    if (!customer.retired_from) continue;
    for (const RuleMention& mention : mentions_of(file, customer.id, customer.retired_from)) {
      findings.push_back(
          {FindingSeverity::kError, mention.list.to_string(), mention.rule->name,
           fmt::format("{}, line {}", file_name, mention.rule->at.line),
           fmt::format("customer `{}` is retired as of {}", customer.id.raw(), customer.retired_from->to_string()),
           fmt::format("end the rule with `until: {}`, or name another customer{}",
                       customer.retired_from->plus_days(-1).to_string(),
                       customer.merged_into.empty() ? std::string() : fmt::format(": `{}`", customer.merged_into))});
    }
  }
}

}  // namespace

std::vector<RuleFinding> check_rule_file(std::string_view text, std::string_view file_name,
                                         std::span<const Customer> customers, std::span<const SeenTenant> tenants) {
  return check_rule_file(read_rule_file(text, file_name), file_name, customers, tenants);
}

std::vector<RuleFinding> check_rule_file(const RuleFileReading& reading, std::string_view file_name,
                                         std::span<const Customer> customers, std::span<const SeenTenant> tenants) {
  std::vector<RuleFinding> findings;
  for (const Error& error : reading.errors) {
    findings.push_back(
        {FindingSeverity::kError, "", "", error.where, fmt::format("{}: {}", error.what, error.why), error.next});
  }
  if (reading.has_errors()) return findings;
  for (std::size_t i = 0; i < reading.file.lists.size(); ++i)
    ListChecker(reading.file, i, file_name, customers, findings).check();
  check_retired(reading.file, file_name, customers, findings);
  check_tenants(reading.file.lists.empty() ? nullptr : &reading.file.lists.back(), customers, tenants, findings);
  return findings;
}

std::vector<RuleMention> mentions_of(const RuleFile& file, const CustomerId& customer, std::optional<Day> from) {
  std::vector<RuleMention> mentions;
  for (const RuleList& list : file.lists) {
    const auto ends_before = [&](const RuleList& other) {
      return from && other.effective > list.effective && other.effective.first_day() <= *from;
    };
    if (std::ranges::any_of(file.lists, ends_before)) continue;
    for (const Rule& rule : list.rules) {
      const auto named = target_customers(rule.target);
      if (std::ranges::find(named, customer) == named.end()) continue;
      if (!from || !rule.until || *rule.until >= *from) mentions.push_back({list.effective, &rule});
    }
  }
  return mentions;
}

bool has_errors(const std::vector<RuleFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const RuleFinding& finding) { return finding.severity == FindingSeverity::kError; });
}

}  // namespace apportion
