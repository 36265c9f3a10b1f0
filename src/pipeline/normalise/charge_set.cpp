#include "pipeline/normalise/charge_set.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "foundation/model/charge_columns.h"
#include "lake/relations.h"
#include "pipeline/normalise/charge_file.h"
#include "pipeline/normalise/price_filling.h"
#include "pipeline/normalise/timing_rows.sql.h"
#include "store/live_import.h"

namespace apportion {
namespace {

constexpr std::string_view kCharges = "charges";
constexpr std::string_view kMirror = "mirror";

void add_files(const Import& import, std::string_view role, std::vector<LakeFile>& files) {
  for (const ImportFile& file : import.files) {
    if (file.role == role) files.push_back(file.file);
  }
}

std::vector<LakeFile> files_of(const Import& import, std::string_view role) {
  std::vector<LakeFile> files;
  add_files(import, role, files);
  return files;
}

// A column as two files' rows are compared by it: blanks between the members of a JSON object say nothing.
std::string compared(const ChargeColumn& column) {
  const std::string name = sql_identifier(column.name);
  if (column.type == ColumnType::kJson)
    return fmt::format("CASE WHEN json_valid({}) THEN CAST(json({}) AS VARCHAR) ELSE {} END", name, name, name);
  return column.match == ColumnMatch::kIgnoreCase ? fmt::format("lower({})", name) : name;
}

// Which charge a row is of.
std::string charge_hash() {
  constexpr auto kColumns =
      std::to_array<std::string_view>({"ChargePeriodStart", "x_CustomerTenantId", "x_SubscriptionId", "ResourceId",
                                       "x_SkuMeterId", "SkuId", "x_ChargeType", "PricingQuantity"});
  std::string list;
  for (const std::string_view name : kColumns)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", compared(charge_columns()[charge_column_index(name)]));
  return fmt::format("hash({})", list);
}

// All that a rule or a report may ask for, but for where the row comes from, its costs and its quantities, and columns
// that one of two files may lack: those that nobody knows, and one that partners' files are not documented to have.
std::string cells_hash() {
  constexpr auto kNotCompared =
      std::to_array<std::string_view>({"x_RowId", "x_ImportId", "x_BillSource", "x_SourceFile", "x_SourceLine",
                                       "x_SourceChanges", "x_OtherColumns", "x_CostAllocationRuleName"});
  std::string list;
  for (std::size_t i = 0; i < charge_columns().size(); ++i) {
    const ChargeColumn& column = charge_columns()[i];
    if (is_plain_decimal(i) || std::ranges::count(kNotCompared, column.name) > 0) continue;
    list += fmt::format("{}{}", list.empty() ? "" : ", ", compared(column));
  }
  return fmt::format("hash({})", list);
}

// Writes the timing rows; nothing when there are none after all.
Result<std::optional<LakeFile>> write_timing_rows(Engine& engine, const LiveImports& live, const Lake& lake,
                                                  const std::filesystem::path& folder, ImportId new_import) {
  const std::string columns = charge_columns_sql();
  APPORTION_TRY(lake.open_files(engine, "mirror", files_of(*live.actual, kMirror), columns));
  APPORTION_TRY(lake.open_files(engine, "amortized", files_of(*live.amortized, kCharges), columns));
  APPORTION_TRY(make_folder(folder));
  const std::filesystem::path path = folder / "timing.parquet";
  const std::vector<EngineValue> values{RowId(new_import, 0).stored()};
  const std::string rows_sql = fmt::format(fmt::runtime(sql::kTimingRowsSql), fmt::arg("charge", charge_hash()),
                                           fmt::arg("cells", cells_hash()));
  const std::string copy =
      fmt::format("COPY (SELECT * FROM ({}) ORDER BY x_RowId) TO {} (FORMAT parquet, COMPRESSION zstd)", rows_sql,
                  sql_literal(path.string()));
  APPORTION_ASSIGN(const std::int64_t rows, engine.execute_counting(copy, values));
  std::error_code failure;
  if (rows == 0) {
    std::filesystem::remove(path, failure);
    return std::optional<LakeFile>();
  }
  APPORTION_TRY(sync_to_disk(path));
  APPORTION_ASSIGN(LakeFile file, lake.describe(path, rows));
  return std::optional(std::move(file));
}

Result<AssembledCharges> charges_of_files(Engine& engine, const LiveImports& live, const Lake& lake,
                                          const std::filesystem::path& folder, ImportId new_import) {
  AssembledCharges assembled;
  if (!uses_cost_details(live)) {
    if (live.focus) {
      assembled.imports.push_back(live.focus->id);
      add_files(*live.focus, kCharges, assembled.files);
    }
    return assembled;
  }
  for (const auto& import : {live.actual, live.amortized}) {
    if (!import) continue;
    assembled.imports.push_back(import->id);
    add_files(*import, kCharges, assembled.files);
  }
  if (live.actual && !live.amortized) {
    add_files(*live.actual, kMirror, assembled.files);
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

Result<AssembledCharges> assemble_charges(Engine& engine, const LiveImports& live, std::span<const Import> sheets,
                                          const Lake& lake, const std::filesystem::path& folder, ImportId new_import) {
  APPORTION_ASSIGN(AssembledCharges assembled, charges_of_files(engine, live, lake, folder, new_import));
  const FillRequest request{assembled.files, sheets, !uses_cost_details(live), folder};
  APPORTION_ASSIGN(FilledPrices filled, fill_prices(engine, lake, request));
  assembled.filled = std::move(filled.file);
  if (!filled.notes.empty()) assembled.notes += (assembled.notes.empty() ? "" : "; ") + filled.notes;
  return assembled;
}

}  // namespace apportion
