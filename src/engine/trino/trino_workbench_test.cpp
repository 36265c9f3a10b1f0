#include "engine/trino/trino_workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/testing.h"
#include "engine/engine.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Files whose name begins with `known` are in a table.
class SomeTables final : public FileTables {
 public:
  Result<std::optional<std::string>> rows_of(std::span<const std::filesystem::path> files,
                                             const AskEngine& /*ask*/) override {
    if (!files.front().filename().string().starts_with("known")) return std::optional<std::string>();
    return std::optional<std::string>("(SELECT x FROM lake.apportion.charges FOR VERSION AS OF 3)");
  }
};

class TrinoWorkbenchTest : public ::testing::Test {
 protected:
  std::vector<std::int64_t> numbers(std::string_view sql, std::span<const EngineValue> values = {}) {
    std::vector<std::int64_t> found;
    const auto done = workbench_.query(sql, values, [&](const EngineRow& row) {
      found.push_back(row.integer(0));
      return ok();
    });
    EXPECT_TRUE(done) << done.error().message();
    return found;
  }
  void answer_of_cluster(std::int64_t number) {
    transport_.once(
        "POST", "/v1/statement",
        answer_with(200, R"({"columns":[{"name":"x","type":"bigint"}],"data":[[)" + std::to_string(number) + "]]}"));
  }
  std::string asked() const { return transport_.requests().back().body; }

  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "other.parquet";
  FakeTransport transport_;
  TrinoClient client_{transport_, {"http://127.0.0.1:8080", "lake", "apportion", "billing"}, {}};
  SomeTables tables_;
  Engine home_ = std::move(*Engine::open({}));
  TrinoWorkbench workbench_{client_, tables_, home_, Cancel()};
};

TEST_F(TrinoWorkbenchTest, AsksTheClusterForWhatIsInTables) {
  const std::vector<std::filesystem::path> files{"/lake/known.parquet"};
  ASSERT_TRUE(workbench_.view_over_parquet("charges", files, "x BIGINT"));
  answer_of_cluster(7);
  const std::vector<EngineValue> values{std::string("acme")};
  EXPECT_THAT(numbers("SELECT x FROM charges WHERE y = ?", values), ElementsAre(7));
  EXPECT_THAT(asked(), HasSubstr("EXECUTE IMMEDIATE 'WITH \"rows_of_files_0\" AS (\nSELECT * FROM (SELECT x FROM "
                                 "lake.apportion.charges FOR VERSION AS OF 3)\n)"));
  EXPECT_THAT(asked(), HasSubstr("USING 'acme'"));
  EXPECT_EQ(workbench_.counts().on_cluster, 1);
}

TEST_F(TrinoWorkbenchTest, RunsAtHomeWhatReadsAnotherFile) {
  ASSERT_TRUE(home_.execute("COPY (SELECT CAST(5 AS BIGINT) AS x) TO '" + file_.string() + "' (FORMAT parquet)"));
  const std::vector<std::filesystem::path> files{file_};
  ASSERT_TRUE(workbench_.view_over_parquet("charges", files, "x BIGINT"));
  ASSERT_TRUE(workbench_.make_table("factors", "factor BIGINT"));
  TableAppender rows = *workbench_.append_to("factors");
  ASSERT_TRUE(rows.integer(3).end_row().finish());
  const std::vector<EngineValue> values{std::int64_t{2}};
  EXPECT_THAT(numbers("SELECT x * factor * ? FROM charges, factors", values), ElementsAre(30));
  EXPECT_TRUE(transport_.requests().empty());
  EXPECT_EQ(workbench_.counts().at_home, 1);
}

TEST_F(TrinoWorkbenchTest, AFailingClusterIsNotReplacedByTheHome) {
  transport_.once("POST", "/v1/statement",
                  answer_with(200, R"({"error":{"message":"no","errorName":"CLUSTER_OUT_OF_MEMORY"}})"));
  EXPECT_FALSE(workbench_.open_cursor("SELECT 1 AS x", {}));
  EXPECT_EQ(workbench_.last_failure(), EngineFailure::kOutOfMemory);
  EXPECT_EQ(workbench_.counts().at_home, 0);
}

TEST_F(TrinoWorkbenchTest, ACursorThatIsLeftEndsTheStatement) {
  transport_.once("POST", "/v1/statement", answer_with(200, R"({"columns":[{"name":"x","type":"bigint"}],"data":[[1]],
"nextUri":"http://127.0.0.1:8080/v1/statement/q/1"})"));
  transport_.once("DELETE", "/q/1", answer_with(204));
  {
    auto cursor = workbench_.open_cursor("SELECT x FROM y", {});
    ASSERT_TRUE(cursor);
    EXPECT_EQ(*cursor->next([](const EngineRow&) { return ok(); }), 1U);
  }
  EXPECT_EQ(transport_.unused(), 0U);
}

TEST_F(TrinoWorkbenchTest, DescribesWithoutRows) {
  transport_.once("POST", "/v1/statement",
                  answer_with(200, R"json({"columns":[{"name":"Cost","type":"decimal(38, 18)"}]})json"));
  const auto columns = workbench_.describe("SELECT a AS Cost FROM b WHERE c = ?");
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 1U);
  EXPECT_EQ(columns->front().name, "Cost");
  EXPECT_EQ(columns->front().type, EngineType::kDecimal);
  EXPECT_THAT(asked(), HasSubstr("LIMIT 0' USING NULL"));
}

TEST_F(TrinoWorkbenchTest, KeepsRowsOfAStatementAsATable) {
  transport_.once("POST", "/v1/statement", answer_with(200, R"({"columns":[{"name":"x","type":"bigint"}]})"));
  transport_.once("POST", "/v1/statement", answer_with(200, R"({"columns":[{"name":"x","type":"bigint"}]})"));
  answer_of_cluster(4);
  ASSERT_TRUE(workbench_.make_table_of("kept", "SELECT x FROM y"));
  answer_of_cluster(4);
  EXPECT_THAT(numbers("SELECT x FROM kept"), ElementsAre(4));
  EXPECT_THAT(asked(), HasSubstr("(VALUES (CAST('4' AS BIGINT)))"));
}

}  // namespace
}  // namespace apportion
