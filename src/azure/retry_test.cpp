#include "azure/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/http_date.h"
#include "azure/testing.h"

namespace apportion {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'795'608'000;  // 2026-11-25T12:00:00Z

TEST(HttpDate, ReadsTheFormThatServersSend) {
  EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:10 GMT"), 10);
  EXPECT_EQ(parse_http_date(" Wed, 25 Nov 2026 12:00:00 GMT"), kNow);
  for (const char* wrong :
       {"", "120", "Wed, 31 Nov 2026 12:00:00 GMT", "Wed, 25 Nov 2026 24:00:00 GMT", "Wed, 25 Nox 2026 12:00:00 GMT",
        "Wed, 25 Nov 2026 12:00:00 CET", "Wednesday, 25-Nov-26 12:00:00 GMT", "Wed, 2x Nov 2026 12:00:00 GMT"}) {
    EXPECT_FALSE(parse_http_date(wrong)) << wrong;
  }
}

TEST(AskedPause, IsTheLongestOfAllHeaders) {
  struct Case {
    std::vector<HttpHeader> headers;
    std::optional<milliseconds> pause;
  };
  for (const Case& test : {
           Case{{}, {}},
           Case{{{"Retry-After", "7"}}, seconds(7)},
           Case{{{"retry-after", "Wed, 25 Nov 2026 12:01:30 GMT"}}, seconds(90)},
           Case{{{"Retry-After", "Wed, 25 Nov 2026 11:00:00 GMT"}}, seconds(0)},
           Case{{{"retry-after-ms", "1500"}}, milliseconds(1500)},
           Case{{{"x-ms-retry-after-ms", "250"}, {"Retry-After", "0"}}, milliseconds(250)},
           Case{{{"Retry-After", "5"},
                 {"x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after", "9"},
                 {"X-MS-RateLimit-microsoft.costmanagement-entity-retry-after", "31"},
                 {"x-ms-ratelimit-microsoft.costmanagement-qpu-remaining", "QueriesPerHour:1"}},
                seconds(31)},
           Case{{{"Retry-After", "86400"}}, hours(1)},
           Case{{{"Retry-After", "99999999999999999999999"}}, hours(1)},
           Case{{{"Retry-After", "-5"}}, {}},
           Case{{{"Retry-After", "soon"}}, {}},
           Case{{{"Retry-After", ""}}, {}},
           Case{{{"x-ms-ratelimit-remaining-tenant-reads", "11999"}}, {}},
       }) {
    EXPECT_EQ(asked_pause({429, test.headers, ""}, kNow), test.pause);
  }
}

class RetryTest : public ::testing::Test {
 protected:
  Result<HttpResponse> send() {
    RetryWorld world;
    world.wait = [this](milliseconds time, const Cancel& cancel) {
      waits_.push_back(time);
      if (cancel_in_wait_) cancel.request();
      return !cancel.requested();
    };
    world.draw = [](milliseconds most) { return most; };
    world.epoch_seconds = [] { return kNow; };
    world.told = [this](const RetryNotice& notice) { told_.push_back(notice); };
    RetryingTransport transport(inner_, options_, world);
    return transport.send(request_, cancel_);
  }
  static FakeTransport::Answer no_answer(ErrorId id = ErrorId::kNoAnswer) {
    return [id](const HttpRequest&) -> Result<HttpResponse> { return Error{id, "no answer", "", "it broke", ""}; };
  }

  RetryTest() {
    request_.url = "https://h/x?sig=secret";
    options_.first_pause = seconds(1);
  }
  FakeTransport inner_;
  RetryOptions options_;
  HttpRequest request_;
  Cancel cancel_;
  bool cancel_in_wait_ = false;
  std::vector<milliseconds> waits_;
  std::vector<RetryNotice> told_;
};

TEST_F(RetryTest, TriesPassingFailuresAgainWithDoublingPauses) {
  for (const int status : {408, 429, 500, 502, 503, 504}) inner_.once("GET", "/x", answer_with(status));
  inner_.once("GET", "/x", no_answer());
  inner_.once("GET", "/x", answer_with(200, "here"));
  const auto answer = send();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "here");
  EXPECT_THAT(waits_,
              ElementsAre(seconds(1), seconds(2), seconds(4), seconds(8), seconds(16), seconds(32), seconds(60)));
  EXPECT_EQ(told_.at(0).reason, "408");
  EXPECT_EQ(told_.at(6).reason, "it broke");
  EXPECT_EQ(told_.at(6).attempt, 7);
  EXPECT_EQ(told_.at(6).url, "https://h/x?sig=REDACTED");
}

TEST_F(RetryTest, DoesAsAzureAsks) {
  inner_.once("GET", "/x", answer_with(429, "", {{"Retry-After", "30"}, {"retry-after-ms", "5"}}));
  inner_.once("GET", "/x", answer_with(200));
  EXPECT_TRUE(send());
  EXPECT_THAT(waits_, ElementsAre(seconds(31)));  // and up to a second more, so that not all come at once
}

TEST_F(RetryTest, OtherAnswersAreHandedOn) {
  for (const int status : {200, 206, 304, 400, 401, 403, 404, 409, 412, 501}) {
    inner_.once("GET", "/x", answer_with(status));
    EXPECT_EQ(send()->status, status);
  }
  for (const ErrorId id : {ErrorId::kFileForbidden, ErrorId::kManifestNotJson, ErrorId::kDiskFull}) {
    inner_.once("GET", "/x", no_answer(id));
    EXPECT_EQ(send().error().why, "it broke");
  }
  EXPECT_TRUE(waits_.empty());
}

TEST_F(RetryTest, GivesUpAfterSomeAttempts) {
  options_.attempts_max = 3;
  inner_.always("GET", "/x", no_answer());
  const auto refused = send();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "it broke (tried 3 times)");
  EXPECT_EQ(inner_.requests().size(), 3U);
}

TEST_F(RetryTest, BeginsNoPauseThatLeadsBeyondTheWholeWait) {
  options_.wait_max = seconds(100);
  inner_.once("GET", "/x", answer_with(503, "", {{"Retry-After", "50"}}));
  inner_.once("GET", "/x", answer_with(503, "", {{"Retry-After", "60"}}));
  EXPECT_EQ(send()->status, 503);
  EXPECT_EQ(waits_.size(), 1U);
}

TEST_F(RetryTest, WhatMayNotBeSentTwiceIsRepeatedOnlyWhenItWasNotTaken) {
  request_.method = "POST";
  request_.may_repeat = false;
  inner_.once("POST", "/x", no_answer());
  EXPECT_FALSE(send());
  for (const int status : {408, 500, 502, 504}) {
    inner_.once("POST", "/x", answer_with(status));
    EXPECT_EQ(send()->status, status);
  }
  EXPECT_TRUE(waits_.empty());
  for (const int status : {429, 503, 200}) inner_.once("POST", "/x", answer_with(status));
  EXPECT_EQ(send()->status, 200);
  EXPECT_EQ(waits_.size(), 2U);
}

TEST_F(RetryTest, ASinkGetsNothingTwice) {
  std::string got;
  request_.sink = [&](std::string_view piece) -> Result<void> {
    got += piece;
    return ok();
  };
  inner_.once("GET", "/x", answer_with(503, "busy"));
  inner_.once("GET", "/x", no_answer());
  inner_.once("GET", "/x", [](const HttpRequest& request) -> Result<HttpResponse> {
    APPORTION_TRY(request.sink("half"));
    return Error{ErrorId::kNoAnswer, "no answer", "", "it broke in the middle", ""};
  });
  const auto broken = send();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().why, HasSubstr("in the middle"));
  EXPECT_EQ(got, "half");
  EXPECT_EQ(waits_.size(), 2U);
}

TEST_F(RetryTest, ACancelEndsTheWait) {
  cancel_in_wait_ = true;
  inner_.always("GET", "/x", answer_with(429));
  const auto interrupted = send();
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().id, ErrorId::kInterrupted);
  EXPECT_EQ(inner_.requests().size(), 1U);
  EXPECT_FALSE(send());
  EXPECT_EQ(waits_.size(), 1U);
}

TEST(Retry, TheRealWaitHearsACancelAndDrawsWithinBounds) {
  FakeTransport inner;
  const Cancel cancel;
  inner.always("GET", "/x", answer_with(503, "", {{"Retry-After", "3600"}}));
  RetryWorld world;
  milliseconds pause{0};
  world.told = [&](const RetryNotice& notice) {
    pause = notice.pause;
    cancel.request();
  };
  RetryOptions options;
  options.wait_max = hours(2);
  RetryingTransport transport(inner, options, world);
  HttpRequest request;
  request.url = "https://h/x";
  EXPECT_EQ(transport.send(request, cancel).error().id, ErrorId::kInterrupted);
  EXPECT_GE(pause, hours(1));
  EXPECT_LE(pause, hours(1) + options.first_pause);
}

}  // namespace
}  // namespace apportion
