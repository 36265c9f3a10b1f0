#include "foundation/model/plain_object.h"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "foundation/base/test_seeds.h"

namespace apportion {
namespace {

TEST(PlainObject, LosesTheBlanksBetweenItsParts) {
  const auto object =
      read_plain_object(" { \"a b\" : \"c d\",\t\"e\":[ 1, -0.50, {\"f\": null} ],\r\n\"g\":\"\\\" \\\\\" } ");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->compact, "{\"a b\":\"c d\",\"e\":[1,-0.50,{\"f\":null}],\"g\":\"\\\" \\\\\"}");
  EXPECT_FALSE(object->has_texts_only);
  EXPECT_EQ(read_plain_object("{}")->compact, "{}");
}

TEST(PlainObject, TellsWhetherItsValuesAreTexts) {
  for (const char* text : {"{}", R"({"a":"b"})", R"({"a":null,"b":""})"})
    EXPECT_TRUE(read_plain_object(text)->has_texts_only) << text;
  for (const char* text : {R"({"a":1})", R"({"a":"b","c":true})", R"({"a":{"b":"c"}})", R"({"a":["b"]})"})
    EXPECT_FALSE(read_plain_object(text)->has_texts_only) << text;
}

TEST(PlainObject, LeavesTheRestToAParser) {
  for (const char* text : {"",
                           "[]",
                           "1",
                           R"({"a":1.})",
                           R"({"a":.5})",
                           R"({"a":1e3})",
                           R"({"a":01})",
                           R"({"a":-})",
                           R"({"a":1234567890123456789})",
                           R"({"a":"\u0041"})",
                           R"({"a":"\n"})",
                           "{\"a\":\"\n\"}",
                           R"({"a":"b",})",
                           R"({"a":"b"} c)",
                           R"({a:"b"})",
                           R"({"a" "b"})",
                           R"({"a":"b)",
                           R"({"a":"b\)",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":nul}",
                           "{\"a\":[1,]}",
                           "{\"a\":\"b\""})
    EXPECT_FALSE(read_plain_object(text)) << text;
  const std::string deep(5'000, '[');
  EXPECT_FALSE(read_plain_object("{\"a\":" + deep));
}

// Whatever is taken for a plain object is JSON, and says the same when it is compact.
TEST(PlainObject, IsWhatAParserReads) {
  constexpr auto kPieces = std::to_array<std::string_view>({"{",
                                                            "}",
                                                            "[",
                                                            "]",
                                                            ",",
                                                            ":",
                                                            "\"a\"",
                                                            "\"b\"",
                                                            "\"\xc3\xa4\"",
                                                            "\"",
                                                            "\\",
                                                            "\\\\",
                                                            "\\\"",
                                                            "\\n",
                                                            " ",
                                                            "\n",
                                                            "\t",
                                                            "0",
                                                            "1",
                                                            "-",
                                                            "-7",
                                                            ".5",
                                                            "e1",
                                                            "999999999999999999",
                                                            "true",
                                                            "false",
                                                            "null",
                                                            "\xed\xa0\x80",
                                                            "\xff",
                                                            "\xef\xbb\xbf",
                                                            "\x7f",
                                                            "{\"a\":",
                                                            "\"c\":\"d\"",
                                                            "\"e\" : 1",
                                                            ",\"f\":{}",
                                                            "}"});
  for (const std::uint64_t seed : test_seeds(2)) {
    std::mt19937_64 random(seed);
    int plain = 0;
    for (int i = 0; i < 200'000; ++i) {
      std::string text = "{";
      for (std::uint64_t pieces = random() % 9; pieces > 0; --pieces) text += kPieces[random() % kPieces.size()];
      if (random() % 4 != 0) text += "}";
      const auto object = read_plain_object(text);
      if (!object) continue;
      ++plain;
      const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
      ASSERT_TRUE(parsed.is_object()) << text;
      ASSERT_EQ(nlohmann::ordered_json::parse(object->compact, nullptr, false), parsed) << text;
      ASSERT_EQ(object->compact.find_first_of(" \n\t"), std::string::npos) << text;
    }
    EXPECT_GT(plain, 1'000);
  }
}

}  // namespace
}  // namespace apportion
