#include "pipeline/split/splitter.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/money/allocate.h"
#include "lake/column_lists.h"
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
#include "pipeline/split/written_direct_rows.sql.h"
#include "pipeline/split/written_shares.sql.h"

namespace apportion {

namespace {

constexpr std::size_t kShareMetrics = 6;  // four costs, two quantities
constexpr std::int64_t kSharesOfBatch = 500'000;
constexpr std::string_view kCharges = "charges";

using Metrics = std::array<std::optional<Decimal>, kShareMetrics>;
using RuleAndCurrency = std::pair<std::int64_t, Currency>;

// A column of the charges that rules look at: the engine's table of its values, and their classes.
struct SourceTable {
  std::string name;
  std::string column;  // quoted
  bool has_values = false;
  std::uint32_t null_class = 0;
};

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

// One split. Phases: classify the values of every column that rules look at; group the charges by these classes and
// match each group once; fix the weights of shares in proportion; write whole charges and shares; compare with the
// charges, and with what was written. Invariant: the ledger holds every charge exactly once.
class Splitting {
 public:
  Splitting(Workbench& engine, RuleMatcher matcher, const std::filesystem::path* folder,
            std::string_view kept_charges = {}, std::optional<ChargeCells> cells = {})
      : engine_(engine),
        matcher_(std::move(matcher)),
        folder_(folder),
        kept_charges_(kept_charges),
        cells_(std::move(cells)) {}

  Result<SplitResult> run() {
    const Undo drop_tables([this] { drop_all_tables(); });
    Undo remove_files([this] { remove_written_files(); });
    APPORTION_TRY(classify_values());
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
  // ---- Classes

  Result<void> classify_values() {
    for (std::size_t source = 0; source < matcher_.source_count(); ++source) {
      APPORTION_ASSIGN(SourceTable table, classify_source(source));
      const std::string when_found = table.has_values ? fmt::format("coalesce({}.class, 0)", table.name) : "0";
      class_columns_ += fmt::format(",\n       CASE WHEN c.{} IS NULL THEN {} ELSE {} END AS class_{}", table.column,
                                    table.null_class, when_found, source);
      if (table.has_values) joins_ += fmt::format("LEFT JOIN {0} ON {0}.value = c.{1}\n", table.name, table.column);
      classes_ += fmt::format(", class_{}", source);
      same_classes_ += fmt::format(" AND o.class_{0} = c.class_{0}", source);
      sources_.push_back(std::move(table));
    }
    shared_classes_.resize(sources_.size());
    return engine_.make_view("split_classified", classified(kCharges));
  }

  // `wanted`: a WHERE with the rows that are wanted, or nothing.
  std::string classified(std::string_view charges, std::string_view wanted = {}) const {
    return fmt::format(fmt::runtime(sql::kClassifiedChargesSql), fmt::arg("class_columns", class_columns_),
                       fmt::arg("charges", charges), fmt::arg("joins", joins_), fmt::arg("wanted", wanted));
  }

  Result<SourceTable> classify_source(std::size_t source) {
    const ChargeColumn& column = matcher_.source_column(source);
    SourceTable table{value_table(source), sql_identifier(column.name)};
    table.null_class = matcher_.classify(source, std::nullopt);
    std::vector<std::pair<std::string, std::uint32_t>> classified;
    const std::string_view charges = cells_ && cells_->has(column.name) ? cells_->relation : kCharges;
    const std::string distinct = fmt::format(fmt::runtime(sql::kDistinctValuesSql), fmt::arg("charges", charges),
                                             fmt::arg("column", table.column));
    APPORTION_TRY(engine_.query(distinct, {}, [&](const EngineRow& row) {
      std::string value = value_text(row, column.type);
      const std::uint32_t number = matcher_.classify(source, value);
      if (number != 0) classified.emplace_back(std::move(value), number);
      return ok();
    }));
    table.has_values = !classified.empty();
    if (!table.has_values) return table;
    APPORTION_TRY(engine_.make_table(table.name, fmt::format("value {}, class BIGINT", sql_type(column.type))));
    APPORTION_ASSIGN(TableAppender rows, engine_.append_to(table.name));
    for (const auto& [value, number] : classified) {
      append_value(rows, value, column.type);
      rows.integer(number).end_row();
    }
    APPORTION_TRY(rows.finish());
    return table;
  }

  // ---- Matching

  Result<void> match_charges() {
    find_participations();
    const std::string groups =
        fmt::format(fmt::runtime(sql::kChargeGroupsSql), fmt::arg("classes", classes_),
                    fmt::arg("classified", classified(cells_decide() ? std::string_view(cells_->relation) : kCharges)),
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
      return add_group(std::move(group), classes);
    });
  }

  // Whether the cells have all that rules look at.
  bool cells_decide() const {
    if (!cells_ || quantity_wanted_) return false;
    for (std::size_t source = 0; source < matcher_.source_count(); ++source) {
      if (!cells_->has(matcher_.source_column(source).name)) return false;
    }
    return true;
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

  Result<void> add_group(ChargeGroup group, std::span<const std::uint32_t> classes) {
    const Currency currency = group.of.first;
    const auto [found, is_new] = rules_of_groups_.try_emplace(group_key(classes, currency), 0);
    if (is_new) found->second = matcher_.match(classes);
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

  Result<void> add_weights(const std::string& customer, const ChargeGroup& group,
                           std::span<const std::uint32_t> classes) {
    const auto found = participations_.find(customer);
    if (found == participations_.end()) return ok();
    for (const Participation& part : found->second) {
      if (!matcher_.is_in_proportion(part.rule, classes)) continue;
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
        "split_shared_charges",
        fmt::format(fmt::runtime(sql::kSharedChargesSql), fmt::arg("classified", classified(kCharges, where_shared())),
                    fmt::arg("same_classes", same_classes_), fmt::arg("is_kept", is_kept))));
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
    const std::string rows = fmt::format(fmt::runtime(sql::kDirectRowsSql), fmt::arg("same_classes", same_classes_));
    // Steps between ordered ids and numbers of few customers are small as they are: compression would save little, and
    // cost each reader time.
    APPORTION_ASSIGN(result_.direct_files.back().rows, engine_.write_parquet(rows, {}, path, ParquetPacking::kQuick));
    return ok();
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
        "preview_direct", fmt::format(fmt::runtime(sql::kKeptDirectRowsSql), fmt::arg("same_classes", same_classes_),
                                      fmt::arg("charges", kept_charges_)));
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
    // Parts that come from charges are compared with the cells, which were proved, and those of cells with the charges.
    const bool by_cells = cells_ && !cells_decide();
    const std::string sums = fmt::format(fmt::runtime(sql::kChargeSumsSql),
                                         fmt::arg("charges", by_cells ? std::string_view(cells_->relation) : kCharges));
    std::map<ChargeClass, RowSums> charges;
    APPORTION_TRY(engine_.query(sums, {}, [&](const EngineRow& row) -> Result<void> {
      APPORTION_ASSIGN(const Currency currency, read_currency(row, 0));
      const ChargeClass of{currency, text_at(row, 1)};
      charges[of] += {row.integer(2), 0, read_costs(row, 3)};
      return ok();
    }));
    APPORTION_TRY(ledger_.check_against_charges(charges, !cells_));
    if (folder_ == nullptr) return ok();
    APPORTION_ASSIGN(const auto direct,
                     read_written(result_.direct_files, kDirectAssignmentColumns, sql::kWrittenDirectRowsSql, false));
    APPORTION_TRY(ledger_.check_direct_rows(direct));
    APPORTION_ASSIGN(const auto shares,
                     read_written(result_.share_files, kShareAssignmentColumns, sql::kWrittenSharesSql, true));
    return ledger_.check_shares(shares);
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
    for (const char* const view : {"split_classified", "split_written"}) static_cast<void>(engine_.drop_view(view));
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
  std::optional<ChargeCells> cells_;     // of a preview
  std::vector<SourceTable> sources_;
  std::string class_columns_;
  std::string joins_;
  std::string classes_;       // ", class_0, class_1"
  std::string same_classes_;  // " AND o.class_0 = c.class_0 …"
  bool quantity_wanted_ = false;
  std::unordered_map<std::string, std::int64_t> rules_of_groups_;
  std::unordered_map<std::string, std::vector<Participation>> participations_;
  std::map<RuleAndCurrency, std::vector<Decimal>> weights_;
  std::map<RuleAndCurrency, std::vector<ChargeGroup>> groups_to_share_;
  std::map<RuleAndCurrency, std::size_t> plan_numbers_;
  std::vector<SharePlan> plans_;
  std::vector<std::set<std::uint32_t>> shared_classes_;  // by source, of the charges that are shared
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

Result<SplitResult> preview_split(Workbench& engine, const SplitRequest& request, ChargeCells cells) {
  APPORTION_ASSIGN(RuleMatcher matcher, RuleMatcher::compile(request.rules, request.customers));
  return Splitting(engine, std::move(matcher), nullptr, request.kept_charges, std::move(cells)).run();
}

}  // namespace apportion
