#include "pipeline/split/splitter.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/money/allocate.h"
#include "lake/column_lists.h"
#include "lake/cubes.h"
#include "lake/layout.h"
#include "pipeline/split/charge_cells.h"
#include "pipeline/split/charge_groups.sql.h"
#include "pipeline/split/charge_sums.sql.h"
#include "pipeline/split/classified_charges.sql.h"
#include "pipeline/split/direct_rows.sql.h"
#include "pipeline/split/distinct_values.sql.h"
#include "pipeline/split/kept_direct_rows.sql.h"
#include "pipeline/split/rule_matcher.h"
#include "pipeline/split/share_rows.sql.h"
#include "pipeline/split/shared_charges.sql.h"
#include "pipeline/split/shared_charges_batch.sql.h"
#include "pipeline/split/split_ledger_internal.h"
#include "pipeline/split/wanted_charges.sql.h"
#include "pipeline/split/written_direct_rows.sql.h"
#include "pipeline/split/written_shares.sql.h"

namespace apportion {

namespace {

constexpr std::size_t kShareMetrics = 6;  // four costs, two quantities
constexpr std::int64_t kSharesOfBatch = 500'000;
constexpr std::string_view kCharges = "charges";
constexpr std::string_view kWanted = "split_wanted";

using Metrics = std::array<std::optional<Decimal>, kShareMetrics>;
using RuleAndCurrency = std::pair<std::int64_t, Currency>;

// A column of the charges that rules look at: the engine's table of its values, and their classes.
struct SourceTable {
  std::string name;
  std::string column;                                         // quoted
  std::vector<std::pair<std::string, std::uint32_t>> values;  // but those of class 0
  std::uint32_t null_class = 0;
};

// By source: the classes that some charges have.
using ClassSets = std::vector<std::set<std::uint32_t>>;

// A share in proportion in which a customer takes part, and as the how manieth.
struct Participation {
  std::int64_t rule;
  std::size_t position;
};

// A rule's parts in one currency; customers without weight are left out.
struct SharePlan {
  std::int64_t rule;
  std::vector<std::string> customers;
  std::vector<Decimal> weights;
};

// Charges that no rule tells apart, of one currency, charge category and tenant.
struct ChargeGroup {
  ChargeClass of;
  RowSums sums;
  Decimal quantity;
  bool knows_effective = true;
  std::string tenant_id;
  std::string tenant_name;
};

struct SharedCharge {
  std::size_t plan;
  std::int64_t row_id;
  ChargeClass charge_class;
  Metrics metrics;
  std::string tenant_id = {};
  std::string tenant_name = {};
  bool is_kept = false;
};

struct Share {
  std::int64_t row_id;
  std::size_t plan;
  std::size_t position;
  Metrics metrics;
};

// A value as rules compare it: days and numbers in canonical text.
std::string value_text(const EngineRow& row, ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: return std::string(row.text(0));
    case ColumnType::kDecimal: return row.decimal(0).to_string();
    case ColumnType::kDay: return row.day(0).to_string();
    case ColumnType::kInteger: return std::to_string(row.integer(0));
  }
  return {};
}

void append_value(TableAppender& rows, const std::string& text, ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: rows.text(text); break;
    case ColumnType::kDecimal: rows.decimal(Decimal::parse(text).value); break;
    case ColumnType::kDay: rows.day(*Day::parse(text)); break;
    case ColumnType::kInteger: rows.integer(std::stoll(text)); break;
  }
}

// Classes and currency of a group of charges as one key.
std::string group_key(std::span<const std::uint32_t> classes, Currency currency) {
  std::string key(currency.code());
  key.append(reinterpret_cast<const char*>(classes.data()), classes.size_bytes());
  return key;
}

Currency currency_of_key(const std::string& key) { return *Currency::parse(std::string_view(key).substr(0, 3)); }

std::uint32_t class_of_key(const std::string& key, std::size_t source) {
  std::uint32_t number = 0;
  std::memcpy(&number, key.data() + 3 + source * sizeof(number), sizeof(number));
  return number;
}

std::string value_table(std::size_t source) { return fmt::format("split_values_{}", source); }

void add_costs(CostSums& sums, const CostSums& more) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += more[i];
}

// Runs what it was given when it goes out of scope, unless it is told not to.
class Undo {
 public:
  explicit Undo(std::function<void()> action) : action_(std::move(action)) {}
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    if (action_) action_();
  }
  void forget() { action_ = nullptr; }

 private:
  std::function<void()> action_;
};

// The cells that know most of the columns that rules look at; null without cells.
const ChargeCells* best_cells(const RuleMatcher& matcher, std::span<const ChargeCells> cubes) {
  const ChargeCells* best = nullptr;
  std::size_t most = 0;
  for (const ChargeCells& cells : cubes) {
    std::size_t known = 0;
    for (std::size_t source = 0; source < matcher.source_count(); ++source) {
      if (cells.has(matcher.source_column(source).name)) ++known;
    }
    if (best != nullptr && known <= most) continue;
    best = &cells;
    most = known;
  }
  return best;
}

// One split. Phases: classify the values of every column that rules look at; group the charges by these classes and
// match each group once; fix the weights of shares in proportion; write whole charges and shares; compare with the
// charges, and with what was written. Invariant: the ledger holds every charge exactly once.
//
// A first look is by fewer columns: at cells that stand for the charges, or at the charges by columns that are small to
// read. Groups that go to one customer whatever the other columns are, are done with; only the charges of the others
// are read with all columns.
class Splitting {
 public:
  Splitting(Workbench& engine, RuleMatcher matcher, const std::filesystem::path* folder,
            std::string_view kept_charges = {}, std::span<const ChargeCells> cubes = {})
      : engine_(engine),
        matcher_(std::move(matcher)),
        folder_(folder),
        kept_charges_(kept_charges),
        cells_(best_cells(matcher_, cubes)),
        first_(first_look()),
        sources_(matcher_.source_count()),
        known_(matcher_.source_count(), false),
        shared_classes_(matcher_.source_count()) {}

  Result<SplitResult> run() {
    const Undo drop_tables([this] { drop_all_tables(); });
    Undo remove_files([this] { remove_written_files(); });
    find_participations();
    if (first_) APPORTION_TRY(look_first());
    APPORTION_TRY(match_charges());
    plan_shares();
    APPORTION_TRY(fill_outcome_tables());
    APPORTION_TRY(write_direct_rows());
    APPORTION_TRY(keep_direct_rows());
    APPORTION_TRY(share_charges());
    APPORTION_TRY(check());
    tell_parts();
    for (const auto& files : {result_.direct_files, result_.share_files}) {
      for (const SplitFile& file : files) APPORTION_TRY(sync_to_disk(file.path));
    }
    result_.charges = ledger_.charges();
    result_.shared_charges = ledger_.shared_charges();
    result_.rule_names = matcher_.rule_names();
    result_.totals = ledger_.totals();
    remove_files.forget();
    return std::move(result_);
  }

 private:
  // Cells; or charges, if it says of most of them where they go. Columns of the month cube have few values.
  std::optional<ChargeCells> first_look() {
    if (cells_ != nullptr) {
      matcher_.expect_known(known_in(*cells_));
      return *cells_;
    }
    ChargeCells charges{std::string(kCharges), month_cube().columns};
    const std::vector<bool> known = known_in(charges);
    const bool knows_all = std::ranges::find(known, false) == known.end();
    const bool is_worthwhile = !knows_all && matcher_.expect_known(known);
    return is_worthwhile ? std::optional(std::move(charges)) : std::nullopt;
  }

  std::vector<bool> known_in(const ChargeCells& cells) const {
    std::vector<bool> known;
    for (std::size_t source = 0; source < matcher_.source_count(); ++source)
      known.push_back(cells.has(matcher_.source_column(source).name));
    return known;
  }

  // ---- Classes

  // Of the columns that `relation` has and that were not classified yet.
  Result<void> classify_values(std::string_view relation, const ChargeCells* cells) {
    for (std::size_t source = 0; source < matcher_.source_count(); ++source) {
      const ChargeColumn& column = matcher_.source_column(source);
      if (known_[source] || (cells != nullptr && !cells->has(column.name))) continue;
      APPORTION_TRY(classify_source(source, column, relation));
      known_[source] = true;
    }
    return ok();
  }

  Result<void> classify_source(std::size_t source, const ChargeColumn& column, std::string_view relation) {
    SourceTable& table = sources_[source];
    table.name = value_table(source);
    table.column = sql_identifier(column.name);
    table.null_class = matcher_.classify(source, std::nullopt);
    const std::string distinct = fmt::format(fmt::runtime(sql::kDistinctValuesSql), fmt::arg("charges", relation),
                                             fmt::arg("column", table.column));
    APPORTION_TRY(engine_.query(distinct, {}, [&](const EngineRow& row) {
      std::string value = value_text(row, column.type);
      const std::uint32_t number = matcher_.classify(source, value);
      if (number != 0) table.values.emplace_back(std::move(value), number);
      return ok();
    }));
    if (table.values.empty()) return ok();
    APPORTION_TRY(engine_.make_table(table.name, fmt::format("value {}, class BIGINT", sql_type(column.type))));
    APPORTION_ASSIGN(TableAppender rows, engine_.append_to(table.name));
    for (const auto& [value, number] : table.values) {
      append_value(rows, value, column.type);
      rows.integer(number).end_row();
    }
    return rows.finish();
  }

  // `wanted`: a WHERE with the rows that are wanted, or nothing. Columns that are not classified have no known class.
  std::string classified(std::string_view charges, const std::vector<bool>& known, std::string_view wanted = {}) const {
    std::string columns;
    std::string joins;
    for (std::size_t source = 0; source < sources_.size(); ++source) {
      const SourceTable& table = sources_[source];
      if (!known[source]) {
        columns += fmt::format(",\n       CAST({} AS BIGINT) AS class_{}", kUnknownClass, source);
        continue;
      }
      const bool is_told = are_few_texts(source);
      const std::string when_found =
          is_told ? class_of_few_texts(table) : fmt::format("coalesce({}.class, 0)", table.name);
      columns += fmt::format(",\n       CASE WHEN c.{} IS NULL THEN {} ELSE {} END AS class_{}", table.column,
                             table.null_class, when_found, source);
      if (!is_told) joins += fmt::format("LEFT JOIN {0} ON {0}.value = c.{1}\n", table.name, table.column);
    }
    return fmt::format(fmt::runtime(sql::kClassifiedChargesSql), fmt::arg("class_columns", columns),
                       fmt::arg("charges", charges), fmt::arg("joins", joins), fmt::arg("wanted", wanted));
  }

  // Comparing a few texts is quicker than a join.
  bool are_few_texts(std::size_t source) const {
    constexpr std::size_t kFew = 8;
    const std::size_t values = sources_[source].values.size();
    return values == 0 || (values <= kFew && is_text(source));
  }

  bool is_text(std::size_t source) const {
    const ColumnType type = matcher_.source_column(source).type;
    return type == ColumnType::kText || type == ColumnType::kJson;
  }

  static std::string class_of_few_texts(const SourceTable& table) {
    if (table.values.empty()) return "0";
    std::string cases = "CASE";
    for (const auto& [value, number] : table.values)
      cases += fmt::format(" WHEN c.{} = {} THEN {}", table.column, sql_literal(value), number);
    return cases + " ELSE 0 END";
  }

  std::string same_classes() const {
    std::string same;
    for (std::size_t i = 0; i < sources_.size(); ++i) same += fmt::format(" AND o.class_{0} = c.class_{0}", i);
    return same;
  }

  // ---- Matching

  using Classes = std::span<const std::uint32_t>;

  // Hands out charges, or cells, that no rule tells apart.
  Result<void> read_groups(const std::string& classified_rows,
                           const std::function<Result<void>(ChargeGroup, Classes)>& visit) {
    std::string names;
    for (std::size_t i = 0; i < sources_.size(); ++i) names += fmt::format(", class_{}", i);
    const std::string groups = fmt::format(fmt::runtime(sql::kChargeGroupsSql), fmt::arg("classes", names),
                                           fmt::arg("classified", classified_rows),
                                           fmt::arg("quantity_wanted", quantity_wanted_ ? "TRUE" : "FALSE"));
    std::vector<std::uint32_t> classes(matcher_.source_count());
    return engine_.query(groups, {}, [&](const EngineRow& row) -> Result<void> {
      APPORTION_ASSIGN(const Currency currency, read_currency(row, 0));
      ChargeGroup group{{currency, text_at(row, 1)},
                        {row.integer(2), row.integer(3), read_costs(row, 4)},
                        row.is_null(8) ? Decimal() : row.decimal(8),
                        row.integer(9) == 0,
                        std::string(row.text(10)),
                        std::string(row.text(11))};
      for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::uint32_t>(row.integer(12 + i));
      return visit(std::move(group), classes);
    });
  }

  // Of groups that are not done with the charges are read; of all, where nothing tells which.
  Result<void> look_first() {
    APPORTION_TRY(classify_values(first_->relation, &*first_));
    known_at_first_ = known_;
    std::vector<std::pair<ChargeGroup, std::vector<std::uint32_t>>> done;
    APPORTION_TRY(read_groups(classified(first_->relation, known_), [&](ChargeGroup group, Classes classes) {
      const PartialMatch match = matcher_.match_known(classes);
      if (match.is_certain && first_look_suffices(match.rule, classes)) {
        done.emplace_back(std::move(group), std::vector<std::uint32_t>(classes.begin(), classes.end()));
        return ok();
      }
      wanted_groups_.insert(group_key(classes, group.of.first));
      ClassSets& wanted = wanted_classes_.try_emplace(match.rule, sources_.size()).first->second;
      for (std::size_t i = 0; i < classes.size(); ++i) wanted[i].insert(classes[i]);
      return ok();
    }));
    where_wanted_ = where_wanted();
    reads_all_ = !wanted_groups_.empty() && where_wanted_.empty();
    if (reads_all_) return ok();
    for (auto& [group, classes] : done) APPORTION_TRY(add_group(std::move(group), classes));
    return ok();
  }

  // Shares are parts of single charges, and quantities are not in cells.
  bool first_look_suffices(std::int64_t rule, Classes classes) const {
    if (rule == 0) return true;
    const auto* whole = std::get_if<AssignToCustomer>(&matcher_.target(rule));
    if (whole == nullptr) return false;
    const auto parts = participations_.find(whole->customer.raw());
    if (parts == participations_.end()) return true;
    return std::ranges::all_of(parts->second, [&](const Participation& part) {
      const std::optional<bool> counts = matcher_.is_in_proportion(part.rule, classes);
      if (!counts) return false;
      const bool has_quantities = cells_ == nullptr;
      return !*counts || has_quantities ||
             std::get<ShareInProportion>(matcher_.target(part.rule)).metric != ShareMetric::kQuantity;
    });
  }

  Result<void> match_charges() {
    if (!first_ || reads_all_) {
      APPORTION_TRY(classify_values(kCharges, nullptr));
      return read_groups(classified(kCharges, known_),
                         [this](ChargeGroup group, Classes classes) { return add_group(std::move(group), classes); });
    }
    if (wanted_groups_.empty()) return ok();
    APPORTION_TRY(open_wanted_charges());
    APPORTION_TRY(classify_values(read_charges_, nullptr));
    std::vector<std::uint32_t> known_classes;
    return read_groups(classified(read_charges_, known_), [&](ChargeGroup group, Classes classes) {
      known_classes.assign(classes.begin(), classes.end());
      for (std::size_t i = 0; i < classes.size(); ++i) {
        if (!known_at_first_[i]) known_classes[i] = kUnknownClass;
      }
      const bool is_wanted = wanted_groups_.contains(group_key(known_classes, group.of.first));
      return is_wanted ? add_group(std::move(group), classes) : ok();
    });
  }

  // Charges that are not done with, perhaps with others. Few of them are kept, for they are read several times.
  Result<void> open_wanted_charges() {
    constexpr std::int64_t kKeptMax = 250'000;
    read_charges_ = kWanted;
    std::int64_t count = 0;
    APPORTION_TRY(engine_.query(wanted_charges("count(*)"), {}, [&count](const EngineRow& row) {
      count = row.integer(0);
      return ok();
    }));
    const std::string rows = wanted_charges(wanted_columns());
    return count > kKeptMax ? engine_.make_view(kWanted, rows) : engine_.make_table_of(kWanted, rows);
  }

  // Quantities are for weights, and for shares that are written or kept.
  std::string wanted_columns() const {
    std::vector<std::string_view> columns{
        "x_RowId",    "BillingCurrency", "ChargeCategory", "x_CustomerTenantId", "x_CustomerTenantName",
        "BilledCost", "EffectiveCost",   "ListCost",       "ContractedCost"};
    const bool has_quantities = quantity_wanted_ || folder_ != nullptr || !kept_charges_.empty();
    if (has_quantities) columns.insert(columns.end(), {"PricingQuantity", "ConsumedQuantity"});
    for (std::size_t source = 0; source < matcher_.source_count(); ++source) {
      const std::string_view column = matcher_.source_column(source).name;
      if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
    }
    std::string list = fmt::format("{}", fmt::join(columns, ", "));
    for (const std::string_view quantity : {"PricingQuantity", "ConsumedQuantity"}) {
      if (std::ranges::find(columns, quantity) == columns.end())
        list += fmt::format(", CAST(NULL AS DECIMAL(38,18)) AS {}", quantity);
    }
    return list;
  }

  std::string wanted_charges(std::string_view columns) const {
    return fmt::format(fmt::runtime(sql::kWantedChargesSql), fmt::arg("columns", columns),
                       fmt::arg("charges", kCharges), fmt::arg("where", where_wanted_));
  }

  // What the charges that are not done with have in common: together, and those of each rule.
  std::string where_wanted() const {
    constexpr std::size_t kRulesMax = 20;
    ClassSets all(sources_.size());
    std::string any;
    bool is_any_open = wanted_classes_.size() > kRulesMax;
    for (const auto& [rule, wanted] : wanted_classes_) {
      for (std::size_t i = 0; i < all.size(); ++i) all[i].insert(wanted[i].begin(), wanted[i].end());
      const std::string in_common = in_common_to(wanted);
      is_any_open = is_any_open || in_common.empty();
      any += fmt::format("{}({})", any.empty() ? "" : " OR ", in_common);
    }
    const std::string in_common = in_common_to(all);
    if (is_any_open || wanted_classes_.size() == 1) return in_common;
    return in_common.empty() ? any : fmt::format("{} AND ({})", in_common, any);
  }

  // Conditions that charges with these classes meet, as far as a few values tell them.
  std::string in_common_to(const ClassSets& classes) const {
    constexpr std::size_t kFew = 200;
    std::string conditions;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const SourceTable& source = sources_[i];
      if (!is_text(i) || classes[i].contains(0) || classes[i].contains(source.null_class) ||
          classes[i].contains(kUnknownClass))
        continue;
      std::vector<std::string> values;
      for (const auto& [value, number] : source.values) {
        if (classes[i].contains(number) && values.size() <= kFew) values.push_back(sql_literal(value));
      }
      if (values.size() > kFew) continue;
      conditions +=
          fmt::format("{}c.{} IN ({})", conditions.empty() ? "" : " AND ", source.column, fmt::join(values, ", "));
    }
    return conditions;
  }

  void find_participations() {
    for (std::size_t number = 1; number < matcher_.rule_names().size(); ++number) {
      const auto rule = static_cast<std::int64_t>(number);
      const auto* parts = std::get_if<ShareInProportion>(&matcher_.target(rule));
      if (parts == nullptr) continue;
      if (parts->metric == ShareMetric::kQuantity) quantity_wanted_ = true;
      for (std::size_t i = 0; i < parts->customers.size(); ++i)
        participations_[parts->customers[i].raw()].push_back({rule, i});
    }
  }

  Result<void> add_group(ChargeGroup group, Classes classes) {
    const Currency currency = group.of.first;
    const auto [found, is_new] = rules_of_groups_.try_emplace(group_key(classes, currency), 0);
    if (is_new) found->second = matched_rule(classes);
    const std::int64_t rule = found->second;
    if (rule == 0) {
      assign_whole(kUnassignedCustomerId, 0, group);
    } else if (const auto* whole = std::get_if<AssignToCustomer>(&matcher_.target(rule)); whole != nullptr) {
      assign_whole(whole->customer.raw(), rule, group);
      return add_weights(whole->customer.raw(), group, classes);
    } else {
      groups_to_share_[{rule, currency}].push_back(std::move(group));
    }
    return ok();
  }

  std::int64_t matched_rule(Classes classes) const {
    const bool is_known = std::ranges::find(classes, kUnknownClass) == classes.end();
    return is_known ? matcher_.match(classes) : matcher_.match_known(classes).rule;
  }

  void assign_whole(const std::string& customer, std::int64_t rule, const ChargeGroup& group) {
    ledger_.add_direct(group.of, customer, rule, group.sums);
    if (folder_ != nullptr && customer != kUnassignedCustomerId) return;
    SplitPart& part = part_of(customer, group.of.first, rule, group.tenant_id, group.tenant_name);
    part.rows += group.sums.rows;
    add_costs(part.costs, group.sums.costs);
    part.knows_effective = part.knows_effective && group.knows_effective;
  }

  SplitPart& part_of(const std::string& customer, Currency currency, std::int64_t rule, const std::string& tenant_id,
                     const std::string& tenant_name) {
    SplitPart& part = parts_
                          .try_emplace({customer, currency, rule, tenant_id},
                                       SplitPart{CustomerId(customer), currency, rule, tenant_id, "", 0, {}})
                          .first->second;
    part.tenant_name = std::max(part.tenant_name, tenant_name);
    return part;
  }

  Result<void> add_weights(const std::string& customer, const ChargeGroup& group, Classes classes) {
    const auto found = participations_.find(customer);
    if (found == participations_.end()) return ok();
    for (const Participation& part : found->second) {
      if (matcher_.is_in_proportion(part.rule, classes) != true) continue;
      const auto& target = std::get<ShareInProportion>(matcher_.target(part.rule));
      auto& weights = weights_[{part.rule, group.of.first}];
      weights.resize(target.customers.size());
      Decimal& weight = weights[part.position];
      switch (target.metric) {
        case ShareMetric::kBilledCost: weight += group.sums.costs[0]; break;
        case ShareMetric::kEffectiveCost: weight += group.sums.costs[1]; break;
        case ShareMetric::kQuantity:
          if (!weight.can_add(group.quantity)) return quantity_too_large(part.rule, customer);
          weight += group.quantity;
          break;
      }
    }
    return ok();
  }

  // Costs are kept small enough to be added when they are taken in; quantities are of any unit.
  Error quantity_too_large(std::int64_t rule, const std::string& customer) const {
    return {ErrorId::kChargesCannotBeSplit, "charges cannot be split",
            fmt::format("rule `{}`", matcher_.rule_names()[static_cast<std::size_t>(rule)]),
            fmt::format("the quantities of {} add up to 10^20 or more, too much to share in proportion to", customer),
            "name fewer charges under `of`, or share in proportion to a cost"};
  }

  // ---- Shares

  void plan_shares() {
    for (const auto& [key, groups] : groups_to_share_) {
      SharePlan plan = plan_of(key);
      if (plan.customers.empty()) {
        leave_unassigned(key, groups);
        continue;
      }
      for (const ChargeGroup& group : groups) ledger_.add_shared_charges(group.of, group.sums);
      parts_max_ = std::max(parts_max_, plan.customers.size());
      plan_numbers_[key] = plans_.size();
      plans_.push_back(std::move(plan));
    }
  }

  SharePlan plan_of(const RuleAndCurrency& key) {
    const RuleTarget& target = matcher_.target(key.first);
    const std::vector<CustomerId> customers = target_customers(target);
    std::vector<Decimal> weights =
        std::holds_alternative<ShareByWeight>(target) ? std::get<ShareByWeight>(target).weights : weights_[key];
    weights.resize(customers.size());
    SharePlan plan{key.first, {}, {}};
    for (std::size_t i = 0; i < customers.size(); ++i) {
      if (weights[i] <= Decimal()) continue;
      plan.customers.push_back(customers[i].raw());
      plan.weights.push_back(weights[i]);
    }
    return plan;
  }

  void leave_unassigned(const RuleAndCurrency& key, const std::vector<ChargeGroup>& groups) {
    RowSums all;
    for (const ChargeGroup& group : groups) {
      assign_whole(kUnassignedCustomerId, key.first, group);
      all += group.sums;
    }
    result_.notes.push_back(
        fmt::format("rule `{}`: charges with a billed cost of {} {} (rows: {}) stay unassigned, because none of its "
                    "customers has a direct cost or quantity above zero to take the proportion from; use fixed shares, "
                    "or another set under `of`",
                    matcher_.rule_names()[static_cast<std::size_t>(key.first)], all.costs[0].to_string(),
                    key.second.code(), all.rows));
  }

  // What matching found, by currency and classes: to whom a charge goes as a whole, or which shares it is split into.
  Result<void> fill_outcome_tables() {
    std::string class_columns;
    for (std::size_t i = 0; i < matcher_.source_count(); ++i) class_columns += fmt::format(", class_{} BIGINT", i);
    APPORTION_TRY(engine_.make_table("split_direct",
                                     "Currency VARCHAR, CustomerId VARCHAR, x_RuleNumber BIGINT" + class_columns));
    APPORTION_TRY(engine_.make_table("split_shared", "Currency VARCHAR, outcome BIGINT" + class_columns));
    APPORTION_ASSIGN(TableAppender direct, engine_.append_to("split_direct"));
    APPORTION_ASSIGN(TableAppender shared, engine_.append_to("split_shared"));
    for (const auto& [key, rule] : rules_of_groups_) {
      const Currency currency = currency_of_key(key);
      const auto plan = plan_numbers_.find({rule, currency});
      TableAppender& rows = plan == plan_numbers_.end() ? direct : shared;
      rows.text(currency.code());
      if (plan == plan_numbers_.end()) {
        const auto* whole = rule == 0 ? nullptr : std::get_if<AssignToCustomer>(&matcher_.target(rule));
        rows.text(whole == nullptr ? kUnassignedCustomerId : std::string_view(whole->customer.raw())).integer(rule);
      } else {
        rows.integer(static_cast<std::int64_t>(plan->second));
      }
      for (std::size_t i = 0; i < matcher_.source_count(); ++i) {
        const std::uint32_t number = class_of_key(key, i);
        if (plan != plan_numbers_.end()) shared_classes_[i].insert(number);
        rows.integer(number);
      }
      rows.end_row();
    }
    APPORTION_TRY(direct.finish());
    return shared.finish();
  }

  // What all shared charges have in common, so that others are left out before they are joined: columns of which they
  // have a few values only.
  std::string where_shared() const {
    constexpr std::size_t kFew = 100;
    std::string where;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const SourceTable& source = sources_[i];
      const std::set<std::uint32_t>& classes = shared_classes_[i];
      const bool is_told_by_values = !classes.contains(0) && !classes.contains(source.null_class);
      if (!is_told_by_values || classes.size() > kFew) continue;
      where += fmt::format("{} c.{} IN (SELECT value FROM {} WHERE class IN ({}))\n", where.empty() ? "WHERE" : "AND",
                           source.column, source.name, fmt::join(classes, ", "));
    }
    return where;
  }

  Result<void> share_charges() {
    if (!kept_charges_.empty()) APPORTION_TRY(make_share_table("preview_shares"));
    if (ledger_.shared_charges() == 0) return ok();
    const std::string is_kept =
        kept_charges_.empty() ? "FALSE" : fmt::format("c.x_RowId IN (SELECT x_RowId FROM {})", kept_charges_);
    APPORTION_TRY(engine_.make_table_of(
        "split_shared_charges", fmt::format(fmt::runtime(sql::kSharedChargesSql),
                                            fmt::arg("classified", classified(read_charges_, known_, where_shared())),
                                            fmt::arg("same_classes", same_classes()), fmt::arg("is_kept", is_kept))));
    const std::int64_t batch = std::max<std::int64_t>(1, kSharesOfBatch / static_cast<std::int64_t>(parts_max_));
    for (std::int64_t position = 0;; position += batch) {
      APPORTION_ASSIGN(const auto charges, read_shared_charges(position, position + batch));
      if (charges.empty()) return ok();
      std::vector<Share> shares;
      for (const SharedCharge& charge : charges) share(charge, shares);
      APPORTION_TRY(folder_ != nullptr ? write_shares(shares) : keep_shares(shares));
    }
  }

  // The engine cannot take rows while it hands out others, so a batch is read before its shares are written.
  Result<std::vector<SharedCharge>> read_shared_charges(std::int64_t after, std::int64_t to) {
    std::vector<SharedCharge> charges;
    const std::array<EngineValue, 2> bounds{after, to};
    APPORTION_TRY(engine_.query(sql::kSharedChargesBatchSql, bounds, [&](const EngineRow& row) -> Result<void> {
      APPORTION_ASSIGN(const Currency currency, read_currency(row, 2));
      SharedCharge charge{static_cast<std::size_t>(row.integer(0)), row.integer(1), {currency, text_at(row, 3)}, {}};
      for (std::size_t i = 0; i < kShareMetrics; ++i) {
        if (!row.is_null(4 + i)) charge.metrics[i] = row.decimal(4 + i);
      }
      charge.tenant_id = row.text(10);
      charge.tenant_name = row.text(11);
      charge.is_kept = row.integer(12) != 0;
      charges.push_back(std::move(charge));
      return ok();
    }));
    return charges;
  }

  void share(const SharedCharge& charge, std::vector<Share>& shares) {
    const SharePlan& plan = plans_[charge.plan];
    const std::size_t first = shares.size();
    for (std::size_t i = 0; i < plan.customers.size(); ++i) shares.push_back({charge.row_id, charge.plan, i, {}});
    for (std::size_t metric = 0; metric < kShareMetrics; ++metric) {
      if (!charge.metrics[metric]) continue;
      const std::vector<Decimal> parts = allocate(*charge.metrics[metric], plan.weights);
      for (std::size_t i = 0; i < parts.size(); ++i) shares[first + i].metrics[metric] = parts[i];
    }
    for (std::size_t i = 0; i < plan.customers.size(); ++i) {
      CostSums costs;
      for (std::size_t metric = 0; metric < costs.size(); ++metric)
        costs[metric] = shares[first + i].metrics[metric].value_or(Decimal());
      ledger_.add_share(charge.charge_class, plan.customers[i], plan.rule, charge.row_id, costs);
      if (folder_ == nullptr) add_share_part(charge, plan, i, costs);
    }
    if (folder_ == nullptr && !charge.is_kept) shares.resize(first);
  }

  void add_share_part(const SharedCharge& charge, const SharePlan& plan, std::size_t position, const CostSums& costs) {
    SplitPart& part =
        part_of(plan.customers[position], charge.charge_class.first, plan.rule, charge.tenant_id, charge.tenant_name);
    ++part.rows;
    add_costs(part.costs, costs);
    part.knows_effective = part.knows_effective && charge.metrics[1].has_value();
  }

  // ---- Files

  Result<void> write_direct_rows() {
    if (folder_ == nullptr || ledger_.direct_charges() == 0) return ok();
    const std::filesystem::path path = *folder_ / lake_file_name(LakeContent::kDirectAssignments);
    result_.direct_files.push_back({path, 0});
    const std::string rows = fmt::format(fmt::runtime(sql::kDirectRowsSql), fmt::arg("classified", direct_charges()),
                                         fmt::arg("same_classes", same_classes()));
    // Steps between ordered ids and numbers of few customers are small as they are: compression would save little, and
    // cost each reader time.
    APPORTION_ASSIGN(result_.direct_files.back().rows, engine_.write_parquet(rows, {}, path, ParquetPacking::kQuick));
    return ok();
  }

  // Charges with the classes that their outcomes are known by: those of the first look, or all.
  std::string direct_charges() const {
    const bool all_at_once = !first_ || reads_all_ || known_ == known_at_first_;
    if (all_at_once) return classified(kCharges, known_);
    return classified(read_charges_, known_) + " UNION ALL " + classified(kCharges, known_at_first_);
  }

  Result<void> write_shares(const std::vector<Share>& shares) {
    APPORTION_TRY(make_share_table("split_shares"));
    APPORTION_TRY(append_shares("split_shares", shares));
    const std::filesystem::path path = *folder_ / lake_file_name(LakeContent::kShares, std::ssize(result_.share_files));
    result_.share_files.push_back({path, 0});
    APPORTION_ASSIGN(result_.share_files.back().rows, engine_.write_parquet(sql::kShareRowsSql, {}, path));
    return ok();
  }

  // ---- What is wanted after a preview

  Result<void> keep_direct_rows() {
    if (kept_charges_.empty()) return ok();
    return engine_.make_table_of(
        "preview_direct", fmt::format(fmt::runtime(sql::kKeptDirectRowsSql), fmt::arg("classified", direct_charges()),
                                      fmt::arg("same_classes", same_classes()), fmt::arg("charges", kept_charges_)));
  }

  Result<void> keep_shares(const std::vector<Share>& shares) {
    return shares.empty() ? ok() : append_shares("preview_shares", shares);
  }

  Result<void> make_share_table(std::string_view table) { return engine_.make_table(table, kShareAssignmentColumns); }

  Result<void> append_shares(std::string_view table, const std::vector<Share>& shares) {
    APPORTION_ASSIGN(TableAppender rows, engine_.append_to(table));
    for (const Share& share : shares) {
      const SharePlan& plan = plans_[share.plan];
      rows.integer(share.row_id).text(plan.customers[share.position]).integer(plan.rule);
      for (const auto& metric : share.metrics) {
        if (metric) {
          rows.decimal(*metric);
        } else {
          rows.null();
        }
      }
      rows.end_row();
    }
    return rows.finish();
  }

  // ---- Proof

  Result<void> check() {
    if (cells_ == nullptr || !reads_all_) {
      APPORTION_ASSIGN(const auto charges, sums_of(kCharges));
      APPORTION_TRY(ledger_.check_against_charges(charges, cells_ == nullptr));
    }
    if (cells_ != nullptr) {  // they were proved, and decided which charges were read
      APPORTION_ASSIGN(const auto cells, sums_of(cells_->relation));
      APPORTION_TRY(ledger_.check_against_charges(cells, false));
    }
    if (folder_ == nullptr) return ok();
    APPORTION_ASSIGN(const auto direct,
                     read_written(result_.direct_files, kDirectAssignmentColumns, sql::kWrittenDirectRowsSql, false));
    APPORTION_TRY(ledger_.check_direct_rows(direct));
    APPORTION_ASSIGN(const auto shares,
                     read_written(result_.share_files, kShareAssignmentColumns, sql::kWrittenSharesSql, true));
    return ledger_.check_shares(shares);
  }

  Result<std::map<ChargeClass, RowSums>> sums_of(std::string_view relation) {
    std::map<ChargeClass, RowSums> sums;
    const std::string statement = fmt::format(fmt::runtime(sql::kChargeSumsSql), fmt::arg("charges", relation));
    APPORTION_TRY(engine_.query(statement, {}, [&](const EngineRow& row) -> Result<void> {
      APPORTION_ASSIGN(const Currency currency, read_currency(row, 0));
      const ChargeClass of{currency, text_at(row, 1)};
      sums[of] += {row.integer(2), 0, read_costs(row, 3)};
      return ok();
    }));
    return sums;
  }

  Result<std::map<std::pair<std::string, std::int64_t>, RowSums>> read_written(const std::vector<SplitFile>& files,
                                                                               std::string_view columns,
                                                                               std::string_view query,
                                                                               bool with_costs) {
    std::vector<std::filesystem::path> paths;
    paths.reserve(files.size());
    for (const SplitFile& file : files) paths.push_back(file.path);
    APPORTION_TRY(engine_.view_over_parquet("split_written", paths, columns));
    std::map<std::pair<std::string, std::int64_t>, RowSums> written;
    APPORTION_TRY(engine_.query(query, {}, [&](const EngineRow& row) {
      const RowSums sums{row.integer(2), row.integer(3), with_costs ? read_costs(row, 4) : CostSums{}};
      written[{std::string(row.text(0)), row.integer(1)}] += sums;
      return ok();
    }));
    return written;
  }

  // ---- What is told of the split

  void tell_parts() {
    std::map<std::pair<std::string, Currency>, UnassignedTenant> tenants;
    for (auto& [key, part] : parts_) {
      if (part.customer.raw() == kUnassignedCustomerId) add_unassigned(part, tenants);
      if (folder_ == nullptr) result_.parts.push_back(std::move(part));
    }
    for (auto& [key, tenant] : tenants) result_.unassigned_tenants.push_back(std::move(tenant));
  }

  static void add_unassigned(const SplitPart& part,
                             std::map<std::pair<std::string, Currency>, UnassignedTenant>& tenants) {
    UnassignedTenant& tenant =
        tenants.try_emplace({part.tenant_id, part.currency}, UnassignedTenant{part.tenant_id, "", part.currency, 0, {}})
            .first->second;
    tenant.tenant_name = std::max(tenant.tenant_name, part.tenant_name);
    tenant.rows += part.rows;
    add_costs(tenant.costs, part.costs);
  }

  // ---- Cleaning up. What fails here is found by the next run, which replaces the tables.

  void drop_all_tables() {
    for (const std::string_view view : {std::string_view("split_written"), kWanted})
      static_cast<void>(engine_.drop_view(view));
    static_cast<void>(engine_.drop_table(kWanted));
    for (const char* const table : {"split_direct", "split_shared", "split_shared_charges", "split_shares"})
      static_cast<void>(engine_.drop_table(table));
    for (std::size_t i = 0; i < matcher_.source_count(); ++i) static_cast<void>(engine_.drop_table(value_table(i)));
  }

  void remove_written_files() {
    std::error_code ignored;
    for (const auto& files : {result_.direct_files, result_.share_files}) {
      for (const SplitFile& file : files) std::filesystem::remove(file.path, ignored);
    }
  }

  Workbench& engine_;
  RuleMatcher matcher_;
  const std::filesystem::path* folder_;  // null: preview
  std::string_view kept_charges_;        // of a preview
  const ChargeCells* cells_;             // of a preview, or null
  std::optional<ChargeCells> first_;     // what the first look is at
  std::vector<SourceTable> sources_;
  std::vector<bool> known_;                           // by source: which are classified
  std::vector<bool> known_at_first_;                  // by source
  std::unordered_set<std::string> wanted_groups_;     // that are not done with
  std::map<std::int64_t, ClassSets> wanted_classes_;  // of those, by the rule that may decide
  std::string where_wanted_;                          // what the charges of those have in common
  bool reads_all_ = false;                            // with a first look: they have nothing in common
  std::string_view read_charges_ = kCharges;          // the relation of the charges that are read
  bool quantity_wanted_ = false;
  std::unordered_map<std::string, std::int64_t> rules_of_groups_;
  std::unordered_map<std::string, std::vector<Participation>> participations_;
  std::map<RuleAndCurrency, std::vector<Decimal>> weights_;
  std::map<RuleAndCurrency, std::vector<ChargeGroup>> groups_to_share_;
  std::map<RuleAndCurrency, std::size_t> plan_numbers_;
  std::vector<SharePlan> plans_;
  ClassSets shared_classes_;  // of the charges that are shared
  std::size_t parts_max_ = 1;
  // By customer, currency, rule and tenant; without a preview, only those of `unassigned`.
  std::map<std::tuple<std::string, Currency, std::int64_t, std::string>, SplitPart> parts_;
  SplitLedger ledger_;
  SplitResult result_;
};

}  // namespace

Result<SplitResult> split_charges(Workbench& engine, const SplitRequest& request) {
  APPORTION_ASSIGN(RuleMatcher matcher, RuleMatcher::compile(request.rules, request.customers));
  return Splitting(engine, std::move(matcher), &request.folder).run();
}

Result<SplitResult> preview_split(Workbench& engine, const SplitRequest& request) {
  APPORTION_ASSIGN(RuleMatcher matcher, RuleMatcher::compile(request.rules, request.customers));
  return Splitting(engine, std::move(matcher), nullptr, request.kept_charges).run();
}

Result<SplitResult> preview_split(Workbench& engine, const SplitRequest& request, std::span<const ChargeCells> cubes) {
  APPORTION_ASSIGN(RuleMatcher matcher, RuleMatcher::compile(request.rules, request.customers));
  return Splitting(engine, std::move(matcher), nullptr, request.kept_charges, cubes).run();
}

}  // namespace apportion
