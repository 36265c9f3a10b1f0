#include "engine/trino/table_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/testing.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TableRegistryTest : public ::testing::Test {
 protected:
  Result<std::vector<std::string>> register_tables() {
    const std::vector<TableToRegister> tables{{"charges", "local:///home/delta/charges"},
                                              {"month_cube", "local:///it's here/delta/month_cube"}};
    return register_delta_tables(client_, tables, Cancel());
  }
  void answer(const std::string& body) { transport_.once("POST", "/v1/statement", answer_with(200, body)); }
  std::vector<std::string> asked() const {
    std::vector<std::string> statements;
    for (const HttpRequest& request : transport_.requests()) statements.push_back(request.body);
    return statements;
  }

  FakeTransport transport_;
  TrinoClient client_{transport_, {"https://trino.example.com", "lake", "apportion \"x\"", "billing"}, {}};
};

TEST_F(TableRegistryTest, RegistersWhatIsNotKnown) {
  answer("{}");
  answer(R"({"columns":[{"name":"Table","type":"varchar"}],"data":[["charges"],["another"]]})");
  answer("{}");
  const auto registered = register_tables();
  ASSERT_TRUE(registered) << registered.error().message();
  EXPECT_THAT(*registered, ElementsAre("month_cube"));
  EXPECT_THAT(asked(), ElementsAre(R"(CREATE SCHEMA IF NOT EXISTS "lake"."apportion ""x""")",
                                   R"(SHOW TABLES FROM "lake"."apportion ""x""")",
                                   R"(CALL "lake".system.register_table('apportion "x"', 'month_cube', )"
                                   R"('local:///it''s here/delta/month_cube'))"));
}

TEST_F(TableRegistryTest, KnowsEveryTable) {
  answer("{}");
  answer(R"({"columns":[{"name":"Table","type":"varchar"}],"data":[["charges"],["month_cube"]]})");
  EXPECT_THAT(*register_tables(), IsEmpty());
}

TEST_F(TableRegistryTest, SaysWhyNot) {
  answer("{}");
  answer("{}");
  answer(R"({"error":{"errorName":"PERMISSION_DENIED","errorType":"USER_ERROR","message":"disabled"}})");
  const auto registered = register_tables();
  ASSERT_FALSE(registered);
  EXPECT_THAT(registered.error().message(), HasSubstr("disabled"));
}

}  // namespace
}  // namespace apportion
