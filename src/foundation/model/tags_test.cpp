#include "foundation/model/tags.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

using Tags = std::vector<Tag>;

TEST(Tags, AreReadInOrderTheFirstOfEqualKeys) {
  EXPECT_EQ(read_tags(R"({"env":"a","owner":"x","env":"b"})"), (Tags{{"env", "a"}, {"owner", "x"}}));
  EXPECT_EQ(read_tags(R"( { "e\u006ev" : "a" , "env" : "b" } )"), (Tags{{"env", "a"}}));
  EXPECT_EQ(read_tags(R"({"env":null,"env":"b"})"), (Tags{{"env", std::nullopt}}));
  EXPECT_EQ(read_tags(R"({"a\"b":"c\\","d":"}{,:"})"), (Tags{{"a\"b", "c\\"}, {"d", "}{,:"}}));
  EXPECT_EQ(read_tags("{}"), Tags());
}

TEST(Tags, OfOtherKindsHaveTheirTextAsWritten) {
  EXPECT_EQ(read_tags(R"({"n":1.50,"m":-0,"b":true,"e":1E3,"big":12345678901234567890123})"),
            (Tags{{"n", "1.50"}, {"m", "-0"}, {"b", "true"}, {"e", "1E3"}, {"big", "12345678901234567890123"}}));
  EXPECT_EQ(read_tags(R"({"l":[1, "]"],"o":{"z":1,"a":{"q":"}"}}})"),
            (Tags{{"l", R"([1, "]"])"}, {"o", R"({"z":1,"a":{"q":"}"}})"}}));
}

TEST(Tags, OfTextThatIsNoObjectAreNone) {
  for (const char* text : {"", "x", "[1]", "\"a\"", "7", "{\"a\":1", "{\"a\":1}}"}) EXPECT_EQ(read_tags(text), Tags());
  EXPECT_EQ(read_tags("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), Tags());
}

TEST(Tags, BecomeTextsWhereTheyAreOfOtherKinds) {
  EXPECT_EQ(with_text_values(R"({ "a" : "b", "c":null })"), R"({ "a" : "b", "c":null })");
  EXPECT_EQ(with_text_values(R"({"n": 1.50, "b":true,"t":"x","o":{"q":"v"},"z":null})"),
            R"({"n":"1.50","b":"true","t":"x","o":"{\"q\":\"v\"}","z":null})");
  EXPECT_EQ(with_text_values("no json"), "no json");
  for (const char* text : {R"({"n":1.50,"n":2})", R"({"o":{"z":1}})"}) {
    EXPECT_EQ(read_tags(with_text_values(text)), read_tags(text));
  }
}

}  // namespace
}  // namespace apportion
