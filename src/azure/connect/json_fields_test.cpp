#include "azure/connect/json_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/json_text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

TEST(JsonFields, ReadWhatIsThereAndNothingElse) {
  const Json body = Json::parse(R"({"a": {"b": "text", "n": 12, "t": true, "s": "False", "list": [1]}, "z": null})");
  EXPECT_EQ(text_field(body, {"a", "b"}), "text");
  EXPECT_EQ(text_field(body, {"a", "n"}), "12");
  EXPECT_EQ(text_field(body, {"a", "b", "deeper"}), "");
  EXPECT_EQ(text_field(body, {"z"}), "");
  EXPECT_EQ(text_field(Json::array(), {"a"}), "");
  EXPECT_EQ(bool_field(body, {"a", "t"}), true);
  EXPECT_EQ(bool_field(body, {"a", "s"}), false);
  EXPECT_EQ(bool_field(body, {"a", "b"}), std::nullopt);
  EXPECT_EQ(array_field(body, {"a", "list"}).size(), 1);
  EXPECT_EQ(array_field(body, {"a", "b"}).size(), 0);
}

TEST(JsonFields, WriteDecimalsPlainly) {
  const Json body = *parse_json_exact(R"({"a": 100.0, "b": 1E-3, "c": 7, "d": 0.1234567890123456789, "e": "x"})");
  EXPECT_EQ(decimal_field(body, {"a"}), "100");
  EXPECT_EQ(decimal_field(body, {"b"}), "0.001");
  EXPECT_EQ(decimal_field(body, {"c"}), "7");
  EXPECT_EQ(decimal_field(body, {"d"}), "0.1234567890123456789") << "nineteen digits stay as they are";
  EXPECT_EQ(decimal_field(body, {"e"}), "x");
  EXPECT_EQ(decimal_field(body, {"none"}), "");
}

TEST(JsonFields, TakeMembersOut) {
  Json body = Json::parse(R"({"a": {"b": 1, "c": 2}, "l": [1]})");
  erase_field(body, {"a"}, "b");
  erase_field(body, {"l"}, "b");
  erase_field(body, {"none", "at", "all"}, "b");
  EXPECT_EQ(body, Json::parse(R"({"a": {"c": 2}, "l": [1]})"));
}

TEST(JsonFields, FindPartsOfIds) {
  const std::string id = "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/bills/";
  EXPECT_EQ(last_segment(id), "bills");
  EXPECT_EQ(last_segment("bills"), "bills");
  EXPECT_EQ(last_segment(""), "");
  EXPECT_EQ(segment_after(id, "RESOURCEGROUPS"), "rg");
  EXPECT_EQ(segment_after(id, "none"), "");
}

TEST(ExactJson, KeepsEveryDigitAndTheShape) {
  const std::string text = R"({"a":[1,-2,18446744073709551615,true,null,{"b":"c"},[]],"d":33.990})";
  const auto parsed = parse_json_exact("\xef\xbb\xbf" + text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)["d"], "33.990");
  Json expected = Json::parse(text);
  expected["d"] = "33.990";
  EXPECT_EQ(*parsed, expected);
}

TEST(ExactJson, RefusesWhatIsNoJsonOrTooDeep) {
  for (const char* text : {"", "{", "[1,]", "{} x", "nul"}) EXPECT_FALSE(parse_json_exact(text)) << text;
  EXPECT_TRUE(parse_json_exact(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(parse_json_exact(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(parse_json_exact(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace apportion
