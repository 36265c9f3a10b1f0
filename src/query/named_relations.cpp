#include "query/named_relations.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "lake/column_lists.h"
#include "lake/relations.h"
#include "query/months_report.h"
#include "query/named_assigned_charges.sql.h"
#include "query/named_assignments.sql.h"
#include "query/named_customers.sql.h"
#include "query/named_shares.sql.h"
#include "query/named_with_month.sql.h"

namespace apportion {
namespace {

constexpr auto kRelations = std::to_array<NamedRelation>({
    {"charges", "a charge as Microsoft delivered it"},
    {"assigned_charges",
     "a charge with its customer, a share of a charge, a move of its cost, or a carried change: the sums of reports"},
    {"assignments", "who got which charge, by which rule"},
    {"shares", "a share of a charge, or a move of its cost, with its amounts"},
    {"customers", "a customer, as it is called today"},
    {"customer_tenants", "a tenant of a customer"},
    {"months", "a bill month of a connection, with its state"},
    {"reservation_details", "the use of a reservation by an instance on a day"},
    {"reservation_transactions", "a purchase, payment, refund, exchange or cancellation of a reservation"},
    {"reservation_recommendations", "a reservation that Microsoft recommends to buy"},
});

// Columns that are not canonical ones.
struct OwnColumn {
  std::string_view name;
  std::string_view about;
};
constexpr auto kOwnColumns = std::to_array<OwnColumn>({
    {"Month", "Bill month, YYYY-MM"},
    {"CustomerId", "Customer, or `unassigned`"},
    {"CustomerName", "Name of the customer; in a locked month, as it was called then"},
    {"CustomerExternalId", "The customer's id in your other systems"},
    {"x_RuleNumber", "Number of the rule in the rule list; 0 when no rule matched"},
    {"x_AssignmentKind", "direct (the whole charge), share, or move of a commitment's cost"},
    {"x_AssignmentId", "Names the assignment, share or move within its month: row, kind and customer"},
    {"x_CarriedFrom", "The closed month of which a row is a later change; empty for charges"},
    {"x_RowCount", "1; for a change of a closed month, the rows added less those removed"},
    {"TenantId", "Entra tenant"},
    {"FromDay", "First day on which the tenant is the customer's; empty: always"},
    {"Connection", "Name of the connection"},
    {"State", "missing, partial, open, complete or locked"},
    {"Reason", "Why the month is in that state"},
    {"Charges", "Rows of the published charges"},
    {"Rejected", "Rows that could not be read"},
    {"IsSplit", "1 when the month is split, else 0"},
    {"DataAsOf", "When the oldest run in force was submitted, UTC"},
});

constexpr std::string_view kOfReservations = "As Microsoft's file has it";

NamedColumn described(std::string_view relation, const EngineColumn& column) {
  NamedColumn named{std::string(relation), column.name, ColumnType::kText, Audience::kPartner, kOfReservations};
  switch (column.type) {
    case EngineType::kText:
    case EngineType::kBoolean: break;
    case EngineType::kInteger: named.type = ColumnType::kInteger; break;
    case EngineType::kDecimal: named.type = ColumnType::kDecimal; break;
    case EngineType::kDay: named.type = ColumnType::kDay; break;
  }
  const auto own = std::ranges::find(kOwnColumns, column.name, &OwnColumn::name);
  const ChargeColumn* canonical = find_charge_column(column.name);
  if (own != kOwnColumns.end()) {
    named.about = own->about;
  } else if (canonical != nullptr && canonical->name == column.name) {
    named.type = canonical->type;
    named.audience = canonical->audience;
    named.about = canonical->about;
  }
  return named;
}

struct KeptRelation {
  std::string_view name;
  Dataset dataset;
};
constexpr auto kKeptRelations = std::to_array<KeptRelation>({
    {"reservation_details", Dataset::kReservationDetails},
    {"reservation_transactions", Dataset::kReservationTransactions},
    {"reservation_recommendations", Dataset::kReservationRecommendations},
});

std::string stored(std::string_view relation) { return fmt::format("stored_{}", relation); }

// The relations of lake/relations.h step aside for those that people may name.
Result<void> rename_stored_relations(Workbench& engine) {
  for (const char* const view : {"charges", "assigned_charges"}) APPORTION_TRY(engine.rename_view(view, stored(view)));
  for (const KeptRelation& kept : kKeptRelations) APPORTION_TRY(engine.rename_view(kept.name, stored(kept.name)));
  return engine.rename_table("customers", stored("customers"));
}

// Amounts that a split does not share stand in whole charges only.
std::string amount_of_whole_charge(std::string_view column) {
  constexpr auto kNotShared = std::to_array<std::string_view>(
      {"x_CostInPricingCurrency", "x_CostInUsd", "x_ListCostInUsd", "CommitmentDiscountQuantity"});
  const bool is_shared = std::ranges::find(kNotShared, column) == kNotShared.end();
  return is_shared ? std::string() : fmt::format("CASE WHEN a.x_AssignmentKind = 'direct' THEN a.{} END", column);
}

Result<void> make_named_views(Workbench& engine) {
  const auto with_month = [&engine](std::string_view name, std::string_view columns) {
    return engine.make_view(name, fmt::format(fmt::runtime(sql::kNamedWithMonthSql), fmt::arg("columns", columns),
                                              fmt::arg("relation", stored(name))));
  };
  APPORTION_TRY(with_month("charges", charge_column_list("c")));
  for (const KeptRelation& kept : kKeptRelations)
    APPORTION_TRY(with_month(kept.name, kept_column_list(kept.dataset) + ", x_BillSource"));
  APPORTION_TRY(engine.make_view("assigned_charges",
                                 fmt::format(fmt::runtime(sql::kNamedAssignedChargesSql),
                                             fmt::arg("columns", charge_column_list("a", amount_of_whole_charge)),
                                             fmt::arg("assignment_id", assignment_id_sql("a")))));
  const auto with_id = [](std::string_view statement) {
    return fmt::format(fmt::runtime(statement), fmt::arg("assignment_id", assignment_id_sql("a")));
  };
  APPORTION_TRY(engine.make_view("assignments", with_id(sql::kNamedAssignmentsSql)));
  APPORTION_TRY(engine.make_view("shares", with_id(sql::kNamedSharesSql)));
  return engine.make_view("customers", sql::kNamedCustomersSql);
}

Result<void> fill_tenants(Workbench& engine, const std::vector<Customer>& customers) {
  APPORTION_TRY(engine.make_table("customer_tenants", "CustomerId VARCHAR, TenantId VARCHAR, FromDay DATE"));
  APPORTION_ASSIGN(TableAppender rows, engine.append_to("customer_tenants"));
  for (const Customer& customer : customers) {
    for (const std::string& tenant : customer.tenant_ids) {
      rows.text(customer.id.raw()).text(tenant).null().end_row();
    }
    for (const DatedTenant& dated : customer.dated_tenants) {
      rows.text(customer.id.raw()).text(dated.id).day(dated.from).end_row();
    }
  }
  return rows.finish();
}

Result<void> fill_months(Workbench& engine, const ControlPlane& control_plane, const ReadScope& scope, Day today) {
  APPORTION_ASSIGN(const auto lines, months_report(control_plane, scope, today));
  APPORTION_TRY(engine.make_table("months",
                                  "Connection VARCHAR, Month VARCHAR, State VARCHAR, Reason VARCHAR, Charges BIGINT, "
                                  "Rejected BIGINT, IsSplit BIGINT, DataAsOf VARCHAR"));
  APPORTION_ASSIGN(TableAppender rows, engine.append_to("months"));
  for (const MonthLine& line : lines) {
    if (!scope.has_month(line.month)) continue;
    rows.text(line.connection).text(line.month.to_string()).text(line.status.name).text(line.status.reason);
    rows.integer(line.charges).integer(line.rejected).integer(line.split ? 1 : 0);
    (line.data_as_of.empty() ? rows.null() : rows.text(line.data_as_of)).end_row();
  }
  return rows.finish();
}

}  // namespace

std::span<const NamedRelation> named_relations() { return kRelations; }

Result<NamedRelations> open_named_relations(LakeReader& reader, const ReadScope& scope, Day today) {
  APPORTION_TRY(require_partner(scope, "the charges of all customers"));
  APPORTION_ASSIGN(Snapshot snapshot, Snapshot::take_with_carried(reader.control_plane(), scope));
  APPORTION_TRY(reader.open_relations(snapshot));
  APPORTION_TRY(reader.open_commitment_relations(scope));
  Workbench& workbench = reader.scratch();
  APPORTION_TRY(rename_stored_relations(workbench));
  APPORTION_TRY(make_named_views(workbench));
  APPORTION_TRY(fill_tenants(workbench, snapshot.customers()));
  APPORTION_TRY(fill_months(workbench, reader.control_plane(), scope, today));
  return NamedRelations(workbench, std::move(snapshot));
}

Result<std::vector<NamedColumn>> NamedRelations::columns() {
  std::vector<NamedColumn> columns;
  for (const NamedRelation& relation : kRelations) {
    APPORTION_ASSIGN(const auto of_relation,
                     workbench_->describe(fmt::format("SELECT * FROM {}", sql_identifier(relation.name))));
    for (const EngineColumn& column : of_relation) columns.push_back(described(relation.name, column));
  }
  return columns;
}

Result<std::int64_t> NamedRelations::write_parquet(std::string_view select, const std::filesystem::path& path) {
  return workbench_->write_parquet(select, {}, path);
}

}  // namespace apportion
