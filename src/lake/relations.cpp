#include "lake/relations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/source_fields.h"
#include "lake/assigned_charges.sql.h"
#include "store/live_import.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

constexpr std::string_view kDirectAssignmentColumns = "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT";
constexpr std::string_view kShareAssignmentColumns =
    "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT, BilledCost DECIMAL(38,18), EffectiveCost DECIMAL(38,18), "
    "ListCost DECIMAL(38,18), ContractedCost DECIMAL(38,18), PricingQuantity DECIMAL(38,18), "
    "ConsumedQuantity DECIMAL(38,18)";

constexpr std::string_view kFilledPriceColumns =
    "x_RowId BIGINT, BillingCurrency VARCHAR, x_SourceChanges VARCHAR, ListUnitPrice DECIMAL(38,18), "
    "ListCost DECIMAL(38,18), x_ListCostFilled DECIMAL(38,18), ContractedUnitPrice DECIMAL(38,18), "
    "ContractedCost DECIMAL(38,18), x_ContractedCostFilled DECIMAL(38,18)";

constexpr std::string_view kBillMonth = ", x_BillMonth VARCHAR, x_CustomerNames BIGINT";

// What only the partner's questions have. An engine that answered the partner before must not keep them for a customer.
constexpr auto kPartnerRelations = std::to_array<std::string_view>(
    {"charges", "split_charges", "unsplit_charges", "direct_assignments", "share_assignments", "move_assignments",
     "filled_prices", "carried_changes", "reservation_details", "reservation_transactions",
     "reservation_recommendations"});

// The charges of some months, each row with its bill month and the list of customer names that counts for it.
class ChargesOfMonths {
 public:
  Result<void> add(const PublishedMonth& month, std::int64_t names, bool knows_effective_cost, const Lake& lake) {
    if (month.charge_set->files.empty()) return ok();
    constexpr std::string_view kUnknown = " REPLACE (CAST(NULL AS DECIMAL(38,18)) AS EffectiveCost)";
    APPORTION_ASSIGN(const std::string rows, lake.charges_of(*month.charge_set));
    parts_ += fmt::format("{}SELECT *{}, {} AS x_BillMonth, CAST({} AS BIGINT) AS x_CustomerNames FROM {}",
                          parts_.empty() ? "" : " UNION ALL ", knows_effective_cost ? "" : kUnknown,
                          sql_literal(month.month.month.to_string()), names, rows);
    return ok();
  }

  Result<void> create(Engine& engine, std::string_view name) const {
    if (parts_.empty()) return engine.view_over_parquet(name, {}, charge_columns_sql() + std::string(kBillMonth));
    return engine.execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", sql_identifier(name), parts_));
  }

  // The rows as they can stand behind FROM, without a relation of their own but for one without rows.
  Result<std::string> inlined(Engine& engine, std::string_view name) const {
    if (!parts_.empty()) return fmt::format("({})", parts_);
    const std::string nothing = fmt::format("no_{}", name);
    APPORTION_TRY(create(engine, nothing));
    return nothing;
  }

 private:
  std::string parts_;
};

// What was carried to some months.
class CarriedChanges {
 public:
  Result<void> add(const PublishedMonth& month, std::int64_t names, const Lake& lake) {
    for (const Carry& carry : month.carried) {
      APPORTION_ASSIGN(const std::string rows, lake.rows_of(std::span(&carry.file, 1)));
      parts_ += fmt::format(
          "{}SELECT *, {} AS x_BillMonth, CAST({} AS BIGINT) AS x_CustomerNames, {} AS x_CarriedFrom, "
          "CAST(0 AS BIGINT) AS x_RuleNumber FROM {}",
          parts_.empty() ? "" : " UNION ALL ", sql_literal(month.month.month.to_string()), names,
          sql_literal(carry.from.to_string()), rows);
    }
    return ok();
  }

  Result<void> create(Engine& engine, std::string_view name) const {
    if (!parts_.empty())
      return engine.execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", sql_identifier(name), parts_));
    return engine.view_over_parquet(
        name, {}, carried_columns_sql() + std::string(kBillMonth) + ", x_CarriedFrom VARCHAR, x_RuleNumber BIGINT");
  }

  Result<std::string> inlined(Engine& engine) const {
    if (!parts_.empty()) return fmt::format("({})", parts_);
    APPORTION_TRY(create(engine, "no_carried_changes"));
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

  Result<void> add(const Snapshot& snapshot, const Lake& lake, Amounts amounts) {
    for (const PublishedMonth& month : snapshot.months()) {
      const std::int64_t names = snapshot.names_of(month);
      if (amounts == Amounts::kKnown) APPORTION_TRY(carried.add(month, names, lake));
      if (!month.charge_set) continue;
      const bool knows_effective_cost = amounts == Amounts::kStored || snapshot.knows_effective_cost(month);
      APPORTION_TRY(all.add(month, names, knows_effective_cost, lake));
      APPORTION_TRY((month.split ? split : unsplit).add(month, names, knows_effective_cost, lake));
      std::ranges::copy(month.charge_set->filled_files, std::back_inserter(filled));
      if (!month.split) continue;
      std::ranges::copy(month.split->direct_files, std::back_inserter(direct));
      std::ranges::copy(month.split->share_files, std::back_inserter(shares));
      std::ranges::copy(month.split->move_files, std::back_inserter(moves));
    }
    return ok();
  }
};

Result<void> open_for_partner(Engine& engine, const Lake& lake, const LiveFiles& live) {
  APPORTION_TRY(live.all.create(engine, "charges"));
  APPORTION_TRY(live.split.create(engine, "split_charges"));
  APPORTION_TRY(live.unsplit.create(engine, "unsplit_charges"));
  APPORTION_TRY(lake.open_files(engine, "direct_assignments", live.direct, kDirectAssignmentColumns));
  APPORTION_TRY(lake.open_files(engine, "share_assignments", live.shares, kShareAssignmentColumns));
  APPORTION_TRY(lake.open_files(engine, "move_assignments", live.moves, kShareAssignmentColumns));
  APPORTION_TRY(lake.open_files(engine, "filled_prices", live.filled, kFilledPriceColumns));
  APPORTION_TRY(live.carried.create(engine, "carried_changes"));
  return engine.execute("CREATE OR REPLACE TEMP VIEW assigned_charges AS " +
                        assigned_charges_sql({"split_charges", "unsplit_charges", "direct_assignments",
                                              "share_assignments", "move_assignments", "carried_changes"}));
}

Result<std::string> inlined_files(Engine& engine, const Lake& lake, std::string_view name,
                                  std::span<const LakeFile> files, std::string_view columns) {
  if (!files.empty()) return lake.rows_of(files);
  std::string nothing = fmt::format("no_{}", name);
  APPORTION_TRY(lake.open_files(engine, nothing, {}, columns));
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

// The columns of a scope below the partner's. A column of another audience is left out: whoever names it fails.
std::string visible_columns(const Snapshot& snapshot) {
  const std::string foreign = foreign_rows(snapshot.customers());
  std::string columns;
  for (const ChargeColumn& column : charge_columns()) {
    if (column.audience > snapshot.scope().audience) continue;
    const std::string name = sql_identifier(column.name);
    if (column.foreign_rows == ForeignRows::kBlank) {
      columns += fmt::format("CASE WHEN {} THEN NULL ELSE {} END AS {}, ", foreign, name, name);
    } else {
      columns += name + ", ";
    }
  }
  return columns + "x_BillMonth, x_CustomerNames, CustomerId, x_AssignmentKind, x_CarriedFrom, x_RowCount";
}

// One view, from the files, of what the scope may see.
Result<void> open_by_itself(Engine& engine, const Lake& lake, const Snapshot& snapshot, const LiveFiles& live,
                            std::string_view name) {
  AssignedParts parts;
  APPORTION_ASSIGN(parts.split_charges, live.split.inlined(engine, "split_charges"));
  APPORTION_ASSIGN(parts.unsplit_charges, live.unsplit.inlined(engine, "unsplit_charges"));
  APPORTION_ASSIGN(parts.direct_assignments,
                   inlined_files(engine, lake, "direct_assignments", live.direct, kDirectAssignmentColumns));
  APPORTION_ASSIGN(parts.share_assignments,
                   inlined_files(engine, lake, "share_assignments", live.shares, kShareAssignmentColumns));
  APPORTION_ASSIGN(parts.move_assignments,
                   inlined_files(engine, lake, "move_assignments", live.moves, kShareAssignmentColumns));
  APPORTION_ASSIGN(parts.carried_changes, live.carried.inlined(engine));
  const std::string all = assigned_charges_sql(parts);
  const std::string visible = snapshot.scope().is_partner()
                                  ? all
                                  : fmt::format("SELECT {} FROM ({}) WHERE {}", visible_columns(snapshot), all,
                                                own_rows(*snapshot.scope().customers));
  return engine.execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", sql_identifier(name), visible));
}

// The engine has no relation with anybody else's rows.
Result<void> open_for_customers(Engine& engine, const Lake& lake, const Snapshot& snapshot, const LiveFiles& live) {
  for (const std::string_view relation : kPartnerRelations) {
    APPORTION_TRY(engine.execute(fmt::format("DROP VIEW IF EXISTS {}", sql_identifier(relation))));
  }
  return open_by_itself(engine, lake, snapshot, live, "assigned_charges");
}

Result<void> fill_customers(Engine& engine, const Snapshot& snapshot) {
  APPORTION_TRY(
      engine.execute("CREATE OR REPLACE TEMP TABLE customers (x_CustomerNames BIGINT, CustomerId VARCHAR, CustomerName "
                     "VARCHAR, CustomerExternalId VARCHAR)"));
  APPORTION_ASSIGN(TableAppender rows, engine.append_to("customers"));
  for (const Customer& customer : snapshot.customers()) {
    rows.integer(0).text(customer.id.raw()).text(customer.name).text(customer.external_id).end_row();
  }
  std::int64_t names = 0;
  for (const auto& list : snapshot.locked_names()) {
    ++names;
    for (const LockedCustomer& customer : list) {
      rows.integer(names).text(customer.id.raw()).text(customer.name).text(customer.external_id).end_row();
    }
  }
  return rows.finish();
}

}  // namespace

std::string charge_columns_sql() {
  std::string columns;
  for (const ChargeColumn& column : charge_columns()) {
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", column.name, sql_type(column.type));
  }
  return columns;
}

Result<void> open_charge_set(Engine& engine, const Lake& lake, const ChargeSet& charge_set) {
  if (charge_set.filled_files.empty())
    return lake.open_files(engine, "charges", charge_set.files, charge_columns_sql());
  APPORTION_ASSIGN(const std::string rows, lake.charges_of(charge_set));
  return engine.execute(fmt::format("CREATE OR REPLACE TEMP VIEW charges AS SELECT * FROM {}", rows));
}

std::string carried_columns_sql() {
  return charge_columns_sql() + ", CustomerId VARCHAR, x_AssignmentKind VARCHAR, x_RowCount BIGINT";
}

std::string assigned_charges_sql(const AssignedParts& parts) {
  return fmt::format(
      fmt::runtime(sql::kAssignedChargesSql), fmt::arg("split_charges", parts.split_charges),
      fmt::arg("unsplit_charges", parts.unsplit_charges), fmt::arg("direct_assignments", parts.direct_assignments),
      fmt::arg("share_assignments", parts.share_assignments), fmt::arg("move_assignments", parts.move_assignments),
      fmt::arg("carried_changes", parts.carried_changes));
}

namespace {

Result<void> open_with(Engine& engine, const Lake& lake, const Snapshot& snapshot, Amounts amounts) {
  LiveFiles live;
  APPORTION_TRY(live.add(snapshot, lake, amounts));
  APPORTION_TRY(snapshot.scope().is_partner() ? open_for_partner(engine, lake, live)
                                              : open_for_customers(engine, lake, snapshot, live));
  return fill_customers(engine, snapshot);
}

}  // namespace

Result<void> open_relations(Engine& engine, const Lake& lake, const Snapshot& snapshot) {
  return open_with(engine, lake, snapshot, Amounts::kKnown);
}

Result<void> open_assigned_charges(Engine& engine, const Lake& lake, const Snapshot& snapshot, std::string_view name) {
  LiveFiles live;
  APPORTION_TRY(live.add(snapshot, lake, Amounts::kKnown));
  return open_by_itself(engine, lake, snapshot, live, name);
}

Result<void> open_stored_relations(Engine& engine, const Lake& lake, const Snapshot& snapshot) {
  return open_with(engine, lake, snapshot, Amounts::kStored);
}

namespace {

struct CommitmentRelation {
  Dataset dataset;
  std::string_view name;
  SourceKind kind;
};

constexpr auto kCommitmentRelations = std::to_array<CommitmentRelation>({
    {Dataset::kReservationDetails, "reservation_details", SourceKind::kReservationDetails},
    {Dataset::kReservationTransactions, "reservation_transactions", SourceKind::kReservationTransactions},
    {Dataset::kReservationRecommendations, "reservation_recommendations", SourceKind::kReservationRecommendations},
});

std::string_view sql_type(CellKind kind) {
  switch (kind) {
    case CellKind::kText: return "VARCHAR";
    case CellKind::kDecimal: return "DECIMAL(38,18)";
    case CellKind::kDay: return "DATE";
  }
  return "VARCHAR";
}

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
  Result<void> add(const CommitmentFiles& live, const Lake& lake) {
    APPORTION_ASSIGN(const std::string rows, lake.rows_of(live.files));
    std::string& part = parts_[live.dataset];
    part += fmt::format("{}SELECT *, {} AS x_BillSource, {} AS x_BillMonth FROM {}", part.empty() ? "" : " UNION ALL ",
                        sql_literal(live.connection), sql_literal(live.month.to_string()), rows);
    return ok();
  }

  Result<void> create(Engine& engine) const {
    for (const CommitmentRelation& relation : kCommitmentRelations) {
      const auto part = parts_.find(relation.dataset);
      const std::string none = kept_columns_sql(relation.dataset) + ", x_BillSource VARCHAR, x_BillMonth VARCHAR";
      APPORTION_TRY(part == parts_.end() ? engine.view_over_parquet(relation.name, {}, none)
                                         : engine.execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}",
                                                                      sql_identifier(relation.name), part->second)));
    }
    return ok();
  }

 private:
  std::map<Dataset, std::string> parts_;
};

}  // namespace

std::string kept_columns_sql(Dataset dataset) {
  const auto* const relation = std::ranges::find(kCommitmentRelations, dataset, &CommitmentRelation::dataset);
  const bool tells_of_one = relation != kCommitmentRelations.end();
  APPORTION_CHECK(tells_of_one || dataset == Dataset::kPriceSheet, "rows are kept as they are beside charges only");
  std::string columns = "x_RowId BIGINT, x_SourceFile VARCHAR, x_SourceLine BIGINT, x_OtherColumns VARCHAR";
  for (const SourceField& field : tells_of_one ? fields_of(relation->kind) : price_sheet_fields())
    columns += fmt::format(", {} {}", field.column, sql_type(field.kind));
  return columns;
}

Result<void> open_commitment_relations(Engine& engine, const ControlPlane& control_plane, const Lake& lake,
                                       const ReadScope& scope) {
  APPORTION_ASSIGN(const auto live, commitment_files(control_plane, scope));
  CommitmentViews views;
  for (const CommitmentFiles& files : live) APPORTION_TRY(views.add(files, lake));
  return views.create(engine);
}

Result<std::vector<LakeFile>> files_of_relations(const ControlPlane& control_plane, const Snapshot& snapshot) {
  std::vector<LakeFile> files;
  const auto add = [&files](const std::vector<LakeFile>& some) { std::ranges::copy(some, std::back_inserter(files)); };
  for (const PublishedMonth& month : snapshot.months()) {
    for (const Carry& carry : month.carried) files.push_back(carry.file);
    if (month.charge_set) add(month.charge_set->files);
    if (month.charge_set) add(month.charge_set->filled_files);
    if (!month.charge_set || !month.split) continue;
    add(month.split->direct_files);
    add(month.split->share_files);
    add(month.split->move_files);
  }
  APPORTION_ASSIGN(const auto commitments, commitment_files(control_plane, snapshot.scope()));
  for (const CommitmentFiles& of_dataset : commitments) add(of_dataset.files);
  return files;
}

}  // namespace apportion
