#include "pipeline/normalise/charge_set.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "foundation/model/charge_columns.h"
#include "lake/column_lists.h"
#include "lake/import_rows.h"
#include "lake/layout.h"
#include "lake/relations.h"
#include "pipeline/normalise/charge_file.h"
#include "pipeline/normalise/price_filling.h"
#include "pipeline/normalise/timing_rows.sql.h"
#include "store/live_import.h"

namespace apportion {
namespace {

void add_files(const Import& import, std::string_view role, std::vector<LakeFile>& files) {
  std::ranges::move(files_of_role(import, role), std::back_inserter(files));
}

// A column as two files' rows are compared by it: blanks between the members of a JSON object say nothing.
std::string compared(const ChargeColumn& column, const Dialect& dialect) {
  const std::string name = sql_identifier(column.name);
  if (column.type == ColumnType::kJson) return dialect.compact_json(name, name);
  return column.match == ColumnMatch::kIgnoreCase ? fmt::format("lower({})", name) : name;
}

// Which charge a row is of.
std::string charge_hash(const Dialect& dialect) {
  constexpr auto kColumns =
      std::to_array<std::string_view>({"ChargePeriodStart", "x_CustomerTenantId", "x_SubscriptionId", "ResourceId",
                                       "x_SkuMeterId", "SkuId", "x_ChargeType", "PricingQuantity"});
  std::string list;
  for (const std::string_view name : kColumns)
    list +=
        fmt::format("{}{}", list.empty() ? "" : ", ", compared(charge_columns()[charge_column_index(name)], dialect));
  return dialect.hash_of(list);
}

// All that a rule or a report may ask for, but for where the row comes from, its costs and its quantities, and columns
// that one of two files may lack: those that nobody knows, and one that partners' files are not documented to have.
std::string cells_hash(const Dialect& dialect) {
  constexpr auto kNotCompared =
      std::to_array<std::string_view>({"x_RowId", "x_ImportId", "x_BillSource", "x_SourceFile", "x_SourceLine",
                                       "x_SourceChanges", "x_OtherColumns", "x_CostAllocationRuleName"});
  std::string list;
  for (std::size_t i = 0; i < charge_columns().size(); ++i) {
    const ChargeColumn& column = charge_columns()[i];
    if (is_plain_decimal(i) || std::ranges::count(kNotCompared, column.name) > 0) continue;
    list += fmt::format("{}{}", list.empty() ? "" : ", ", compared(column, dialect));
  }
  return dialect.hash_of(list);
}

// Timing rows are about the bill alone: they carry billed cost, with its cost in the currencies beside it.
std::string timing_column(std::string_view column) {
  constexpr auto kNothing =
      std::to_array<std::string_view>({"EffectiveCost", "ListCost", "ContractedCost", "x_ListCostInUsd"});
  constexpr auto kUnknown =
      std::to_array<std::string_view>({"PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity"});
  if (std::ranges::count(kNothing, column) > 0) return "CAST(0 AS DECIMAL(38,18))";
  if (std::ranges::count(kUnknown, column) > 0) return "CAST(NULL AS DECIMAL(38,18))";
  return column == "x_SourceChanges" ? "told.why" : "";
}

std::string counter_row_column(std::string_view column) {
  constexpr auto kNegated = std::to_array<std::string_view>({"BilledCost", "x_CostInPricingCurrency", "x_CostInUsd"});
  if (column == "x_RowId") return "CAST(? AS BIGINT) + row_number() OVER (ORDER BY c.x_RowId)";
  return std::ranges::count(kNegated, column) > 0 ? fmt::format("-c.{}", column) : timing_column(column);
}

// Writes the rows of a statement to a file of the new import; nothing when there are none.
Result<std::optional<LakeFile>> write_rows(Workbench& engine, const Lake& lake, const std::filesystem::path& path,
                                           const std::string& rows_sql, std::span<const EngineValue> values) {
  APPORTION_TRY(make_folder(path.parent_path()));
  APPORTION_ASSIGN(const std::int64_t rows, engine.write_parquet(rows_sql, values, path));
  std::error_code failure;
  if (rows == 0) {
    std::filesystem::remove(path, failure);
    return std::optional<LakeFile>();
  }
  APPORTION_TRY(sync_to_disk(path));
  APPORTION_ASSIGN(LakeFile file, lake.describe(path, rows));
  return std::optional(std::move(file));
}

// The mirror rows that others stand in for, as charges of a month that has no amortized run (any more).
Result<void> add_mirror_rows(Workbench& engine, const Import& actual, const Lake& lake,
                             const std::filesystem::path& folder, std::vector<LakeFile>& files) {
  add_files(actual, kMirrorFile, files);
  if (!has_stand_ins(actual)) return ok();
  APPORTION_TRY(open_stand_in_rows(engine, lake, "mirror", actual));
  const std::filesystem::path path = folder / lake_file_name(LakeContent::kWholeMirror);
  APPORTION_ASSIGN(const auto whole, write_rows(engine, lake, path, "SELECT * FROM mirror ORDER BY x_RowId", {}));
  if (whole) files.push_back(*whole);
  return ok();
}

// Writes the timing rows; nothing when there are none after all.
Result<std::optional<LakeFile>> write_timing_rows(Workbench& engine, const LiveImports& live, const Lake& lake,
                                                  const std::filesystem::path& folder, ImportId new_import) {
  APPORTION_TRY(open_mirror_rows(engine, lake, "mirror", *live.actual));
  APPORTION_TRY(lake.open_charges(engine, "amortized", files_of_role(*live.amortized, kChargesFile)));
  const std::filesystem::path path = folder / lake_file_name(LakeContent::kTimingRows);
  const std::vector<EngineValue> values{RowId(new_import, 0).stored()};
  const std::string rows_sql =
      fmt::format(fmt::runtime(sql::kTimingRowsSql), fmt::arg("charge", charge_hash(engine.dialect())),
                  fmt::arg("cells", cells_hash(engine.dialect())),
                  fmt::arg("charge_columns", charge_column_list("c", timing_column)),
                  fmt::arg("counter_row_columns", charge_column_list("c", counter_row_column)));
  return write_rows(engine, lake, path, rows_sql, values);
}

Result<AssembledCharges> charges_of_files(Workbench& engine, const LiveImports& live, const Lake& lake,
                                          const std::filesystem::path& folder, ImportId new_import) {
  AssembledCharges assembled;
  if (!uses_cost_details(live)) {
    if (live.focus) {
      assembled.imports.push_back(live.focus->id);
      add_files(*live.focus, kChargesFile, assembled.files);
    }
    return assembled;
  }
  for (const auto& import : {live.actual, live.amortized}) {
    if (!import) continue;
    assembled.imports.push_back(import->id);
    add_files(*import, kChargesFile, assembled.files);
  }
  if (live.actual && !live.amortized) {
    APPORTION_TRY(add_mirror_rows(engine, *live.actual, lake, folder, assembled.files));
    assembled.notes = "there is no amortized run: effective cost is unknown";
  } else if (live.amortized && !live.actual) {
    assembled.notes = "there is no actual run: purchases of commitments are missing";
  } else if (live.actual->mirror_checksum != live.amortized->mirror_checksum) {
    APPORTION_ASSIGN(const auto timing, write_timing_rows(engine, live, lake, folder, new_import));
    if (timing) {
      assembled.files.push_back(*timing);
      assembled.timing_rows = timing->rows;
      assembled.notes =
          fmt::format("the actual and the amortized run disagree: {} timing rows balance them", timing->rows);
    }
  }
  return assembled;
}

}  // namespace

Result<AssembledCharges> assemble_charges(Workbench& engine, const LiveImports& live, std::span<const Import> sheets,
                                          const Lake& lake, const std::filesystem::path& folder, ImportId new_import) {
  APPORTION_ASSIGN(AssembledCharges assembled, charges_of_files(engine, live, lake, folder, new_import));
  const FillRequest request{assembled.files, sheets, !uses_cost_details(live), folder};
  APPORTION_ASSIGN(FilledPrices filled, fill_prices(engine, lake, request));
  assembled.filled = std::move(filled.file);
  if (!filled.notes.empty()) assembled.notes += (assembled.notes.empty() ? "" : "; ") + filled.notes;
  return assembled;
}

}  // namespace apportion
