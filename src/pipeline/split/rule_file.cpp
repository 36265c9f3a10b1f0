#include "pipeline/split/rule_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "foundation/yaml/dated_lists.h"
#include "pipeline/split/bill_source_names_internal.h"

namespace apportion {
namespace {

using Kind = RuleCondition::Kind;

constexpr std::string_view kTagPrefix = "tag.";
constexpr std::string_view kSubscriptionPrefix = "/subscriptions/";
constexpr std::size_t kNameBytesMax = 200;  // longer ones are no slips of a name
constexpr auto kListKeys = std::to_array<std::string_view>({"effective", "bill_sources", "sets", "rules"});
constexpr auto kRuleKeys = std::to_array<std::string_view>({"name", "when", "assign", "share", "from", "until"});
constexpr auto kProportionKeys = std::to_array<std::string_view>({"in_proportion_to", "over", "of"});
constexpr auto kEqualKeys = std::to_array<std::string_view>({"equal"});

struct OperatorName {
  std::string_view name;
  RuleOperator op;
  bool is_for_text_only;
};
constexpr auto kOperators = std::to_array<OperatorName>({
    {"equals", RuleOperator::kIn, false},
    {"in", RuleOperator::kIn, false},
    {"contains", RuleOperator::kContains, true},
    {"starts_with", RuleOperator::kStartsWith, true},
    {"matches", RuleOperator::kMatches, true},
    {"is_empty", RuleOperator::kIsEmpty, false},
});
constexpr std::string_view kIgnoreCaseKey = "ignore_case";

struct MetricName {
  std::string_view name;
  ShareMetric metric;
};
constexpr auto kMetrics = std::to_array<MetricName>({
    {"BilledCost", ShareMetric::kBilledCost},
    {"EffectiveCost", ShareMetric::kEffectiveCost},
    {"Quantity", ShareMetric::kQuantity},
});

bool is_day_or_number(ColumnType type) {
  return type == ColumnType::kDecimal || type == ColumnType::kDay || type == ColumnType::kInteger;
}

// The canonical text of a value of a column; nothing when it is none of that type.
std::optional<std::string> canonical_value(const ChargeColumn& column, std::string_view text) {
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kJson: return std::string(text);
    case ColumnType::kDecimal: {
      const auto parsed = Decimal::parse(text);
      if (parsed.error != DecimalError::kNone) return std::nullopt;
      return parsed.value.to_string();
    }
    case ColumnType::kDay: {
      const auto day = Day::parse(trim(text));
      if (!day) return std::nullopt;
      return day->to_string();
    }
    case ColumnType::kInteger: {
      std::int64_t value = 0;
      const std::string_view digits = trim(text);
      const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
      return std::to_string(value);
    }
  }
  return std::nullopt;
}

std::string_view expected_value(ColumnType type) {
  switch (type) {
    case ColumnType::kDecimal: return "a plain decimal number such as -12.5";
    case ColumnType::kDay: return "a day such as 2026-01-31";
    case ColumnType::kInteger: return "a whole number such as 12";
    case ColumnType::kText:
    case ColumnType::kJson: break;
  }
  return "a text";
}

std::string_view without_subscription_prefix(std::string_view value) {
  if (!ascii_equal_ignoring_case(value.substr(0, kSubscriptionPrefix.size()), kSubscriptionPrefix)) return value;
  value.remove_prefix(kSubscriptionPrefix.size());
  if (value.ends_with('/')) value.remove_suffix(1);
  return value;
}

RuleCondition make_condition(Kind kind, TextPosition at, std::vector<RuleCondition> parts) {
  RuleCondition condition;
  condition.kind = kind;
  condition.at = at;
  condition.parts = std::move(parts);
  return condition;
}

// All of the parts; the part itself when there is one only.
RuleCondition all_of(TextPosition at, std::vector<RuleCondition> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  return make_condition(Kind::kAll, at, std::move(parts));
}

// Reads conditions. `set_names` are those that a condition may name.
class ConditionReader {
 public:
  ConditionReader(FileProblems& problems, std::vector<std::string_view> set_names)
      : problems_(problems), set_names_(std::move(set_names)) {}

  // A map of conditions that must all hold. Nothing, or an empty map, always holds.
  RuleCondition read(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNothing) {
      problems_.add(node.at, "a condition is not a map", fmt::format("it is {}", kind_name(node)),
                    "write {Column: value}, or put a list of conditions under `all` or `any`");
      return {};
    }
    std::vector<RuleCondition> parts;
    for (const YamlEntry& entry : node.entries) parts.push_back(read_entry(entry));
    return all_of(node.at, std::move(parts));
  }

 private:
  RuleCondition read_entry(const YamlEntry& entry) {
    if (entry.key == "all" || entry.key == "any") return read_list(entry, entry.key == "all" ? Kind::kAll : Kind::kAny);
    if (entry.key == "not") return read_not(entry);
    if (entry.key == "set") return read_set(entry);
    return read_column(entry);
  }

  RuleCondition read_list(const YamlEntry& entry, Kind kind) {
    std::vector<RuleCondition> parts;
    if (entry.value.kind != YamlNode::Kind::kList || entry.value.items.empty()) {
      problems_.add(entry.key_at, fmt::format("`{}` needs a list of conditions", entry.key),
                    fmt::format("it has {}", kind_name(entry.value)),
                    fmt::format("write {}: [{{Column: value}}, {{Column: value}}]", entry.key));
      return {};
    }
    for (const YamlNode& item : entry.value.items) {
      if (is_condition(item)) parts.push_back(read(item));
    }
    return make_condition(kind, entry.key_at, std::move(parts));
  }

  // An empty condition among others is a slip, not "always".
  bool is_condition(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kMap && !node.entries.empty()) return true;
    problems_.add(node.at, "a condition is empty or not a map", fmt::format("found {}", kind_name(node)),
                  "write {Column: value}");
    return false;
  }

  RuleCondition read_not(const YamlEntry& entry) {
    if (!is_condition(entry.value)) return {};
    return make_condition(Kind::kNot, entry.key_at, {read(entry.value)});
  }

  RuleCondition read_set(const YamlEntry& entry) {
    RuleCondition condition = make_condition(Kind::kSet, entry.key_at, {});
    condition.set = entry.value.text;
    if (entry.value.kind != YamlNode::Kind::kText) {
      problems_.add(entry.value.at, "`set` needs the name of a set", fmt::format("found {}", kind_name(entry.value)),
                    "write {set: name}");
    } else if (std::find(set_names_.begin(), set_names_.end(), condition.set) == set_names_.end()) {
      problems_.add(
          entry.value.at, fmt::format("there is no set `{}`", excerpt(condition.set)),
          "the list's `sets` do not define it",
          did_you_mean(nearest_text(condition.set, set_names_), "define it under `sets` of the same dated list"));
    }
    return condition;
  }

  RuleCondition read_column(const YamlEntry& entry) {
    RuleField field;
    if (ascii_equal_ignoring_case(std::string_view(entry.key).substr(0, kTagPrefix.size()), kTagPrefix)) {
      field.column = &charge_columns()[charge_column_index("Tags")];
      field.tag_key = entry.key.substr(kTagPrefix.size());
      if (field.tag_key->empty())
        problems_.add(entry.key_at, "a tag has no key", "`tag.` is followed by nothing", "write tag.KEY");
    } else {
      field.column = find_charge_column(entry.key);
    }
    if (field.column == nullptr) {
      problems_.add(entry.key_at, fmt::format("there is no column `{}`", excerpt(entry.key)),
                    "conditions are columns, tag.KEY, all, any, not, set",
                    did_you_mean(entry.key.size() > kNameBytesMax ? "" : nearest_charge_column(entry.key),
                                 "docs/rules.md lists what a condition can be"));
      return {};
    }
    if (!ascii_equal_ignoring_case(entry.key, "BillingAccountId")) return read_tests(field, entry);

    // People mean the partner's account as often as the profile, which FOCUS calls the billing account.
    RuleField account;
    account.column = &charge_columns()[charge_column_index("x_BillingAccountId")];
    const std::size_t errors_before = problems_.errors().size();
    RuleCondition of_profile = read_tests(field, entry);
    if (problems_.errors().size() > errors_before) return of_profile;
    return make_condition(Kind::kAny, entry.key_at, {std::move(of_profile), read_tests(account, entry)});
  }

  // The tests of one column: a value, a list of values, or a map of operators.
  RuleCondition read_tests(const RuleField& field, const YamlEntry& entry) {
    if (entry.value.kind != YamlNode::Kind::kMap) return read_test(field, RuleOperator::kIn, entry.value, false);
    std::vector<RuleCondition> parts;
    const YamlNode* ignore_case_node = entry.value.find(kIgnoreCaseKey);
    const bool ignore_case = ignore_case_node != nullptr && read_flag(*ignore_case_node);
    for (const YamlEntry& operation : entry.value.entries) {
      if (operation.key != kIgnoreCaseKey) parts.push_back(read_operation(field, operation, ignore_case));
    }
    if (parts.empty()) {
      problems_.add(entry.value.at, fmt::format("the condition on `{}` is empty", field.name()), "it has no operator",
                    "use equals, in, contains, starts_with, matches or is_empty");
      return {};
    }
    return all_of(entry.key_at, std::move(parts));
  }

  RuleCondition read_operation(const RuleField& field, const YamlEntry& operation, bool ignore_case) {
    const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                     [&](const auto& known) { return known.name == operation.key; });
    if (found == kOperators.end()) {
      std::vector<std::string_view> names{kIgnoreCaseKey};
      for (const auto& known : kOperators) names.push_back(known.name);
      problems_.add(operation.key_at, fmt::format("there is no operator `{}`", excerpt(operation.key)),
                    "operators are equals, in, contains, starts_with, matches, is_empty, ignore_case",
                    did_you_mean(nearest_text(operation.key, names), "use one of them"));
      return {};
    }
    if (found->is_for_text_only && is_day_or_number(field.column->type)) {
      problems_.add(operation.key_at, fmt::format("`{}` does not fit the column {}", found->name, field.column->name),
                    "it holds numbers or days, which are compared by value",
                    "use equals or in, or from and until of the rule for days");
      return {};
    }
    if (found->op == RuleOperator::kIsEmpty) return read_is_empty(field, operation, ignore_case);
    if (found->name == "equals" && operation.value.kind == YamlNode::Kind::kList) {
      problems_.add(operation.value.at, "`equals` takes one value", "it has a list", "use `in` for a list of values");
      return {};
    }
    return read_test(field, found->op, operation.value, ignore_case);
  }

  // The case of letters matters for the key of a tag only: an empty value has none.
  RuleCondition read_is_empty(const RuleField& field, const YamlEntry& operation, bool ignore_case) {
    RuleCondition condition = make_condition(Kind::kTest, operation.key_at, {});
    condition.test = {field, RuleOperator::kIsEmpty, {}, ignore_case && field.tag_key.has_value()};
    if (read_flag(operation.value)) return condition;
    return make_condition(Kind::kNot, operation.key_at, {std::move(condition)});
  }

  bool read_flag(const YamlNode& node) {
    if (node.text == "true" || node.text == "false") return node.text == "true";
    problems_.add(node.at, "this must be true or false", fmt::format("found `{}`", excerpt(node.text)),
                  "write true or false");
    return false;
  }

  RuleCondition read_test(const RuleField& field, RuleOperator op, const YamlNode& node, bool ignore_case) {
    RuleCondition condition = make_condition(Kind::kTest, node.at, {});
    condition.test = {field, op, {}, ignore_case};
    if (node.kind == YamlNode::Kind::kList) {
      if (node.items.empty()) {
        problems_.add(node.at, fmt::format("the list of values of `{}` is empty", field.name()), "nothing could match",
                      "give at least one value");
      }
      for (const YamlNode& item : node.items) read_value(item, condition.test);
    } else {
      read_value(node, condition.test);
    }
    return condition;
  }

  void read_value(const YamlNode& node, RuleTest& test) {
    if (node.kind == YamlNode::Kind::kNothing || (node.kind == YamlNode::Kind::kText && node.text.empty())) {
      problems_.add(node.at, fmt::format("`{}` is compared with nothing", test.field.name()),
                    "the value is missing or empty",
                    "use {is_empty: true} for rows without a value; put the word null in quotes");
      return;
    }
    if (node.kind != YamlNode::Kind::kText) {
      problems_.add(node.at, fmt::format("a value of `{}` is not a text", test.field.name()),
                    fmt::format("found {}", kind_name(node)), "write a value, or a list of values");
      return;
    }
    std::string_view written = node.text;
    if (test.op == RuleOperator::kIn && test.field.column->name == "x_SubscriptionId")
      written = without_subscription_prefix(written);
    auto value = test.field.tag_key ? std::string(written) : canonical_value(*test.field.column, written);
    if (!value) {
      problems_.add(node.at, fmt::format("`{}` is not a valid value of {}", excerpt(node.text), test.field.name()),
                    fmt::format("the column needs {}", expected_value(test.field.column->type)), "correct the value");
      return;
    }
    if (test.op == RuleOperator::kMatches) check_expression(node, *value);
    test.values.push_back(std::move(*value));
  }

  void check_expression(const YamlNode& node, const std::string& expression) {
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 compiled(expression, options);
    if (compiled.ok()) return;
    problems_.add(node.at, fmt::format("`{}` is not a valid regular expression", excerpt(expression)), compiled.error(),
                  "correct it; the syntax is that of RE2, without look-around or back-references");
  }

  FileProblems& problems_;
  std::vector<std::string_view> set_names_;
};

// Finds cycles among the sets of a list, and sets that grow without bound because each uses others several times.
class SetChecker {
 public:
  SetChecker(const RuleList& list, FileProblems& problems) : list_(list), problems_(problems) {}

  void check() {
    for (const NamedSet& set : list_.sets) size_of_set(set);
  }

 private:
  static constexpr std::size_t kDepthMax = 50;
  static constexpr std::size_t kSizeMax = 1'000'000;

  // The number of conditions when all sets are written out; 0 once there is an error.
  std::size_t size_of_set(const NamedSet& set) {
    if (const auto known = sizes_.find(set.name); known != sizes_.end()) return known->second;
    const auto start = std::find(path_.begin(), path_.end(), set.name);
    if (start != path_.end()) {
      return fail(set, fmt::format("the set `{}` refers to itself", set.name),
                  fmt::format("{} -> {}", fmt::join(start, path_.end(), " -> "), set.name),
                  "break the cycle: write out one of the conditions");
    }
    if (path_.size() >= kDepthMax)
      return fail(set, "sets are nested too deeply", fmt::format("more than {} levels", kDepthMax), "merge some sets");
    path_.push_back(set.name);
    std::size_t size = size_of(set.condition);
    path_.pop_back();
    if (size > kSizeMax) {
      size = fail(set, fmt::format("the set `{}` is too large", set.name),
                  fmt::format("more than {} conditions when written out", kSizeMax),
                  "use lists of values instead of many conditions");
    }
    sizes_[set.name] = size;
    return size;
  }

  std::size_t size_of(const RuleCondition& condition) {
    std::size_t size = 1;
    for (const RuleCondition& part : condition.parts) size += size_of(part);
    if (condition.kind != Kind::kSet) return size;
    const NamedSet* set = list_.find_set(condition.set);
    return set == nullptr ? size : size + size_of_set(*set);
  }

  std::size_t fail(const NamedSet& set, std::string what, std::string why, std::string next) {
    problems_.add(set.at, std::move(what), std::move(why), std::move(next));
    return 0;
  }

  const RuleList& list_;
  FileProblems& problems_;
  std::vector<std::string> path_;
  std::map<std::string, std::size_t> sizes_;
};

class FileReader {
 public:
  explicit FileReader(FileProblems& problems) : problems_(problems) {}

  RuleFile read(const YamlNode& root) {
    RuleFile file;
    read_dated_lists(root, "rule list", kListKeys, problems_,
                     [this, &file](const YamlNode& node, std::optional<Month> effective) {
                       RuleList list;
                       list.at = node.at;
                       read_sets(node, list);
                       read_rules(node, list);
                       list.bill_sources = read_bill_source_names(node, problems_);
                       add_bill_source_names(list.bill_sources, list);
                       if (!effective) return;
                       list.effective = *effective;
                       file.lists.push_back(std::move(list));
                     });
    std::ranges::stable_sort(file.lists, {}, &RuleList::effective);
    return file;
  }

 private:
  void read_sets(const YamlNode& node, RuleList& list) {
    set_names_.clear();
    const YamlNode* sets = node.find("sets");
    if (sets == nullptr || sets->kind == YamlNode::Kind::kNothing) return;
    if (sets->kind != YamlNode::Kind::kMap) {
      problems_.add(sets->at, "`sets` is not a map", fmt::format("it is {}", kind_name(*sets)),
                    "write sets: {name: {Column: value}}");
      return;
    }
    for (const YamlEntry& entry : sets->entries) set_names_.push_back(entry.key);
    ConditionReader conditions(problems_, set_names_);
    for (const YamlEntry& entry : sets->entries) {
      NamedSet set{entry.key, conditions.read(entry.value), entry.key_at};
      if (set.condition.always_holds() && entry.value.entries.empty()) {
        problems_.add(entry.key_at, fmt::format("the set `{}` has no condition", excerpt(entry.key)),
                      "it would hold every charge", "write a condition, or omit the set");
      }
      list.sets.push_back(std::move(set));
    }
    SetChecker(list, problems_).check();
  }

  void read_rules(const YamlNode& node, RuleList& list) {
    const YamlNode* rules = node.find("rules");
    if (rules == nullptr || rules->kind == YamlNode::Kind::kNothing) {
      problems_.add(node.at, "a rule list has no rules", "`rules` is missing or empty",
                    "write rules: [] if you want none");
      return;
    }
    if (rules->kind != YamlNode::Kind::kList) {
      problems_.add(rules->at, "`rules` is not a list", fmt::format("it is {}", kind_name(*rules)),
                    "start each rule with `- `");
      return;
    }
    std::unordered_map<std::string, int> lines_of_names;
    list.rules.reserve(rules->items.size());
    for (const YamlNode& item : rules->items) {
      if (!check_map(item, "a rule", kRuleKeys, problems_)) continue;
      Rule rule = read_rule(item, list.rules.size() + 1);
      const auto [first, is_new] = lines_of_names.emplace(rule.name, rule.at.line);
      if (!is_new) {
        problems_.add(rule.at, fmt::format("two rules are named `{}`", excerpt(rule.name)),
                      fmt::format("the first one is on line {}", first->second), "give each rule a name of its own");
      }
      list.rules.push_back(std::move(rule));
    }
  }

  Rule read_rule(const YamlNode& node, std::size_t number) {
    Rule rule;
    rule.at = node.at;
    rule.name = fmt::format("rule {}", number);
    if (const YamlNode* name = node.find("name"); name != nullptr) {
      if (name->kind == YamlNode::Kind::kText && !trim(name->text).empty()) {
        rule.name = trim(name->text);
      } else {
        problems_.add(name->at, "a rule has an empty name", fmt::format("found {}", kind_name(*name)),
                      "write a name, or no `name` at all");
      }
    }
    if (const YamlNode* when = node.find("when"); when != nullptr)
      rule.when = ConditionReader(problems_, set_names_).read(*when);
    rule.from = read_day(node, "from");
    rule.until = read_day(node, "until");
    read_target(node, rule);
    return rule;
  }

  std::optional<Day> read_day(const YamlNode& node, std::string_view key) {
    const YamlNode* written = node.find(key);
    if (written == nullptr) return std::nullopt;
    const auto day = Day::parse(written->text);
    if (!day) {
      problems_.add(written->at, fmt::format("`{}` is not a valid day", key),
                    fmt::format("found `{}`", excerpt(written->text)), "use YYYY-MM-DD, for example 2026-10-31");
    }
    return day;
  }

  void read_target(const YamlNode& node, Rule& rule) {
    const YamlNode* assign = node.find("assign");
    const YamlNode* share = node.find("share");
    if ((assign == nullptr) == (share == nullptr)) {
      problems_.add(node.at, fmt::format("the rule `{}` must have either `assign` or `share`", excerpt(rule.name)),
                    assign == nullptr ? "it has neither" : "it has both",
                    "write assign: customer, or share: {customer: percent}");
      return;
    }
    if (assign != nullptr) {
      if (const auto customer = read_customer(*assign)) rule.target = AssignToCustomer{*customer};
      return;
    }
    if (share->kind != YamlNode::Kind::kMap || share->entries.empty()) {
      problems_.add(share->at, "`share` is not a map", fmt::format("it is {}", kind_name(*share)),
                    "write share: {customer: percent, …}, {equal: […]} or {in_proportion_to: …, over: […]}");
      return;
    }
    const YamlNode* equal = share->find("equal");
    if (share->find("in_proportion_to") != nullptr) {
      rule.target = read_proportion(*share);
    } else if (equal != nullptr && equal->kind == YamlNode::Kind::kList) {
      check_map(*share, "an equal share", kEqualKeys, problems_);
      ShareByWeight parts;
      parts.customers = read_customers(*equal, "equal");
      parts.weights.assign(parts.customers.size(), Decimal::from_integer(1));
      rule.target = std::move(parts);
    } else {
      rule.target = read_percentages(*share);
    }
  }

  std::optional<CustomerId> read_customer(const YamlNode& node) {
    const std::string_view id = trim(node.text);
    if (node.kind != YamlNode::Kind::kText || id.empty()) {
      problems_.add(node.at, "a customer is missing", fmt::format("found {}", kind_name(node)),
                    "write the id of one customer");
      return std::nullopt;
    }
    if (id == kUnassignedCustomerId) {
      problems_.add(node.at, "`unassigned` is not a customer", "it is where charges go that no rule assigns",
                    "name a customer, or remove the rule");
      return std::nullopt;
    }
    return CustomerId(std::string(id));
  }

  std::vector<CustomerId> read_customers(const YamlNode& node, std::string_view key) {
    std::vector<CustomerId> customers;
    if (node.kind != YamlNode::Kind::kList || node.items.empty()) {
      problems_.add(node.at, fmt::format("`{}` is not a list of customers", key),
                    fmt::format("found {}", kind_name(node)), fmt::format("write {}: [contoso, fabrikam]", key));
      return customers;
    }
    std::set<std::string> seen;
    for (const YamlNode& item : node.items) {
      const auto customer = read_customer(item);
      if (!customer) continue;
      if (!seen.insert(customer->raw()).second) {
        problems_.add(item.at, fmt::format("the customer `{}` is listed twice", excerpt(customer->raw())),
                      "each customer takes one part", "name it once");
      }
      customers.push_back(*customer);
    }
    return customers;
  }

  ShareByWeight read_percentages(const YamlNode& share) {
    ShareByWeight parts;
    const std::size_t errors_before = problems_.errors().size();
    Decimal sum;
    std::set<std::string> seen;
    for (const YamlEntry& entry : share.entries) {
      YamlNode key;
      key.kind = YamlNode::Kind::kText;
      key.at = entry.key_at;
      key.text = entry.key;
      const auto customer = read_customer(key);
      const auto percent = Decimal::parse(entry.value.text);
      const bool is_percent = entry.value.kind == YamlNode::Kind::kText && percent.error == DecimalError::kNone &&
                              !percent.value.is_negative() && percent.value <= Decimal::from_integer(100);
      if (!is_percent) {
        problems_.add(entry.value.at, fmt::format("the part of `{}` is not a percentage", excerpt(entry.key)),
                      fmt::format("found `{}`", excerpt(entry.value.text)),
                      "write a number from 0 to 100, without a percent sign");
      }
      if (!is_percent || !customer) continue;
      if (!seen.insert(customer->raw()).second) {
        problems_.add(entry.key_at, fmt::format("the customer `{}` is listed twice", excerpt(customer->raw())),
                      "each customer takes one part", "name it once");
      }
      parts.customers.push_back(*customer);
      parts.weights.push_back(percent.value);
      sum += percent.value;
    }
    if (problems_.errors().size() == errors_before && sum != Decimal::from_integer(100)) {
      problems_.add(share.at, "the shares do not add up to 100 %", fmt::format("they add up to {} %", sum.to_string()),
                    "correct the percentages, or use {equal: […]} for thirds and the like");
    }
    return parts;
  }

  ShareInProportion read_proportion(const YamlNode& share) {
    check_map(share, "a proportional share", kProportionKeys, problems_);
    ShareInProportion parts;
    const YamlNode& metric = *share.find("in_proportion_to");
    const auto* known = std::find_if(kMetrics.begin(), kMetrics.end(), [&](const MetricName& name) {
      return ascii_equal_ignoring_case(name.name, metric.text);
    });
    if (known == kMetrics.end()) {
      problems_.add(metric.at, fmt::format("a share cannot be in proportion to `{}`", excerpt(metric.text)),
                    "the metrics are BilledCost, EffectiveCost and Quantity", "use one of them");
    } else {
      parts.metric = known->metric;
    }
    if (const YamlNode* over = share.find("over"); over != nullptr) {
      parts.customers = read_customers(*over, "over");
    } else {
      problems_.add(share.at, "a proportional share names no customers", "`over` is missing",
                    "write over: [contoso, fabrikam]");
    }
    if (const YamlNode* of = share.find("of"); of != nullptr) parts.of = read_set_or_condition(*of);
    return parts;
  }

  RuleCondition read_set_or_condition(const YamlNode& node) {
    ConditionReader conditions(problems_, set_names_);
    if (node.kind != YamlNode::Kind::kText) return conditions.read(node);
    YamlNode by_name;
    by_name.kind = YamlNode::Kind::kMap;
    by_name.at = node.at;
    by_name.entries.push_back({"set", node.at, node});
    return conditions.read(by_name);
  }

  FileProblems& problems_;
  std::vector<std::string_view> set_names_;
};

}  // namespace

std::string RuleField::name() const { return tag_key ? std::string(kTagPrefix) + *tag_key : std::string(column->name); }

std::vector<CustomerId> target_customers(const RuleTarget& target) {
  if (const auto* whole = std::get_if<AssignToCustomer>(&target)) return {whole->customer};
  if (const auto* parts = std::get_if<ShareByWeight>(&target)) return parts->customers;
  return std::get<ShareInProportion>(target).customers;
}

const NamedSet* RuleList::find_set(std::string_view name) const {
  const auto found = std::find_if(sets.begin(), sets.end(), [name](const NamedSet& set) { return set.name == name; });
  return found == sets.end() ? nullptr : &*found;
}

RuleFileReading read_rule_file(std::string_view text, std::string_view file_name) {
  FileProblems problems(file_name);
  RuleFileReading reading;
  reading.file = FileReader(problems).read(read_yaml(text, problems));
  reading.errors = problems.errors();
  if (reading.has_errors()) reading.file = {};
  return reading;
}

Result<RuleFile> parse_rule_file(std::string_view text, std::string_view file_name) {
  RuleFileReading reading = read_rule_file(text, file_name);
  if (!reading.has_errors()) return std::move(reading.file);
  if (reading.errors.size() == 1) return std::move(reading.errors[0]);
  std::string lines;
  for (const Error& error : reading.errors) lines += "\n  " + error.message();
  return Error{ErrorId::kRuleFileInvalid, "the rule file has errors", std::string(file_name), lines.substr(1),
               "correct them, then try again"};
}

const RuleList* list_in_force(const RuleFile& file, Month month) {
  const RuleList* in_force = nullptr;
  for (const RuleList& list : file.lists) {
    if (list.effective <= month) in_force = &list;
  }
  return in_force;
}

}  // namespace apportion
