#include "serve/api/contract.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>

namespace apportion {
namespace {

using ::testing::HasSubstr;

constexpr const char* kDocument = R"({
  "paths": {
    "/api/v1/things/{thing}": {
      "parameters": [{"name": "thing", "in": "path", "required": true,
                      "schema": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5}}],
      "post": {
        "operationId": "makeThing", "x-right": "anyone",
        "parameters": [
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 10}},
          {"name": "by", "in": "query", "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}},
          {"name": "all", "in": "query", "required": true, "schema": {"type": "boolean"}}],
        "requestBody": {"required": true,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}
      }
    }
  },
  "components": {"schemas": {"T": {
    "type": "object", "required": ["name"],
    "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 3},
      "count": {"type": ["integer", "null"], "minimum": 0},
      "tags": {"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"type": "string"}},
      "inner": {"type": "object", "properties": {"flag": {"type": "boolean"}}}}}}}
})";

class ContractTest : public ::testing::Test {
 protected:
  Contract contract{kDocument};
  const ContractOperation& operation = contract.operations().front();

  ErrorId body_error(const std::string& body) {
    const auto checked = contract.check_body(operation, body);
    EXPECT_FALSE(checked) << body;
    return checked ? ErrorId::kBodyTooLarge : checked.error().id;
  }
  ErrorId query_error(std::vector<HttpQueryValue> query) {
    const auto checked = contract.check_query(operation, query);
    EXPECT_FALSE(checked);
    return checked ? ErrorId::kBodyTooLarge : checked.error().id;
  }
};

TEST_F(ContractTest, TakesWhatIsDescribed) {
  const auto body =
      contract.check_body(operation, R"({"name": "äöü", "count": null, "tags": ["x"], "inner": {}})");
  ASSERT_TRUE(body) << body.error().message();
  EXPECT_EQ((*body)["name"], "äöü");
  const auto query = contract.check_query(operation, {{"all", "true"}, {"by", "a"}, {"by", "b"}, {"limit", "10"}});
  ASSERT_TRUE(query) << query.error().message();
  EXPECT_EQ(query->at("by"), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ContractTest, RefusesBodiesThatDoNotFit) {
  EXPECT_EQ(body_error(R"({})"), ErrorId::kFieldMissing);
  EXPECT_EQ(body_error(R"({"name": "a", "nmae": 1})"), ErrorId::kFieldUnknown);
  EXPECT_EQ(body_error(R"({"name": "a", "inner": {"flga": true}})"), ErrorId::kFieldUnknown);
  EXPECT_EQ(body_error(R"({"name": ""})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": "abcd"})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": 7})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": "a", "count": -1})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": "a", "count": 1.0})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": "a", "count": 18446744073709551615})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": "a", "tags": ["x", "x"]})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"({"name": "a", "tags": ["x", "y", "z"]})"), ErrorId::kFieldInvalid);
  EXPECT_EQ(body_error(R"(["name"])"), ErrorId::kFieldInvalid);
}

TEST_F(ContractTest, RefusesWhatIsNoJson) {
  EXPECT_EQ(body_error(""), ErrorId::kJsonInvalid);
  EXPECT_EQ(body_error("{\"name\": \"a\""), ErrorId::kJsonInvalid);
  EXPECT_EQ(body_error("{\"name\": \"\xff\"}"), ErrorId::kJsonInvalid);
  EXPECT_EQ(body_error(R"({"name": "a", "name": "b"})"), ErrorId::kJsonInvalid);
  EXPECT_EQ(body_error(std::string(100'000, '[')), ErrorId::kJsonInvalid);
  EXPECT_EQ(body_error("{\"tags\":" + std::string(40, '[') + std::string(40, ']') + "}"), ErrorId::kJsonInvalid);
}

TEST_F(ContractTest, NamesTheFieldThatWasProbablyMeant) {
  const auto checked = contract.check_body(operation, R"({"name": "a", "cuont": 1})");
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message(), HasSubstr("did you mean `count`?"));
}

TEST_F(ContractTest, RefusesQueriesThatDoNotFit) {
  EXPECT_EQ(query_error({}), ErrorId::kFieldMissing);
  EXPECT_EQ(query_error({{"all", "true"}, {"lim", "1"}}), ErrorId::kFieldUnknown);
  EXPECT_EQ(query_error({{"all", "yes"}}), ErrorId::kFieldInvalid);
  EXPECT_EQ(query_error({{"all", "true"}, {"all", "true"}}), ErrorId::kFieldInvalid);
  EXPECT_EQ(query_error({{"all", "true"}, {"limit", "11"}}), ErrorId::kFieldInvalid);
  EXPECT_EQ(query_error({{"all", "true"}, {"limit", "1x"}}), ErrorId::kFieldInvalid);
  EXPECT_EQ(query_error({{"all", "true"}, {"limit", "99999999999999999999"}}), ErrorId::kFieldInvalid);
  EXPECT_EQ(query_error({{"all", "true"}, {"by", "c"}}), ErrorId::kFieldInvalid);
}

TEST_F(ContractTest, AQueryThatSomebodyElseWritesMayHoldMore) {
  EXPECT_EQ(query_error({{"all", "true"}, {"more", "x"}}), ErrorId::kFieldUnknown);
  ContractOperation lenient = operation;
  lenient.ignores_unknown_query = true;
  const auto query = contract.check_query(lenient, {{"all", "true"}, {"more", "x"}, {"more", "y"}});
  ASSERT_TRUE(query) << query.error().message();
  EXPECT_FALSE(query->contains("more"));
  EXPECT_FALSE(contract.check_query(lenient, {{"all", "maybe"}})) << "what is described is checked";
}

TEST_F(ContractTest, APathThatDoesNotFitDoesNotExist) {
  EXPECT_TRUE(contract.fits_path(operation, {"api", "v1", "things", "abc"}));
  EXPECT_FALSE(contract.fits_path(operation, {"api", "v1", "things", "ABC"}));
  EXPECT_FALSE(contract.fits_path(operation, {"api", "v1", "things", "abcdef"}));
  EXPECT_FALSE(contract.fits_path(operation, {"api", "v1", "things"}));
  EXPECT_FALSE(contract.fits_path(operation, {"api", "v1", "thangs", "abc"}));
}

}  // namespace
}  // namespace apportion
