#include "store/sqlite_internal.h"

#include <array>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;

SqliteDatabase open_new(const std::filesystem::path& file) {
  auto database = SqliteDatabase::open(file, {.create = true, .busy_timeout = std::chrono::milliseconds(50)});
  APPORTION_CHECK(database && database->use_write_ahead_log(), "a test needs a database");
  return std::move(*database);
}

TEST(Sqlite, BindsEveryKindOfValueAndReadsItBack) {
  const TestFolder folder;
  auto database = open_new(folder / "db");
  ASSERT_TRUE(database.execute("CREATE TABLE t (a, b, c, d, e)"));
  const std::string text("x'; --\0 ü", 10);
  ASSERT_TRUE(database.run("INSERT INTO t VALUES (?, ?, ?, ?, ?)",
                           {std::int64_t{1} << 60, text, std::optional<std::string>(), std::string_view(), true}));
  int rows = 0;
  ASSERT_TRUE(database.query("SELECT * FROM t", {}, [&](const SqliteRow& row) {
    ++rows;
    EXPECT_EQ(row.integer(0), std::int64_t{1} << 60);
    EXPECT_EQ(row.text(1), text);
    EXPECT_TRUE(row.is_null(2));
    EXPECT_FALSE(row.is_null(3));
    EXPECT_EQ(row.text(3), "");
    EXPECT_EQ(row.integer(4), 1);
    EXPECT_EQ(row.column_name(1), "b");
    return ok();
  }));
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(*database.query_integer("SELECT c FROM t"), std::nullopt);
  EXPECT_EQ(database.query_integer("SELECT nothing").error().id, ErrorId::kControlPlaneRefusedStatement);
}

TEST(Sqlite, IsDurableAndKeepsForeignKeys) {
  const TestFolder folder;
  auto database = open_new(folder / "db");
  EXPECT_EQ(*database.query_integer("PRAGMA synchronous"), 2);
  EXPECT_EQ(*database.query_integer("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(std::filesystem::status(folder / "db").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Sqlite, ATransactionThatIsNotCommittedIsUndone) {
  const TestFolder folder;
  auto database = open_new(folder / "db");
  ASSERT_TRUE(database.execute("CREATE TABLE t (a)"));
  {
    auto transaction = SqliteTransaction::begin_write(database);
    ASSERT_TRUE(transaction && database.execute("INSERT INTO t VALUES (1)"));
  }
  {
    auto transaction = SqliteTransaction::begin_write(database);
    ASSERT_TRUE(transaction && database.execute("INSERT INTO t VALUES (2)") && transaction->commit());
  }
  EXPECT_EQ(*database.query_integer("SELECT sum(a) FROM t"), 2);
}

TEST(Sqlite, AFullDiskIsSaidAndUndone) {
  const TestFolder folder;
  auto database = open_new(folder / "db");
  ASSERT_TRUE(database.execute("CREATE TABLE t (a TEXT); PRAGMA max_page_count = 20"));
  {
    auto transaction = SqliteTransaction::begin_write(database);
    const auto written = database.run("INSERT INTO t VALUES (?)", {std::string(200'000, 'x')});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().id, ErrorId::kDiskFull);
    EXPECT_THAT(written.error().message(), HasSubstr("the disk is full: " + (folder / "db").string()));
    EXPECT_THAT(written.error().next, HasSubstr("free some space"));
  }
  EXPECT_EQ(*database.query_integer("SELECT count(*) FROM t"), 0);
  EXPECT_TRUE(database.execute("INSERT INTO t VALUES ('small')"));
}

TEST(Sqlite, TellsWhetherItIsWriting) {
  const TestFolder folder;
  auto database = open_new(folder / "db");
  ASSERT_TRUE(database.execute("CREATE TABLE t (a)"));
  EXPECT_FALSE(database.is_writing());
  {
    auto transaction = SqliteTransaction::begin_write(database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (2)"));
    EXPECT_TRUE(database.is_writing());
  }
  EXPECT_FALSE(database.is_writing());
  auto reading = SqliteTransaction::begin_read(database);
  EXPECT_FALSE(database.is_writing());
}

TEST(Sqlite, AnotherWriterIsSaid) {
  const TestFolder folder;
  auto first = open_new(folder / "db");
  auto second = open_new(folder / "db");
  const auto writing = SqliteTransaction::begin_write(first);
  ASSERT_TRUE(writing);
  const auto refused = SqliteTransaction::begin_write(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kControlPlaneLocked);
  EXPECT_TRUE(SqliteTransaction::begin_read(second));
}

TEST(Sqlite, EachCodeHasItsErrorAndNextStep) {
  const TestFolder folder;
  const auto database = open_new(folder / "db");
  struct Case {
    int sqlite_code;  // numbers that SQLite documents as fixed
    ErrorKind kind;
  };
  for (const auto& [sqlite_code, kind] : std::to_array<Case>({{13, ErrorKind::kStorage},      // FULL
                                                              {8, ErrorKind::kForbidden},     // READONLY
                                                              {1032, ErrorKind::kForbidden},  // READONLY_DBMOVED
                                                              {14, ErrorKind::kForbidden},    // CANTOPEN
                                                              {26, ErrorKind::kStorage},      // NOTADB
                                                              {11, ErrorKind::kStorage},      // CORRUPT
                                                              {5, ErrorKind::kBusy},          // BUSY
                                                              {517, ErrorKind::kBusy},        // BUSY_SNAPSHOT
                                                              {10, ErrorKind::kStorage},      // IOERR
                                                              {18, ErrorKind::kBadInput},     // TOOBIG
                                                              {19, ErrorKind::kStorage}})) {  // CONSTRAINT
    const Error error = database.error(sqlite_code);
    EXPECT_EQ(error.kind(), kind) << sqlite_code;
    EXPECT_FALSE(error.what.empty() || error.where.empty() || error.why.empty() || error.next.empty()) << sqlite_code;
  }
}

TEST(Migrations, AreAppliedAllOrNone) {
  const TestFolder folder;
  auto database = open_new(folder / "db");
  const std::array<std::string_view, 2> broken = {"PRAGMA application_id = 1097887855; CREATE TABLE t (a)",
                                                  "CREATE TABLE u (a); CREATE TABLE t (a)"};
  EXPECT_FALSE(bring_up_to_date(database, broken));
  EXPECT_EQ(*database.query_integer("SELECT count(*) FROM sqlite_schema"), 0);
  EXPECT_EQ(*database.query_integer("PRAGMA user_version"), 0);
  EXPECT_TRUE(bring_up_to_date(database, control_plane_migrations()));
  EXPECT_EQ(*database.query_integer("PRAGMA user_version"),
            static_cast<std::int64_t>(control_plane_migrations().size()));
}

TEST(Migrations, RefuseADatabaseOfAnotherProgramAndDoNotTouchIt) {
  const TestFolder folder;
  {
    auto other = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(other && other->execute("CREATE TABLE theirs (a)"));
  }
  std::ifstream before_file(folder / "db", std::ios::binary);
  const std::string before(std::istreambuf_iterator<char>(before_file), {});
  const auto refused = open_control_plane_database(folder / "db", false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("another program"));
  std::ifstream after_file(folder / "db", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(after_file), {}), before);
}

}  // namespace
}  // namespace apportion
