#include "lake/column_versions.h"

#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "lake/lake.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;

namespace fs = std::filesystem;

// The canonical columns, as if the last one had been added with the second version.
std::vector<ChargeColumn> with_a_new_column() {
  std::vector<ChargeColumn> columns(charge_columns().begin(), charge_columns().end());
  columns.back().since = 2;
  return columns;
}

class ColumnVersionsTest : public ::testing::Test {
 protected:
  ColumnVersionsTest() : engine_(std::move(Engine::open({})).value()) {}

  // A file of one charge with its row id, and `more` in the last column when that is to be there.
  fs::path write(const std::string& name, int row_id, const std::vector<ChargeColumn>& columns, bool has_last) {
    std::string values;
    for (std::size_t i = 0; i + (has_last ? 0 : 1) < columns.size(); ++i) {
      const bool is_last = i + 1 == columns.size();
      values += fmt::format("{}CAST({} AS {}) AS {}", values.empty() ? "" : ", ",
                            columns[i].name == "x_RowId" ? std::to_string(row_id)
                            : is_last                    ? "'more'"
                                                         : "NULL",
                            sql_type(columns[i].type), columns[i].name);
    }
    fs::path path = folder_ / name;
    const auto written = engine_.write_parquet("SELECT " + values, {}, path);
    EXPECT_TRUE(written) << written.error().message();
    return path;
  }

  std::string rows_of(const fs::path& path) { return engine_.rows_of_parquet(std::vector<fs::path>{path}); }

  // Row ids with the last column, `-` where it is unknown.
  Result<std::vector<std::string>> read(const std::string& rows, std::string_view last) {
    std::vector<std::string> lines;
    APPORTION_TRY(engine_.query(
        fmt::format("SELECT x_RowId, {} FROM {} r ORDER BY x_RowId", last, rows), {}, [&](const EngineRow& row) {
          lines.push_back(fmt::format("{} {}", row.integer(0), row.is_null(1) ? "-" : std::string(row.text(1))));
          return ok();
        }));
    return lines;
  }

  TestFolder folder_;
  Engine engine_;
};

TEST_F(ColumnVersionsTest, AColumnAddedLaterIsUnknownInOlderFiles) {
  const auto columns = with_a_new_column();
  const auto before = write("before.parquet", 1, columns, false);
  const auto after = write("after.parquet", 2, columns, true);
  const std::string both = rows_with_all_columns(columns, {{1, rows_of(before)}, {2, rows_of(after)}});
  const auto read_both = read(both, columns.back().name);
  ASSERT_TRUE(read_both) << read_both.error().message();
  EXPECT_THAT(*read_both, ElementsAre("1 -", "2 more"));
  const auto read_before = read(rows_with_all_columns(columns, {{1, rows_of(before)}}), columns.back().name);
  ASSERT_TRUE(read_before) << read_before.error().message();
  EXPECT_THAT(*read_before, ElementsAre("1 -"));
  const auto described = engine_.describe(fmt::format("SELECT * FROM {} r", both));
  ASSERT_TRUE(described);
  ASSERT_EQ(described->size(), columns.size()) << "all columns, in their order";
  for (std::size_t i = 0; i < columns.size(); ++i) EXPECT_EQ((*described)[i].name, columns[i].name);
}

TEST_F(ColumnVersionsTest, AFileThatShouldHaveAColumnAndLacksItIsRefused) {
  const auto columns = with_a_new_column();
  const auto lacking = write("lacking.parquet", 1, columns, false);
  const auto whole = write("whole.parquet", 2, columns, true);
  EXPECT_FALSE(read(rows_with_all_columns(columns, {{2, rows_of(lacking)}}), columns.back().name));
  EXPECT_FALSE(read(rows_with_all_columns(columns, {{1, rows_of(whole)}, {2, rows_of(lacking)}}), columns.back().name));
  const std::vector<fs::path> of_one_version{whole, lacking};
  EXPECT_FALSE(
      read(rows_with_all_columns(columns, {{2, engine_.rows_of_parquet(of_one_version)}}), columns.back().name));
}

TEST_F(ColumnVersionsTest, FilesOfOneVersionWithAllColumnsAreReadAsTheyAre) {
  EXPECT_EQ(rows_with_all_columns(charge_columns(), {{1, "files"}}), "files");
}

TEST_F(ColumnVersionsTest, TheLakeReadsFilesByTheirVersions) {
  const std::vector<ChargeColumn> columns(charge_columns().begin(), charge_columns().end());
  const Lake lake{fs::path(folder_.path())};
  std::vector<LakeFile> files;
  for (const int number : {1, 2}) {
    const auto path = write(fmt::format("{}.parquet", number), number, columns, true);
    files.push_back(*lake.describe(path, 1));
    EXPECT_EQ(files.back().version, kLakeVersion);
  }
  files[0].version = 1;
  ASSERT_TRUE(lake.open_charges(engine_, "opened", files));
  EXPECT_THAT(*read("opened", columns.back().name), ElementsAre("1 more", "2 more"));
}

// What files of the first version have is known for good. A column that is added says from which version on files have
// it, and `kLakeVersion` grows.
TEST_F(ColumnVersionsTest, AnAddedColumnSaysItsVersion) {
  std::string first;
  for (const ChargeColumn& column : charge_columns()) {
    EXPECT_LE(column.since, kLakeVersion) << column.name;
    if (column.since == 1) first += fmt::format("{} {}\n", column.name, sql_type(column.type));
  }
  const fs::path file = folder_ / "columns";
  ASSERT_TRUE(write_file_atomically(file, first));
  EXPECT_EQ(*content_hash_of(file), "71d2d8e9dc097f8a84cbb05bbc55fb42") << first;
}

// Moves as version 1 wrote them: several of a charge and customer.
TEST_F(ColumnVersionsTest, MovesAreOneAChargeAndCustomerWhateverVersionWroteThem) {
  const Lake lake{fs::path(folder_.path())};
  const auto write_moves = [&](const std::string& name, std::int64_t version, const std::string& moves) {
    fs::path path = folder_ / name;
    const auto written = engine_.write_parquet(
        fmt::format("SELECT CAST(id AS BIGINT) AS x_RowId, customer AS CustomerId, CAST(3 AS BIGINT) AS x_RuleNumber, "
                    "CAST(billed AS DECIMAL(38,18)) AS BilledCost, CAST(effective AS DECIMAL(38,18)) AS EffectiveCost, "
                    "CAST(0 AS DECIMAL(38,18)) AS ListCost, CAST(0 AS DECIMAL(38,18)) AS ContractedCost, "
                    "CAST(0 AS DECIMAL(38,18)) AS PricingQuantity, CAST(0 AS DECIMAL(38,18)) AS ConsumedQuantity "
                    "FROM (VALUES {}) v(id, customer, billed, effective)",
                    moves),
        {}, path);
    EXPECT_TRUE(written) << written.error().message();
    LakeFile file = *lake.describe(path, *written);
    file.version = version;
    return file;
  };
  const std::vector<LakeFile> files{
      write_moves("1.parquet", 1,
                  "(1, 'a', 0, 1.5), (1, 'b', 0, 1), (1, 'buyer', 0, -1.5), (1, 'buyer', 0, -1), "
                  "(2, 'c', 2, 0), (2, 'c', -2, 0)"),
      write_moves("2.parquet", 2, "(3, 'a', 4, 0), (3, 'buyer', -4, 0)")};
  const auto rows = lake.move_rows_of(engine_, files);
  ASSERT_TRUE(rows) << rows.error().message();
  std::vector<std::string> lines;
  const auto asked =
      engine_.query(fmt::format("SELECT x_RowId, CustomerId, x_RuleNumber, BilledCost, EffectiveCost FROM {} m "
                                "ORDER BY x_RowId, CustomerId",
                                *rows),
                    {}, [&](const EngineRow& row) {
                      lines.push_back(fmt::format("{} {} {} {} {}", row.integer(0), row.text(1), row.integer(2),
                                                  row.decimal(3).to_string(), row.decimal(4).to_string()));
                      return ok();
                    });
  ASSERT_TRUE(asked) << asked.error().message();
  EXPECT_THAT(lines, ElementsAre("1 a 3 0 1.5", "1 b 3 0 1", "1 buyer 3 0 -2.5", "3 a 3 4 0", "3 buyer 3 -4 0"));
}

}  // namespace
}  // namespace apportion
