#include "foundation/base/next_step.h"

#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string by_name(const NextStep& step) {
  std::string text(step_definition(step.id).name);
  for (const StepArgument& argument : step.arguments) text += fmt::format(" {}={}", argument.name, argument.value);
  return text;
}

TEST(NextSteps, HaveNamesOfTheirOwnAndTitles) {
  std::set<std::string_view> names;
  for (const StepDefinition& definition : step_definitions()) {
    EXPECT_TRUE(names.insert(definition.name).second) << definition.name;
    EXPECT_FALSE(definition.title.empty()) << definition.name;
    EXPECT_EQ(step_definition(definition.id).name, definition.name);
  }
}

TEST(NextSteps, AreWordedWhereTheyStandInTheText) {
  const std::string text =
      fmt::format("fix the export, then {}; or {}", step(Step::kSync),
                  step(Step::kAcceptLateCharges, {{"connection", "acme = co"}, {"month", "2026-10"}}));
  EXPECT_EQ(worded(text, by_name),
            "fix the export, then sync; or accept-late-charges connection=acme = co month=2026-10");
}

TEST(NextSteps, CanBeListed) {
  const std::string text = "first " + step(Step::kSync, {{"connection", "acme"}}) + step(Step::kListLateCharges);
  EXPECT_THAT(next_steps_in(text),
              ElementsAre(NextStep{Step::kSync, {{"connection", "acme"}}}, NextStep{Step::kListLateCharges, {}}));
  EXPECT_THAT(next_steps_in("nothing to do"), IsEmpty());
}

TEST(NextSteps, EndAdviceOfATable) {
  EXPECT_EQ(advice_text("check the path"), "check the path");
  EXPECT_EQ(advice_text({"take it in", Step::kSync}), "take it in: " + step(Step::kSync));
}

TEST(NextSteps, LeaveOtherTextAlone) {
  for (const std::string text : {"", "plain", "\x02sync", "sync\x03", "\x03\x02", "\x02no-such-step\x03",
                                 "\x02sync\x1fno-parameter=x\x03", "\x02sync\037connection\x03"}) {
    EXPECT_EQ(worded(text, by_name), text);
    EXPECT_THAT(next_steps_in(text), IsEmpty());
  }
}

// A value comes from files and answers: it can neither end its mark nor begin another one.
TEST(NextSteps, StayOneWhateverTheirValuesHold) {
  const std::string mark = step(Step::kSync, {{"connection",
                                               "a\x03\x02sync\x1f"
                                               "connection=b"}});
  EXPECT_THAT(next_steps_in(mark), ElementsAre(NextStep{Step::kSync,
                                                        {{"connection",
                                                          "async"
                                                          "connection=b"}}}));
}

TEST(NextStepsDeathTest, TakeNoParameterThatIsNotTheirs) {
  EXPECT_DEATH((void)step(Step::kListLateCharges, {{"connection", "acme"}}), "its own parameters");
}

}  // namespace
}  // namespace apportion
