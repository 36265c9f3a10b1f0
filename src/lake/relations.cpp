#include "lake/relations.h"

#include <array>
#include <map>

#include <fmt/format.h>

#include "foundation/model/charge_columns.h"
#include "foundation/model/source_fields.h"
#include "lake/assigned_charges.sql.h"
#include "store/live_import.h"

namespace apportion {
namespace {

constexpr std::string_view kDirectAssignmentColumns = "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT";
constexpr std::string_view kShareAssignmentColumns =
    "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT, BilledCost DECIMAL(38,18), EffectiveCost DECIMAL(38,18), "
    "ListCost DECIMAL(38,18), ContractedCost DECIMAL(38,18), PricingQuantity DECIMAL(38,18), "
    "ConsumedQuantity DECIMAL(38,18)";

std::vector<std::filesystem::path> paths_in(const std::filesystem::path& lake, std::span<const LakeFile> files) {
  std::vector<std::filesystem::path> paths;
  for (const LakeFile& file : files) paths.push_back(lake / file.path);
  return paths;
}

// A view over the charges of some months, each row with its bill month.
class ChargesView {
 public:
  void add(const PublishedMonth& month, const std::filesystem::path& lake) {
    if (month.charge_set->files.empty()) return;
    std::string files;
    for (const auto& path : paths_in(lake, month.charge_set->files)) {
      files += fmt::format("{}{}", files.empty() ? "" : ", ", sql_literal(path.string()));
    }
    parts_ += fmt::format("{}SELECT *, {} AS x_BillMonth FROM read_parquet([{}], hive_partitioning = false)",
                          parts_.empty() ? "" : " UNION ALL ", sql_literal(month.month.month.to_string()), files);
  }

  Result<void> create(Engine& engine, std::string_view name) const {
    if (parts_.empty()) return engine.view_over_parquet(name, {}, charge_columns_sql() + ", x_BillMonth VARCHAR");
    return engine.execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", sql_identifier(name), parts_));
  }

 private:
  std::string parts_;
};

Result<void> fill_customers(Engine& engine, const ControlPlane& control_plane) {
  APPORTION_TRY(engine.execute(
      "CREATE OR REPLACE TEMP TABLE customers (CustomerId VARCHAR, CustomerName VARCHAR, CustomerExternalId VARCHAR)"));
  APPORTION_ASSIGN(const std::vector<Customer> customers, control_plane.customers());
  APPORTION_ASSIGN(TableAppender rows, engine.append_to("customers"));
  for (const Customer& customer : customers) {
    rows.text(customer.id.raw()).text(customer.name).text(customer.external_id).end_row();
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

Result<std::vector<PublishedMonth>> published_months(const ControlPlane& control_plane, const RelationScope& scope) {
  std::optional<ConnectionId> only;
  if (scope.connection) {
    APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(*scope.connection));
    only = connection.id;
  }
  APPORTION_ASSIGN(const std::vector<BillMonth> all, control_plane.bill_months());
  std::vector<PublishedMonth> months;
  for (const BillMonth& month : all) {
    if ((only && month.connection != *only) || (scope.month && month.month != *scope.month)) continue;
    APPORTION_ASSIGN(Connection connection, control_plane.connection(month.connection));
    PublishedMonth published{std::move(connection), month, std::nullopt, std::nullopt};
    if (month.charge_set) {
      APPORTION_ASSIGN(published.charge_set, control_plane.charge_set(*month.charge_set));
    }
    if (month.split) {
      APPORTION_ASSIGN(published.split, control_plane.split(*month.split));
    }
    months.push_back(std::move(published));
  }
  return months;
}

Result<void> open_relations(Engine& engine, const ControlPlane& control_plane, const std::filesystem::path& lake,
                            std::span<const PublishedMonth> months) {
  ChargesView all;
  ChargesView split;
  ChargesView unsplit;
  std::vector<std::filesystem::path> direct_files;
  std::vector<std::filesystem::path> share_files;
  std::vector<std::filesystem::path> move_files;
  for (const PublishedMonth& month : months) {
    if (!month.charge_set) continue;
    all.add(month, lake);
    if (!month.split) {
      unsplit.add(month, lake);
      continue;
    }
    split.add(month, lake);
    for (auto& path : paths_in(lake, month.split->direct_files)) direct_files.push_back(std::move(path));
    for (auto& path : paths_in(lake, month.split->share_files)) share_files.push_back(std::move(path));
    for (auto& path : paths_in(lake, month.split->move_files)) move_files.push_back(std::move(path));
  }
  APPORTION_TRY(all.create(engine, "charges"));
  APPORTION_TRY(split.create(engine, "split_charges"));
  APPORTION_TRY(unsplit.create(engine, "unsplit_charges"));
  APPORTION_TRY(engine.view_over_parquet("direct_assignments", direct_files, kDirectAssignmentColumns));
  APPORTION_TRY(engine.view_over_parquet("share_assignments", share_files, kShareAssignmentColumns));
  APPORTION_TRY(engine.view_over_parquet("move_assignments", move_files, kShareAssignmentColumns));
  APPORTION_TRY(engine.execute(sql::kAssignedChargesSql));
  return fill_customers(engine, control_plane);
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

// Rows of the datasets that tell of commitments, by dataset, as a union of the files in force.
class CommitmentViews {
 public:
  void add(const Connection& connection, Month month, std::span<const Import> imports,
           const std::filesystem::path& lake) {
    for (const CommitmentRelation& relation : kCommitmentRelations) {
      const auto live = live_import(imports, relation.dataset);
      if (!live || live->files.empty()) continue;
      std::string files;
      for (const ImportFile& file : live->files) {
        files += fmt::format("{}{}", files.empty() ? "" : ", ", sql_literal((lake / file.file.path).string()));
      }
      std::string& part = parts_[relation.dataset];
      part += fmt::format(
          "{}SELECT *, {} AS x_BillSource, {} AS x_BillMonth FROM read_parquet([{}], hive_partitioning = false)",
          part.empty() ? "" : " UNION ALL ", sql_literal(connection.name), sql_literal(month.to_string()), files);
    }
  }

  Result<void> create(Engine& engine) const {
    for (const CommitmentRelation& relation : kCommitmentRelations) {
      const auto part = parts_.find(relation.dataset);
      const std::string none = commitment_columns_sql(relation.dataset) + ", x_BillSource VARCHAR, x_BillMonth VARCHAR";
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

std::string commitment_columns_sql(Dataset dataset) {
  std::string columns = "x_RowId BIGINT, x_SourceFile VARCHAR, x_SourceLine BIGINT, x_OtherColumns VARCHAR";
  for (const CommitmentRelation& relation : kCommitmentRelations) {
    if (relation.dataset != dataset) continue;
    for (const SourceField& field : fields_of(relation.kind))
      columns += fmt::format(", {} {}", field.column, sql_type(field.kind));
  }
  return columns;
}

Result<void> open_commitment_relations(Engine& engine, const ControlPlane& control_plane,
                                       const std::filesystem::path& lake, const RelationScope& scope) {
  APPORTION_ASSIGN(const std::vector<Connection> connections, control_plane.connections());
  CommitmentViews views;
  for (const Connection& connection : connections) {
    if (scope.connection && *scope.connection != connection.name) continue;
    APPORTION_ASSIGN(std::vector<Import> imports, control_plane.imports(connection.id, scope.month));
    std::map<Month, std::vector<Import>> by_month;
    for (Import& import : imports) by_month[import.month].push_back(std::move(import));
    for (const auto& [month, of_month] : by_month) views.add(connection, month, of_month, lake);
  }
  return views.create(engine);
}

}  // namespace apportion
