#include "azure/arm_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/testing.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using std::chrono::seconds;

class ArmClientTest : public ::testing::Test {
 protected:
  ArmClient client() {
    return {transport_, tokens_, *cloud_named("public"), "tenant", cancel_, [this](std::chrono::milliseconds time) {
              waits_.push_back(std::chrono::duration_cast<seconds>(time));
              return !cancel_.requested();
            }};
  }
  static ArmCall get(std::string path = "/things") { return {"GET", std::move(path), "2025-03-01", nullptr, "list"}; }

  FakeTransport transport_;
  std::shared_ptr<FakeCredential> credential_ = std::make_shared<FakeCredential>();
  TokenSource tokens_{credential_};
  Cancel cancel_;
  std::vector<seconds> waits_;
};

TEST_F(ArmClientTest, SignsInAndAsksWithItsVersion) {
  transport_.once("PUT", "/", answer_with(201, R"({"a": 1})"));
  ArmCall call{"PUT", "/b:c/é x?$expand=runHistory", "2025-03-01", {{"k", "v"}}, "make it"};
  const auto answer = client().call(call);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body["a"], 1);
  const HttpRequest request = transport_.requests().at(0);
  EXPECT_EQ(request.url, "https://management.azure.com/b:c/%C3%A9%20x?api-version=2025-03-01&$expand=runHistory");
  EXPECT_EQ(request.body, R"({"k":"v"})");
  EXPECT_EQ(header_of(request, "Authorization"), "Bearer token-1");
  EXPECT_EQ(header_of(request, "Content-Type"), "application/json");
  EXPECT_EQ(credential_->asked().at(0), (TokenRequest{"tenant", "https://management.azure.com/.default"}));
}

TEST_F(ArmClientTest, EmptyAnswersHaveNoBody) {
  transport_.once("GET", "/", answer_with(200));
  EXPECT_TRUE(client().call(get())->body.is_null());
}

TEST_F(ArmClientTest, TakesANewTokenOnceAfter401) {
  transport_.once("GET", "/", answer_with(401, R"({"error":{"code":"ExpiredAuthenticationToken","message":"x"}})"));
  transport_.once("GET", "/", answer_with(200, "{}"));
  EXPECT_TRUE(client().call(get()));
  EXPECT_EQ(header_of(transport_.requests().at(1), "Authorization"), "Bearer token-2");
  transport_.always("GET", "/", answer_with(401, R"({"error":{"code":"InvalidAuthenticationToken","message":"x"}})"));
  const auto refused = client().call(get());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kAzureTokenNotAccepted);
  EXPECT_EQ(transport_.requests().size(), 4U);
}

TEST_F(ArmClientTest, TurnsAzuresErrorsIntoOurs) {
  transport_.once("GET", "/", answer_with(403, R"({"error":{"code":"RBACAccessDenied","message":"x"}})"));
  const auto refused = client().call(get());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "could not list");
  EXPECT_THAT(refused.error().why, HasSubstr("RBACAccessDenied"));
  EXPECT_THAT(refused.error().message(), ::testing::Not(HasSubstr("token-1")));
}

TEST_F(ArmClientTest, RefusesPathsThatLeaveTheirScope) {
  for (const char* path : {"things", "/a/../b", "/a/./b", "", "/.."}) {
    const auto refused = client().call(get(path));
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().id, ErrorId::kOperationInvalid);
  }
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(ArmClientTest, RefusesAnswersThatAreNoJson) {
  transport_.once("GET", "/", answer_with(200, "<html>log in</html>"));
  EXPECT_EQ(client().call(get()).error().id, ErrorId::kOperationFailed);
}

TEST_F(ArmClientTest, ListsAllPagesAlsoEmptyOnes) {
  transport_.once("GET", "api-version",
                  answer_with(200, R"({"value":[1],"nextLink":"https://MANAGEMENT.azure.com:443/p?$skiptoken=a b"})"));
  transport_.once("GET", "skiptoken=a%20b",
                  answer_with(200, R"({"value":[],"nextLink":"https://management.azure.com/p?$skiptoken=c"})"));
  transport_.once("GET", "skiptoken=c", answer_with(200, R"({"value":[2,3],"nextLink":null})"));
  const auto values = client().list(get());
  ASSERT_TRUE(values) << values.error().message();
  EXPECT_THAT(*values, ElementsAre(1, 2, 3));
}

TEST_F(ArmClientTest, NoContentIsAnEmptyList) {
  transport_.once("GET", "/", answer_with(204));
  EXPECT_TRUE(client().list(get())->empty());
}

TEST_F(ArmClientTest, StopsAtLinksThatCircleOrLeadAway) {
  struct Case {
    const char* answer;
    ErrorKind kind;
  };
  for (const Case& test : {
           Case{R"({"value":[],"nextLink":"https://management.azure.com/things?api-version=2025-03-01"})",
                ErrorKind::kBadInput},
           Case{R"({"value":[],"nextLink":"https://evil.example/things"})", ErrorKind::kForbidden},
           Case{R"({"value":[],"nextLink":"http://management.azure.com/things"})", ErrorKind::kForbidden},
           Case{R"({"value":[],"nextLink":"https://management.azure.com@evil.example/"})", ErrorKind::kForbidden},
           Case{R"({"value":[],"nextLink":"/things?page=2"})", ErrorKind::kForbidden},
           Case{R"({"value":[],"nextLink":7})", ErrorKind::kBadInput},
           Case{R"({"value":{}})", ErrorKind::kBadInput},
           Case{R"([])", ErrorKind::kBadInput},
       }) {
    transport_.once("GET", "/things", answer_with(200, test.answer));
    const auto refused = client().list(get());
    ASSERT_FALSE(refused) << test.answer;
    EXPECT_EQ(refused.error().kind(), test.kind) << test.answer;
  }
}

TEST_F(ArmClientTest, WaitsForALongOperation) {
  const std::string place = "https://management.azure.com/results/1?api-version=x";
  transport_.once("POST", "/things", answer_with(202, "", {{"Location", place}, {"Retry-After", "60"}}));
  transport_.once("GET", "/results/1", answer_with(202, "", {{"Location", place}, {"Retry-After", "0"}}));
  transport_.once("GET", "/results/1", answer_with(202));
  transport_.once("GET", "/results/1", answer_with(200, R"({"status":"Completed"})"));
  ArmCall call = get();
  call.method = "POST";
  call.body = {{"metric", "ActualCost"}};
  std::vector<seconds> told;
  const auto answer = client().run_to_end(call, [&](seconds pause) { told.push_back(pause); });
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body["status"], "Completed");
  EXPECT_THAT(told, ElementsAre(seconds(60), seconds(1), seconds(15)));
  EXPECT_EQ(waits_, told);
  EXPECT_EQ(transport_.requests().at(1).body, "");
}

TEST_F(ArmClientTest, ALongOperationMayEndWithoutData) {
  transport_.once("POST", "/things", answer_with(204));
  ArmCall call = get();
  call.method = "POST";
  EXPECT_EQ(client().run_to_end(call)->status, 204);
}

TEST_F(ArmClientTest, ALongOperationStaysOnItsHostAndEnds) {
  ArmCall call = get();
  call.method = "POST";
  transport_.once("POST", "/things", answer_with(202, "", {{"Location", "https://evil.example/1"}}));
  EXPECT_EQ(client().run_to_end(call).error().id, ErrorId::kOperationRefused);
  transport_.once("POST", "/things", answer_with(202));
  EXPECT_EQ(client().run_to_end(call).error().id, ErrorId::kOperationFailed);

  const HttpHeader place{"Location", "https://management.azure.com/results/1"};
  transport_.once("POST", "/things", answer_with(202, "", {place}));
  transport_.always("GET", "/results/1", answer_with(202, "", {{"Retry-After", "999999"}}));
  const auto endless = client().run_to_end(call);
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().id, ErrorId::kOperationUnanswered);
  EXPECT_EQ(waits_.size(), 6U);  // an hour each at most

  transport_.once("POST", "/things", answer_with(202, "", {place}));
  const auto cancelled = client().run_to_end(call, [this](seconds) { cancel_.request(); });
  EXPECT_EQ(cancelled.error().id, ErrorId::kInterrupted);
}

}  // namespace
}  // namespace apportion
