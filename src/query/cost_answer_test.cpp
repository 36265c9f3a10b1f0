#include "query/cost_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/next_step.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CostAnswerTest : public ::testing::Test {
 protected:
  CostAnswerTest() {
    lake_.add_customers({"contoso", "fabrikam"});
    publish("2026-09", "4", "1");
    publish("2026-10", "6", "2");
  }

  void publish(const char* month, const char* contoso, const char* fabrikam) {
    const Import import = lake_.add_import({.dataset = Dataset::kFocusCost,
                                            .charges = {{{"BilledCost", contoso}, {"ServiceName", "Storage"}},
                                                        {{"BilledCost", fabrikam}, {"ServiceName", "Network"}}},
                                            .month = month});
    lake_.split(lake_.publish({import}),
                {{TestLake::row_of(import, 0), "contoso", 1}, {TestLake::row_of(import, 1), "fabrikam", 1}});
  }

  Result<CostAnswer> ask(const CostQuestion& question, const ReadScope& scope) {
    return answer_costs(lake_.reader(), scope, *Day::parse("2026-11-20"), question);
  }

  static ReadScope month(const char* text) { return ReadScope::of_partner({}, Month::parse(text)); }
  static CostQuestion by(const char* column) {
    return {.report = {.by = {column}, .metrics = {"BilledCost"}, .where = {}}};
  }

  TestLake lake_;
};

TEST_F(CostAnswerTest, MonthsStandBesideThoseBefore) {
  CostQuestion question = by("CustomerId");
  question.compare = "previous";
  const auto answer = ask(question, month("2026-10"));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_THAT(lines_of(answer->table), ElementsAre("contoso|6|4|2|50", "fabrikam|2|1|1|100"));
  EXPECT_THAT(answer->table.notices, Contains("Before is 2026-09"));
  question.compare = "2026-09";
  EXPECT_EQ(lines_of(ask(question, month("2026-10"))->table), lines_of(answer->table));
}

TEST_F(CostAnswerTest, AComparisonNeedsTwoMonthsThatAreThere) {
  CostQuestion question = by("CustomerId");
  question.compare = "previous";
  EXPECT_EQ(ask(question, ReadScope::of_partner()).error().id, ErrorId::kComparisonNeedsTwo);
  EXPECT_EQ(ask(question, month("2026-09")).error().id, ErrorId::kNoCharges);
  question.report.by = {"Month"};
  EXPECT_EQ(ask(question, month("2026-10")).error().id, ErrorId::kComparisonNeedsTwo);
}

TEST_F(CostAnswerTest, TheLargestRowsStandFirst) {
  CostQuestion question = by("CustomerId");
  question.top = 1;
  const auto answer = ask(question, month("2026-10"));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_THAT(lines_of(answer->table).front(), "contoso|6");
}

TEST_F(CostAnswerTest, AValueThatNoChargeHasIsToldWithTheOneMostLikeIt) {
  CostQuestion question = by("CustomerId");
  question.report.where = {{"ServiceName", {"Storge"}}};
  const auto answer = ask(question, month("2026-10"));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_THAT(answer->table.rows, IsEmpty());
  EXPECT_THAT(answer->table.notices, Contains(HasSubstr("did you mean `Storage`?")));
}

TEST_F(CostAnswerTest, HolesAreToldThePartnerOnly) {
  ReadScope scope = ReadScope::of_partner();
  scope.first_month = Month::parse("2026-08");
  EXPECT_THAT(ask(by("CustomerId"), scope)->holes, Contains(HasSubstr("has no data before 2026-09")));
  const ReadScope contoso{Audience::kCostView, std::set{CustomerId("contoso")}, {}, {}};
  const auto own = ask(by("CustomerId"), contoso);
  ASSERT_TRUE(own) << own.error().message();
  EXPECT_THAT(own->holes, IsEmpty());
  EXPECT_THAT(lines_of(own->table), ElementsAre("contoso|10"));
}

TEST_F(CostAnswerTest, AHoleSaysWhatToDoAboutIt) {
  lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {{{"BilledCost", "1"}}}, .month = "2026-11"});
  EXPECT_THAT(
      ask(by("CustomerId"), ReadScope::of_partner())->holes,
      Contains(AllOf(HasSubstr("its charges are not published yet"), HasSubstr("publish them: " + step(Step::kSync)))));
}

}  // namespace
}  // namespace apportion
