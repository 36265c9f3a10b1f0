#include "engine/trino/trino_client.h"

#include <algorithm>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/testing.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kUrl = "https://trino.example.com:8443";

TrinoSettings settings() {
  TrinoSettings settings{kUrl, "lake", "apportion", "billing"};
  settings.session = {{"retry_policy", "TASK"}, {"query_max_run_time", "10 m"}};
  return settings;
}

class TrinoClientTest : public ::testing::Test {
 protected:
  TrinoClient client(TrinoSettings of = settings(), milliseconds deadline = milliseconds(0)) {
    return {transport_, std::move(of), {deadline, [this] { return now_; }}};
  }
  // Begins a statement and turns its pages to the end.
  Result<std::vector<TrinoRow>> rows(TrinoClient& client) {
    std::vector<TrinoRow> rows;
    APPORTION_ASSIGN(TrinoPage page, client.begin("SELECT 1", Cancel()));
    while (true) {
      std::ranges::copy(page.rows, std::back_inserter(rows));
      if (page.next.empty()) return rows;
      APPORTION_ASSIGN(page, client.next(page, Cancel()));
    }
  }
  void answer(const char* method, const char* part, const std::string& body, int status = 200) {
    transport_.once(method, part, answer_with(status, body));
  }
  Error failure(const std::string& body, int status = 200) {
    answer("POST", "/v1/statement", body, status);
    TrinoClient asked = client();
    auto failed = rows(asked);
    EXPECT_FALSE(failed);
    kind_ = asked.last_failure();
    return failed ? Error{} : failed.error();
  }

  FakeTransport transport_;
  steady_clock::time_point now_{};
  EngineFailure kind_ = EngineFailure::kOther;
};

TEST_F(TrinoClientTest, ReadsPagesOfAllTypesExactly) {
  answer("POST", "/v1/statement", R"({"id":"q","nextUri":"https://trino.example.com:8443/v1/statement/q/1"})");
  answer("GET", "/q/1", R"json({"nextUri":"https://trino.example.com:8443/v1/statement/q/2",
"columns":[{"name":"a","type":"decimal(38, 18)"},{"name":"b","type":"bigint"},{"name":"c","type":"varchar(3)"},
{"name":"d","type":"date"},{"name":"e","type":"boolean"},{"name":"f","type":"unknown"}],
"data":[["-99999999999999999999.999999999999999999",9223372036854775807,"\u00e4'\"","2026-10-31",true,null]]})json");
  answer("GET", "/q/2", R"({"data":[["0.000000000000000001",-1,null,null,null,null]]})");
  TrinoClient asked = client();
  const auto found = rows(asked);
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 2U);
  EXPECT_THAT((*found)[0], ElementsAre(TrinoCell(Decimal::parse("-99999999999999999999.999999999999999999").value),
                                       TrinoCell(std::int64_t{INT64_MAX}), TrinoCell(std::string("ä'\"")),
                                       TrinoCell(*Day::parse("2026-10-31")), TrinoCell(std::int64_t{1}), TrinoCell()));
  EXPECT_EQ((*found)[1][0], TrinoCell(Decimal::from_units(1)));
  EXPECT_EQ((*found)[1][2], TrinoCell());
}

TEST_F(TrinoClientTest, SaysWhoAsksAndOfWhat) {
  answer("POST", "/v1/statement", "{}");
  TrinoSettings with_password = settings();
  with_password.password = "secret";
  TrinoClient asked = client(with_password);
  ASSERT_TRUE(rows(asked));
  const HttpRequest request = transport_.requests().front();
  EXPECT_EQ(request.body, "SELECT 1");
  EXPECT_FALSE(request.may_repeat);
  EXPECT_EQ(header_of(request, "X-Trino-User"), "billing");
  EXPECT_EQ(header_of(request, "X-Trino-Catalog"), "lake");
  EXPECT_EQ(header_of(request, "X-Trino-Schema"), "apportion");
  EXPECT_EQ(header_of(request, "X-Trino-Time-Zone"), "UTC");
  EXPECT_EQ(header_of(request, "X-Trino-Session"), "retry_policy=TASK,query_max_run_time=10%20m");
  EXPECT_EQ(header_of(request, "Authorization"), "Basic YmlsbGluZzpzZWNyZXQ=");
}

TEST_F(TrinoClientTest, SignsInByAToken) {
  answer("POST", "/v1/statement", "{}");
  TrinoSettings with_token = settings();
  with_token.token = "a.b.c";
  TrinoClient asked = client(with_token);
  ASSERT_TRUE(rows(asked));
  EXPECT_EQ(header_of(transport_.requests().front(), "Authorization"), "Bearer a.b.c");
}

TEST_F(TrinoClientTest, TellsFailuresOfStatementsApart) {
  struct Case {
    const char* name;
    EngineFailure kind;
    ErrorId id;
    const char* next;
  };
  for (const Case& test :
       {Case{"EXCEEDED_LOCAL_MEMORY_LIMIT", EngineFailure::kOutOfMemory, ErrorId::kClusterOutOfMemory, "more memory"},
        Case{"TABLE_NOT_FOUND", EngineFailure::kOther, ErrorId::kClusterTablesMissing, "register the Delta tables"},
        Case{"EXCEEDED_TIME_LIMIT", EngineFailure::kDeadline, ErrorId::kClusterFailed, "more time"},
        Case{"USER_CANCELED", EngineFailure::kInterrupted, ErrorId::kClusterFailed, "cancelled"},
        Case{"REMOTE_HOST_GONE", EngineFailure::kIo, ErrorId::kClusterWorkerLost, "ask again"},
        Case{"PERMISSION_DENIED", EngineFailure::kOther, ErrorId::kClusterReadingRefused, "let the user"},
        Case{"NUMERIC_VALUE_OUT_OF_RANGE", EngineFailure::kOther, ErrorId::kClusterFailed, "20 digits"},
        Case{"QUERY_QUEUE_FULL", EngineFailure::kOther, ErrorId::kClusterBusy, "less to do"},
        Case{"QUERY_TEXT_TOO_LARGE", EngineFailure::kOther, ErrorId::kClusterQuestionTooLarge, "query.max-length"},
        Case{"NO_NODES_AVAILABLE", EngineFailure::kIo, ErrorId::kClusterUnanswered, "workers"},
        Case{"SOMETHING_NEW", EngineFailure::kOther, ErrorId::kClusterFailed, "report this"}}) {
    const Error error =
        failure(std::string(R"({"error":{"message":"it says why","errorName":")") + test.name + R"("}})");
    EXPECT_EQ(kind_, test.kind) << test.name;
    EXPECT_EQ(error.id, test.id) << test.name;
    EXPECT_THAT(error.next, HasSubstr(test.next));
    EXPECT_THAT(error.next, HasSubstr("the embedded engine"));
    EXPECT_THAT(error.why, HasSubstr(std::string(test.name) + ": it says why"));
  }
}

TEST_F(TrinoClientTest, AnErrorBehindSomeRowsIsAnError) {
  answer("POST", "/v1/statement",
         R"({"nextUri":"https://trino.example.com:8443/v1/statement/q/1","columns":[{"name":"a","type":"bigint"}],
"data":[[1],[2]]})");
  answer("GET", "/q/1", R"({"data":[[3]],"error":{"message":"gone","errorName":"REMOTE_TASK_ERROR"}})");
  TrinoClient asked = client();
  const auto found = rows(asked);
  ASSERT_FALSE(found);
  EXPECT_EQ(asked.last_failure(), EngineFailure::kIo);
}

TEST_F(TrinoClientTest, RefusesWhatIsNoPage) {
  for (const char* body :
       {"", "<html>proxy</html>", "[]", R"({"columns":3})", R"({"data":[[1]]})", R"({"error":"wrong"})",
        R"({"columns":[{"name":"a","type":"real"}],"data":[[1]]})",
        R"({"columns":[{"name":"a","type":"bigint"}],"data":[[1,2]]})",
        R"({"columns":[{"name":"a","type":"bigint"}],"data":[["1"]]})",
        R"({"columns":[{"name":"a","type":"bigint"}],"data":[[18446744073709551615]]})",
        R"json({"columns":[{"name":"a","type":"decimal(38, 20)"}],"data":[["0.00000000000000000001"]]})json",
        R"json({"columns":[{"name":"a","type":"decimal(38, 18)"}],"data":[[1.5]]})json",
        R"({"columns":[{"name":"a","type":"date"}],"data":[["31.10.2026"]]})"}) {
    EXPECT_THAT(failure(body).what, HasSubstr("cannot be read")) << body;
  }
}

TEST_F(TrinoClientTest, FollowsNoPageToAnotherHost) {
  const Error error = failure(R"({"nextUri":"https://elsewhere.example.com/v1/statement/q/1"})");
  EXPECT_THAT(error.why, HasSubstr("elsewhere.example.com"));
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(TrinoClientTest, TellsStatusesApart) {
  EXPECT_EQ(failure("Unauthorized", 401).id, ErrorId::kClusterSignInRefused);
  EXPECT_EQ(failure("", 403).id, ErrorId::kClusterReadingRefused);
  EXPECT_EQ(failure("", 404).id, ErrorId::kSettingValueInvalid);
  EXPECT_EQ(failure("", 503).id, ErrorId::kClusterUnanswered);
}

TEST_F(TrinoClientTest, StopsAtTheDeadlineAndEndsTheStatement) {
  answer("POST", "/v1/statement", R"({"nextUri":"https://trino.example.com:8443/v1/statement/q/1"})");
  transport_.once("GET", "/q/1", [this](const HttpRequest& request) -> Result<HttpResponse> {
    EXPECT_LE(request.stall_time_max, milliseconds(500));
    now_ += milliseconds(501);
    return answer_with(200, R"({"nextUri":"https://trino.example.com:8443/v1/statement/q/2"})");
  });
  transport_.once("DELETE", "/q/2", answer_with(204));
  TrinoClient asked = client(settings(), milliseconds(500));
  ASSERT_FALSE(rows(asked));
  EXPECT_EQ(asked.last_failure(), EngineFailure::kDeadline);
  EXPECT_EQ(transport_.unused(), 0U);
}

TEST_F(TrinoClientTest, ACancelEndsTheStatement) {
  answer("POST", "/v1/statement", R"({"nextUri":"https://trino.example.com:8443/v1/statement/q/1"})");
  transport_.once("DELETE", "/q/1", answer_with(204));
  TrinoClient asked = client();
  const Cancel cancel;
  const auto page = asked.begin("SELECT 1", cancel);
  ASSERT_TRUE(page);
  cancel.request();
  const auto next = asked.next(*page, cancel);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(asked.last_failure(), EngineFailure::kInterrupted);
  EXPECT_EQ(transport_.unused(), 0U);
}

TEST_F(TrinoClientTest, TriesAgainWhileTheClusterIsBrieflyAway) {
  answer("POST", "/v1/statement", R"({"nextUri":"https://trino.example.com:8443/v1/statement/q/1"})");
  answer("GET", "/q/1", "", 503);
  answer("GET", "/q/1", R"({"columns":[{"name":"a","type":"bigint"}],"data":[[1]]})");
  RetryWorld world;
  world.wait = [](milliseconds, const Cancel&) { return true; };
  RetryingTransport retrying(transport_, trino_retries(), world);
  TrinoClient asked(retrying, settings(), {});
  const auto found = rows(asked);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->size(), 1U);
}

TEST_F(TrinoClientTest, RefusesOldAndStartingClusters) {
  answer("GET", "/v1/info", R"({"nodeVersion":{"version":"476"},"starting":false})");
  answer("GET", "/v1/info", R"({"nodeVersion":{"version":"475"},"starting":false})");
  answer("GET", "/v1/info", R"({"nodeVersion":{"version":"480-e.1"},"starting":true})");
  answer("GET", "/v1/info", R"({"hello":1})");
  TrinoClient asked = client();
  EXPECT_EQ(*asked.version(Cancel()), "476");
  EXPECT_THAT(asked.version(Cancel()).error().next, HasSubstr("476 or newer"));
  EXPECT_EQ(asked.version(Cancel()).error().id, ErrorId::kClusterBusy);
  EXPECT_THAT(asked.version(Cancel()).error().what, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace apportion
