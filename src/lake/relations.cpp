#include "lake/relations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"
#include "lake/assigned_charges.sql.h"
#include "lake/filled_price_columns.h"
#include "store/live_import.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

constexpr std::string_view kBillMonth = ", x_BillMonth VARCHAR, x_CustomerNames BIGINT";

constexpr std::string_view kKeptCells = "kept_cells";  // the table behind `assigned_cells`

// What only the partner's questions have. An engine that answered the partner before must not keep them for a customer.
constexpr auto kPartnerRelations = std::to_array<std::string_view>(
    {"charges", "split_charges", "unsplit_charges", "direct_assignments", "share_assignments", "move_assignments",
     "filled_prices", "carried_changes", "reservation_details", "reservation_transactions",
     "reservation_recommendations", "assigned_cells"});

// The charges of some months, each row with its bill month and the list of customer names that counts for it.
class ChargesOfMonths {
 public:
  Result<void> add(const PublishedMonth& month, std::int64_t names, bool knows_effective_cost,
                   const Workbench& workbench, const Lake& lake) {
    if (month.charge_set->files.empty()) return ok();
    const auto unknown = [knows_effective_cost](std::string_view column) {
      return std::string(column == "EffectiveCost" && !knows_effective_cost ? "CAST(NULL AS DECIMAL(38,18))" : "");
    };
    APPORTION_ASSIGN(const std::string rows, lake.charges_of(workbench, *month.charge_set));
    parts_ += fmt::format("{}SELECT {}, {} AS x_BillMonth, CAST({} AS BIGINT) AS x_CustomerNames FROM {} c",
                          parts_.empty() ? "" : " UNION ALL ", charge_column_list("c", unknown),
                          sql_literal(month.month.month.to_string()), names, rows);
    return ok();
  }

  Result<void> create(Workbench& workbench, std::string_view name) const {
    if (parts_.empty()) return workbench.view_over_parquet(name, {}, charge_columns_sql() + std::string(kBillMonth));
    return workbench.make_view(name, parts_);
  }

  // The rows as they can stand behind FROM, without a relation of their own but for one without rows.
  Result<std::string> inlined(Workbench& workbench, std::string_view name) const {
    if (!parts_.empty()) return fmt::format("({})", parts_);
    const std::string nothing = fmt::format("no_{}", name);
    APPORTION_TRY(create(workbench, nothing));
    return nothing;
  }

 private:
  std::string parts_;
};

// What was carried to some months.
class CarriedChanges {
 public:
  Result<void> add(const PublishedMonth& month, std::int64_t names, const Workbench& workbench, const Lake& lake) {
    for (const Carry& carry : month.carried) {
      APPORTION_ASSIGN(const std::string rows, lake.carried_rows_of(workbench, std::span(&carry.file, 1)));
      parts_ += fmt::format(
          "{}SELECT c.*, {} AS x_BillMonth, CAST({} AS BIGINT) AS x_CustomerNames, {} AS x_CarriedFrom, "
          "CAST(0 AS BIGINT) AS x_RuleNumber FROM {} c",
          parts_.empty() ? "" : " UNION ALL ", sql_literal(month.month.month.to_string()), names,
          sql_literal(carry.from.to_string()), rows);
    }
    return ok();
  }

  Result<void> create(Workbench& workbench, std::string_view name) const {
    if (!parts_.empty()) return workbench.make_view(name, parts_);
    return workbench.view_over_parquet(
        name, {}, carried_columns_sql() + std::string(kBillMonth) + ", x_CarriedFrom VARCHAR, x_RuleNumber BIGINT");
  }

  Result<std::string> inlined(Workbench& workbench) const {
    if (!parts_.empty()) return fmt::format("({})", parts_);
    APPORTION_TRY(create(workbench, "no_carried_changes"));
    return std::string("no_carried_changes");
  }

 private:
  std::string parts_;
};

// Whether an effective cost that is not known is empty, or the zero as which it is stored.
enum class Amounts { kKnown, kStored };

// The live files of the months of a snapshot, by what is in them.
struct LiveFiles {
  ChargesOfMonths all;
  ChargesOfMonths split;
  ChargesOfMonths unsplit;
  std::vector<LakeFile> direct;
  std::vector<LakeFile> shares;
  std::vector<LakeFile> moves;
  std::vector<LakeFile> filled;
  CarriedChanges carried;

  Result<void> add(const Snapshot& snapshot, const Workbench& workbench, const Lake& lake, Amounts amounts) {
    for (const PublishedMonth& month : snapshot.months()) {
      APPORTION_TRY(add(snapshot, month, workbench, lake, amounts));
    }
    return ok();
  }

  Result<void> add(const Snapshot& snapshot, const PublishedMonth& month, const Workbench& workbench, const Lake& lake,
                   Amounts amounts) {
    const std::int64_t names = snapshot.names_of(month);
    if (amounts == Amounts::kKnown) APPORTION_TRY(carried.add(month, names, workbench, lake));
    if (!month.charge_set) return ok();
    const bool knows_effective_cost = amounts == Amounts::kStored || snapshot.knows_effective_cost(month);
    APPORTION_TRY(all.add(month, names, knows_effective_cost, workbench, lake));
    APPORTION_TRY((month.split ? split : unsplit).add(month, names, knows_effective_cost, workbench, lake));
    std::ranges::copy(month.charge_set->filled_files, std::back_inserter(filled));
    if (!month.split) return ok();
    std::ranges::copy(month.split->direct_files, std::back_inserter(direct));
    std::ranges::copy(month.split->share_files, std::back_inserter(shares));
    std::ranges::copy(month.split->move_files, std::back_inserter(moves));
    return ok();
  }
};

Result<void> open_moves(Workbench& workbench, const Lake& lake, std::span<const LakeFile> files) {
  constexpr const char* kName = "move_assignments";
  if (files.empty()) return workbench.view_over_parquet(kName, {}, kShareAssignmentColumns);
  APPORTION_ASSIGN(const std::string rows, lake.move_rows_of(workbench, files));
  return workbench.make_view(kName, fmt::format("SELECT * FROM {} moves", rows));
}

Result<void> open_for_partner(Workbench& workbench, const Lake& lake, const LiveFiles& live) {
  APPORTION_TRY(live.all.create(workbench, "charges"));
  APPORTION_TRY(live.split.create(workbench, "split_charges"));
  APPORTION_TRY(live.unsplit.create(workbench, "unsplit_charges"));
  APPORTION_TRY(lake.open_files(workbench, "direct_assignments", live.direct, kDirectAssignmentColumns));
  APPORTION_TRY(lake.open_files(workbench, "share_assignments", live.shares, kShareAssignmentColumns));
  APPORTION_TRY(open_moves(workbench, lake, live.moves));
  APPORTION_TRY(lake.open_files(workbench, "filled_prices", live.filled, kFilledPriceColumns));
  APPORTION_TRY(live.carried.create(workbench, "carried_changes"));
  return workbench.make_view("assigned_charges",
                             assigned_charges_sql({"split_charges", "unsplit_charges", "direct_assignments",
                                                   "share_assignments", "move_assignments", "carried_changes"}));
}

Result<std::string> inlined_files(Workbench& workbench, const Lake& lake, std::string_view name,
                                  std::span<const LakeFile> files, std::string_view columns) {
  if (!files.empty()) return lake.rows_of(workbench, files);
  std::string nothing = fmt::format("no_{}", name);
  APPORTION_TRY(lake.open_files(workbench, nothing, {}, columns));
  return nothing;
}

std::string list_of_literals(const auto& values, const auto& text_of) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ", ") + sql_literal(text_of(value));
  return list;
}

std::string own_rows(const std::set<CustomerId>& customers) {
  if (customers.empty()) return "false";
  return fmt::format("CustomerId IN ({})", list_of_literals(customers, [](const CustomerId& id) { return id.raw(); }));
}

std::string days_of(const TenantPeriod& period) {
  std::string days;
  if (period.from) days += fmt::format(" AND ChargePeriodStart >= DATE {}", sql_literal(period.from->to_string()));
  if (period.until) days += fmt::format(" AND ChargePeriodStart <= DATE {}", sql_literal(period.until->to_string()));
  return days;
}

// Whether a row is paid for by a share or a move and lies in a tenant that is not the payer's.
std::string foreign_rows(const std::vector<Customer>& customers) {
  std::string own;
  const auto add = [&own](const Customer& customer, const std::vector<std::string>& tenants, const std::string& days) {
    own += fmt::format("{}(CustomerId = {} AND lower(x_CustomerTenantId) IN ({}){})", own.empty() ? "" : " OR ",
                       sql_literal(customer.id.raw()),
                       list_of_literals(tenants, [](const std::string& tenant) { return tenant; }), days);
  };
  const std::vector<HeldTenants> held = held_tenants(customers);
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (!held[i].always.empty()) add(customers[i], held[i].always, "");
    for (const TenantPeriod& period : held[i].periods) add(customers[i], {period.tenant}, days_of(period));
  }
  return fmt::format("(x_AssignmentKind <> 'direct' AND NOT coalesce({}, false))", own.empty() ? "false" : own);
}

bool is_cost(std::string_view column) { return std::ranges::find(cost_metrics(), column) != cost_metrics().end(); }

// The columns of a scope below the partner's, of charges or of the cells of a cube. A column of another audience is
// left out: whoever names it fails.
std::string visible_columns(const Snapshot& snapshot, const CubeDefinition* cube = nullptr) {
  const std::string foreign = foreign_rows(snapshot.customers());
  std::string columns;
  for (const ChargeColumn& column : charge_columns()) {
    if (!may_see(snapshot.scope().audience, column.audience)) continue;
    if (cube != nullptr && !cube->has(column.name) && !is_cost(column.name)) continue;
    const std::string name = sql_identifier(column.name);
    if (column.foreign_rows == ForeignRows::kBlank) {
      columns += fmt::format("CASE WHEN {} THEN NULL ELSE {} END AS {}, ", foreign, name, name);
    } else {
      columns += name + ", ";
    }
  }
  return columns + "x_BillMonth, x_CustomerNames, CustomerId, x_AssignmentKind, x_CarriedFrom, " +
         (cube == nullptr ? "x_RowCount" : "x_Rows");
}

// Everybody's rows, from the files, without relations in between.
Result<std::string> all_assigned(Workbench& workbench, const Lake& lake, const LiveFiles& live) {
  AssignedParts parts;
  APPORTION_ASSIGN(parts.split_charges, live.split.inlined(workbench, "split_charges"));
  APPORTION_ASSIGN(parts.unsplit_charges, live.unsplit.inlined(workbench, "unsplit_charges"));
  APPORTION_ASSIGN(parts.direct_assignments,
                   inlined_files(workbench, lake, "direct_assignments", live.direct, kDirectAssignmentColumns));
  APPORTION_ASSIGN(parts.share_assignments,
                   inlined_files(workbench, lake, "share_assignments", live.shares, kShareAssignmentColumns));
  APPORTION_ASSIGN(parts.move_assignments,
                   live.moves.empty() ? inlined_files(workbench, lake, "move_assignments", {}, kShareAssignmentColumns)
                                      : lake.move_rows_of(workbench, live.moves));
  APPORTION_ASSIGN(parts.carried_changes, live.carried.inlined(workbench));
  return assigned_charges_sql(parts);
}

// What of everybody's rows the scope may see.
std::string visible_rows(const Snapshot& snapshot, const std::string& all, const CubeDefinition* cube = nullptr) {
  if (snapshot.scope().is_partner()) return all;
  return fmt::format("SELECT {} FROM ({}) assigned WHERE {}", visible_columns(snapshot, cube), all,
                     own_rows(*snapshot.scope().customers));
}

// One view of what the scope may see.
Result<void> open_by_itself(Workbench& workbench, const Lake& lake, const Snapshot& snapshot, const LiveFiles& live,
                            std::string_view name) {
  APPORTION_ASSIGN(const std::string all, all_assigned(workbench, lake, live));
  return workbench.make_view(name, visible_rows(snapshot, all));
}

// The engine has no relation with anybody else's rows.
Result<void> drop_partner_relations(Workbench& workbench) {
  for (const std::string_view relation : kPartnerRelations) {
    APPORTION_TRY(workbench.drop_view(relation));
  }
  return workbench.drop_table(kKeptCells);
}

Result<void> open_for_customers(Workbench& workbench, const Lake& lake, const Snapshot& snapshot,
                                const LiveFiles& live) {
  APPORTION_TRY(drop_partner_relations(workbench));
  return open_by_itself(workbench, lake, snapshot, live, "assigned_charges");
}

// Cells of months that have a cube, and the rows of all others as cells that stand for one row each.
class CellsOfMonths {
 public:
  CellsOfMonths(Workbench& workbench, const Lake& lake, const Snapshot& snapshot, const CubeDefinition& cube)
      : workbench_(workbench), lake_(lake), snapshot_(snapshot), cube_(cube) {}

  Result<std::string> all() {
    std::string parts;
    for (const PublishedMonth& month : snapshot_.months()) {
      if (!cube_.is_of(month.split)) continue;
      APPORTION_ASSIGN(const std::string cells, cells_of(month, snapshot_.names_of(month)));
      parts += parts.empty() ? cells : " UNION ALL " + cells;
    }
    APPORTION_ASSIGN(const std::string rows, rest());
    return rows.empty() ? parts : parts + " UNION ALL " + rows;
  }

  // The cells of a month that has the cube. `names`: as `Snapshot::names_of`.
  Result<std::string> cells_of(const PublishedMonth& month, std::int64_t names) {
    APPORTION_ASSIGN(const std::string rows, lake_.rows_of(workbench_, (*month.split).*cube_.files));
    const auto unknown = [knows_effective_cost = snapshot_.knows_effective_cost(month)](std::string_view column) {
      return std::string(column == "EffectiveCost" && !knows_effective_cost ? "CAST(NULL AS DECIMAL(38,18))" : "");
    };
    return fmt::format(
        "SELECT {}, {} AS x_BillMonth, CAST({} AS BIGINT) AS x_CustomerNames, CAST(NULL AS VARCHAR) AS x_CarriedFrom "
        "FROM {} c",
        columns(unknown), sql_literal(month.month.month.to_string()), names, rows);
  }

  // What of the other months, and what was carried; empty: nothing.
  Result<std::string> rest() {
    std::vector<PublishedMonth> rest;
    for (const PublishedMonth& month : snapshot_.months()) {
      const bool has_cells = cube_.is_of(month.split);
      if (has_cells && month.carried.empty()) continue;
      rest.push_back(month);
      if (!has_cells) continue;
      rest.back().charge_set.reset();
      rest.back().split.reset();
    }
    return rest.empty() ? std::string() : rows_of(rest);
  }

 private:
  Result<std::string> rows_of(const std::vector<PublishedMonth>& months) {
    LiveFiles live;
    for (const PublishedMonth& month : months) {
      APPORTION_TRY(live.add(snapshot_, month, workbench_, lake_, Amounts::kKnown));
    }
    APPORTION_ASSIGN(const std::string rows, all_assigned(workbench_, lake_, live));
    std::string filled;
    if (!live.filled.empty()) {
      APPORTION_ASSIGN(filled, lake_.rows_of(workbench_, live.filled));
    }
    const auto is_filled = [&filled](std::string_view cost) -> std::string {
      if (filled.empty()) return "CAST(0 AS BIGINT)";
      return fmt::format(
          "CASE WHEN c.x_RowId IN (SELECT f.x_RowId FROM {} f WHERE f.{} IS NOT NULL) THEN CAST(1 AS BIGINT) ELSE "
          "CAST(0 AS BIGINT) END",
          filled, cost);
    };
    const auto of_row = [&is_filled](std::string_view column) -> std::string {
      if (column == "x_Rows") return "CAST(1 AS BIGINT)";
      if (column == "x_ListCostIsFilled") return is_filled("ListCost");
      if (column == "x_ContractedCostIsFilled") return is_filled("ContractedCost");
      return {};
    };
    return fmt::format("SELECT {}, c.x_BillMonth, c.x_CustomerNames, c.x_CarriedFrom FROM ({}) c", columns(of_row),
                       rows);
  }

  std::string columns(const ColumnExpression& instead) const {
    std::vector<std::string_view> names = cell_columns(cube_);
    names.insert(names.end(), cost_metrics().begin(), cost_metrics().end());
    std::string list;
    for (const std::string_view name : names) {
      const std::string expression = instead(name);
      const std::string identifier = sql_identifier(name);
      list += list.empty() ? "" : ", ";
      list += expression.empty() ? "c." + identifier : fmt::format("{} AS {}", expression, identifier);
    }
    return list;
  }

  Workbench& workbench_;
  const Lake& lake_;
  const Snapshot& snapshot_;
  const CubeDefinition& cube_;
};

// The columns of a cube that the scope may see, but for what may change about a month.
std::vector<CellColumn> visible_cell_columns(const Snapshot& snapshot, const CubeDefinition& cube) {
  std::vector<std::string_view> names = cell_columns(cube);
  names.insert(names.end(), cost_metrics().begin(), cost_metrics().end());
  std::vector<CellColumn> columns;
  for (const std::string_view name : names) {
    const bool is_flag = name == "x_ListCostIsFilled" || name == "x_ContractedCostIsFilled";
    const ChargeColumn* column = find_charge_column(name);
    const bool is_visible = column != nullptr ? may_see(snapshot.scope().audience, column->audience)
                                              : !is_flag || snapshot.scope().is_partner();
    if (!is_visible) continue;
    CellColumn::Kind kind = CellColumn::Kind::kText;
    if (is_flag) kind = CellColumn::Kind::kFlag;
    if (name == "x_Rows") kind = CellColumn::Kind::kCount;
    if (column != nullptr && column->type == ColumnType::kDay) kind = CellColumn::Kind::kDay;
    if (is_cost(name)) kind = CellColumn::Kind::kAmount;
    columns.push_back({std::string(name), kind});
  }
  return columns;
}

std::string names_of_columns(std::span<const CellColumn> columns) {
  std::string names;
  for (const CellColumn& column : columns) names += (names.empty() ? "" : ", ") + sql_identifier(column.name);
  return names;
}

// Makes the table of the cells in memory, added up.
Result<void> add_up_kept(Workbench& workbench, const Snapshot& snapshot, const CubeDefinition& cube,
                         const NeededCells& needed, KeptCells& kept, CellsOfMonths& cells) {
  const std::vector<CellColumn> columns = visible_cell_columns(snapshot, cube);
  std::vector<CellsOfMonth> months;
  for (const PublishedMonth& month : snapshot.months()) {
    if (!cube.is_of(month.split)) continue;
    APPORTION_ASSIGN(const std::string of_month, cells.cells_of(month, 0));
    const std::string statement =
        fmt::format("SELECT {} FROM ({}) visible", names_of_columns(columns), visible_rows(snapshot, of_month, &cube));
    APPORTION_ASSIGN(auto piece, kept.cells_of(workbench, statement, columns));
    months.push_back({std::move(piece), month.month.month.to_string(), snapshot.names_of(month)});
  }
  return add_up(months, needed, workbench, kKeptCells);
}

// Cells in memory, and what is not there from the files.
Result<std::string> kept_and_rest(Workbench& workbench, const Snapshot& snapshot, const CubeDefinition& cube,
                                  const NeededCells& needed, KeptCells& kept, CellsOfMonths& cells) {
  APPORTION_TRY(add_up_kept(workbench, snapshot, cube, needed, kept, cells));
  std::vector<CellColumn> columns = visible_cell_columns(snapshot, cube);
  std::erase_if(columns, [&needed](const CellColumn& column) {
    const bool is_told_apart = column.kind == CellColumn::Kind::kText || column.kind == CellColumn::Kind::kDay;
    return is_told_apart && !needed.has(column.name);
  });
  const std::string names = "x_BillMonth, x_CustomerNames, " + names_of_columns(columns);
  std::string all = fmt::format("SELECT {}, CAST(NULL AS VARCHAR) AS x_CarriedFrom FROM {}", names, kKeptCells);
  APPORTION_ASSIGN(const std::string rest, cells.rest());
  if (rest.empty()) return all;
  return all +
         fmt::format(" UNION ALL SELECT {}, x_CarriedFrom FROM ({}) rest", names, visible_rows(snapshot, rest, &cube));
}

Result<void> fill_customers(Workbench& workbench, const Snapshot& snapshot) {
  APPORTION_TRY(workbench.make_table(
      "customers", "x_CustomerNames BIGINT, CustomerId VARCHAR, CustomerName VARCHAR, CustomerExternalId VARCHAR"));
  APPORTION_ASSIGN(TableAppender rows, workbench.append_to("customers"));
  for (const Customer& customer : snapshot.customers()) {
    rows.integer(0).text(customer.id.raw()).text(customer.name).text(customer.external_id).end_row();
  }
  std::int64_t names = 0;
  for (const auto& list : snapshot.locked_names()) {
    ++names;
    for (const LockedCustomer& customer : *list) {
      rows.integer(names).text(customer.id.raw()).text(customer.name).text(customer.external_id).end_row();
    }
  }
  return rows.finish();
}

}  // namespace

Result<void> open_charge_set(Workbench& workbench, const Lake& lake, const ChargeSet& charge_set) {
  if (charge_set.filled_files.empty()) return lake.open_charges(workbench, "charges", charge_set.files);
  APPORTION_ASSIGN(const std::string rows, lake.charges_of(workbench, charge_set));
  return workbench.make_view("charges", fmt::format("SELECT * FROM {} c", rows));
}

std::string assigned_charges_sql(const AssignedParts& parts) {
  constexpr auto kUnknownInParts = std::to_array<std::string_view>(
      {"EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"});
  const auto of_part = [&](std::string_view column) {
    if (column == "BilledCost") return fmt::format("s.{}", column);
    // Parts of what is unknown of a charge are unknown.
    return std::ranges::find(kUnknownInParts, column) == kUnknownInParts.end()
               ? std::string()
               : fmt::format("CASE WHEN c.{0} IS NOT NULL THEN s.{0} END", column);
  };
  return fmt::format(
      fmt::runtime(sql::kAssignedChargesSql), fmt::arg("charge_columns", charge_column_list("c")),
      fmt::arg("amounts_of_part", charge_column_list("c", of_part)), fmt::arg("split_charges", parts.split_charges),
      fmt::arg("unsplit_charges", parts.unsplit_charges), fmt::arg("direct_assignments", parts.direct_assignments),
      fmt::arg("share_assignments", parts.share_assignments), fmt::arg("move_assignments", parts.move_assignments),
      fmt::arg("carried_changes", parts.carried_changes));
}

namespace {

Result<void> open_with(Workbench& workbench, const Lake& lake, const Snapshot& snapshot, Amounts amounts) {
  LiveFiles live;
  APPORTION_TRY(live.add(snapshot, workbench, lake, amounts));
  APPORTION_TRY(snapshot.scope().is_partner() ? open_for_partner(workbench, lake, live)
                                              : open_for_customers(workbench, lake, snapshot, live));
  return fill_customers(workbench, snapshot);
}

}  // namespace

Result<void> open_relations(Workbench& workbench, const Lake& lake, const Snapshot& snapshot) {
  return open_with(workbench, lake, snapshot, Amounts::kKnown);
}

Result<void> open_assigned_charges(Workbench& workbench, const Lake& lake, const Snapshot& snapshot,
                                   std::string_view name) {
  LiveFiles live;
  APPORTION_TRY(live.add(snapshot, workbench, lake, Amounts::kKnown));
  return open_by_itself(workbench, lake, snapshot, live, name);
}

Result<void> open_cells(Workbench& workbench, const Lake& lake, const Snapshot& snapshot, const CubeDefinition& cube,
                        const NeededCells& needed, KeptCells* kept) {
  APPORTION_CHECK(cube.has_customer || snapshot.scope().is_partner(), "totals of all customers are the partner's");
  if (!snapshot.scope().is_partner()) {
    APPORTION_TRY(drop_partner_relations(workbench));
    APPORTION_TRY(workbench.drop_view("assigned_charges"));
  }
  CellsOfMonths cells(workbench, lake, snapshot, cube);
  std::string statement;
  if (kept != nullptr) {
    APPORTION_ASSIGN(statement, kept_and_rest(workbench, snapshot, cube, needed, *kept, cells));
  } else {
    APPORTION_ASSIGN(const std::string all, cells.all());
    statement = visible_rows(snapshot, all, &cube);
  }
  APPORTION_TRY(workbench.make_view("assigned_cells", statement));
  return needed.has("x_CustomerNames") ? fill_customers(workbench, snapshot) : ok();
}

bool may_answer(const CubeDefinition& cube, const Snapshot& snapshot) {
  if (!std::ranges::any_of(snapshot.months(), [&](const PublishedMonth& month) { return cube.is_of(month.split); }))
    return false;
  if (snapshot.scope().is_partner()) return true;
  if (!cube.has_customer) return false;
  // Whose tenant it was decides what a row shows, and that may change within a month.
  const std::vector<HeldTenants> held = held_tenants(snapshot.customers());
  return cube.has_day() ||
         std::ranges::all_of(held, [](const HeldTenants& tenants) { return tenants.periods.empty(); });
}

Result<void> open_stored_relations(Workbench& workbench, const Lake& lake, const Snapshot& snapshot) {
  return open_with(workbench, lake, snapshot, Amounts::kStored);
}

namespace {

struct CommitmentRelation {
  Dataset dataset;
  std::string_view name;
};

constexpr auto kCommitmentRelations = std::to_array<CommitmentRelation>({
    {Dataset::kReservationDetails, "reservation_details"},
    {Dataset::kReservationTransactions, "reservation_transactions"},
    {Dataset::kReservationRecommendations, "reservation_recommendations"},
});

// The files in force of such a dataset, of one connection and month.
struct CommitmentFiles {
  std::string connection;
  Month month;
  Dataset dataset;
  std::vector<LakeFile> files;
};

void add_files(const std::string& connection, Month month, std::span<const Import> imports,
               std::vector<CommitmentFiles>& found) {
  for (const CommitmentRelation& relation : kCommitmentRelations) {
    const auto live = live_import(imports, relation.dataset);
    if (!live || live->files.empty()) continue;
    CommitmentFiles& files = found.emplace_back(CommitmentFiles{connection, month, relation.dataset, {}});
    for (const ImportFile& file : live->files) files.files.push_back(file.file);
  }
}

Result<std::vector<CommitmentFiles>> commitment_files(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_TRY(require_partner(scope, "the commitments of all customers"));
  APPORTION_ASSIGN(const std::vector<Connection> connections, control_plane.connections());
  std::vector<CommitmentFiles> found;
  for (const Connection& connection : connections) {
    if (scope.connection && *scope.connection != connection.name) continue;
    APPORTION_ASSIGN(std::vector<Import> imports, control_plane.imports(connection.id, scope.month));
    std::map<Month, std::vector<Import>> by_month;
    for (Import& import : imports) {
      if (scope.has_month(import.month)) by_month[import.month].push_back(std::move(import));
    }
    for (const auto& [month, of_month] : by_month) add_files(connection.name, month, of_month, found);
  }
  return found;
}

// Rows of the datasets that tell of commitments, by dataset, as a union of the files in force.
class CommitmentViews {
 public:
  Result<void> add(const CommitmentFiles& live, const Workbench& workbench, const Lake& lake) {
    APPORTION_ASSIGN(const std::string rows, lake.rows_of(workbench, live.files));
    std::string& part = parts_[live.dataset];
    part += fmt::format("{}SELECT {}, {} AS x_BillSource, {} AS x_BillMonth FROM {} rows_kept",
                        part.empty() ? "" : " UNION ALL ", kept_column_list(live.dataset), sql_literal(live.connection),
                        sql_literal(live.month.to_string()), rows);
    return ok();
  }

  Result<void> create(Workbench& workbench) const {
    for (const CommitmentRelation& relation : kCommitmentRelations) {
      const auto part = parts_.find(relation.dataset);
      const std::string none = kept_columns_sql(relation.dataset) + ", x_BillSource VARCHAR, x_BillMonth VARCHAR";
      APPORTION_TRY(part == parts_.end() ? workbench.view_over_parquet(relation.name, {}, none)
                                         : workbench.make_view(relation.name, part->second));
    }
    return ok();
  }

 private:
  std::map<Dataset, std::string> parts_;
};

}  // namespace

Result<void> open_commitment_relations(Workbench& workbench, const ControlPlane& control_plane, const Lake& lake,
                                       const ReadScope& scope) {
  APPORTION_ASSIGN(const auto live, commitment_files(control_plane, scope));
  CommitmentViews views;
  for (const CommitmentFiles& files : live) APPORTION_TRY(views.add(files, workbench, lake));
  return views.create(workbench);
}

Result<std::vector<LakeFile>> files_of_relations(const ControlPlane& control_plane, const Snapshot& snapshot) {
  std::vector<LakeFile> files;
  const auto add = [&files](const std::vector<LakeFile>& some) { std::ranges::copy(some, std::back_inserter(files)); };
  for (const PublishedMonth& month : snapshot.months()) {
    for (const Carry& carry : month.carried) files.push_back(carry.file);
    if (month.charge_set) add(files_of(*month.charge_set));
    if (month.charge_set && month.split) add(files_of(*month.split));
  }
  APPORTION_ASSIGN(const auto commitments, commitment_files(control_plane, snapshot.scope()));
  for (const CommitmentFiles& of_dataset : commitments) add(of_dataset.files);
  return files;
}

}  // namespace apportion
