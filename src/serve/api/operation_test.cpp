#include "serve/api/operation.h"

#include <algorithm>
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

bool takes_idempotency_key(const Json& root, const Json& described) {
  if (!described.contains("parameters")) return false;
  return std::ranges::any_of(described["parameters"], [&](const Json& written) {
    const Json& parameter =
        written.contains("$ref") ? root.at(Json::json_pointer(written["$ref"].get<std::string>().substr(1))) : written;
    return parameter.at("name") == "Idempotency-Key";
  });
}

TEST(Operations, ThatCreateOrStartSomethingTakeIdempotencyKeys) {
  const Json root = Json::parse(Contract::built_in().document());
  std::set<std::string> posted_without_key;
  for (const Json& path : root["paths"]) {
    for (const auto& [method, described] : path.items()) {
      if (method == "parameters") continue;
      const auto id = described["operationId"].get<std::string>();
      const bool takes_key = takes_idempotency_key(root, described);
      ASSERT_NE(find_operation(id), nullptr) << id;
      EXPECT_EQ(takes_key, find_operation(id)->effect == Effect::kCreates) << id;
      if (method == "post" && !takes_key && find_operation(id)->effect != Effect::kReads) posted_without_key.insert(id);
    }
  }
  // Their answers hold a secret or a session, their body comes in pieces, or they are of a lease, which ends.
  EXPECT_EQ(posted_without_key,
            (std::set<std::string>{"acceptInvitation", "addToken", "addUpload", "answerRuns", "endWorker", "inviteUser",
                                   "returnRuns", "signIn", "startOneTimeCodes", "takeRuns"}));
}

// Whether an answer of this schema may hold a secret (`x-secret`).
bool shows_secret(const Json& root, const Json& schema) {
  if (schema.value("x-secret", false)) return true;
  if (schema.contains("$ref")) {
    return shows_secret(root, root.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))));
  }
  if (schema.contains("items") && shows_secret(root, schema["items"])) return true;
  for (const char* parts : {"properties", "anyOf"}) {
    if (!schema.contains(parts)) continue;
    for (const Json& part : schema[parts]) {
      if (shows_secret(root, part)) return true;
    }
  }
  return false;
}

// The operations that show a secret, and of jobs, their results.
std::set<std::string> operations_that_show_secrets() {
  const Json root = Json::parse(Contract::built_in().document());
  std::set<std::string> found;
  for (const Json& path : root["paths"]) {
    for (const Json& described : path) {
      if (!described.is_object()) continue;
      for (const Json& answer : described["responses"]) {
        const bool is_json = answer.contains("content") && answer["content"].contains("application/json");
        if (is_json && shows_secret(root, answer["content"]["application/json"]["schema"])) {
          found.insert(described["operationId"]);
        }
      }
      if (!described.contains("x-result")) continue;
      const Json result = {{"$ref", "#/components/schemas/" + described["x-result"].get<std::string>()}};
      if (shows_secret(root, result)) found.insert(described["operationId"]);
    }
  }
  return found;
}

// What they answer is kept in the control plane, in clear.
TEST(Operations, ThatTakeIdempotencyKeysOrStartJobsShowNoSecrets) {
  const std::set<std::string> secret = operations_that_show_secrets();
  EXPECT_EQ(secret, (std::set<std::string>{"addToken", "confirmOneTimeCodes", "inviteUser", "startOneTimeCodes"}));
  for (const std::string& id : secret) {
    ASSERT_NE(find_operation(id), nullptr) << id;
    EXPECT_NE(find_operation(id)->effect, Effect::kCreates) << id;
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
  EXPECT_EQ(operation_words({Step::kSignIn, {{"connection", "acme"}}}), "`PATCH /api/v1/connections/acme`");
  EXPECT_EQ(operation_words({Step::kBackUp, {{"folder", "x"}}}), "make a new backup");
}

}  // namespace
}  // namespace apportion
