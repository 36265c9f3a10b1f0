#include "serve/cli/import_progress.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ImportProgress progress(std::int64_t rows, std::optional<std::int64_t> rows_expected = 4'000'000) {
  ReadProgress read{.file = 3,
                    .files = 12,
                    .rows = rows,
                    .rows_expected = rows_expected,
                    .bytes = 512'900'000,
                    .bytes_expected = 2'048'000'000};
  return {"acme", Dataset::kActualCost, *Month::parse("2026-10"), read};
}

struct Text {
  ImportProgress progress;
  milliseconds elapsed;
  const char* text;
};

TEST(ImportProgressText, TellsWhatHowFarAndHowLong) {
  ImportProgress small = progress(7, std::nullopt);
  small.read.files = 1;
  small.read.bytes = small.read.bytes_expected = 0;
  ImportProgress more_than_promised = progress(5'000'000);
  const std::vector<Text> texts{
      {progress(1'000'000), milliseconds(20'000),
       "acme actual 2026-10: 25 %, 1 min left, 1.0M rows, 512 of 2048 MB, file 3/12"},
      {progress(1'000'000), milliseconds(2'000),
       "acme actual 2026-10: 25 %, 6 s left, 1.0M rows, 512 of 2048 MB, file 3/12"},
      {progress(1), milliseconds(2'000),
       "acme actual 2026-10: 0 %, 2222 h 14 min left, 1 row, 512 of 2048 MB, file 3/12"},
      {progress(1'234'567, std::nullopt), milliseconds(1'000),
       "acme actual 2026-10: 25 %, 3 s left, 1.2M rows, 512 of 2048 MB, file 3/12"},
      {more_than_promised, milliseconds(1'000),
       "acme actual 2026-10: 100 %, 0 s left, 5.0M rows, 512 of 2048 MB, file 3/12"},
      {small, milliseconds(1'000), "acme actual 2026-10: 7 rows"},
  };
  for (const Text& one : texts)
    EXPECT_THAT(import_progress_lines(one.progress, {one.elapsed, one.elapsed}), ElementsAre(one.text));
}

constexpr const char* kRun = "acme actual 2026-10: 25 %, 15 s left, 1.0M rows, 512 of 2048 MB, file 3/12";

TEST(ImportProgressText, TellsHowFarAllRunsAre) {
  ImportProgress second = progress(1'000'000);
  second.intake = {.run = 2, .runs = 7, .bytes_before = 500'000'000, .bytes_expected = 10'000'000'000};
  const ElapsedTimes elapsed{milliseconds(5'000), milliseconds(60'000)};
  EXPECT_THAT(import_progress_lines(second, elapsed), ElementsAre("run 2 of 7: 10 %, 9 min left in all", kRun));
  second.intake.bytes_expected = 0;
  EXPECT_THAT(import_progress_lines(second, elapsed), ElementsAre("run 2 of 7", kRun)) << "sizes that nobody knows";
}

TEST(ImportProgressText, HasALineForEachWorker) {
  ImportProgress told = progress(1'000'000);
  const ElapsedTimes elapsed{milliseconds(5'000), milliseconds(60'000)};
  told.read.workers = {{3, 1'000'000}};
  EXPECT_THAT(import_progress_lines(told, elapsed), ElementsAre(kRun)) << "one worker is the run";
  told.read.workers = {{3, 600'000}, {2, 400'000}, {0, 0}};
  EXPECT_THAT(
      import_progress_lines(told, elapsed),
      ElementsAre(kRun, "  worker 1: 600.0k rows, file 3", "  worker 2: 400.0k rows, file 2", "  worker 3: waiting"));
  told.read.workers.resize(20);
  EXPECT_EQ(import_progress_lines(told, elapsed).back(), "  and 12 more");
}

class View : public testing::Test {
 protected:
  View() : console_(data_, talk_), view_(console_, [this] { return now_; }) {}

  std::string shown(const ImportProgress& told, milliseconds later) {
    now_ += later;
    talk_.str("");
    view_.show(told);
    return talk_.str();
  }

  std::ostringstream data_, talk_;
  Console console_;
  ImportProgressView::Instant now_{};
  ImportProgressView view_;
};

TEST_F(View, ShowsLongRunsSomeTimesASecondAndBeginsAnewWithEachRun) {
  console_.set({.talk_is_terminal = true});
  EXPECT_THAT(shown(progress(10), milliseconds(0)), IsEmpty());
  EXPECT_THAT(shown(progress(20), milliseconds(999)), IsEmpty());
  EXPECT_THAT(shown(progress(1'000'000), milliseconds(1)), HasSubstr("25 %, 3 s left"));
  EXPECT_THAT(shown(progress(1'100'000), milliseconds(249)), IsEmpty());
  EXPECT_THAT(shown(progress(2'000'000), milliseconds(751)), HasSubstr("50 %, 2 s left"));
  EXPECT_THAT(shown(progress(10), milliseconds(5'000)), IsEmpty()) << "fewer rows: another run";
  ImportProgress other = progress(3'000'000);
  other.dataset = Dataset::kAmortizedCost;
  EXPECT_THAT(shown(other, milliseconds(5'000)), IsEmpty());
  EXPECT_THAT(shown(other, milliseconds(1'000)), HasSubstr("acme amortized 2026-10: 75 %, 1 s left"));
}

TEST_F(View, TakesItsLinesAwayBeforeItSaysSomethingElse) {
  console_.set({.talk_is_terminal = true});
  ImportProgress told = progress(10);
  told.read.workers = {{3, 6}, {2, 4}};
  shown(told, milliseconds(0));
  EXPECT_THAT(shown(told, milliseconds(2'000)), HasSubstr("\n  worker 1: 6 rows, file 3\n  worker 2: 4 rows, file 2"));
  talk_.str("");
  console_.say("done");
  EXPECT_EQ(talk_.str(), "\r\033[K\033[A\r\033[K\033[A\r\033[Kdone\n");
}

TEST_F(View, SaysNothingWhereNobodyLooks) {
  for (const ConsoleSettings& settings : {ConsoleSettings{}, ConsoleSettings{.quiet = true, .talk_is_terminal = true},
                                          ConsoleSettings{.json = true, .talk_is_terminal = true},
                                          ConsoleSettings{.verbose = true, .talk_is_terminal = true}}) {
    console_.set(settings);
    EXPECT_FALSE(console_.shows_progress());
  }
  console_.set({});
  shown(progress(10), milliseconds(0));
  EXPECT_THAT(shown(progress(20), milliseconds(2'000)), IsEmpty());
}

}  // namespace
}  // namespace apportion
