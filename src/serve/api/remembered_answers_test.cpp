#include "serve/api/remembered_answers.h"

#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

class RememberedAnswersTest : public testing::Test {
 protected:
  std::string ask(const std::string& key) {
    const auto answer = answers_.of(
        key, [this]() -> Result<std::string> { return state_; },
        [&]() -> Result<Json> {
          ++worked_;
          if (changes_meanwhile_) state_ += "+";
          return Json{{"of", state_}};
        });
    EXPECT_TRUE(answer);
    return (**answer)["of"];
  }

  static constexpr std::int64_t kRoom = 20'000;
  RememberedAnswers answers_{kRoom};
  std::string state_ = "1";
  bool changes_meanwhile_ = false;
  int worked_ = 0;
};

TEST_F(RememberedAnswersTest, AreWorkedOutOnce) {
  EXPECT_EQ(ask("a"), "1");
  EXPECT_EQ(ask("a"), "1");
  EXPECT_EQ(worked_, 1);
  ask("b");
  EXPECT_EQ(worked_, 2);
}

TEST_F(RememberedAnswersTest, EndWithWhatTheyAreMadeOf) {
  ask("a");
  state_ = "2";
  EXPECT_EQ(ask("a"), "2");
  state_ = "1";
  EXPECT_EQ(ask("a"), "1");
  EXPECT_EQ(worked_, 3);
}

TEST_F(RememberedAnswersTest, ThatMayBeOfTwoStatesAreNotKept) {
  changes_meanwhile_ = true;
  ask("a");
  changes_meanwhile_ = false;
  ask("a");
  EXPECT_EQ(worked_, 2);
}

TEST_F(RememberedAnswersTest, AreNotKeptWhenTheWorkFails) {
  const auto failed = answers_.of(
      "a", []() -> Result<std::string> { return std::string("1"); },
      []() -> Result<Json> {
        return Error{ErrorId::kNoCharges, "", "", "", ""};
      });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().id, ErrorId::kNoCharges);
  EXPECT_EQ(ask("a"), "1");
}

TEST_F(RememberedAnswersTest, GoWhenThereIsNoRoom) {
  for (int i = 0; i < 500; ++i) {
    ask(fmt::format("{}", i));
    ask("used again and again");
    EXPECT_LE(answers_.bytes(), kRoom);
  }
  EXPECT_GT(answers_.bytes(), kRoom / 2);
  EXPECT_EQ(worked_, 501);
  ask("0");
  EXPECT_EQ(worked_, 502);
}

TEST_F(RememberedAnswersTest, ThatAreTooLargeAreGivenButNotKept) {
  const auto large = answers_.of(
      "a", []() -> Result<std::string> { return std::string("1"); },
      []() -> Result<Json> { return Json(std::string(kRoom, 'x')); });
  ASSERT_TRUE(large);
  EXPECT_EQ(answers_.bytes(), 0);
}

TEST(RememberedQuestion, IsTheSameOnlyForThoseWhoSeeTheSame) {
  const auto key = [](const Caller& caller, std::string_view today = "2026-10-01", std::string_view text = "costs") {
    return RememberedQuestion{"queryCosts", caller, today, text}.key();
  };
  const Caller partner = Caller::partner("anna");
  const auto customer = [](Audience audience, std::set<CustomerId> ids) {
    return Caller{"vera", audience, std::move(ids)};
  };
  EXPECT_EQ(key(partner), key(Caller::partner("bert")));
  const std::set<std::string> others{
      key(partner),
      key(partner, "2026-10-02"),
      key(partner, "2026-10-01", "other costs"),
      key(customer(Audience::kListView, {CustomerId("a")})),
      key(customer(Audience::kCostView, {CustomerId("a")})),
      key(customer(Audience::kListView, {CustomerId("b")})),
      key(customer(Audience::kListView, {CustomerId("a"), CustomerId("b")})),
      key(customer(Audience::kListView, {CustomerId("ab")})),
      key(customer(Audience::kListView, {})),
      key(Caller{"x", Audience::kListView, {}}),
  };
  EXPECT_EQ(others.size(), 10U);
}

}  // namespace
}  // namespace apportion
