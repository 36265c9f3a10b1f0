#include "pipeline/publication/cube_files.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "lake/cubes.h"
#include "lake/layout.h"
#include "lake/relations.h"
#include "pipeline/publication/customer_totals.sql.h"

namespace apportion {
namespace {

constexpr std::string_view kCells = "cube_cells";
constexpr const char* kOfAll = "all customers";

struct Sums {
  std::int64_t rows = 0;
  Decimal billed;
  Decimal effective;

  bool operator==(const Sums&) const = default;
};
using SumsByCustomer = std::map<std::pair<std::string, Currency>, Sums>;

SumsByCustomer sums_of(std::span<const SplitTotal> totals, const CubeDefinition& cube) {
  SumsByCustomer sums;
  for (const SplitTotal& total : totals) {
    Sums& sum = sums[{cube.has_customer ? total.customer.raw() : kOfAll, total.currency}];
    sum.rows += total.rows;
    sum.billed += total.costs[0];
    sum.effective += total.costs[1];
  }
  return sums;
}

// What a relation comes to, by customer and currency. `customer` and `rows`: whose a row is, and how rows are counted.
Result<std::vector<SplitTotal>> read_totals(Workbench& workbench, std::string_view relation, std::string_view customer,
                                            std::string_view rows) {
  std::vector<SplitTotal> totals;
  const std::string statement = fmt::format(fmt::runtime(sql::kCustomerTotalsSql), fmt::arg("relation", relation),
                                            fmt::arg("customer", customer), fmt::arg("rows", rows));
  APPORTION_TRY(workbench.query(statement, {}, [&](const EngineRow& row) {
    const auto currency = Currency::parse(row.text(1));
    APPORTION_CHECK(currency, "a stored charge has a currency");
    totals.push_back({CustomerId(std::string(row.text(0))),
                      *currency,
                      row.integer(2),
                      {row.decimal(3), row.decimal(4), Decimal(), Decimal()}});
    return ok();
  }));
  return totals;
}

Error differs(const CubeDefinition& cube, const PublishedMonth& month) {
  const std::string month_name = month.month.month.to_string();
  return {ErrorId::kCubeDiffersFromAssignments, "a cube does not add up to the assignments",
          fmt::format("{} {}", month.connection.name, month_name),
          fmt::format("the sums of {} are not those of the split; nothing was published", cube.name),
          "report this as a bug; then try again: " +
              step(Step::kSplitMonth, {{"connection", month.connection.name}, {"month", month_name}})};
}

// The file as it was written must say what the split says, not only the statement that made it.
Result<void> write_cube(Workbench& workbench, const Lake& lake, const CubeDefinition& cube,
                        const std::filesystem::path& folder, std::span<const SplitTotal> totals,
                        const PublishedMonth& month, Split& made) {
  const std::filesystem::path path = folder / lake_file_name(cube.content);
  APPORTION_ASSIGN(const std::int64_t cells,
                   workbench.write_parquet(cells_sql(cube, kCells), {}, path, ParquetPacking::kSearched));
  APPORTION_TRY(sync_to_disk(path));
  const std::string customer = cube.has_customer ? "CustomerId" : sql_literal(kOfAll);
  APPORTION_ASSIGN(const auto of_file, read_totals(workbench, workbench.rows_of_parquet(std::span(&path, 1)) + " cells",
                                                   customer, "sum(x_Rows)"));
  if (sums_of(of_file, cube) != sums_of(totals, cube)) return differs(cube, month);
  APPORTION_ASSIGN(LakeFile file, lake.describe(path, cells));
  (made.*cube.files).push_back(std::move(file));
  return ok();
}

}  // namespace

Result<std::vector<SplitTotal>> assigned_totals(Workbench& workbench, const Lake& lake, const Snapshot& snapshot) {
  APPORTION_TRY(open_stored_relations(workbench, lake, snapshot));
  return read_totals(workbench, "assigned_charges", "CustomerId", "count(*)");
}

Result<void> write_cubes(Workbench& workbench, const Lake& lake, const Snapshot& snapshot,
                         const std::filesystem::path& folder, std::span<const SplitTotal> totals, Split& made) {
  APPORTION_CHECK(snapshot.months().size() == 1, "cubes are of one month");
  APPORTION_TRY(open_stored_relations(workbench, lake, snapshot));
  APPORTION_TRY(workbench.make_table_of(kCells, all_cells_sql()));
  for (const CubeDefinition& cube : cube_definitions()) {
    if (cube.is_of(made)) continue;
    APPORTION_TRY(write_cube(workbench, lake, cube, folder, totals, snapshot.months().front(), made));
  }
  APPORTION_TRY(workbench.drop_table(kCells));
  return sync_to_disk(folder);
}

}  // namespace apportion
