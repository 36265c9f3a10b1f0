// Any text as a rule file: it is read or refused with errors, and what was read can be checked, compiled and matched.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/split/rule_check.h"
#include "pipeline/split/rule_matcher.h"

namespace {

using namespace apportion;  // NOLINT(google-build-using-namespace): the target is about this namespace only

std::vector<Customer> customers_of(const RuleList& list) {
  std::set<std::string> ids;
  for (const Rule& rule : list.rules) {
    for (const CustomerId& customer : target_customers(rule.target)) ids.insert(customer.raw());
  }
  std::vector<Customer> customers;
  customers.reserve(ids.size());
  for (const std::string& id : ids) customers.push_back({CustomerId(id), id, "", {"tenant-of-" + id}});
  return customers;
}

// A text that a column of this type may hold.
std::string_view value_for(ColumnType type) {
  switch (type) {
    case ColumnType::kText: return "/subscriptions/1/Prod";
    case ColumnType::kJson: return R"({"env":"prod","Team":["a",1]})";
    case ColumnType::kDecimal: return "-1.5";
    case ColumnType::kDay: return "2026-01-15";
    case ColumnType::kInteger: return "12";
  }
  return "";
}

void match_some_charges(const RuleList& list) {
  auto matcher = RuleMatcher::compile(&list, customers_of(list));
  if (!matcher) std::abort();
  std::vector<std::uint32_t> without_values;
  std::vector<std::uint32_t> with_values;
  for (std::size_t source = 0; source < matcher->source_count(); ++source) {
    without_values.push_back(matcher->classify(source, std::nullopt));
    with_values.push_back(matcher->classify(source, value_for(matcher->source_column(source).type)));
  }
  const auto rules = static_cast<std::int64_t>(matcher->rule_names().size());
  if (matcher->match(without_values) >= rules || matcher->match(with_values) >= rules) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const RuleFileReading reading = read_rule_file(text, "rules.yaml");
  static_cast<void>(check_rule_file(text, "rules.yaml", {}));
  for (const RuleList& list : reading.file.lists) match_some_charges(list);
  return 0;
}
