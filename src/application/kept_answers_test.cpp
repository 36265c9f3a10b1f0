#include "application/kept_answers.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 1'790'000'000;
constexpr std::int64_t kDayLater = kNow + std::int64_t{24} * 60 * 60 + 1;
const KeyedRequest kRequest{"user:anna", "k1", "POST", "/api/v1/connections", R"({"client_secret":"hunter2"})"};
const KeptAnswer kAnswer{201, "etag", {{"Location", "/x"}}, R"({"id":7})"};

class KeptAnswersTest : public ::testing::Test {
 protected:
  KeptAnswersTest() { answers_ = open(); }

  std::unique_ptr<KeptAnswers> open() { return std::move(KeptAnswers::open(home_)).value(); }

  Result<AnswerOnce> ask(const KeyedRequest& request = kRequest, std::int64_t now = kNow) {
    return answers_->once(request, now, [this]() -> Result<KeptAnswer> {
      ++done_;
      return kAnswer;
    });
  }

  // As a process leaves it that is killed in the middle of its work.
  void leave_half_done() {
    const auto thrown = [this] {
      return answers_->once(kRequest, kNow, []() -> Result<KeptAnswer> { throw std::runtime_error("killed"); });
    };
    EXPECT_THROW(static_cast<void>(thrown()), std::runtime_error);
  }

  TestFolder folder_;
  Home home_ = std::move(Home::create(folder_ / "home")).value();
  std::unique_ptr<KeptAnswers> answers_;
  int done_ = 0;
};

TEST_F(KeptAnswersTest, GiveTheSameRequestTheSameAnswer) {
  const auto first = ask();
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->is_repeated);
  EXPECT_FALSE(first->not_kept);
  const auto again = ask();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeated);
  EXPECT_EQ(again->answer, kAnswer);
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(ask(kRequest, kDayLater)->is_repeated, false);
}

TEST_F(KeptAnswersTest, AreThereForTheNextProcess) {
  ASSERT_TRUE(ask());
  answers_.reset();
  answers_ = open();
  const auto again = ask();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeated);
  EXPECT_EQ(again->answer, kAnswer);
  EXPECT_EQ(done_, 1);
}

TEST_F(KeptAnswersTest, AnotherRequestNeedsAnotherKey) {
  ASSERT_TRUE(ask());
  for (const auto part : {&KeyedRequest::method, &KeyedRequest::path, &KeyedRequest::body}) {
    KeyedRequest other = kRequest;
    other.*part += "x";
    EXPECT_EQ(ask(other).error().id, ErrorId::kIdempotencyKeyReused);
  }
  KeyedRequest of_another = kRequest;
  of_another.actor = "user:bert";
  of_another.body = "{}";
  EXPECT_TRUE(ask(of_another));
  EXPECT_EQ(done_, 2);
}

TEST_F(KeptAnswersTest, WhatFailedMayBeTriedAgain) {
  const auto failed = answers_->once(kRequest, kNow, []() -> Result<KeptAnswer> {
    return Error{ErrorId::kDiskFull, "the disk is full", "", "", ""};
  });
  EXPECT_EQ(failed.error().id, ErrorId::kDiskFull);
  EXPECT_EQ(ask()->is_repeated, false);
}

TEST_F(KeptAnswersTest, ARequestThatIsBeingAnsweredIsNotDoneTwice) {
  const auto other = open();  // of another process
  const auto first = answers_->once(kRequest, kNow, [&]() -> Result<KeptAnswer> {
    EXPECT_EQ(ask().error().id, ErrorId::kServiceBusy);
    EXPECT_EQ(other->once(kRequest, kNow, [] { return Result<KeptAnswer>(kAnswer); }).error().id,
              ErrorId::kServiceBusy);
    return kAnswer;
  });
  EXPECT_TRUE(first);
  EXPECT_EQ(done_, 0);
}

TEST_F(KeptAnswersTest, ARequestWhoseOutcomeNobodyKnowsIsNotDoneAgain) {
  leave_half_done();
  EXPECT_EQ(ask().error().id, ErrorId::kOutcomeUnknown) << "of this process";
  answers_.reset();
  answers_ = open();
  const auto refused = ask();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kOutcomeUnknown);
  EXPECT_THAT(refused.error().next, HasSubstr("use a new key"));
  EXPECT_EQ(done_, 0);
  KeyedRequest with_new_key = kRequest;
  with_new_key.key = "k2";
  EXPECT_TRUE(ask(with_new_key));
}

TEST_F(KeptAnswersTest, NeitherKeysNorRequestsAreOnTheDisk) {
  KeyedRequest request = kRequest;
  request.key = "a-key-that-is-a-secret";
  ASSERT_TRUE(ask(request));
  for (const char* end : {"", "-wal"}) {
    const auto content = read_file(home_.control_plane_file().string() + end);
    ASSERT_TRUE(content);
    EXPECT_THAT(*content, Not(HasSubstr(request.key)));
    EXPECT_THAT(*content, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace apportion
