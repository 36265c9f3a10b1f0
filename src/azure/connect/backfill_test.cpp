#include "azure/connect/backfill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/connect/testing.h"

namespace apportion {
namespace {

using connect_testing::error_answer;
using connect_testing::FakeExports;
using connect_testing::TestClient;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Day kToday = *Day::parse("2026-11-25");
const BackfillExport kActual{"actual", Dataset::kActualCost};
const BackfillExport kAmortized{"amortized", Dataset::kAmortizedCost};

Month month(const char* text) { return *Month::parse(text); }

struct World {
  TestClient client;
  FakeExports azure{client.transport};
  ExportsApi api{client.arm, *parse_scope("/providers/Microsoft.Billing/billingAccounts/12345")};
  BackfillOptions options{.clock = Clock::fixed(kToday),
                          .follow = {std::chrono::milliseconds(0), 50},
                          .submit_pause = std::chrono::milliseconds(0)};
  std::vector<BackfillStep> told;  ///< As the caller stores them: one for each export and month.
  std::vector<std::string> states;

  Result<void> store(const BackfillStep& step) {
    states.push_back(step.month.to_string() + " " + std::string(step_state_name(step.state)));
    for (BackfillStep& one : told) {
      if (one.export_name == step.export_name && one.month == step.month) one = step;
    }
    return ok();
  }
  Result<std::vector<BackfillStep>> run(const std::vector<BackfillStep>& steps) {
    told = steps;
    return run_backfill(api, steps, options, [this](const BackfillStep& step) { return store(step); });
  }
  std::vector<std::string> ends(const std::vector<BackfillStep>& steps) const {
    std::vector<std::string> texts;
    texts.reserve(steps.size());
    for (const BackfillStep& step : steps) {
      texts.push_back(step.month.to_string() + " " + std::string(step_state_name(step.state)));
    }
    return texts;
  }
};

std::vector<BackfillStep> steps_of(const char* from, const char* to,
                                   const std::vector<BackfillExport>& exports = {kActual}) {
  return plan_backfill(exports, month(from), month(to), kToday)->steps;
}

TEST(BackfillPlan, GoesBackAsFarAsAzureDoesNewestFirst) {
  const auto plan =
      plan_backfill({kActual, {"prices", Dataset::kPriceSheet}, {"tips", Dataset::kReservationRecommendations}},
                    std::nullopt, std::nullopt, kToday);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->steps, SizeIs(84 + 13));
  EXPECT_EQ(plan->steps[0].month, month("2026-10"));
  EXPECT_EQ(plan->steps[1].export_name, "prices");
  EXPECT_EQ(plan->steps.back().month, month("2019-11"));
  EXPECT_THAT(plan->notes, ElementsAre(HasSubstr("keeps no history")));
}

TEST(BackfillPlan, SaysWhichMonthsAzureDoesNotKeep) {
  const auto plan = plan_backfill({{"prices", Dataset::kPriceSheet}}, month("2024-01"), std::nullopt, kToday);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->notes, ElementsAre(HasSubstr("13 months of PriceSheet, so the backfill begins with 2025-10")));
  EXPECT_FALSE(plan_backfill({kActual}, month("2026-05"), month("2026-04"), kToday));
  EXPECT_FALSE(plan_backfill({kActual}, std::nullopt, month("2026-12"), kToday));
}

TEST(Backfill, RunsExportsBesideEachOtherAndMonthsOneByOne) {
  World world;
  const auto done = world.run(steps_of("2026-09", "2026-11", {kActual, kAmortized}));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(world.ends(*done), Each(HasSubstr("completed")));
  EXPECT_THAT(world.azure.submitted, ElementsAre("actual 2026-11", "amortized 2026-11", "actual 2026-10",
                                                 "amortized 2026-10", "actual 2026-09", "amortized 2026-09"));
  EXPECT_EQ(world.azure.runs["actual"][0]["properties"]["endDate"], "2026-11-25T00:00:00Z") << "up to today";
  EXPECT_EQ(world.azure.runs["actual"][1]["properties"]["endDate"], "2026-10-31T00:00:00Z");
  EXPECT_FALSE((*done)[0].run_id.empty());
  EXPECT_EQ((*done)[0].submitted_at, "2026-11-25T12:00:00Z");
}

TEST(Backfill, TellsEveryChange) {
  World world;
  ASSERT_TRUE(world.run(steps_of("2026-10", "2026-10")));
  EXPECT_THAT(world.states,
              ElementsAre("2026-10 submitting", "2026-10 running", "2026-10 running", "2026-10 completed"));
}

TEST(Backfill, GoesOnAfterAFailedMonth) {
  World world;
  world.azure.endings["2026-09"] = "Failed";
  world.azure.refuse_run = [](const std::string& month) -> Result<HttpResponse> {
    return month == "2026-08" ? error_answer(400, "BadRequest", "too old") : HttpResponse{};
  };
  const auto done = world.run(steps_of("2026-07", "2026-10"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(world.ends(*done),
              ElementsAre("2026-10 completed", "2026-09 failed", "2026-08 failed", "2026-07 completed"));
  EXPECT_THAT((*done)[2].note, HasSubstr("too old"));
  const auto again = steps_to_retry(*done);
  EXPECT_THAT(world.ends(again),
              ElementsAre("2026-10 completed", "2026-09 waiting", "2026-08 waiting", "2026-07 completed"));
}

TEST(Backfill, EndsWhereTheDataEnds) {
  World world;
  for (const char* empty : {"2026-08", "2026-07", "2026-06"}) world.azure.endings[empty] = "DataNotAvailable";
  const auto done = world.run(steps_of("2026-03", "2026-10"));
  ASSERT_TRUE(done);
  EXPECT_THAT(world.ends(*done),
              ElementsAre("2026-10 completed", "2026-09 completed", "2026-08 no-data", "2026-07 no-data",
                          "2026-06 no-data", "2026-05 skipped", "2026-04 skipped", "2026-03 skipped"));
  EXPECT_THAT(world.azure.submitted, SizeIs(5));
}

TEST(Backfill, NeverEndsWhereAzureSaysOnlyThatNothingIsNew) {
  World world;
  for (const char* silent : {"2026-10", "2026-09", "2026-08", "2026-07"})
    world.azure.endings[silent] = "NewDataNotAvailable";
  const auto done = world.run(steps_of("2026-05", "2026-10"));
  ASSERT_TRUE(done);
  EXPECT_THAT(world.ends(*done), ElementsAre("2026-10 nothing-new", "2026-09 nothing-new", "2026-08 nothing-new",
                                             "2026-07 nothing-new", "2026-06 completed", "2026-05 completed"));
  EXPECT_THAT((*done)[0].note, HasSubstr("is not known"));
  EXPECT_THAT(world.ends(steps_to_retry(*done)),
              ElementsAre("2026-10 waiting", "2026-09 waiting", "2026-08 waiting", "2026-07 waiting",
                          "2026-06 completed", "2026-05 completed"));
}

TEST(Backfill, DoesNotCountThemWithMonthsWithoutData) {
  World world;
  for (const char* empty : {"2026-10", "2026-09", "2026-07"}) world.azure.endings[empty] = "DataNotAvailable";
  world.azure.endings["2026-08"] = "NewDataNotAvailable";
  const auto done = world.run(steps_of("2026-06", "2026-10"));
  ASSERT_TRUE(done);
  EXPECT_EQ(world.ends(*done).back(), "2026-06 completed");
}

TEST(Backfill, StopsWhenAccessIsRefusedAndKeepsTheStep) {
  World world;
  world.azure.refuse_run = [](const std::string&) -> Result<HttpResponse> {
    return error_answer(403, "AuthorizationFailed");
  };
  const auto done = world.run(steps_of("2026-09", "2026-10"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, ErrorId::kAzurePrincipalNoRoleScope);
  EXPECT_THAT(world.ends(world.told), ElementsAre("2026-10 waiting", "2026-09 waiting"));
}

TEST(Backfill, DoesNotRunAMonthTwiceWhenTheAnswerWasLost) {
  World world;
  bool lose = true;
  world.azure.refuse_run = [&](const std::string& which) -> Result<HttpResponse> {
    if (!std::exchange(lose, false)) return HttpResponse{};
    world.azure.take_run("actual", which, which + "-01T00:00:00Z", which + "-31T00:00:00Z");
    return Error{ErrorId::kNoAnswer, "the connection broke", "", "", ""};
  };
  const auto broken = world.run(steps_of("2026-09", "2026-10"));
  ASSERT_FALSE(broken);
  EXPECT_THAT(world.ends(world.told), ElementsAre("2026-10 submitting", "2026-09 waiting"));
  const auto done = world.run(world.told);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(world.ends(*done), ElementsAre("2026-10 completed", "2026-09 completed"));
  EXPECT_THAT(world.azure.submitted, ElementsAre("actual 2026-10", "actual 2026-09"));
}

TEST(Backfill, RunsAMonthAgainWhenTheRequestWasLost) {
  World world;
  // A run of the same month, of another day, is none of ours.
  world.azure.take_run("actual", "2026-10", "2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z", "2026-11-20T01:00:00Z");
  auto steps = steps_of("2026-10", "2026-10");
  steps[0].state = StepState::kSubmitting;
  steps[0].submitted_at = "2026-11-25T11:59:00Z";
  const auto done = world.run(steps);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(world.ends(*done), ElementsAre("2026-10 completed"));
  EXPECT_THAT(world.azure.submitted, SizeIs(2));
  EXPECT_EQ((*done)[0].run_id.back(), '2');
}

TEST(Backfill, GivesUpOnARunThatNobodyLists) {
  World world;
  world.azure.refuse_run = [](const std::string&) -> Result<HttpResponse> { return answer_with(200); };
  const auto done = world.run(steps_of("2026-10", "2026-10"));
  ASSERT_TRUE(done);
  EXPECT_THAT((*done)[0].note, HasSubstr("does not list the run"));
}

TEST(Backfill, EndsWhenItsCallerCannotStore) {
  World world;
  const auto done = run_backfill(world.api, steps_of("2026-10", "2026-10"), world.options, [](const BackfillStep&) {
    return Result<void>(Error{ErrorId::kDiskFull, "disk full", "", "", ""});
  });
  ASSERT_FALSE(done);
  EXPECT_THAT(world.azure.submitted, SizeIs(0)) << "nothing is sent that is not stored first";
}

TEST(Backfill, HearsACancel) {
  World world;
  world.options.follow.look_pause = std::chrono::hours(1);
  const auto steps = steps_of("2026-09", "2026-10");
  const auto done = run_backfill(world.api, steps, world.options, [&](const BackfillStep& step) -> Result<void> {
    if (!step.run_id.empty()) world.client.cancel.request();
    return ok();
  });
  EXPECT_FALSE(done);
}

TEST(RunNow, AnswersTheNewRunAndFollowsIt) {
  World world;
  world.azure.take_run("actual", "2026-09", "2026-09-01T00:00:00Z", "2026-09-30T00:00:00Z");
  const auto begun = run_now(world.api, "actual", std::nullopt, world.options.follow);
  ASSERT_TRUE(begun) << begun.error().message();
  EXPECT_EQ(begun->id.back(), '2');
  std::vector<std::string> told;
  const auto ended = follow_run(world.api, "actual", begun->id, world.options.follow,
                                [&](const ExportRun& run) { told.push_back(run.status); });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->state, RunState::kCompleted);
  EXPECT_EQ(told.back(), "Completed");
  EXPECT_FALSE(follow_run(world.api, "actual", "no-such-run", world.options.follow));
}

}  // namespace
}  // namespace apportion
