#include "serve/cli/command_line.h"
#include "foundation/base/count_text.h"

#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/completion.h"
#include "serve/cli/console.h"

namespace apportion {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Ran {
  int code = 0;
  std::string data;
  std::string talk;
};

Ran run(std::vector<std::string> arguments, const std::map<std::string, std::string>& variables = {}) {
  std::ostringstream data;
  std::ostringstream talk;
  ProgramEnvironment environment;
  environment.arguments = std::move(arguments);
  environment.data = &data;
  environment.talk = &talk;
  environment.variable = [&variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const int code = run_command_line(environment);
  return {code, data.str(), talk.str()};
}

TEST(CommandLine, NamesTheCommandsWhenThereIsNone) {
  const Ran ran = run({});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.data, IsEmpty());
  EXPECT_THAT(ran.talk, HasSubstr("no command was given"));
  EXPECT_THAT(ran.talk, HasSubstr("apportion --help"));
}

TEST(CommandLine, HelpIsData) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--help"}, {"sync", "-h"}, {"connection", "add", "--help"}}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.data, HasSubstr("--help"));
    EXPECT_THAT(ran.talk, IsEmpty());
  }
}

TEST(CommandLine, SuggestsTheNearestCommandAndOption) {
  EXPECT_THAT(run({"synk"}).talk, HasSubstr("did you mean `sync`?"));
  EXPECT_THAT(run({"connection", "ad"}).talk, HasSubstr("did you mean `add`?"));
  EXPECT_THAT(run({"sync", "--conection", "acme"}).talk, HasSubstr("did you mean `--connection`?"));
  EXPECT_THAT(run({"sync", "--jsn"}).talk, HasSubstr("did you mean `--json`?"));
  EXPECT_EQ(run({"synk"}).code, 2);
}

TEST(CommandLine, CommandsOfOtherTimesAreNotListed) {
  const std::string help = run({"--help"}).data;
  for (const char* absent : {"price", "plans", "statement"}) {
    EXPECT_THAT(help, Not(HasSubstr(std::string("\n  ") + absent + " "))) << absent;
  }
}

TEST(CommandLine, ChecksValuesBeforeAnyWork) {
  EXPECT_THAT(run({"sync", "--month", "2026-13"}).talk, HasSubstr("`2026-13` is not a valid month"));
  EXPECT_THAT(run({"--today", "31.10.2026", "months"}).talk, HasSubstr("is not a valid day"));
  EXPECT_THAT(run({"sample", "--out", "x", "--months", "2026-10..2026-08"}).talk,
              HasSubstr("is not a valid range of months"));
  EXPECT_THAT(run({"import", "x", "--connection", "a", "--dataset", "prices"}).talk, HasSubstr("is not a dataset"));
  EXPECT_THAT(run({"rules", "preview", "x"}).talk, HasSubstr("--month is required"));
  EXPECT_EQ(run({"rules", "preview", "x"}).code, 2);
}

TEST(CommandLine, ErrorsAreJsonWhenAskedFor) {
  const TestFolder folder;
  const Ran ran = run({"--home", (folder / "none").string(), "months", "--json"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.data, IsEmpty());
  const auto error = nlohmann::json::parse(ran.talk)["error"];
  EXPECT_EQ(error["code"], "usage");
  EXPECT_EQ(error["exit_code"], 2);
  EXPECT_THAT(error["next"].get<std::string>(), HasSubstr("apportion init"));
  EXPECT_EQ(nlohmann::json::parse(run({"synk", "--json"}).talk)["error"]["code"], "usage");
}

TEST(CommandLine, FindsTheHomeInTheOrderThatIsDocumented) {
  const TestFolder folder;
  const std::string option = (folder / "option").string();
  const std::string variable = (folder / "variable").string();
  const std::map<std::string, std::string> all = {
      {"APPORTION_HOME", variable}, {"XDG_DATA_HOME", (folder / "xdg").string()}, {"HOME", (folder / "user").string()}};
  const auto home_of = [](const Ran& ran) { return nlohmann::json::parse(ran.data)["home"].get<std::string>(); };
  EXPECT_EQ(home_of(run({"--json", "--home", option, "init"}, all)), option);
  EXPECT_EQ(home_of(run({"init", "--json"}, all)), variable);
  auto fewer = all;
  fewer["APPORTION_HOME"] = "";
  EXPECT_EQ(home_of(run({"init", "--json"}, fewer)), (folder / "xdg" / "apportion").string());
  fewer.erase("XDG_DATA_HOME");
  EXPECT_EQ(home_of(run({"init", "--json"}, fewer)), (folder / "user" / ".local" / "share" / "apportion").string());
  EXPECT_EQ(run({"init"}).code, 2);
}

TEST(CommandLine, ValuesThatLookLikeCommandsStayValues) {
  const TestFolder folder;
  const std::string home = (folder / "home").string();
  ASSERT_EQ(run({"--home", home, "init"}).code, 0);
  EXPECT_EQ(run({"--home", home, "customer", "add", "sync", "--name", "init"}).code, 0);
  EXPECT_THAT(run({"--home", home, "customer", "list", "--json"}).data, HasSubstr("\"id\": \"sync\""));
  EXPECT_EQ(run({"--home", home, "customer", "remove", "sync"}).code, 0);
}

class CommandLineInHome : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(in_home({"init"}).code, 0); }
  Ran in_home(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--home", (folder_ / "home").string(), "--today", "2026-11-22"});
    return run(std::move(arguments));
  }
  std::string file(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(write_file_atomically(folder_ / name, text));
    return (folder_ / name).string();
  }
  TestFolder folder_;
};

TEST_F(CommandLineInHome, ConnectionsAreAddedShownChangedAndRemoved) {
  EXPECT_EQ(in_home({"connection", "add", "--name", "acme"}).code, 2);
  const Ran added = in_home({"connection", "add", "--name", "acme", "--actual", "/exports/actual", "--json"});
  EXPECT_EQ(added.code, 0) << added.talk;
  EXPECT_EQ(nlohmann::json::parse(added.data)["actual_url"], "/exports/actual");
  EXPECT_EQ(nlohmann::json::parse(added.data)["mend"], true);
  EXPECT_EQ(in_home({"connection", "add", "--name", "acme", "--actual", "/exports/actual"}).code, 2);
  EXPECT_EQ(in_home({"connection", "edit", "acme", "--focus", "/exports/focus", "--no-mend"}).code, 0);
  const auto shown = nlohmann::json::parse(in_home({"connection", "show", "acme", "--json"}).data);
  EXPECT_EQ(shown["focus_url"], "/exports/focus");
  EXPECT_EQ(shown["mend"], false);
  EXPECT_EQ(shown["imports"], 0);
  EXPECT_EQ(in_home({"connection", "remove", "acme", "--dry-run"}).code, 0);
  EXPECT_EQ(in_home({"connection", "remove", "acme"}).code, 0);
  EXPECT_EQ(nlohmann::json::parse(in_home({"connection", "list", "--json"}).data)["connections"].size(), 0U);
}

TEST_F(CommandLineInHome, CustomersOfAFileWithAnErrorAreNotTaken) {
  const Ran ran = in_home({"customer", "import", file("c.csv", "id,name\na,A\na,B\n")});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.talk, HasSubstr("c.csv, line 3"));
  EXPECT_THAT(in_home({"customer", "list", "--json"}).data, Not(HasSubstr("\"a\"")));
  const Ran invalid = in_home({"customer", "import", file("d.csv", "id,name\nok,OK\nnot good,B\n")});
  EXPECT_EQ(invalid.code, 3);
  EXPECT_THAT(invalid.talk, HasSubstr("d.csv, line 3"));
}

TEST_F(CommandLineInHome, RulesWithErrorsAreRefused) {
  ASSERT_EQ(in_home({"customer", "add", "contoso"}).code, 0);
  const std::string good =
      file("good.yaml", "- effective: 2026-01\n  rules:\n    - {name: a, when: {ServiceName: x}, assign: contoso}\n");
  const std::string bad =
      file("bad.yaml", "- effective: 2026-01\n  rules:\n    - {name: a, when: {ServiceName: x}, assign: nobody}\n");
  EXPECT_EQ(in_home({"rules", "check", good}).code, 0);
  const Ran checked = in_home({"rules", "check", bad});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.data, HasSubstr("line 3"));
  EXPECT_EQ(in_home({"rules", "apply", bad}).code, 3);
  EXPECT_EQ(in_home({"rules", "show"}).code, 2);
  EXPECT_EQ(in_home({"rules", "apply", good}).code, 0);
  EXPECT_THAT(in_home({"rules", "show"}).data, StartsWith("- effective: 2026-01"));
  EXPECT_EQ(in_home({"customer", "remove", "contoso"}).code, 2);
}

TEST_F(CommandLineInHome, NothingToLookAtIsSaid) {
  EXPECT_EQ(in_home({"sync"}).code, 2);
  EXPECT_EQ(in_home({"prove"}).code, 1);
  EXPECT_EQ(in_home({"months"}).code, 0);
  const Ran report = in_home({"report", "costs", "--by", "CustomerId"});
  EXPECT_EQ(report.code, 2);
  EXPECT_THAT(report.talk, HasSubstr("apportion sync"));
  EXPECT_EQ(in_home({"report", "costs", "--format", "xlsx"}).code, 2);
  EXPECT_EQ(in_home({"explain"}).code, 2);
}

TEST(Completion, KnowsEveryCommand) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Ran ran = run({"completion", shell});
    EXPECT_EQ(ran.code, 0);
    for (const char* word : {"connection", "preview", "accept-rejects", "json"})
      EXPECT_THAT(ran.data, HasSubstr(word)) << shell;
  }
  EXPECT_EQ(run({"completion", "csh"}).code, 2);
}

TEST(Console, ShowsTheFourPartsOfAnError) {
  std::ostringstream data;
  std::ostringstream talk;
  Console console(data, talk);
  console.report({ErrorId::kManifestNotJson, "it broke", "a.csv, line 2", "first\nsecond", ""});
  EXPECT_EQ(talk.str(), "apportion: it broke\n  where: a.csv, line 2\n  why: first\n       second\n");
}

TEST(Console, TalkRespectsQuietAndTerminals) {
  std::ostringstream data;
  std::ostringstream talk;
  Console console(data, talk);
  console.progress("hidden: no terminal");
  console.detail("hidden: not verbose");
  console.say("shown");
  ConsoleSettings settings;
  settings.quiet = true;
  console.set(settings);
  console.say("hidden: quiet");
  EXPECT_EQ(talk.str(), "shown\n");
}

TEST(Console, CountsForPeople) {
  EXPECT_EQ(count_of(1, "row"), "1 row");
  EXPECT_EQ(count_of(0, "row"), "0 rows");
  EXPECT_EQ(count_of(1234567, "row"), "1,234,567 rows");
  EXPECT_EQ(count_of(100, "entry", "entries"), "100 entries");
}

}  // namespace
}  // namespace apportion
