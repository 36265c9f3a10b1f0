#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "foundation/base/text.h"
#include "foundation/yaml/dated_lists.h"
#include "pipeline/split/bill_source_names_internal.h"

namespace apportion {
namespace {

using Kind = RuleCondition::Kind;

bool holds_for(const RuleTest& test, const std::string& name) {
  const auto folded = [&test](const std::string& text) { return test.ignore_case ? fold_case(text) : text; };
  const std::string found = folded(name);
  return std::ranges::any_of(test.values, [&](const std::string& value) {
    const std::string wanted = folded(value);
    switch (test.op) {
      case RuleOperator::kIn: return found == wanted;
      case RuleOperator::kContains: return found.find(wanted) != std::string::npos;
      case RuleOperator::kStartsWith: return found.starts_with(wanted);
      case RuleOperator::kMatches: {
        RE2::Options options(RE2::Quiet);
        options.set_case_sensitive(!test.ignore_case);
        return RE2::PartialMatch(name, RE2(value, options));
      }
      case RuleOperator::kIsEmpty: return false;
    }
    return false;
  });
}

class NamesAdder {
 public:
  explicit NamesAdder(const BillSourceNames& names)
      : names_(names), column_(&charge_columns()[charge_column_index("x_BillSource")]) {}

  void add_to(RuleCondition& condition) const {
    if (condition.kind != Kind::kTest) {
      for (RuleCondition& part : condition.parts) add_to(part);
      return;
    }
    if (condition.test.field.column != column_ || condition.test.field.tag_key) return;
    std::vector<std::string> connections;
    for (const auto& [name, connection] : names_) {
      if (holds_for(condition.test, name)) connections.push_back(connection);
    }
    if (connections.empty()) return;
    RuleCondition also = condition;
    also.test = {condition.test.field, RuleOperator::kIn, std::move(connections), false};
    RuleCondition either;
    either.kind = Kind::kAny;
    either.at = condition.at;
    either.parts = {std::move(condition), std::move(also)};
    condition = std::move(either);
  }

 private:
  const BillSourceNames& names_;
  const ChargeColumn* column_;
};

}  // namespace

BillSourceNames read_bill_source_names(const YamlNode& list, FileProblems& problems) {
  BillSourceNames names;
  const YamlNode* written = list.find("bill_sources");
  if (written == nullptr || written->kind == YamlNode::Kind::kNothing) return names;
  if (written->kind != YamlNode::Kind::kMap) {
    problems.add(written->at, "`bill_sources` is not a map", fmt::format("it is {}", kind_name(*written)),
                 "write bill_sources: {other name: connection}");
    return names;
  }
  for (const YamlEntry& entry : written->entries) {
    if (entry.value.kind == YamlNode::Kind::kText && !trim(entry.value.text).empty()) {
      names.emplace(entry.key, trim(entry.value.text));
    } else {
      problems.add(entry.value.at, fmt::format("`{}` has no connection", excerpt(entry.key)),
                   fmt::format("found {}", kind_name(entry.value)), "write the name of the connection behind it");
    }
  }
  return names;
}

void add_bill_source_names(const BillSourceNames& names, RuleList& list) {
  if (names.empty()) return;
  const NamesAdder adder(names);
  for (NamedSet& set : list.sets) adder.add_to(set.condition);
  for (Rule& rule : list.rules) {
    adder.add_to(rule.when);
    if (auto* share = std::get_if<ShareInProportion>(&rule.target)) adder.add_to(share->of);
  }
}

}  // namespace apportion
