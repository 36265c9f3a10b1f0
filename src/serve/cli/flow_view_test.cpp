#include "serve/cli/flow_view.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const Currency kEuro = *Currency::parse("EUR");
const Month kOctober = *Month::parse("2026-10");

Decimal amount(const char* text) { return Decimal::parse(text).value; }

Problem problem(ErrorId id) { return {"somewhere", {id, "what", "", "", ""}}; }

ImportReport report_with_rejects() {
  ImportedRun run;
  run.import.month = kOctober;
  run.import.rows_source = 3;
  run.import.rows_stored = 1;
  run.import.rows_rejected = 2;
  run.first_rejects = {{"part.csv", 2, "costInBillingCurrency", "1,5", "no number"}};
  ImportReport report;
  report.imported.push_back(run);
  return report;
}

SplitResult split_with_tenants(int tenants) {
  SplitResult split;
  split.charges = 1200;
  split.totals = {{CustomerId("contoso"), kEuro, 1000, {amount("10"), amount("9"), amount("0"), amount("0")}},
                  {CustomerId("unassigned"), kEuro, 200, {amount("1.5"), amount("1.25"), amount("0"), amount("0")}}};
  for (int i = 0; i < tenants; ++i) {
    split.unassigned_tenants.push_back({"t" + std::to_string(i), "Tenant " + std::to_string(i), kEuro, 1, {}});
  }
  return split;
}

struct Shown {
  ExitCode code;
  std::string data;
  std::string talk;
};

Shown show(const FlowReport& report, bool json = false) {
  std::ostringstream data;
  std::ostringstream talk;
  Console console(data, talk);
  ConsoleSettings settings;
  settings.json = json;
  console.set(settings);
  GlobalOptions options;
  options.json = json;
  Session session(options, console, {});
  const ExitCode code = show_flow(session, report);
  return {code, data.str(), talk.str()};
}

TEST(FlowView, ExitCodeIsThatOfTheGravestProblem) {
  EXPECT_EQ(exit_code_of({}), 0);
  EXPECT_EQ(exit_code_of({problem(ErrorId::kManifestNotJson)}), 3);
  EXPECT_EQ(exit_code_of({problem(ErrorId::kNoSuchConnection)}), 3);
  EXPECT_EQ(exit_code_of({problem(ErrorId::kManifestNotJson), problem(ErrorId::kFileForbidden)}), 4);
  EXPECT_EQ(exit_code_of({problem(ErrorId::kNoAnswer), problem(ErrorId::kManifestNotJson)}), 5);
}

TEST(FlowView, RejectsAreAProblemUnlessAccepted) {
  FlowReport report;
  report.add_import("acme", report_with_rejects(), false);
  ASSERT_THAT(report.problems, SizeIs(1));
  const Shown shown = show(report);
  EXPECT_EQ(shown.code, 3);
  EXPECT_THAT(shown.talk, HasSubstr("part.csv, line 2, column costInBillingCurrency: `1,5`: no number"));
  EXPECT_THAT(shown.talk, HasSubstr("and 1 more"));

  FlowReport accepted;
  accepted.add_import("acme", report_with_rejects(), true);
  EXPECT_EQ(show(accepted).code, 0);
  EXPECT_THAT(show(accepted).talk, HasSubstr("2 rejected"));
}

TEST(FlowView, NamesWhatNobodyPays) {
  FlowReport report;
  const PublishedOutcome outcome{
      .month = kOctober, .changed = true, .split = split_with_tenants(12), .notes = {"a note\n"}};
  report.add_month("acme", outcome);
  const std::string talk = show(report).talk;
  EXPECT_THAT(talk, HasSubstr("acme 2026-10: 1,200 charges"));
  EXPECT_THAT(talk, HasSubstr("split across 1 customer"));
  EXPECT_THAT(talk, HasSubstr("unassigned: 1.50 EUR billed"));
  EXPECT_THAT(talk, HasSubstr("12 tenants without a rule: Tenant 0 (t0), "));
  EXPECT_THAT(talk, HasSubstr("Tenant 4 (t4) and 7 more"));
  EXPECT_THAT(talk, Not(HasSubstr("Tenant 5")));
  EXPECT_THAT(talk, HasSubstr("note: a note\n"));
}

TEST(FlowView, WithJsonOnlyAnErrorIsTold) {
  FlowReport report;
  report.add_month("acme", {.month = kOctober, .changed = true, .split = split_with_tenants(1)});
  report.problems.push_back(problem(ErrorId::kManifestNotJson));
  const Shown shown = show(report, true);
  EXPECT_EQ(Json::parse(shown.talk)["error"]["exit_code"], 3);
  EXPECT_EQ(shown.data, "");
}

TEST(FlowView, WhatWasLookedAtBeforeIsNotToldAgain) {
  FlowReport report;
  report.add_month("acme", {.month = kOctober, .changed = true, .split = split_with_tenants(12)});
  report.changes.emplace();
  const std::string talk = show(report).talk;
  EXPECT_THAT(talk, HasSubstr("acme 2026-10: 1,200 charges"));
  EXPECT_THAT(talk, Not(HasSubstr("without a rule")));
}

}  // namespace
}  // namespace apportion
