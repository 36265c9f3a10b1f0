#include "pipeline/split/rule_matcher.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "foundation/base/check.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "foundation/model/tags.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

using Kind = RuleCondition::Kind;

// How two texts are compared.
enum class Folding : std::uint8_t { kNone, kAscii, kUnicode };

constexpr std::int32_t kNoLiteral = -1;

Folding folding_of(const RuleTest& test) {
  if (test.ignore_case) return Folding::kUnicode;
  const bool is_id = !test.field.tag_key && test.field.column->match == ColumnMatch::kIgnoreCase;
  return is_id ? Folding::kAscii : Folding::kNone;
}

std::string fold(std::string_view text, Folding folding) {
  switch (folding) {
    case Folding::kNone: return std::string(text);
    case Folding::kAscii: return ascii_lower(text);
    case Folding::kUnicode: return fold_case(text);
  }
  return {};
}

// The value of a tag: the very key, else with `ignore_case` the first one in the cell that differs by case only.
std::optional<std::string> tag_value(const std::vector<Tag>& tags, const std::string& key, bool ignore_case) {
  const Tag* found = nullptr;
  const std::string folded = ignore_case ? fold_case(key) : std::string();
  for (const Tag& tag : tags) {
    if (tag.key == key) return tag.value;
    if (ignore_case && found == nullptr && fold_case(tag.key) == folded) found = &tag;
  }
  return found == nullptr ? std::nullopt : found->value;
}

// What tests see of a source: the column itself, or one tag.
struct View {
  std::optional<std::string> tag_key;
  bool tag_ignores_case = false;

  friend bool operator==(const View&, const View&) = default;
};

// All values that some equality of one view and folding asks for. A value's class keeps the number of the one it
// equals.
struct LiteralTable {
  std::size_t view = 0;
  Folding folding = Folding::kNone;
  std::unordered_map<std::string, std::int32_t> numbers;
};

enum class ScanKind { kContains, kStartsWith, kMatches, kIsEmpty, kNotBefore, kNotAfter };

// A test that is tried on each distinct value. A value's class keeps one bit for it.
struct Scan {
  std::size_t view = 0;
  ScanKind kind = ScanKind::kIsEmpty;
  Folding folding = Folding::kNone;
  std::string text;  // folded; a day in ISO form, which sorts as days do
  std::shared_ptr<const RE2> expression;
};

bool scan_holds(const Scan& scan, const std::optional<std::string>& exact, const std::optional<std::string>& folded) {
  if (scan.kind == ScanKind::kIsEmpty) return !exact || exact->empty();
  if (!exact) return false;
  switch (scan.kind) {
    case ScanKind::kContains: return folded->find(scan.text) != std::string::npos;
    case ScanKind::kStartsWith: return folded->starts_with(scan.text);
    case ScanKind::kMatches: return RE2::PartialMatch(*exact, *scan.expression);
    case ScanKind::kNotBefore: return *exact >= scan.text;
    case ScanKind::kNotAfter: return *exact <= scan.text;
    case ScanKind::kIsEmpty: break;
  }
  return false;
}

// What all tests say about the values of one class.
struct ValueClass {
  std::vector<std::int32_t> literals;  // by literal table
  std::vector<bool> scans;             // by scan

  friend bool operator==(const ValueClass&, const ValueClass&) = default;
};

struct ValueClassHash {
  std::size_t operator()(const ValueClass& value) const {
    const auto* bytes = reinterpret_cast<const char*>(value.literals.data());
    const std::size_t literals = std::hash<std::string_view>()({bytes, value.literals.size() * sizeof(std::int32_t)});
    return literals * 31 + std::hash<std::vector<bool>>()(value.scans);
  }
};

struct Source {
  const ChargeColumn* column = nullptr;
  std::vector<View> views;
  std::vector<LiteralTable> tables;
  std::vector<Scan> scans;
  std::unordered_map<std::string, std::size_t> scan_numbers;  // by kind, view, folding and text
  std::vector<const ValueClass*> classes;                     // by number, keys of `class_numbers`
  std::unordered_map<ValueClass, std::uint32_t, ValueClassHash> class_numbers;

  void intern(ValueClass value, std::uint32_t& number) {
    const auto [found, is_new] = class_numbers.emplace(std::move(value), static_cast<std::uint32_t>(classes.size()));
    if (is_new) classes.push_back(&found->first);
    number = found->second;
  }
};

// A value that a rule asks for, as the index knows it.
struct Literal {
  std::uint32_t source = 0;
  std::uint32_t table = 0;
  std::int32_t number = 0;

  friend bool operator==(const Literal&, const Literal&) = default;
};

struct LiteralHash {
  std::size_t operator()(const Literal& literal) const {
    return std::hash<std::uint64_t>()((std::uint64_t{literal.source} << 40 | literal.table) * 0x9E3779B97F4A7C15U +
                                      static_cast<std::uint32_t>(literal.number));
  }
};

enum class NodeKind : std::uint8_t { kAll, kAny, kNot, kReference, kLiterals, kScan };

// A condition made ready. Small and flat, since there may be many thousands.
struct Node {
  NodeKind kind = NodeKind::kAll;
  std::uint32_t source = 0;            // of kLiterals and kScan
  std::uint32_t number = 0;            // literal table, scan, or set
  std::vector<std::int32_t> literals;  // sorted
  std::vector<Node> parts;
};

struct CompiledRule {
  Node condition;
  RuleTarget target;
  std::optional<Node> proportion_of;
};

// Equalities of which at least one must hold for a rule to match, and how many rules ask for them in all.
struct Anchor {
  std::vector<Literal> literals;
  std::uint64_t cost = 0;
};

// Where rules that may match are found: by an equality of theirs, or by trying them. Numbers are sorted.
struct RuleIndex {
  std::vector<std::uint32_t> rules_to_try;
  std::unordered_map<Literal, std::vector<std::uint32_t>, LiteralHash> rules_by_literal;
};

// What is known of a condition; in an order in which all parts hold as much as the least, and any as much as the most.
enum class Truth : std::uint8_t { kNo, kPerhaps, kYes };

}  // namespace

std::string tenants_rule_name(const CustomerId& customer) { return "tenants of " + customer.raw(); }

class RuleMatcher::Compiled {
 public:
  Result<void> add_list(const RuleList& list, std::span<const Customer> customers) {
    std::vector<std::string_view> ids;
    for (const Customer& customer : customers) ids.push_back(customer.id.raw());
    std::sort(ids.begin(), ids.end());
    add_sets(list);
    for (const Rule& rule : list.rules) {
      for (const CustomerId& customer : target_customers(rule.target)) {
        if (!std::binary_search(ids.begin(), ids.end(), std::string_view(customer.raw())))
          return unknown_customer(rule, customer, ids);
      }
      add_rule(rule);
    }
    return ok();
  }

  // The customer's tenants, perhaps by days.
  void add_implied_rule(const Customer& customer, std::vector<std::string> tenants, std::optional<Day> from = {},
                        std::optional<Day> until = {}) {
    RuleCondition condition;
    condition.kind = Kind::kTest;
    condition.test.field.column = &charge_columns()[charge_column_index("x_CustomerTenantId")];
    condition.test.values = std::move(tenants);
    Rule rule;
    rule.name = tenants_rule_name(customer.id);
    rule.when = std::move(condition);
    rule.target = AssignToCustomer{customer.id};
    rule.from = from;
    rule.until = until;
    add_rule(rule);
  }

  void finish() {
    for (Source& source : sources) {
      std::uint32_t number = 0;
      source.intern(
          {std::vector<std::int32_t>(source.tables.size(), kNoLiteral), std::vector<bool>(source.scans.size())},
          number);
    }
    index = index_of(std::vector<bool>(sources.size(), true));
  }

  // An index that asks known sources only.
  RuleIndex index_of(std::vector<bool> known) {
    known_ = std::move(known);
    set_uses_.assign(sets.size(), 0);
    set_anchors_.assign(sets.size(), std::nullopt);
    for (const CompiledRule& rule : rules) count_uses(rule.condition);
    RuleIndex made;
    for (std::size_t i = 0; i < rules.size(); ++i) index_rule(static_cast<std::uint32_t>(i), made);
    literal_uses_.clear();
    return made;
  }

  std::uint32_t classify(Source& source, std::optional<std::string_view> value) const {
    const bool needs_tags = std::any_of(source.views.begin(), source.views.end(),
                                        [](const View& view) { return view.tag_key.has_value(); });
    const std::vector<Tag> tags = needs_tags && value ? read_tags(*value) : std::vector<Tag>();
    ValueClass result{std::vector<std::int32_t>(source.tables.size(), kNoLiteral),
                      std::vector<bool>(source.scans.size())};
    for (std::size_t view = 0; view < source.views.size(); ++view) {
      const View& seen = source.views[view];
      auto text = seen.tag_key ? tag_value(tags, *seen.tag_key, seen.tag_ignores_case)
                               : (value ? std::optional<std::string>(*value) : std::nullopt);
      classify_view(source, view, text, result);
    }
    std::uint32_t number = 0;
    source.intern(std::move(result), number);
    return number;
  }

  Truth truth_of(const Node& node, std::span<const std::uint32_t> classes) const {
    switch (node.kind) {
      case NodeKind::kAll: return truth_of_all(node, classes);
      case NodeKind::kAny: return truth_of_any(node, classes);
      case NodeKind::kNot: return negated(truth_of(node.parts[0], classes));
      case NodeKind::kReference: return truth_of(sets[node.number], classes);
      case NodeKind::kScan:
      case NodeKind::kLiterals: break;
    }
    if (classes[node.source] == kUnknownClass) return Truth::kPerhaps;
    const ValueClass& value = *sources[node.source].classes[classes[node.source]];
    if (node.kind == NodeKind::kScan) return value.scans[node.number] ? Truth::kYes : Truth::kNo;
    const std::int32_t literal = value.literals[node.number];
    const bool holds = literal != kNoLiteral && std::binary_search(node.literals.begin(), node.literals.end(), literal);
    return holds ? Truth::kYes : Truth::kNo;
  }

  // Whether a condition looks at a source that is not known.
  bool asks_other(const Node& node, const std::vector<bool>& known) const {
    if (node.kind == NodeKind::kReference) return asks_other(sets[node.number], known);
    if (node.kind == NodeKind::kLiterals || node.kind == NodeKind::kScan) return !known[node.source];
    return std::ranges::any_of(node.parts, [&](const Node& part) { return asks_other(part, known); });
  }

  // The first rule that may match, by an index of the sources that are known.
  std::uint32_t first_possible(const RuleIndex& known, std::span<const std::uint32_t> classes) const {
    std::uint32_t best = first_of(known.rules_to_try, classes, kNoRule);
    for (std::uint32_t source = 0; source < sources.size(); ++source) {
      if (classes[source] == kUnknownClass) continue;
      const ValueClass& value = *sources[source].classes[classes[source]];
      for (std::uint32_t table = 0; table < value.literals.size(); ++table) {
        if (value.literals[table] == kNoLiteral) continue;
        const auto found = known.rules_by_literal.find({source, table, value.literals[table]});
        if (found != known.rules_by_literal.end()) best = first_of(found->second, classes, best);
      }
    }
    return best;
  }

  static constexpr std::uint32_t kNoRule = std::numeric_limits<std::uint32_t>::max();

  std::vector<Source> sources;
  std::vector<Node> sets;
  std::vector<CompiledRule> rules;
  std::vector<std::string> names{""};
  RuleIndex index;
  std::optional<RuleIndex> partial_index;

 private:
  static Truth negated(Truth truth) {
    if (truth == Truth::kPerhaps) return truth;
    return truth == Truth::kYes ? Truth::kNo : Truth::kYes;
  }

  Truth truth_of_all(const Node& node, std::span<const std::uint32_t> classes) const {
    Truth all = Truth::kYes;
    for (const Node& part : node.parts) {
      all = std::min(all, truth_of(part, classes));
      if (all == Truth::kNo) break;
    }
    return all;
  }

  Truth truth_of_any(const Node& node, std::span<const std::uint32_t> classes) const {
    Truth any = Truth::kNo;
    for (const Node& part : node.parts) {
      any = std::max(any, truth_of(part, classes));
      if (any == Truth::kYes) break;
    }
    return any;
  }

  // The first of `candidates` that may match and comes before `best`; else `best`.
  std::uint32_t first_of(const std::vector<std::uint32_t>& candidates, std::span<const std::uint32_t> classes,
                         std::uint32_t best) const {
    for (const std::uint32_t candidate : candidates) {
      if (candidate >= best) break;
      if (truth_of(rules[candidate].condition, classes) != Truth::kNo) return candidate;
    }
    return best;
  }

  static Error unknown_customer(const Rule& rule, const CustomerId& customer,
                                const std::vector<std::string_view>& ids) {
    const std::string_view nearest = nearest_text(customer.raw(), ids);
    return {ErrorId::kRuleNamesUnknownCustomer,
            fmt::format("the rule `{}` names the customer `{}`, who does not exist", rule.name, customer.raw()),
            fmt::format("line {} of the rule file", rule.at.line), fmt::format("{} customers are known", ids.size()),
            nearest.empty() ? "add the customer, or correct the rule" : fmt::format("did you mean `{}`?", nearest)};
  }

  // All names come first: a set may use another that is defined after it.
  void add_sets(const RuleList& list) {
    for (std::size_t i = 0; i < list.sets.size(); ++i) sets_by_name_.emplace(list.sets[i].name, i);
    for (const NamedSet& set : list.sets) sets.push_back(compile_condition(set.condition));
  }

  void add_rule(const Rule& rule) {
    CompiledRule compiled;
    compiled.condition = compile_condition(rule.when);
    if (rule.from || rule.until) {
      Node dated;
      if (rule.from) dated.parts.push_back(compile_day(ScanKind::kNotBefore, *rule.from));
      if (rule.until) dated.parts.push_back(compile_day(ScanKind::kNotAfter, *rule.until));
      dated.parts.push_back(std::move(compiled.condition));
      compiled.condition = std::move(dated);
    }
    if (const auto* parts = std::get_if<ShareInProportion>(&rule.target))
      compiled.proportion_of = compile_condition(parts->of);
    compiled.target = rule.target;
    rules.push_back(std::move(compiled));
    names.push_back(rule.name);
  }

  std::uint32_t source_of(const ChargeColumn& column) {
    const auto found =
        std::find_if(sources.begin(), sources.end(), [&](const Source& source) { return source.column == &column; });
    if (found != sources.end()) return static_cast<std::uint32_t>(found - sources.begin());
    sources.emplace_back().column = &column;
    return static_cast<std::uint32_t>(sources.size() - 1);
  }

  static std::size_t view_of(Source& source, const RuleTest& test) {
    View view{test.field.tag_key, test.field.tag_key.has_value() && test.ignore_case};
    const auto found = std::find(source.views.begin(), source.views.end(), view);
    if (found != source.views.end()) return static_cast<std::size_t>(found - source.views.begin());
    source.views.push_back(std::move(view));
    return source.views.size() - 1;
  }

  Node compile_condition(const RuleCondition& condition) {
    Node node;
    switch (condition.kind) {
      case Kind::kTest: return compile_test(condition.test);
      case Kind::kSet:
        node.kind = NodeKind::kReference;
        node.number = static_cast<std::uint32_t>(sets_by_name_.at(condition.set));
        return node;
      case Kind::kAll: node.kind = NodeKind::kAll; break;
      case Kind::kAny: node.kind = NodeKind::kAny; break;
      case Kind::kNot: node.kind = NodeKind::kNot; break;
    }
    for (const RuleCondition& part : condition.parts) node.parts.push_back(compile_condition(part));
    return node;
  }

  Node compile_test(const RuleTest& test) {
    const std::uint32_t source = source_of(*test.field.column);
    const std::size_t view = view_of(sources[source], test);
    switch (test.op) {
      case RuleOperator::kIn: return compile_equality(source, view, test);
      case RuleOperator::kIsEmpty: return compile_scan(source, {view, ScanKind::kIsEmpty, Folding::kNone, "", nullptr});
      case RuleOperator::kContains: return compile_scans(source, view, ScanKind::kContains, test);
      case RuleOperator::kStartsWith: return compile_scans(source, view, ScanKind::kStartsWith, test);
      case RuleOperator::kMatches: return compile_scans(source, view, ScanKind::kMatches, test);
    }
    return {};
  }

  Node compile_equality(std::uint32_t source_number, std::size_t view, const RuleTest& test) {
    Source& source = sources[source_number];
    const Folding folding = folding_of(test);
    auto table = std::find_if(source.tables.begin(), source.tables.end(), [&](const LiteralTable& known) {
      return known.view == view && known.folding == folding;
    });
    if (table == source.tables.end()) table = source.tables.insert(table, {view, folding, {}});
    Node node;
    node.kind = NodeKind::kLiterals;
    node.source = source_number;
    node.number = static_cast<std::uint32_t>(table - source.tables.begin());
    for (const std::string& value : test.values) {
      const auto next = static_cast<std::int32_t>(table->numbers.size());
      node.literals.push_back(table->numbers.emplace(fold(value, folding), next).first->second);
    }
    std::sort(node.literals.begin(), node.literals.end());
    node.literals.erase(std::unique(node.literals.begin(), node.literals.end()), node.literals.end());
    return node;
  }

  Node compile_scans(std::uint32_t source, std::size_t view, ScanKind kind, const RuleTest& test) {
    Node node;
    node.kind = NodeKind::kAny;
    const Folding folding = folding_of(test);
    for (const std::string& value : test.values) {
      const bool is_expression = kind == ScanKind::kMatches;
      node.parts.push_back(
          compile_scan(source, {view, kind, folding, is_expression ? value : fold(value, folding), nullptr}));
    }
    return node;
  }

  Node compile_scan(std::uint32_t source_number, Scan scan) {
    Source& source = sources[source_number];
    const std::string key =
        fmt::format("{} {} {} {}", static_cast<int>(scan.kind), scan.view, static_cast<int>(scan.folding), scan.text);
    const auto [found, is_new] = source.scan_numbers.emplace(key, source.scans.size());
    if (is_new) {
      if (scan.kind == ScanKind::kMatches) {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_case_sensitive(scan.folding == Folding::kNone);
        scan.expression = std::make_shared<const RE2>(scan.text, options);
        APPORTION_CHECK(scan.expression->ok(), "a rule file with an invalid regular expression was read");
      }
      source.scans.push_back(std::move(scan));
    }
    Node node;
    node.kind = NodeKind::kScan;
    node.source = source_number;
    node.number = static_cast<std::uint32_t>(found->second);
    return node;
  }

  Node compile_day(ScanKind kind, Day day) {
    const std::uint32_t source = source_of(charge_columns()[charge_column_index("ChargePeriodStart")]);
    const std::size_t view = view_of(sources[source], RuleTest{});
    return compile_scan(source, {view, kind, Folding::kNone, day.to_string(), nullptr});
  }

  static void classify_view(const Source& source, std::size_t view, const std::optional<std::string>& text,
                            ValueClass& result) {
    std::array<std::optional<std::string>, 3> folded;
    const auto folded_text = [&](Folding folding) -> const std::optional<std::string>& {
      if (folding == Folding::kNone || !text) return text;
      auto& made = folded[static_cast<std::size_t>(folding)];
      if (!made) made = fold(*text, folding);
      return made;
    };
    for (std::size_t i = 0; text && i < source.tables.size(); ++i) {
      const LiteralTable& table = source.tables[i];
      if (table.view != view) continue;
      const auto found = table.numbers.find(*folded_text(table.folding));
      if (found != table.numbers.end()) result.literals[i] = found->second;
    }
    for (std::size_t i = 0; i < source.scans.size(); ++i) {
      const Scan& scan = source.scans[i];
      if (scan.view == view) result.scans[i] = scan_holds(scan, text, folded_text(scan.folding));
    }
  }

  void count_uses(const Node& node) {
    for (const std::int32_t literal : node.literals) ++literal_uses_[{node.source, node.number, literal}];
    if (node.kind == NodeKind::kReference) ++set_uses_[node.number];
    for (const Node& part : node.parts) count_uses(part);
  }

  std::optional<Anchor> anchor_of(const Node& node) {
    switch (node.kind) {
      case NodeKind::kLiterals: return anchor_of_literals(node);
      case NodeKind::kReference: return anchor_of_set(node.number);
      case NodeKind::kAll: return cheapest_anchor(node.parts);
      case NodeKind::kAny: return joint_anchor(node.parts);
      case NodeKind::kNot:
      case NodeKind::kScan: break;
    }
    return std::nullopt;
  }

  std::optional<Anchor> anchor_of_literals(const Node& node) const {
    if (!known_[node.source]) return std::nullopt;
    Anchor anchor;
    for (const std::int32_t number : node.literals) {
      const Literal literal{node.source, node.number, number};
      const auto uses = literal_uses_.find(literal);
      anchor.cost += uses == literal_uses_.end() ? 1 : uses->second;
      anchor.literals.push_back(literal);
    }
    return anchor;
  }

  std::optional<Anchor> anchor_of_set(std::size_t number) {
    auto& known = set_anchors_[number];
    if (!known) known.emplace(anchor_of(sets[number]));
    if (*known) (*known)->cost = std::max((*known)->cost, set_uses_[number] * (*known)->literals.size());
    return *known;
  }

  std::optional<Anchor> cheapest_anchor(const std::vector<Node>& parts) {
    std::optional<Anchor> cheapest;
    for (const Node& part : parts) {
      auto anchor = anchor_of(part);
      if (anchor && (!cheapest || anchor->cost < cheapest->cost)) cheapest = std::move(anchor);
    }
    return cheapest;
  }

  std::optional<Anchor> joint_anchor(const std::vector<Node>& parts) {
    Anchor joint;
    for (const Node& part : parts) {
      const auto anchor = anchor_of(part);
      if (!anchor) return std::nullopt;
      joint.literals.insert(joint.literals.end(), anchor->literals.begin(), anchor->literals.end());
      joint.cost += anchor->cost;
    }
    return joint;
  }

  void index_rule(std::uint32_t rule, RuleIndex& made) {
    const auto anchor = anchor_of(rules[rule].condition);
    if (!anchor) {
      made.rules_to_try.push_back(rule);
      return;
    }
    for (const Literal& literal : anchor->literals) {
      auto& indexed = made.rules_by_literal[literal];
      const bool is_indexed = !indexed.empty() && indexed.back() == rule;
      if (!is_indexed) indexed.push_back(rule);
    }
  }

  std::unordered_map<std::string, std::size_t> sets_by_name_;
  // Of the index that is made.
  std::vector<bool> known_;  // by source
  // How many rules ask for a literal or a set: an anchor that many rules share would find them all at every value.
  std::unordered_map<Literal, std::uint64_t, LiteralHash> literal_uses_;
  std::vector<std::uint64_t> set_uses_;
  std::vector<std::optional<std::optional<Anchor>>> set_anchors_;  // once known, perhaps that there is none
};

RuleMatcher::RuleMatcher(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
RuleMatcher::RuleMatcher(RuleMatcher&&) noexcept = default;
RuleMatcher& RuleMatcher::operator=(RuleMatcher&&) noexcept = default;
RuleMatcher::~RuleMatcher() = default;

Result<RuleMatcher> RuleMatcher::compile(const RuleList* list, std::span<const Customer> customers) {
  auto compiled = std::make_unique<Compiled>();
  if (list != nullptr) APPORTION_TRY(compiled->add_list(*list, customers));
  const std::vector<HeldTenants> held = held_tenants(customers);
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (!held[i].always.empty()) compiled->add_implied_rule(customers[i], held[i].always);
    for (const TenantPeriod& period : held[i].periods)
      compiled->add_implied_rule(customers[i], {period.tenant}, period.from, period.until);
  }
  compiled->finish();
  return RuleMatcher(std::move(compiled));
}

std::size_t RuleMatcher::source_count() const { return compiled_->sources.size(); }

const ChargeColumn& RuleMatcher::source_column(std::size_t source) const { return *compiled_->sources[source].column; }

std::uint32_t RuleMatcher::classify(std::size_t source, std::optional<std::string_view> value) {
  return compiled_->classify(compiled_->sources[source], value);
}

std::int64_t RuleMatcher::match(std::span<const std::uint32_t> classes) const {
  const std::uint32_t rule = compiled_->first_possible(compiled_->index, classes);
  return rule == Compiled::kNoRule ? 0 : std::int64_t{rule} + 1;
}

bool RuleMatcher::expect_known(const std::vector<bool>& known) {
  compiled_->partial_index = compiled_->index_of(known);
  return std::ranges::none_of(compiled_->partial_index->rules_to_try, [&](std::uint32_t rule) {
    return compiled_->asks_other(compiled_->rules[rule].condition, known);
  });
}

PartialMatch RuleMatcher::match_known(std::span<const std::uint32_t> classes) const {
  APPORTION_CHECK(compiled_->partial_index, "which sources are known was not said");
  const std::uint32_t rule = compiled_->first_possible(*compiled_->partial_index, classes);
  if (rule == Compiled::kNoRule) return {0, true};
  const bool is_certain = compiled_->truth_of(compiled_->rules[rule].condition, classes) == Truth::kYes;
  return {std::int64_t{rule} + 1, is_certain};
}

std::optional<bool> RuleMatcher::is_in_proportion(std::int64_t rule_number,
                                                  std::span<const std::uint32_t> classes) const {
  const CompiledRule& rule = compiled_->rules[static_cast<std::size_t>(rule_number - 1)];
  if (!rule.proportion_of) return false;
  const Truth truth = compiled_->truth_of(*rule.proportion_of, classes);
  return truth == Truth::kPerhaps ? std::nullopt : std::optional(truth == Truth::kYes);
}

const std::vector<std::string>& RuleMatcher::rule_names() const { return compiled_->names; }

const RuleTarget& RuleMatcher::target(std::int64_t rule_number) const {
  return compiled_->rules[static_cast<std::size_t>(rule_number - 1)].target;
}

}  // namespace apportion
