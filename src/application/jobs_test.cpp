#include "application/jobs.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Jobs : public ::testing::Test {
 protected:
  Jobs() {
    EXPECT_TRUE(Home::create(folder_ / "home"));
    workspace_.emplace(
        std::move(Workspace::open(folder_ / "home", Clock::fixed(*Day::parse("2026-11-22")), {})).value());
  }

  std::vector<std::string> told() {
    std::vector<std::string> told;
    const auto jobs = list_jobs(Caller::partner("os:ada"), *workspace_, true);
    for (const Job& job : *jobs) told.push_back(job.kind + " " + std::string(job_state_name(job.state)));
    return told;
  }

  TestFolder folder_;
  std::optional<Workspace> workspace_;
};

TEST_F(Jobs, TellWhatCameOfTheWork) {
  EXPECT_TRUE(run_as_job(*workspace_, "sync", "", [] { return ok(); }));
  const auto failed = run_as_job(*workspace_, "split", "", []() -> Result<void> {
    return Error{ErrorId::kDiskFull, "the disk is full", "", "", ""};
  });
  EXPECT_EQ(failed.error().id, ErrorId::kDiskFull);
  EXPECT_FALSE(run_as_job(*workspace_, "import", "", []() -> Result<void> { return cancelled_error(""); }));
  EXPECT_THAT(told(), ElementsAre("import stopped", "split failed", "sync done"));
}

TEST_F(Jobs, WorkThatEndsByAnExceptionFailed) {
  const auto thrown = [this] {
    return run_as_job(*workspace_, "sync", "", []() -> Result<void> { throw std::runtime_error("no memory"); });
  };
  EXPECT_THROW(static_cast<void>(thrown()), std::runtime_error);
  EXPECT_THAT(told(), ElementsAre("sync failed"));
  EXPECT_FALSE(workspace_->in_job);
}

TEST_F(Jobs, WhatTheyCameToIsThereForTheNextProcess) {
  RunningJob job = std::move(RunningJob::begin(*workspace_, "split", "")).value();
  const JobId id = job.id();
  const Caller ada = Caller::partner("os:ada");
  EXPECT_FALSE(*result_of_job(ada, *workspace_, id));
  job.end(nullptr, R"({"months":[]})");
  const Workspace next = std::move(Workspace::open(folder_ / "home", workspace_->clock, {})).value();
  EXPECT_EQ((*result_of_job(ada, next, id))->document, R"({"months":[]})");
}

TEST_F(Jobs, OfAProcessThatWasKilledSaySo) {
  JobBook book = std::move(JobBook::open(workspace_->home.control_plane_file(), workspace_->clock)).value();
  const JobId id = *book.begin({.kind = "sync", .folder = "00000000-0000-4000-8000-000000000000"});
  const Job job = *job_with_id(Caller::partner("os:ada"), *workspace_, id);
  EXPECT_EQ(job.state, JobState::kKilled);
  EXPECT_EQ(job.error_id, "job-killed");
  EXPECT_THAT(job.message, HasSubstr("the others as before"));
  EXPECT_THAT(told(), ElementsAre("sync killed"));
}

TEST_F(Jobs, ThatEndWhileTheyAreLookedAtWereNotKilled) {
  constexpr int kJobs = 60;
  std::atomic<bool> ends = false;
  std::thread others([&] {
    const Workspace other = std::move(Workspace::open(folder_ / "home", workspace_->clock, {})).value();
    while (!ends) {
      const auto jobs = list_jobs(Caller::partner("os:ada"), other, true);
      ASSERT_TRUE(jobs) << jobs.error().message();
      for (const Job& job : *jobs) ASSERT_NE(job.state, JobState::kKilled) << job.id.raw();
    }
  });
  for (int i = 0; i < kJobs; ++i) EXPECT_TRUE(run_as_job(*workspace_, "split", "", [] { return ok(); }));
  ends = true;
  others.join();
}

TEST_F(Jobs, APartOfAJobIsNoJobOfItsOwn) {
  EXPECT_TRUE(run_as_job(*workspace_, "sync", "", [this] {
    EXPECT_THAT(told(), ElementsAre("sync running"));
    return run_as_job(*workspace_, "split", "", [] { return ok(); });
  }));
  EXPECT_THAT(told(), ElementsAre("sync done"));
}

}  // namespace
}  // namespace apportion
