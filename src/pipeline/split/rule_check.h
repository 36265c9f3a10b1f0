/// The checks of a rule file before it is published: what is wrong, and what is probably a mistake.
///
/// They look at rules, customers and tenants, not at charges; `preview_split` shows what a list does to charges.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/split/rule_file.h"
#include "store/control_plane.h"

namespace apportion {

enum class FindingSeverity {
  kError,    ///< The file must not be published.
  kWarning,  ///< The file works, but perhaps not as meant.
};

struct RuleFinding {
  FindingSeverity severity = FindingSeverity::kWarning;
  std::string list;   ///< `2026-01`; empty for errors of reading.
  std::string rule;   ///< Name of the rule; empty if it is about the list or file.
  std::string where;  ///< `rules.yaml, line 3`; empty if it is about no line.
  std::string what;
  std::string next;
};

/// A tenant that has charges.
struct SeenTenant {
  std::string id;
  std::string name;
};

/// Checks the text of a rule file, or what was read of it. With errors of reading, these are the only findings. Tenants
/// are those to be compared with the newest list; none means that this check is left out.
std::vector<RuleFinding> check_rule_file(std::string_view text, std::string_view file_name,
                                         std::span<const Customer> customers, std::span<const SeenTenant> tenants = {});
std::vector<RuleFinding> check_rule_file(const RuleFileReading& reading, std::string_view file_name,
                                         std::span<const Customer> customers, std::span<const SeenTenant> tenants);

/// A rule that gives charges of certain days to a customer.
struct RuleMention {
  Month list = Month::of(Day(0));
  const Rule* rule = nullptr;  ///< Of the file, which must outlive it.
};

/// The rules that name a customer, in file order; with `from`, those only that hold on that day or later.
std::vector<RuleMention> mentions_of(const RuleFile& file, const CustomerId& customer, std::optional<Day> from);

bool has_errors(const std::vector<RuleFinding>& findings);

}  // namespace apportion
