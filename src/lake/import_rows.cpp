#include "lake/import_rows.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "lake/column_lists.h"
#include "lake/stand_in_rows.sql.h"

namespace apportion {
namespace {

// What a charge does not say of the row that it stands in for.
std::string own_column(std::string_view column) {
  constexpr auto kOwn = std::to_array<std::string_view>({"x_RowId", "x_ImportId", "x_SourceFile", "x_SourceLine"});
  if (column == "EffectiveCost") return "CAST(0 AS DECIMAL(38,18))";
  return std::ranges::count(kOwn, column) > 0 ? fmt::format("s.{}", column) : std::string();
}

// The rows of an import that others stand in for, of which there must be some, as the text after FROM.
Result<std::string> stand_in_rows_of(const Workbench& workbench, const Lake& lake, const Import& import) {
  const std::vector<LakeFile> stand_in_files = files_of_role(import, kStandInChargesFile);
  APPORTION_CHECK(!stand_in_files.empty(), "rows stand in for those of an import, and their files are known");
  APPORTION_ASSIGN(const std::string charges, lake.charge_rows_of(workbench, stand_in_files));
  APPORTION_ASSIGN(const std::string stand_ins, lake.rows_of(workbench, files_of_role(import, kStandInsFile)));
  return fmt::format(
      "({})", fmt::format(fmt::runtime(sql::kStandInRowsSql), fmt::arg("columns", charge_column_list("c", own_column)),
                          fmt::arg("charges", charges), fmt::arg("stand_ins", stand_ins)));
}

Result<void> add_rows(const Workbench& workbench, const Lake& lake, const Import& import, bool with_charges,
                      std::vector<std::string>& rows) {
  std::vector<LakeFile> whole = files_of_role(import, kMirrorFile);
  if (with_charges) std::ranges::copy(files_of_role(import, kChargesFile), std::back_inserter(whole));
  if (!whole.empty()) {
    APPORTION_ASSIGN(rows.emplace_back(), lake.charge_rows_of(workbench, whole));
  }
  if (has_stand_ins(import)) {
    APPORTION_ASSIGN(rows.emplace_back(), stand_in_rows_of(workbench, lake, import));
  }
  return ok();
}

Result<void> open_rows(Workbench& workbench, const Lake& lake, std::string_view relation,
                       std::span<const std::string> rows) {
  if (rows.empty()) return lake.open_charges(workbench, relation, {});
  std::string select;
  for (const std::string& some : rows)
    select += fmt::format("{}SELECT * FROM {} some_rows", select.empty() ? "" : " UNION ALL ", some);
  return workbench.make_view(relation, select);
}

}  // namespace

bool has_stand_ins(const Import& import) {
  return std::ranges::any_of(import.files, [](const ImportFile& file) { return file.role == kStandInsFile; });
}

std::vector<LakeFile> files_of_role(const Import& import, std::string_view role) {
  std::vector<LakeFile> files;
  for (const ImportFile& file : import.files) {
    if (file.role == role) files.push_back(file.file);
  }
  return files;
}

Result<void> open_stand_in_rows(Workbench& workbench, const Lake& lake, std::string_view relation,
                                const Import& import) {
  APPORTION_ASSIGN(const std::string rows, stand_in_rows_of(workbench, lake, import));
  return open_rows(workbench, lake, relation, std::span(&rows, 1));
}

Result<void> open_mirror_rows(Workbench& workbench, const Lake& lake, std::string_view relation, const Import& import) {
  std::vector<std::string> rows;
  APPORTION_TRY(add_rows(workbench, lake, import, false, rows));
  return open_rows(workbench, lake, relation, rows);
}

Result<void> open_rows_of_imports(Workbench& workbench, const Lake& lake, std::string_view relation,
                                  std::span<const Import> imports) {
  std::vector<std::string> rows;
  for (const Import& import : imports) APPORTION_TRY(add_rows(workbench, lake, import, true, rows));
  return open_rows(workbench, lake, relation, rows);
}

}  // namespace apportion
