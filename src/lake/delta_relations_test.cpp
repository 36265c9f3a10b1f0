#include "lake/delta_relations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::HasSubstr;

// A row of the answer to what a table has.
struct FileRow final : EngineRow {
  FileRow(std::string its_address, std::int64_t its_bytes, std::int64_t its_rows)
      : address(std::move(its_address)), bytes(its_bytes), rows(its_rows) {}
  bool is_null(std::size_t) const override { return false; }
  std::string_view text(std::size_t) const override { return address; }
  std::int64_t integer(std::size_t column) const override { return column == 1 ? bytes : rows; }
  Decimal decimal(std::size_t) const override { return {}; }
  Day day(std::size_t) const override { return Day(0); }

  std::string address;
  std::int64_t bytes;
  std::int64_t rows;
};

const std::string kOne = "month=2026-10/connection=acme/import=1/charges-0.parquet";
const std::string kTwo = "month=2026-10/connection=acme/import=1/charges-1.parquet";
const std::string kOther = "month=2026-09/connection=it's/import=2/charges-0.parquet";

class DeltaRelationsTest : public ::testing::Test {
 protected:
  DeltaRelationsTest() : relations_("/home/lake", {table()}, {"lake", "apportion"}) {}

  static ReadableDeltaTable table() {
    ReadableDeltaTable table{"charges", {"x_RowId", "BilledCost"}, 7, {}, {}};
    table.files[kOne] = {10, 3, {{"x_BillMonth", "2026-10"}, {"x_Connection", "acme"}}};
    table.files[kTwo] = {11, 4, {{"x_BillMonth", "2026-10"}, {"x_Connection", "acme"}}};
    table.files[kOther] = {12, 5, {{"x_BillMonth", "2026-09"}, {"x_Connection", "it's"}}};
    for (const auto& [path, file] : table.files) table.sources[path] = "charges/" + path;
    return table;
  }

  Result<std::optional<std::string>> rows_of(const std::vector<std::string>& paths) {
    std::vector<std::filesystem::path> files;
    for (const std::string& path : paths) files.emplace_back("/home/lake/" + path);
    return relations_.rows_of(files, [this](std::string_view sql, const RowVisitor& visit) -> Result<void> {
      ++asked_;
      EXPECT_THAT(std::string(sql), HasSubstr("FROM \"lake\".\"apportion\".\"charges\" FOR VERSION AS OF 7"));
      for (const FileRow& row : there_) APPORTION_TRY(visit(row));
      return ok();
    });
  }

  DeltaRelations relations_;
  std::vector<FileRow> there_{{"local:///x/delta/charges/" + kOne, 10, 3},
                              {"local:///x/delta/charges/" + kTwo, 11, 4},
                              {"local:///x/delta/charges/" + kOther, 12, 5}};
  int asked_ = 0;
};

TEST_F(DeltaRelationsTest, WholePartitionsAreNamedByTheirValues) {
  const auto rows = rows_of({"charges/" + kOne, "charges/" + kTwo, "charges/" + kOther});
  ASSERT_TRUE(rows && *rows);
  EXPECT_EQ(**rows,
            "(SELECT \"x_RowId\", \"BilledCost\" FROM \"lake\".\"apportion\".\"charges\" FOR VERSION AS OF 7 WHERE "
            "(\"x_BillMonth\" = '2026-09' AND \"x_Connection\" = 'it''s') OR "
            "(\"x_BillMonth\" = '2026-10' AND \"x_Connection\" = 'acme'))");
}

TEST_F(DeltaRelationsTest, SomeFilesOfAPartitionAreNamedByTheirPaths) {
  const auto rows = rows_of({"charges/" + kTwo});
  ASSERT_TRUE(rows && *rows);
  EXPECT_THAT(**rows, HasSubstr("AND (substr(\"$path\", -57) = '/" + kTwo + "')"));
}

TEST_F(DeltaRelationsTest, FilesOfNoTableHaveNoRowsThere) {
  const auto rows = rows_of({"charges/" + kOne, "charges/month=2026-10/connection=acme/import=1/mirror-0.parquet"});
  ASSERT_TRUE(rows);
  EXPECT_FALSE(*rows);
  EXPECT_EQ(asked_, 0);
}

TEST_F(DeltaRelationsTest, ATableIsComparedOnce) {
  ASSERT_TRUE(rows_of({"charges/" + kOne}));
  ASSERT_TRUE(rows_of({"charges/" + kTwo}));
  EXPECT_EQ(asked_, 1);
}

TEST_F(DeltaRelationsTest, ATableWithOtherFilesIsRefused) {
  const std::vector<FileRow> right = there_;
  there_.pop_back();
  EXPECT_THAT(rows_of({"charges/" + kOne}).error().why, HasSubstr("import=2/charges-0.parquet is not there"));
  there_ = right;
  there_.emplace_back("local:///x/delta/charges/month=2026-10/connection=acme/import=9/charges-0.parquet", 1, 1);
  EXPECT_THAT(rows_of({"charges/" + kOne}).error().why, HasSubstr("import=9/charges-0.parquet is not published"));
  there_ = right;
  there_[0].rows = 2;
  EXPECT_THAT(rows_of({"charges/" + kOne}).error().why, HasSubstr("has 2 rows there, and 3 were published"));
  there_ = right;
  there_[0].bytes = 9;
  EXPECT_FALSE(rows_of({"charges/" + kOne}));
  there_ = right;
  EXPECT_TRUE(rows_of({"charges/" + kOne}));
}

}  // namespace
}  // namespace apportion
