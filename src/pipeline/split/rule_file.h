/// The rule file: split rules as people write them, read into a tree. docs/rules.md says what a rule means.
///
/// A file is a list of dated rule lists. Reading finds every fault that the file alone reveals (unknown keys and
/// columns, invalid regular expressions, cycles among sets, shares that do not sum to 100); what needs customers or
/// charges is checked by rule_check.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/ids.h"
#include "foundation/money/decimal.h"
#include "foundation/yaml/yaml_tree.h"

namespace apportion {

/// What a test looks at: a column, or one tag of the column `Tags`.
struct RuleField {
  const ChargeColumn* column = nullptr;  ///< One of `charge_columns()`, never null after reading.
  std::optional<std::string> tag_key;

  /// `ServiceName` or `tag.env`.
  std::string name() const;
  friend bool operator==(const RuleField&, const RuleField&) = default;
};

enum class RuleOperator { kIn, kContains, kStartsWith, kMatches, kIsEmpty };

/// One comparison. Holds when the value is not empty and the operator holds for any of `values`; `kIsEmpty` has no
/// values.
struct RuleTest {
  RuleField field;
  RuleOperator op = RuleOperator::kIn;
  /// As written, except numbers and days of `kIn` in their canonical text, and subscriptions as bare GUIDs.
  std::vector<std::string> values;
  bool ignore_case = false;
};

struct RuleCondition {
  enum class Kind { kAll, kAny, kNot, kSet, kTest };

  Kind kind = Kind::kAll;            ///< `kAll` without parts always holds.
  std::vector<RuleCondition> parts;  ///< `kNot` has one.
  std::string set;                   ///< Name of the set, which exists.
  RuleTest test;
  TextPosition at;

  bool always_holds() const { return kind == Kind::kAll && parts.empty(); }
};

struct NamedSet {
  std::string name;
  RuleCondition condition;
  TextPosition at;
};

/// The whole charge to one customer.
struct AssignToCustomer {
  CustomerId customer;
};

/// Fixed parts: percentages that sum to 100, or equal parts (each with the weight 1).
struct ShareByWeight {
  std::vector<CustomerId> customers;
  std::vector<Decimal> weights;
};

enum class ShareMetric { kBilledCost, kEffectiveCost, kQuantity };

/// Parts in proportion to what the customers got directly, without shares, of the charges for which `of` holds.
struct ShareInProportion {
  std::vector<CustomerId> customers;
  ShareMetric metric = ShareMetric::kEffectiveCost;
  RuleCondition of;
};

using RuleTarget = std::variant<AssignToCustomer, ShareByWeight, ShareInProportion>;

/// The customers of a target in file order.
std::vector<CustomerId> target_customers(const RuleTarget& target);

struct Rule {
  std::string name;  ///< As written, or `rule 3`. Unique in its list.
  TextPosition at;
  RuleCondition when;
  RuleTarget target;
  std::optional<Day> from;  ///< First and last day of the rule, compared with ChargePeriodStart.
  std::optional<Day> until;
};

struct RuleList {
  Month effective = Month::of(Day(0));
  TextPosition at;
  /// Other names of connections, by name. Conditions on a bill source that hold for one hold for the connection, too.
  std::map<std::string, std::string> bill_sources;
  std::vector<NamedSet> sets;
  std::vector<Rule> rules;  ///< The first that matches wins.

  const NamedSet* find_set(std::string_view name) const;
};

struct RuleFile {
  std::vector<RuleList> lists;  ///< By month, each month once.
};

/// What reading found: a file, or at most 20 errors in file order.
struct RuleFileReading {
  RuleFile file;
  std::vector<Error> errors;

  bool has_errors() const { return !errors.empty(); }
};

/// Reads the text of a rule file. `file_name` is for messages.
RuleFileReading read_rule_file(std::string_view text, std::string_view file_name);

/// The same for callers that need the file or one error: all errors go into one text, one per line.
Result<RuleFile> parse_rule_file(std::string_view text, std::string_view file_name);

/// The list in force in a month: the latest that is effective. Null if none is yet.
const RuleList* list_in_force(const RuleFile& file, Month month);

}  // namespace apportion
