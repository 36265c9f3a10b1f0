#include "store/job_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/control_plane.h"

namespace apportion {
namespace {

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));

class JobBookTest : public ::testing::Test {
 protected:
  JobBookTest() {
    EXPECT_TRUE(ControlPlane::open(file_, kClock, true));
    book_.emplace(std::move(JobBook::open(file_, kClock)).value());
  }

  JobId begin(const char* kind) {
    return *book_->begin({.kind = kind, .subject = "acme", .actor = "os:ada", .folder = "f"});
  }

  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "control-plane.sqlite";
  std::optional<JobBook> book_;
};

TEST_F(JobBookTest, TellsWhatRunsAndHowFarItIs) {
  const JobId sync = begin("sync");
  const JobProgress progress{"reading", 2, 7, 1000, 2048, 4096};
  EXPECT_FALSE(*book_->tell(sync, progress));
  const Job told = *JobBook::open(file_, kClock)->job(sync);
  EXPECT_EQ(told.kind, "sync");
  EXPECT_EQ(told.subject, "acme");
  EXPECT_EQ(told.actor, "os:ada");
  EXPECT_EQ(told.folder, "f");
  EXPECT_EQ(told.progress, progress);
  EXPECT_EQ(told.state, JobState::kRunning);
  EXPECT_EQ(told.ended_at, "");
}

TEST_F(JobBookTest, HearsTheWishToStopFromAnotherProcess) {
  const JobId sync = begin("sync");
  ASSERT_TRUE(JobBook::open(file_, kClock)->want_stop(sync, "os:bob"));
  EXPECT_TRUE(*book_->tell(sync, {}));
  ASSERT_TRUE(book_->end(sync, JobState::kStopped, nullptr));
  EXPECT_EQ(book_->job(sync)->stop_wanted_by, "os:bob");
  EXPECT_EQ(book_->want_stop(sync, "os:bob").error().id, ErrorId::kJobEnded);
  EXPECT_EQ(book_->want_stop(JobId(99), "os:bob").error().id, ErrorId::kNoSuchJob);
}

TEST_F(JobBookTest, KeepsWhyAJobFailed) {
  const JobId split = begin("split");
  const Error error{ErrorId::kDiskFull, "the disk is full", "/lake", "", "free some space"};
  ASSERT_TRUE(book_->end(split, JobState::kFailed, &error));
  const Job job = *book_->job(split);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error_id, "disk-full");
  EXPECT_EQ(job.message, error.message());
  EXPECT_NE(job.ended_at, "");
}

TEST_F(JobBookTest, KeepsWhatAJobCameTo) {
  const JobId split = begin("split");
  EXPECT_FALSE(*book_->result(split));
  ASSERT_TRUE(book_->end(split, JobState::kDone, nullptr, R"({"months":[]})"));
  const auto result = *JobBook::open(file_, kClock)->result(split);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->document, R"({"months":[]})");
  EXPECT_EQ(result->bytes, 13);
  EXPECT_FALSE(*book_->result(JobId(99)));
}

TEST_F(JobBookTest, LargeResultsAreNotKeptAndOldOnesMakeRoom) {
  constexpr std::size_t kMebibyte = std::size_t{1} << 20;
  const JobId large = begin("preview");
  ASSERT_TRUE(book_->end(large, JobState::kDone, nullptr, std::string(16 * kMebibyte + 1, 'x')));
  const auto of_large = *book_->result(large);
  ASSERT_TRUE(of_large);
  EXPECT_FALSE(of_large->document);
  EXPECT_EQ(of_large->bytes, 16 * kMebibyte + 1);
  std::vector<JobId> others;
  for (int i = 0; i < 5; ++i) {
    others.push_back(begin("preview"));
    ASSERT_TRUE(book_->end(others.back(), JobState::kDone, nullptr, std::string(16 * kMebibyte, 'x')));
  }
  EXPECT_FALSE((*book_->result(others[0]))->document);
  for (std::size_t i = 1; i < others.size(); ++i) EXPECT_TRUE((*book_->result(others[i]))->document) << i;
}

TEST_F(JobBookTest, ForgetsTheOldestThatEnded) {
  const JobId lasting = begin("serve");
  const JobId first = begin("sync");
  ASSERT_TRUE(book_->end(first, JobState::kDone, nullptr, "{}"));
  for (int i = 0; i < 1005; ++i) ASSERT_TRUE(book_->end(begin("sync"), JobState::kDone, nullptr));
  const auto jobs = *book_->jobs(10'000);
  EXPECT_EQ(jobs.back().id, lasting) << "it runs still";
  EXPECT_LE(jobs.size(), 1003U);
  EXPECT_EQ(book_->jobs(1)->front().id, jobs.front().id);
  EXPECT_EQ(book_->job(first).error().id, ErrorId::kNoSuchJob);
  EXPECT_FALSE(*book_->result(first)) << "it goes with its job";
}

}  // namespace
}  // namespace apportion
