#include "azure/token.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace apportion {
namespace {

using std::chrono::minutes;
using std::chrono::steady_clock;

std::atomic<int> minutes_gone{0};
steady_clock::time_point test_now() { return steady_clock::time_point() + minutes(minutes_gone.load()); }

class CountingCredential : public Credential {
 public:
  Result<AccessToken> get(const TokenRequest& request, const Cancel&) override {
    const int count = ++calls;
    while (arrived < wait_for_arrivals) std::this_thread::yield();
    std::this_thread::yield();
    if (fails) return Error{fails_with, "no", "", "", ""};
    return AccessToken{request.tenant + std::to_string(count), test_now() + lifetime};
  }
  std::string description() const override { return "a test"; }

  std::atomic<int> calls{0};
  std::atomic<int> arrived{0};
  int wait_for_arrivals = 0;
  bool fails = false;
  ErrorId fails_with = ErrorId::kNoAnswer;
  minutes lifetime{60};
};

class TokenSourceTest : public ::testing::Test {
 protected:
  TokenSourceTest() { minutes_gone = 0; }
  std::string token(const TokenRequest& request = {"t", "s"}) {
    const auto result = source_.token(request, cancel_);
    return result ? *result : error_code_name(result.error().kind());
  }
  std::shared_ptr<CountingCredential> credential_ = std::make_shared<CountingCredential>();
  TokenSource source_{credential_, test_now};
  Cancel cancel_;
};

TEST_F(TokenSourceTest, KeepsATokenUntilFiveMinutesBeforeItsEnd) {
  EXPECT_EQ(token(), "t1");
  minutes_gone = 54;
  EXPECT_EQ(token(), "t1");
  minutes_gone = 55;
  EXPECT_EQ(token(), "t2");
}

TEST_F(TokenSourceTest, UsesAShortTokenForHalfItsLife) {
  credential_->lifetime = minutes(4);
  EXPECT_EQ(token(), "t1");
  minutes_gone = 1;
  EXPECT_EQ(token(), "t1");
  minutes_gone = 2;
  EXPECT_EQ(token(), "t2");
}

TEST_F(TokenSourceTest, KeepsOneForEachTenantAndScope) {
  EXPECT_EQ(token({"a", "s"}), "a1");
  EXPECT_EQ(token({"b", "s"}), "b2");
  EXPECT_EQ(token({"a", "other"}), "a3");
  EXPECT_EQ(token({"a", "s"}), "a1");
}

TEST_F(TokenSourceTest, AsksAgainForWhatWasForgotten) {
  EXPECT_EQ(token(), "t1");
  source_.forget({"t", "s"});
  EXPECT_EQ(token(), "t2");
}

TEST_F(TokenSourceTest, AnOldTokenServesWhileEntraIsNotReachable) {
  EXPECT_EQ(token(), "t1");
  credential_->fails = true;
  minutes_gone = 58;
  EXPECT_EQ(token(), "t1");
  minutes_gone = 60;
  EXPECT_EQ(token(), "unreachable");
  minutes_gone = 58;
  credential_->fails_with = ErrorId::kFileForbidden;
  EXPECT_EQ(token(), "access_refused");
}

TEST_F(TokenSourceTest, ManyThreadsAskOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([this] { EXPECT_EQ(token(), "t1"); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(credential_->calls, 1);
}

// A thread may be late and ask once more, but not each of them after the other.
TEST_F(TokenSourceTest, ThreadsThatWaitedForARefusalTakeIt) {
  constexpr int kThreads = 8;
  credential_->fails = true;
  credential_->wait_for_arrivals = kThreads;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      ++credential_->arrived;
      EXPECT_EQ(token(), "unreachable");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(credential_->calls, kThreads);
  const int calls = credential_->calls;
  EXPECT_EQ(token(), "unreachable");
  EXPECT_EQ(credential_->calls, calls + 1);
}

}  // namespace
}  // namespace apportion
