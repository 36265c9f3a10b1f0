#include "query/commitment_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/amount_text.h"
#include "foundation/money/money.h"
#include "foundation/money/ratio.h"
#include "query/commitment_carried.sql.h"
#include "query/commitment_meter_use.sql.h"
#include "query/commitment_recommendations.sql.h"

namespace apportion {
namespace {

using enum CommitmentField;

// Which fields the inventory shows, and as what.
struct ShownField {
  CommitmentField field;
  TableKind kind;
};
constexpr auto kShownFields = std::to_array<ShownField>({
    {kName, TableKind::kText},
    {kKind, TableKind::kText},
    {kOrderId, TableKind::kText},
    {kSku, TableKind::kText},
    {kQuantity, TableKind::kDecimal},
    {kRegion, TableKind::kText},
    {kTermMonths, TableKind::kDecimal},
    {kScope, TableKind::kText},
    {kBillingPlan, TableKind::kText},
    {kBuyer, TableKind::kText},
    {kPurchaseDay, TableKind::kDay},
    {kStartDay, TableKind::kDay},
    {kExpiryDay, TableKind::kDay},
    {kRenewal, TableKind::kText},
    {kHourlyCommitment, TableKind::kDecimal},
    {kHourlyCurrency, TableKind::kText},
    {kPrice, TableKind::kDecimal},
    {kPriceCurrency, TableKind::kText},
    {kState, TableKind::kText},
    {kExchangedFor, TableKind::kText},
});

TableCell cell_of(const Commitment& commitment, const ShownField& shown) {
  const std::string_view text = commitment.value(shown.field);
  if (text.empty()) return {};
  if (shown.kind == TableKind::kDay) {
    if (const auto day = commitment.day(shown.field)) return *day;
  }
  if (shown.kind == TableKind::kDecimal) {
    if (const auto number = commitment.decimal(shown.field)) return *number;
    return {};
  }
  return std::string(text);
}

// The key columns of a grain, and the cells of a key.
class KeyColumns {
 public:
  KeyColumns(const UseGrain& grain, bool with_commitment) : grain_(grain), with_commitment_(with_commitment) {}

  std::vector<TableColumn> columns() const {
    std::vector<TableColumn> columns;
    if (grain_.month) columns.push_back({"Month"});
    if (grain_.day) columns.push_back({"Day", TableKind::kDay});
    if (with_commitment_) {
      columns.push_back({"CommitmentId"});
      columns.push_back({"CommitmentName"});
      columns.push_back({"Kind"});
    }
    if (grain_.customer) columns.push_back({"CustomerId"});
    if (grain_.subscription) columns.push_back({"SubscriptionId"});
    columns.push_back({"BillingCurrency"});
    return columns;
  }

  std::vector<TableCell> cells(const UseKey& key, const std::string& name, const std::string& kind) const {
    std::vector<TableCell> cells;
    if (grain_.month) cells.emplace_back(key.month);
    if (grain_.day) cells.push_back(optional_cell(key.day));
    if (with_commitment_) {
      cells.emplace_back(key.commitment);
      cells.push_back(text_cell(name));
      cells.push_back(text_cell(kind));
    }
    if (grain_.customer) cells.emplace_back(key.customer);
    if (grain_.subscription) cells.push_back(text_cell(key.subscription));
    cells.emplace_back(key.currency);
    return cells;
  }

 private:
  UseGrain grain_;
  bool with_commitment_;
};

void add_columns(Table& table, std::initializer_list<TableColumn> columns) {
  table.columns.insert(table.columns.end(), columns);
}

void add_cells(std::vector<TableCell>& row, std::initializer_list<TableCell> cells) { row.insert(row.end(), cells); }

// By commitment and month (or all): days on which nothing was used, though something was paid for.
std::map<std::pair<std::string, std::string>, std::int64_t> idle_days(const std::map<UseKey, UseSums>& use) {
  std::map<std::tuple<std::string, std::string, Day>, UseSums> days;
  for (const auto& [key, sums] : use) {
    if (key.day) days[{key.commitment, key.month, *key.day}] += sums;
  }
  std::map<std::pair<std::string, std::string>, std::int64_t> idle;
  for (const auto& [key, sums] : days) {
    const bool is_idle = sums.used_cost.is_zero() && sums.used_quantity.is_zero() && !sums.unused_cost.is_zero();
    idle[{std::get<0>(key), std::get<1>(key)}] += is_idle ? 1 : 0;
  }
  return idle;
}

// What a customer used of the whole: by quantity, and by cost of a plan, whose hours are of machines of any kind. Costs
// are measured as those of the whole are.
std::optional<Decimal> share_of(const OwnUse& own, const WholeUse& whole, bool is_plan) {
  if (!whole.has_cost()) return std::nullopt;
  if (!is_plan) return percent_of(own.quantity, whole.used_quantity + whole.unused_quantity);
  if (whole.has_pricing()) return percent_of(own.pricing, whole.used_pricing + whole.unused_pricing);
  if (whole.by_currency.size() != 1) return std::nullopt;
  return percent_of(own.cost, whole.by_currency.begin()->second.total_cost());
}

// What follows from costs that are not known is not known.
template <class Value>
TableCell known_cell(bool is_known, Value value) {
  return is_known ? TableCell(value) : TableCell();
}

std::string saving_note(const UseSums& sums) {
  if (!sums.has_cost()) return "there is no amortized run, so its cost is unknown";
  if (sums.used_rows == 0) return "nothing was used";
  if (!sums.has_list()) return "the list cost is unknown";
  std::string note;
  if (sums.rows_without_list > 0)
    note = fmt::format("the list cost of {} of {} rows is unknown", sums.rows_without_list, sums.used_rows);
  const auto add = [&note](std::string_view text) { note += (note.empty() ? "" : "; ") + std::string(text); };
  if (sums.saving()->is_negative()) {
    add("it costs more than pay-as-you-go: the list price is below the price of the commitment");
  } else if (sums.net_saving()->is_negative()) {
    add("what was not used costs more than what was saved");
  }
  return note;
}

std::int64_t days_between(Day first, Day last) { return last.days_since_epoch() - first.days_since_epoch(); }

}  // namespace

Result<CommitmentView> CommitmentView::open(LakeReader& reader, const ReadScope& scope, Day today,
                                            std::span<const CommitmentFact> facts) {
  CommitmentView view(reader, today);
  const ControlPlane& control_plane = reader.control_plane();
  APPORTION_TRY(require_partner(scope, "the commitments of all customers"));
  ReadScope all = scope;
  all.month.reset();
  APPORTION_ASSIGN(const auto months, published_months(control_plane, all));
  std::vector<CoveredMonth> covered;
  std::vector<PublishedMonth> in_scope;
  for (const PublishedMonth& month : months) {
    if (!month.charge_set) continue;
    covered.push_back({month.connection.name, month.month.month});
    if (!scope.has_month(month.month.month)) continue;
    in_scope.push_back(month);
    view.newest_month_ = std::max(view.newest_month_.value_or(month.month.month), month.month.month);
  }
  APPORTION_ASSIGN(const Snapshot everything, Snapshot::of(control_plane, all, months));
  for (const PublishedMonth& month : months) {
    if (everything.knows_effective_cost(month)) continue;
    view.gaps_.emplace(month.connection.name, month.month.month);
  }
  APPORTION_TRY(view.read_carried(reader, all, months));
  APPORTION_TRY(reader.open_relations(everything));
  APPORTION_TRY(reader.open_commitment_relations(all));
  APPORTION_TRY(open_commitment_views(reader.scratch()));
  APPORTION_ASSIGN(view.data_, read_commitment_data(reader.engine(), covered, facts, today));
  if (!scope.month) return view;
  view.month_ = scope.month->to_string();
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane, scope, std::move(in_scope)));
  APPORTION_TRY(reader.open_relations(snapshot));
  APPORTION_TRY(open_commitment_views(reader.scratch()));
  return view;
}

Result<void> CommitmentView::read_carried(LakeReader& reader, const ReadScope& scope,
                                          std::vector<PublishedMonth> months) {
  APPORTION_TRY(add_carried(reader.control_plane(), months));
  for (PublishedMonth& month : months) {
    month.charge_set.reset();
    month.split.reset();
  }
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(reader.control_plane(), scope, std::move(months)));
  APPORTION_TRY(reader.open_relations(snapshot));
  return engine_->query(sql::kCommitmentCarriedSql, {}, [this](const EngineRow& row) {
    const std::string effective = row.is_null(6) ? "unknown" : row.decimal(6).to_string();
    std::string month(row.text(1));
    std::string text = fmt::format(
        "{} {} counts {} carried from {}, which this report leaves out: billed cost {} {}, effective cost {}; see "
        "them: {}",
        row.text(0), month, count_of(row.integer(4), "row of commitments", "rows of commitments"), row.text(2),
        row.decimal(5).to_string(), row.text(3), effective,
        step(Step::kShowCosts, {{"columns", "x_CarriedFrom,CommitmentDiscountId,BillingCurrency"}, {"month", month}}));
    carried_.emplace_back(std::move(month), std::move(text));
    return ok();
  });
}

std::string CommitmentView::name_of(const std::string& key) const {
  const Commitment* commitment = data_.find(key);
  return commitment == nullptr ? std::string() : std::string(commitment->value(kName));
}

std::string CommitmentView::kind_of(const std::string& key) const {
  const Commitment* commitment = data_.find(key);
  return commitment == nullptr ? std::string() : std::string(commitment_kind_name(commitment->kind));
}

// In words, of the months in scope.
std::vector<std::string> CommitmentView::told_left_out() const {
  std::vector<std::string> told;
  for (const auto& [connection, month] : gaps_) {
    if (!month_.empty() && month.to_string() != month_) continue;
    told.push_back(fmt::format("{} {} has no amortized run, so what commitments cost in it is unknown", connection,
                               month.to_string()));
  }
  for (const auto& [month, text] : carried_) {
    if (month_.empty() || month == month_) told.push_back(text);
  }
  return told;
}

Table CommitmentView::inventory() const {
  Table table;
  table.columns = {{"CommitmentId"}};
  for (const ShownField& shown : kShownFields)
    table.columns.push_back({std::string(commitment_field_name(shown.field)), shown.kind});
  add_columns(table, {{"FormerNames"}, {"Conflicts", TableKind::kInteger}});
  for (const Commitment& commitment : data_.commitments) {
    std::vector<TableCell>& row = table.rows.emplace_back();
    row.emplace_back(commitment.key);
    for (const ShownField& shown : kShownFields) row.push_back(cell_of(commitment, shown));
    row.push_back(text_cell(fmt::format("{}", fmt::join(commitment.former_names, "; "))));
    row.emplace_back(static_cast<std::int64_t>(commitment.conflicts()));
    if (commitment.conflicts() > 0) {
      const std::string_view name = commitment.value(kName);
      table.notices.push_back(fmt::format("{}{}{}: its sources disagree; see where: {}", name, name.empty() ? "" : " ",
                                          commitment.key,
                                          step(Step::kShowCommitment, {{"commitment", commitment.key}})));
    }
  }
  return table;
}

Result<Table> CommitmentView::utilisation(const UseRequest& request) {
  const UseGrain& grain = request.grain;
  const bool is_whole = !grain.customer && !grain.subscription && request.customer.empty();
  // Hours of different commitments do not add up to one percentage, and there are details of each alone.
  const bool has_hours = is_whole && grain.commitment;
  UseGrain by_day = grain;
  by_day.commitment = true;
  by_day.day = true;
  APPORTION_ASSIGN(const auto days, read_use(*engine_, data_.keys, {by_day, request.customer}));
  const auto use = grouped(days, grain);
  const auto idle = idle_days(days);
  APPORTION_ASSIGN(auto wholes, read_whole_use(*engine_, data_.keys, grain));
  std::map<UseKey, OwnUse> own_use;
  if (!is_whole) {
    APPORTION_ASSIGN(own_use, read_own_use(*engine_, data_.keys, {grain, request.customer}));
  }
  std::map<UseKey, DetailHours> hours;
  if (has_hours) {
    APPORTION_ASSIGN(const auto by_commitment, read_detail_hours(*engine_, data_.keys, month_));
    for (const auto& [key, of_day] : by_commitment) {
      UseKey group{key.first,
                   "",
                   "",
                   grain.month ? Month::of(key.second).to_string() : "",
                   grain.day ? std::optional(key.second) : std::nullopt,
                   ""};
      hours[group].used += of_day.used;
      hours[group].reserved += of_day.reserved;
    }
  }

  Table table;
  const KeyColumns keys(grain, grain.commitment);
  table.columns = keys.columns();
  add_columns(table, {{"UsedCost", TableKind::kMoney},
                      {"UnusedCost", TableKind::kMoney},
                      {"TotalCost", TableKind::kMoney},
                      {"UtilisationPercent", TableKind::kPercent},
                      {"UsedQuantity", TableKind::kDecimal},
                      {"UnusedQuantity", TableKind::kDecimal},
                      {"QuantityPercent", TableKind::kPercent}});
  if (has_hours) {
    add_columns(table, {{"DetailsUsedHours", TableKind::kDecimal},
                        {"DetailsReservedHours", TableKind::kDecimal},
                        {"DetailsPercent", TableKind::kPercent},
                        {"UsedDifference", TableKind::kDecimal},
                        {"ReservedDifference", TableKind::kDecimal}});
    if (!grain.day) table.columns.push_back({"IdleDays", TableKind::kInteger});
  } else if (!is_whole) {
    table.columns.push_back({"ShareOfCommitmentPercent", TableKind::kPercent});
  }
  for (const auto& [key, sums] : use) {
    const Commitment* commitment = data_.find(key.commitment);
    const CommitmentKind kind = commitment == nullptr ? CommitmentKind::kUnknown : commitment->kind;
    const bool is_plan = kind == CommitmentKind::kSavingsPlan;
    UseKey of_whole = key;
    of_whole.customer.clear();
    of_whole.subscription.clear();
    of_whole.currency.clear();
    const WholeUse& whole = wholes[of_whole];
    auto& row = table.rows.emplace_back(keys.cells(key, name_of(key.commitment), kind_of(key.commitment)));
    const bool is_known = sums.has_cost();
    add_cells(row, {known_cell(is_known, sums.used_cost), known_cell(is_known, sums.unused_cost),
                    known_cell(is_known, sums.total_cost()), optional_cell(whole.utilisation(kind)), sums.used_quantity,
                    known_cell(is_known, sums.unused_quantity),
                    is_plan || !grain.commitment ? TableCell() : optional_cell(whole.quantity_utilisation())});
    if (!is_whole) row.push_back(optional_cell(share_of(own_use[key], whole, is_plan || !grain.commitment)));
    if (!has_hours) continue;
    const auto details = hours.find(of_whole);
    if (details == hours.end()) {
      add_cells(row, {{}, {}, {}, {}, {}});
    } else {
      const DetailHours& of = details->second;
      add_cells(row,
                {of.used, of.reserved, optional_cell(percent_of(of.used, of.reserved)), whole.used_quantity - of.used,
                 known_cell(is_known, whole.used_quantity + whole.unused_quantity - of.reserved)});
    }
    if (!grain.day) {
      const auto found = idle.find({key.commitment, key.month});
      const std::int64_t count = found == idle.end() ? 0 : found->second;
      row.push_back(known_cell(is_known, count));
    }
  }
  table.notices = told_left_out();
  return table;
}

Result<Table> CommitmentView::coverage(const UseRequest& request) {
  APPORTION_ASSIGN(const auto coverage, read_coverage(*engine_, data_.keys, request));
  Table table;
  const KeyColumns keys(request.grain, request.grain.commitment);
  table.columns = keys.columns();
  add_columns(table, {{"CoveredQuantity", TableKind::kDecimal},
                      {"Quantity", TableKind::kDecimal},
                      {"CoveragePercent", TableKind::kPercent},
                      {"CoveredCost", TableKind::kMoney},
                      {"UncoveredCost", TableKind::kMoney}});
  for (const auto& [key, of] : coverage) {
    auto& row = table.rows.emplace_back(keys.cells(key, name_of(key.commitment), kind_of(key.commitment)));
    add_cells(row, {of.covered_quantity, of.quantity, optional_cell(of.percent()), optional_cell(of.covered_cost),
                    optional_cell(of.uncovered_cost)});
  }
  table.notices = told_left_out();
  return table;
}

Result<Table> CommitmentView::savings(const UseRequest& request) {
  APPORTION_ASSIGN(const auto use, read_use(*engine_, data_.keys, request));
  Table table;
  const KeyColumns keys(request.grain, request.grain.commitment);
  table.columns = keys.columns();
  add_columns(table, {{"UsedCost", TableKind::kMoney},
                      {"ListCost", TableKind::kMoney},
                      {"Saving", TableKind::kMoney},
                      {"SavingPercent", TableKind::kPercent},
                      {"UnusedCost", TableKind::kMoney},
                      {"NetSaving", TableKind::kMoney},
                      {"EffectiveSavingsRatePercent", TableKind::kPercent},
                      {"Rows", TableKind::kInteger},
                      {"RowsWithoutListCost", TableKind::kInteger},
                      {"Note"}});
  for (const auto& [key, sums] : use) {
    auto& row = table.rows.emplace_back(keys.cells(key, name_of(key.commitment), kind_of(key.commitment)));
    add_cells(row, {known_cell(sums.has_cost(), sums.used_cost), known_cell(sums.has_list(), sums.list_cost),
                    optional_cell(sums.saving()), optional_cell(sums.saving_percent()),
                    known_cell(sums.has_cost(), sums.unused_cost), optional_cell(sums.net_saving()),
                    optional_cell(sums.effective_savings_rate()), sums.used_rows, sums.rows_without_list,
                    text_cell(saving_note(sums))});
  }
  table.notices = told_left_out();
  return table;
}

Result<Table> CommitmentView::unused(const UseRequest& request) {
  UseGrain by_day = request.grain;
  by_day.day = true;
  APPORTION_ASSIGN(const auto days, read_use(*engine_, data_.keys, {by_day, request.customer}));
  const auto idle = idle_days(days);
  Table table;
  const KeyColumns keys(request.grain, request.grain.commitment);
  table.columns = keys.columns();
  add_columns(table, {{"UnusedCost", TableKind::kMoney}, {"UnusedQuantity", TableKind::kDecimal}});
  const bool with_idle = request.grain.commitment && !request.grain.day && !request.grain.customer &&
                         !request.grain.subscription && request.customer.empty();
  if (with_idle) table.columns.push_back({"IdleDays", TableKind::kInteger});
  for (const auto& [key, sums] : grouped(days, request.grain)) {
    if (sums.has_cost() && sums.unused_cost.is_zero() && sums.unused_quantity.is_zero()) continue;
    auto& row = table.rows.emplace_back(keys.cells(key, name_of(key.commitment), kind_of(key.commitment)));
    add_cells(row, {known_cell(sums.has_cost(), sums.unused_cost), known_cell(sums.has_cost(), sums.unused_quantity)});
    if (!with_idle) continue;
    const auto found = idle.find({key.commitment, key.month});
    row.push_back(known_cell(sums.has_cost(), found == idle.end() ? std::int64_t{0} : found->second));
  }
  table.notices = told_left_out();
  return table;
}

Result<Table> CommitmentView::amortisation(const std::string& commitment) {
  APPORTION_ASSIGN(const std::vector<AmortisedMonth> months, read_amortisation(*engine_, data_, gaps_));
  Table table;
  table.columns = {{"Month"},
                   {"CommitmentId"},
                   {"CommitmentName"},
                   {"Currency"},
                   {"Purchases", TableKind::kMoney},
                   {"Refunds", TableKind::kMoney},
                   {"Used", TableKind::kMoney},
                   {"Unused", TableKind::kMoney},
                   {"Amortised", TableKind::kMoney},
                   {"Scheduled", TableKind::kMoney},
                   {"Difference", TableKind::kMoney},
                   {"Unamortised", TableKind::kMoney},
                   {"DaysOfTerm"}};
  for (const AmortisedMonth& of : months) {
    if (!commitment.empty() && of.commitment != commitment) continue;
    if (!month_.empty() && of.month.to_string() != month_) continue;
    table.rows.push_back({of.month.to_string(), of.commitment, text_cell(name_of(of.commitment)), of.currency,
                          of.purchases, of.refunds, known_cell(of.is_amortised, of.used),
                          known_cell(of.is_amortised, of.unused), optional_cell(of.amortised()),
                          optional_cell(of.scheduled), optional_cell(of.difference()), optional_cell(of.unamortised),
                          text_cell(!of.basis                          ? ""
                                    : of.basis == TermBasis::kCalendar ? "calendar"
                                                                       : "365 a year")});
  }
  table.notices = told_left_out();
  return table;
}

Result<Table> CommitmentView::recommendations() {
  struct Use {
    std::string subscription, customer;
    Decimal quantity;
  };
  std::map<std::string, std::vector<Use>> use_of_meter;
  APPORTION_TRY(engine_->query(sql::kCommitmentMeterUseSql, {}, [&](const EngineRow& row) {
    use_of_meter[std::string(row.text(0))].push_back(
        {std::string(row.text(1)), std::string(row.text(2)), row.decimal(3)});
    return ok();
  }));
  Table table;
  table.columns = {{"Connection"},
                   {"Month"},
                   {"Scope"},
                   {"CustomerId"},
                   {"UsePercent", TableKind::kPercent},
                   {"SkuName"},
                   {"Location"},
                   {"ResourceType"},
                   {"Term"},
                   {"LookBackPeriod"},
                   {"RecommendedQuantity", TableKind::kDecimal},
                   {"CostWithoutReservation", TableKind::kMoney},
                   {"CostWithReservation", TableKind::kMoney},
                   {"NetSavings", TableKind::kMoney},
                   {"Currency"},
                   {"MeterId"}};
  const std::vector<EngineValue> values{month_, month_};
  APPORTION_TRY(engine_->query(sql::kCommitmentRecommendationsSql, values, [&](const EngineRow& row) {
    const auto text = [&row](std::size_t column) { return text_cell(std::string(row.text(column))); };
    const std::string subscription = ascii_lower(row.text(3));
    std::map<std::string, Decimal> customers;
    Decimal all;
    for (const Use& use : use_of_meter[std::string(row.text(13))]) {
      if (!subscription.empty() && use.subscription != subscription) continue;
      customers[use.customer] += use.quantity;
      all += use.quantity;
    }
    std::array<TableCell, 3> costs;
    std::string currency;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      const auto amount = parse_amount_text(row.text(10 + i));
      if (!amount) continue;
      costs[i] = amount->value;
      if (currency.empty()) currency = amount->currency;
    }
    const auto add = [&](const std::string& customer, const TableCell& percent) {
      table.rows.push_back({text(0), text(1), text(2), text_cell(customer), percent, text(4), text(5), text(6), text(7),
                            text(8), row.is_null(9) ? TableCell() : TableCell(row.decimal(9)), costs[0], costs[1],
                            costs[2], text_cell(currency), text(13)});
    };
    if (customers.empty()) add("", {});
    for (const auto& [customer, quantity] : customers) add(customer, optional_cell(percent_of(quantity, all)));
    return ok();
  }));
  table.notices.emplace_back(
      "UsePercent is each customer's share of the pay-as-you-go use of the recommended meter in the newest month");
  return table;
}

Result<Table> CommitmentView::warnings(const WarningLimits& limits) {
  Table table;
  table.columns = {{"Warning"},
                   {"CommitmentId"},
                   {"CommitmentName"},
                   {"CustomerId"},
                   {"Month"},
                   {"Value"},
                   {"Amount", TableKind::kMoney},
                   {"Currency"},
                   {"About"}};
  const auto add = [&](std::string_view warning, const std::string& key, const std::string& customer,
                       const std::string& month, const std::string& value, const TableCell& amount,
                       const std::string& currency, std::string about) {
    table.rows.push_back({std::string(warning), text_cell(key), text_cell(name_of(key)), text_cell(customer),
                          text_cell(month), text_cell(value), amount, text_cell(currency), std::move(about)});
  };
  const UseGrain by_commitment{true, false, false, true, false};
  APPORTION_ASSIGN(const auto use, read_use(*engine_, data_.keys, {by_commitment, ""}));
  const std::string newest = newest_month_ ? newest_month_->to_string() : "";

  const auto renewal_effect = [&](const std::string& key) {
    std::string about;
    for (const auto& [of, sums] : use) {
      if (of.commitment != key || of.month != newest) continue;
      const auto saving = sums.net_saving();
      about += about.empty() ? "" : "; ";
      if (!sums.has_cost()) {
        about += fmt::format("what it cost in {} is unknown", newest);
      } else if (!saving) {
        about += fmt::format("in {} it cost {} {}; what its use would cost at pay-as-you-go prices is unknown", newest,
                             sums.total_cost().to_string(), of.currency);
      } else {
        about += fmt::format("renewed as it is, a month like {} costs {} {}, {} {} than pay-as-you-go", newest,
                             sums.total_cost().to_string(), of.currency,
                             (saving->is_negative() ? saving->negated() : *saving).to_string(),
                             saving->is_negative() ? "more" : "less");
      }
    }
    return about + (about.empty() ? "" : "; ") + "the effect on margin is unknown without prices for customers";
  };

  for (const Commitment& commitment : data_.commitments) {
    const std::string_view state = commitment.value(kState);
    const bool is_over = state == "returned" || state == "expired";
    const auto expiry = commitment.day(kExpiryDay);
    const std::string renewal(commitment.value(kRenewal));
    if (expiry && !is_over && *expiry >= today_ && days_between(today_, *expiry) <= limits.days) {
      add("expiring", commitment.key, std::string(commitment.value(kBuyer)), "",
          count_of(days_between(today_, *expiry), "day"), {}, "",
          fmt::format("it ends on {}; auto-renewal is {}; {}", expiry->to_string(),
                      renewal.empty() ? "unknown" : renewal, renewal_effect(commitment.key)));
    }
    if (!is_over && !renewal.empty()) {
      add(renewal == "on" ? "renewal-on" : "renewal-off", commitment.key, std::string(commitment.value(kBuyer)), "",
          renewal, {}, "",
          renewal == "on" ? "it renews automatically when it ends"
                          : "it ends, and its use is then billed as pay-as-you-go");
    }
  }
  APPORTION_ASSIGN(const auto wholes, read_whole_use(*engine_, data_.keys, by_commitment));
  for (const auto& [key, whole] : wholes) {
    const Commitment* commitment = data_.find(key.commitment);
    const auto percent = whole.utilisation(commitment == nullptr ? CommitmentKind::kUnknown : commitment->kind);
    if (key.month != newest || !percent || *percent >= limits.utilisation) continue;
    for (const auto& [currency, sums] : whole.by_currency) {
      if (sums.unused_cost.is_zero()) continue;
      add("low-utilisation", key.commitment, "", key.month, shown_percentage(*percent) + " %", sums.unused_cost,
          currency, fmt::format("less than {} % of it was used", limits.utilisation.to_string()));
    }
  }
  const UseGrain by_customer{false, true, false, true, false};
  APPORTION_ASSIGN(const auto of_customers, read_use(*engine_, data_.keys, {by_customer, ""}));
  for (const auto& [key, sums] : of_customers) {
    if (sums.unused_cost.is_zero()) continue;
    add("unused-cost", "", key.customer, key.month, "", sums.unused_cost, key.currency,
        "what was paid for but not used, as it is assigned");
  }
  return table;
}

Result<const Commitment*> CommitmentView::find(const std::string& written) const {
  CommitmentIds ids = parse_commitment_id(written);
  std::string key = data_.keys.key_of(written);
  if (const Commitment* found = data_.find(key)) return found;
  std::vector<const Commitment*> named;
  for (const Commitment& commitment : data_.commitments) {
    const bool was_named = std::ranges::find(commitment.former_names, written) != commitment.former_names.end();
    if (was_named || ascii_equal_ignoring_case(commitment.value(kName), written)) named.push_back(&commitment);
  }
  if (named.size() == 1) return named.front();
  return Error{ErrorId::kNoSuchCommitment, "there is no such commitment", excerpt(written),
               named.empty() ? "no commitment has this id or name" : "several commitments have this name",
               "copy an id from the list: " + step(Step::kListCommitments)};
}

Table CommitmentView::fields_table(const Commitment& commitment) const {
  Table table;
  table.columns = {{"Field"}, {"Value"}, {"Source"}, {"OtherSourcesSay"}};
  table.rows.push_back({std::string("CommitmentId"), commitment.key, {}, {}});
  for (const auto& [field, of] : commitment.fields) {
    std::string others;
    for (const auto& [source, value] : of.conflicts)
      others += fmt::format("{}{}: {}", others.empty() ? "" : "; ", commitment_source_name(source), value);
    table.rows.push_back({std::string(commitment_field_name(field)), of.value,
                          std::string(commitment_source_name(of.source)), text_cell(others)});
  }
  for (const std::string& name : commitment.former_names) {
    table.rows.push_back({std::string("FormerName"), name, std::string("charges"), {}});
  }
  return table;
}

Table CommitmentView::payments_table(const Commitment& commitment) const {
  Table table;
  table.columns = {{"Day", TableKind::kDay},
                   {"Month"},
                   {"What"},
                   {"Frequency"},
                   {"Quantity", TableKind::kDecimal},
                   {"BilledCost", TableKind::kMoney},
                   {"BillingCurrency"},
                   {"Customers"},
                   {"Row"}};
  for (const CashRow& cash : data_.cash) {
    if (cash.key != commitment.key) continue;
    const RowId row = RowId::from_stored(cash.row_id);
    table.rows.push_back({cash.day, cash.month.to_string(), std::string(cash.is_refund ? "Refund" : "Purchase"),
                          std::string(cash.is_one_time ? "One-Time" : "Recurring"), optional_cell(cash.quantity),
                          cash.billed, cash.currency, fmt::format("{}", fmt::join(cash.customers, ", ")),
                          fmt::format("{}:{}", row.import().raw(), row.ordinal())});
  }
  return table;
}

Table CommitmentView::transactions_table(const Commitment& commitment) const {
  Table table;
  table.columns = {{"Day", TableKind::kDay},      {"Event"},    {"Frequency"}, {"Quantity", TableKind::kDecimal},
                   {"Amount", TableKind::kMoney}, {"Currency"}, {"InvoiceId"}};
  for (const TransactionRow& transaction : data_.transactions) {
    if (transaction.key != commitment.key) continue;
    table.rows.push_back({transaction.day, transaction.event, transaction.frequency,
                          optional_cell(transaction.quantity), transaction.amount, transaction.currency,
                          text_cell(transaction.invoice)});
  }
  return table;
}

Result<CommitmentDetails> CommitmentView::details(const Commitment& commitment) {
  APPORTION_ASSIGN(Table months, amortisation(commitment.key));
  return CommitmentDetails{fields_table(commitment), payments_table(commitment), transactions_table(commitment),
                           std::move(months)};
}

}  // namespace apportion
