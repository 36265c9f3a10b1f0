#include "serve/api/operation.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "people/rights.h"
#include "serve/api/contract.h"
#include "serve/api/step_operations.h"

namespace apportion {
namespace {

TEST(Operations, AreThoseOfTheContractWithTheSameRights) {
  std::set<std::string> described;
  for (const ContractOperation& contract : Contract::built_in().operations()) {
    EXPECT_TRUE(described.insert(contract.id).second) << contract.id << " is described twice";
    const Operation* operation = find_operation(contract.id);
    ASSERT_NE(operation, nullptr) << contract.id << " is described, and nothing answers it";
    EXPECT_EQ(right_definition(operation->right).name, contract.right) << contract.id;
  }
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(described.contains(std::string(operation.id))) << operation.id << " is not described";
  }
  EXPECT_EQ(described.size(), operations().size());
}

TEST(Operations, ThatChangeAnythingAreNoGets) {
  for (const ContractOperation& contract : Contract::built_in().operations()) {
    const Operation* operation = find_operation(contract.id);
    ASSERT_NE(operation, nullptr);
    if (contract.method != "GET" || operation->is_for_browsers) continue;
    EXPECT_EQ(operation->effect, Effect::kReads) << contract.id;
  }
}

TEST(Operations, WordsOfStepsNameThoseThatExist) {
  for (const StepDefinition& step : step_definitions()) {
    const std::string_view id = operation_of(step.id);
    if (!id.empty()) {
      EXPECT_NE(find_operation(id), nullptr) << step.name;
    }
    EXPECT_FALSE(operation_words({step.id, {}}).empty()) << step.name;
  }
  EXPECT_EQ(operation_words({Step::kEditConnection, {{"connection", "acme"}}}), "`PATCH /api/v1/connections/acme`");
  EXPECT_EQ(operation_words({Step::kBackUp, {{"folder", "x"}}}), "make a new backup");
}

}  // namespace
}  // namespace apportion
