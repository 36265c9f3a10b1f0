/// A rule list compiled to match millions of charges: the one place that knows what conditions mean.
///
/// The rules see a charge through few *sources* (the columns they name). Every distinct value of a source is classified
/// once: values that no test can distinguish form one *class*, a small number. A charge is then a tuple of classes, and
/// each distinct tuple is matched once. Equalities are indexed, so matching does not get slower with more of them;
/// rules without an equality to look up (`contains`, `not`, …) are tried in order.
///
/// Not thread-safe while classifying; matching alone is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/model/charge_columns.h"
#include "pipeline/split/rule_file.h"
#include "store/control_plane.h"

namespace apportion {

/// The name of the rule that assigns a customer its tenants, after all other rules.
std::string tenants_rule_name(const CustomerId& customer);

/// In place of the class of a value: the value is not known.
inline constexpr std::uint32_t kUnknownClass = 0xFFFFFFFF;

/// The first rule that may match a charge of which some values are not known.
struct PartialMatch {
  std::int64_t rule = 0;    ///< 0: none can match.
  bool is_certain = false;  ///< It matches whatever the unknown values are.
};

class RuleMatcher {
 public:
  /// Compiles a list, which may be null, followed by one implied rule for each customer with tenants. Rules are
  /// numbered from 1. Fails when a rule names a customer who does not exist.
  static Result<RuleMatcher> compile(const RuleList* list, std::span<const Customer> customers);
  RuleMatcher(RuleMatcher&&) noexcept;
  RuleMatcher& operator=(RuleMatcher&&) noexcept;
  ~RuleMatcher();

  /// The columns that the rules look at, each once.
  std::size_t source_count() const;
  const ChargeColumn& source_column(std::size_t source) const;

  /// The class of a value (null: no value). Values of days and numbers are given in canonical text. Class 0 is that of
  /// values for which no test holds.
  std::uint32_t classify(std::size_t source, std::optional<std::string_view> value);

  /// The number of the first rule that matches a charge with these classes, one a source; 0 when none does.
  std::int64_t match(std::span<const std::uint32_t> classes) const;

  /// Says which sources are known, before `match_known`. The others have `kUnknownClass` in all its calls. Returns
  /// whether each rule that looks at another source also asks for certain values of one that is known.
  bool expect_known(const std::vector<bool>& known);
  PartialMatch match_known(std::span<const std::uint32_t> classes) const;

  /// Whether the condition `of` of a rule with a proportional share holds; nothing when an unknown value decides that.
  std::optional<bool> is_in_proportion(std::int64_t rule_number, std::span<const std::uint32_t> classes) const;

  /// By rule number; the first one (no rule) has an empty name.
  const std::vector<std::string>& rule_names() const;
  /// The target of a rule, valid as long as the matcher.
  const RuleTarget& target(std::int64_t rule_number) const;

 private:
  class Compiled;
  explicit RuleMatcher(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace apportion
