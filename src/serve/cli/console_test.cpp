#include "serve/cli/console.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "foundation/base/next_step.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;

TEST(Console, WordsTheStepsOfTablesDocumentsTalkAndErrors) {
  const std::string advice = "take it in: " + step(Step::kSync, {{"connection", "acme"}});
  const std::string command = "take it in: `apportion sync --connection acme`";
  std::ostringstream data;
  std::ostringstream talk;
  Console console(data, talk);
  Table table;
  table.columns = {{"Advice"}, {"Next"}};
  table.rows.push_back({TableCell(advice), TableCell(std::string("x"))});
  ASSERT_TRUE(console.print_table(table));
  EXPECT_THAT(data.str(), HasSubstr(command + "  x")) << "the column is as wide as the command";
  console.print_json(Json{{"advice", Json::array({advice})}});
  EXPECT_THAT(data.str(), HasSubstr("\"" + command + "\""));
  console.say(advice);
  EXPECT_EQ(talk.str(), command + "\n");
  EXPECT_THAT(console.error_text({ErrorId::kNoCharges, "there are none", "", "", advice}), HasSubstr(command));
}

TEST(Console, WordsStepsAndHidesSecretsOfErrorsAsJson) {
  std::ostringstream data;
  std::ostringstream talk;
  Console console(data, talk);
  ConsoleSettings settings;
  settings.json = true;
  console.set(settings);
  console.report({ErrorId::kNoCharges, "nothing at https://a.example/x?sig=HIDDEN", "", "",
                  "take it in: " + step(Step::kSync, {{"connection", "acme"}})});
  const Json error = Json::parse(talk.str())["error"];
  EXPECT_EQ(error["what"], "nothing at https://a.example/x?sig=REDACTED");
  EXPECT_EQ(error["next"], "take it in: `apportion sync --connection acme`");
}

}  // namespace
}  // namespace apportion
