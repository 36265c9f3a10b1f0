// What a Trino cluster, whose address is in APPORTION_TRINO_URL, answers beside the embedded engine: values, types,
// sums at the limits, and the expressions of the dialects. Run by test_cluster.py.
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/curl_transport.h"
#include "engine/engine.h"
#include "engine/trino/trino_client.h"
#include "engine/trino/trino_workbench.h"
#include "foundation/base/check.h"

namespace apportion {
namespace {

class NoTables final : public FileTables {
 public:
  Result<std::optional<std::string>> rows_of(std::span<const std::filesystem::path>, const AskEngine&) override {
    return std::optional<std::string>();
  }
};

std::string cell_text(const EngineRow& row, std::size_t column, EngineType type) {
  if (row.is_null(column)) return "nothing";
  switch (type) {
    case EngineType::kText: return std::string(row.text(column));
    case EngineType::kInteger:
    case EngineType::kBoolean: return std::to_string(row.integer(column));
    case EngineType::kDecimal: return row.decimal(column).to_string();
    case EngineType::kDay: return row.day(column).to_string();
  }
  return "";
}

class TrinoLive : public ::testing::Test {
 protected:
  static std::string url() {
    const char* url = std::getenv("APPORTION_TRINO_URL");
    APPORTION_CHECK(url != nullptr, "APPORTION_TRINO_URL names the cluster");
    return url;
  }

  // The rows of a statement, each as a text of its cells; or that there are none, since it failed.
  static std::vector<std::string> rows(Workbench& workbench, std::string_view sql,
                                       std::span<const EngineValue> values) {
    const std::vector<EngineColumn> columns = *workbench.describe(sql);
    std::vector<std::string> found;
    const auto done = workbench.query(sql, values, [&](const EngineRow& row) {
      std::string& cells = found.emplace_back();
      for (std::size_t i = 0; i < columns.size(); ++i) cells += cell_text(row, i, columns[i].type) + "|";
      return ok();
    });
    if (!done) found = {"failed"};
    return found;
  }

  std::vector<std::string> same(const std::string& of_embedded, const std::string& of_trino,
                                std::span<const EngineValue> values = {}) {
    const auto embedded = rows(embedded_, of_embedded, values);
    const auto answered = rows(trino_, of_trino, values);
    EXPECT_EQ(answered, embedded) << of_trino;
    return answered;
  }
  std::vector<std::string> same(const std::string& sql, std::span<const EngineValue> values = {}) {
    return same(sql, sql, values);
  }

  CurlTransport curl_{CurlOptions()};
  TrinoClient client_{curl_, {url(), "lake", "apportion", "apportion"}, {}};
  NoTables tables_;
  Engine home_ = std::move(*Engine::open({}));
  Engine embedded_ = std::move(*Engine::open({}));
  TrinoWorkbench trino_{client_, tables_, home_, Cancel()};
};

const Decimal kMost = Decimal::parse("99999999999999999999.999999999999999999").value;

TEST_F(TrinoLive, BoundValuesComeBackAsTheyAre) {
  const std::vector<EngineValue> values{std::string("it's ä ? -- \"quoted\" \\ \n 中"),
                                        std::int64_t{INT64_MIN + 1},
                                        kMost,
                                        kMost.negated(),
                                        Decimal::from_units(-1),
                                        *Day::parse("2024-02-29"),
                                        EngineValue()};
  const auto found = same(
      "SELECT CAST(? AS VARCHAR), CAST(? AS BIGINT), CAST(? AS DECIMAL(38,18)), CAST(? AS DECIMAL(38,18)), "
      "CAST(? AS DECIMAL(38,18)), CAST(? AS DATE), CAST(? AS VARCHAR), 1 = 1",
      values);
  EXPECT_THAT(found, testing::ElementsAre(testing::HasSubstr("-99999999999999999999.999999999999999999")));
}

TEST_F(TrinoLive, SumsAreExactUpToTheirLimitAndFailBeyond) {
  const std::string sum =
      "SELECT sum(x), sum(-x), count(x), count(*) FROM (SELECT CAST(? AS DECIMAL(38,18)) AS x "
      "UNION ALL SELECT CAST(? AS DECIMAL(38,18)) UNION ALL SELECT NULL) amounts";
  const Decimal unit = Decimal::from_units(1);
  const std::vector<EngineValue> fits{kMost - unit, unit};
  EXPECT_THAT(same(sum, fits), testing::ElementsAre(testing::HasSubstr("99999999999999999999.999999999999999999|-")));
  const std::vector<EngineValue> nothing{EngineValue(), EngineValue()};
  EXPECT_THAT(same(sum, nothing), testing::ElementsAre("nothing|nothing|0|3|"));
  const std::vector<EngineValue> too_large{kMost, kMost};
  EXPECT_THAT(rows(trino_, sum, too_large), testing::ElementsAre("failed"));
}

TEST_F(TrinoLive, OrderAndComparisonOfTextsAreThoseOfBytes) {
  ASSERT_TRUE(embedded_.make_table("texts", "x VARCHAR"));
  ASSERT_TRUE(trino_.make_table("texts", "x VARCHAR"));
  for (Workbench* workbench : std::initializer_list<Workbench*>{&embedded_, &trino_}) {
    TableAppender rows = *workbench->append_to("texts");
    for (const char* text : {"b", "B", "a", "ä", "Z", "中", "", "\xF0\x9F\x92\xB6", "\xEF\xBC\xA1", "a b", "İ"})
      rows.text(text).end_row();
    ASSERT_TRUE(rows.null().end_row().finish());
  }
  same("SELECT x FROM texts ORDER BY x NULLS FIRST");
  same(
      "SELECT x, nullif(x, '') IS NULL, x IS DISTINCT FROM 'a', coalesce(x, 'none') FROM texts ORDER BY x NULLS FIRST");
  same("SELECT min(x), max(x), count(DISTINCT x) FROM texts");
  same("SELECT lower(x) FROM texts WHERE x <> 'İ' ORDER BY x");
}

TEST_F(TrinoLive, TagsAreReadTheSame) {
  const std::string statement = "SELECT {} FROM (SELECT CAST(? AS VARCHAR) AS Tags) a";
  for (const auto& [tags, key] :
       std::initializer_list<std::pair<const char*, const char*>>{{R"({"env":"prod","x":"y"})", "/env"},
                                                                  {R"({"a b":"s"})", "/a b"},
                                                                  {R"({"a.b":"s"})", "/a.b"},
                                                                  {R"({"a\"b":"s"})", "/a\"b"},
                                                                  {R"({"a/b":"s"})", "/a~1b"},
                                                                  {R"({"a~b":"s"})", "/a~0b"},
                                                                  {R"({"*":"s","b":"t"})", "/*"},
                                                                  {R"({"a":1.50})", "/a"},
                                                                  {R"({"a":true})", "/a"},
                                                                  {R"({"a":null})", "/a"},
                                                                  {R"({"a":""})", "/a"},
                                                                  {R"({"b":"x"})", "/a"},
                                                                  {R"({"a":"ä中"})", "/a"},
                                                                  {R"({"a":"x\ny"})", "/a"},
                                                                  {"not json", "/a"},
                                                                  {"", "/a"},
                                                                  {R"({"a":{"b":"c"}})", "/a"},
                                                                  {R"({"a":"s","a":"t"})", "/a"},
                                                                  {R"({"a'b":"s"})", "/a'b"},
                                                                  {R"({"a":["x"]})", "/a"}}) {
    // The key stands in front of the tags.
    const std::vector<EngineValue> values{std::string(key), std::string(tags)};
    const auto with = [&](const Dialect& dialect) {
      std::string text = statement;
      return text.replace(text.find("{}"), 2, dialect.json_text_at("a.Tags", "?"));
    };
    same(with(embedded_.dialect()), with(trino_.dialect()), values);
  }
}

TEST_F(TrinoLive, JsonIsMadeCompactTheSame) {
  for (const char* text : {R"({ "b" : "x  y", "a":  [1.5, 2] })", "not  json", R"({"a":"\"  "})", "{}"}) {
    const std::vector<EngineValue> values{std::string(text)};
    const auto with = [](const Dialect& dialect) {
      return "SELECT " + dialect.compact_json("t", "'otherwise'") + " FROM (SELECT CAST(? AS VARCHAR) AS t) texts";
    };
    same(with(embedded_.dialect()), with(trino_.dialect()), values);
  }
}

TEST_F(TrinoLive, EqualValuesHaveEqualHashes) {
  const std::string hash = trino_.dialect().hash_of("a, b");
  EXPECT_THAT(rows(trino_,
                   "SELECT count(DISTINCT " + hash +
                       ") FROM (VALUES (1, 'x'), (1, 'x'), (NULL, 'x'), (NULL, 'x'), "
                       "(1, NULL), (2, 'x')) t (a, b)",
                   {}),
              testing::ElementsAre("4|"));
}

TEST_F(TrinoLive, ManyRowsComeInPages) {
  const auto found = rows(trino_, "SELECT count(*), sum(x) FROM (SELECT x FROM (VALUES 1, 2, 3) a (x)) b", {});
  EXPECT_THAT(found, testing::ElementsAre("3|6|"));
}

}  // namespace
}  // namespace apportion
