#include <string>

#include <gmock/gmock.h>

#include "foundation/base/next_step.h"
#include "serve/api/cursor.h"
#include "serve/api/metrics.h"
#include "serve/api/problem.h"
#include "serve/api/problem_page.h"
#include "serve/api/session_cookie.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Cursor, IsGoodForItsOwnerOnly) {
  const CursorSealer sealer;
  const std::string cursor = sealer.seal("listThings anna", "40");
  ASSERT_TRUE(sealer.open("listThings anna", cursor));
  EXPECT_EQ(*sealer.open("listThings anna", cursor), "40");
  EXPECT_EQ(sealer.open("listThings bert", cursor).error().id, ErrorId::kCursorInvalid);
  EXPECT_EQ(CursorSealer().open("listThings anna", cursor).error().id, ErrorId::kCursorInvalid);
  for (std::size_t at = 0; at < cursor.size(); ++at) {
    std::string changed = cursor;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    const auto opened = sealer.open("listThings anna", changed);
    EXPECT_TRUE(!opened || *opened == "40") << at;  // the last letter has bits that mean nothing
  }
  for (const std::string& nonsense : {std::string(), std::string("x"), std::string(5000, 'A'), std::string("%%%%")}) {
    EXPECT_FALSE(sealer.open("listThings anna", nonsense));
  }
}

TEST(Problem, TellsThePartnerWhatIsWrongAndWhatToDo) {
  const Error error{ErrorId::kNoSuchSetting, "there is no such setting", "`x`", "",
                    "see all settings: " + step(Step::kListSettings)};
  const auto document = problem_document(error, {Reader::kPartner, "0123", "/home/anna"});
  EXPECT_EQ(document["status"], 404);
  EXPECT_EQ(document["type"], "/problems/no-such-setting");
  EXPECT_EQ(document["next"], "see all settings: `GET /api/v1/settings`");
  EXPECT_EQ(document["next_steps"][0]["step"], "list-settings");
  EXPECT_EQ(document["request_id"], "0123");
}

TEST(Problem, TellsACustomerNothingOfThePartner) {
  const Error error{ErrorId::kNoCharges, "nothing is published", "connection fabrikam", "import 7 of acme is broken",
                    "look into /srv/exports"};
  const std::string text = problem_document(error, {Reader::kCustomer, "0123", "/home/anna"}).dump();
  for (const char* secret : {"fabrikam", "acme", "/srv"}) EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST(Problem, KeepsWhatOurOwnMachineDidForTheLog) {
  const Error error{ErrorId::kEngineFailed, "the engine failed", "SELECT secret", "/home/anna/lake/x.parquet", ""};
  const std::string text = problem_document(error, {Reader::kPartner, "0123", "/home/anna"}).dump();
  EXPECT_THAT(text, Not(HasSubstr("SELECT")));
  EXPECT_THAT(text, Not(HasSubstr("/home")));
  EXPECT_EQ(status_of(error), 500);
  EXPECT_THAT(told_by_api("see /home/anna/lake", "/home/anna"), HasSubstr("HOME/lake"));
}

TEST(Problem, TellsThePartnerThatTheDiskIsFull) {
  const Error error{ErrorId::kDiskFull, "the disk is full", "/home/anna/lake", "no space", "free some space"};
  EXPECT_EQ(status_of(error), 507);
  EXPECT_THAT(problem_document(error, {Reader::kPartner, "0123", "/home/anna"}).dump(), HasSubstr("free some space"));
  EXPECT_THAT(problem_document(error, {Reader::kCustomer, "0123", "/home/anna"}).dump(), Not(HasSubstr("space")));
}

TEST(SessionCookie, IsTiedToTlsWhereThereIsTls) {
  HttpRequestHead head;
  EXPECT_THAT(session_cookie(head, "v"), Not(HasSubstr("Secure")));
  EXPECT_THAT(session_cookie(head, "v"), HasSubstr("HttpOnly; SameSite=Lax"));
  EXPECT_THAT(session_cookie(head, ""), HasSubstr("Max-Age=0"));
  head.headers.add("Cookie", "a=b; apportion-session=plain; __Host-apportion-session=tls");
  EXPECT_EQ(session_cookie_of(head), "plain");
  head.is_secure = true;
  EXPECT_EQ(session_cookie_of(head), "tls");
  EXPECT_THAT(session_cookie(head, "v"),
              HasSubstr("__Host-apportion-session=v; Path=/; HttpOnly; SameSite=Lax; Secure"));
}

TEST(RequestMetrics, AreTextForPrometheus) {
  RequestMetrics metrics;
  metrics.add("listThings", 200, std::chrono::microseconds(7000));
  metrics.add("listThings", 404, std::chrono::microseconds(1000));
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("apportion_http_requests_total{operation=\"listThings\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("apportion_http_request_seconds_bucket{operation=\"listThings\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("apportion_http_request_seconds_bucket{operation=\"listThings\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("apportion_http_request_seconds_sum{operation=\"listThings\"} 0.008000\n"));
  EXPECT_EQ(metric_label("a\"b\\c\nd"), "a\\\"b\\\\c d");
}

TEST(ProblemPage, SaysWhatTheProblemSaysAndRunsNothing) {
  const Error error{ErrorId::kFieldInvalid, "the value of a field is not valid", "<script>alert(1)</script>",
                    "it's \"x\" & more", "correct it"};
  const ServerResponse page = problem_page(error, {Reader::kCustomer, "0123456789abcdef", "/srv/home"});
  EXPECT_EQ(page.status, 400);
  EXPECT_EQ(page.headers.find("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(std::string(*page.headers.find("Content-Security-Policy")), HasSubstr("default-src 'none'"));
  EXPECT_EQ(page.headers.find("Cache-Control"), "no-store");
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;: it&#39;s &quot;x&quot; &amp; more"));
  EXPECT_THAT(page.body, HasSubstr("What you can do: correct it"));
  EXPECT_THAT(page.body, HasSubstr("0123456789abcdef"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
}

TEST(ProblemPage, KeepsWhatAProviderSentToItself) {
  const Error error{ErrorId::kSignInWithProviderFailed, "the answer cannot be trusted", "https://id.example.com",
                    "the provider refused: zebra", "sign in again"};
  const ProblemContext context{Reader::kCustomer, "id", ""};
  const std::string page = problem_page(error, context).body;
  EXPECT_THAT(page, Not(HasSubstr("zebra")));
  EXPECT_THAT(page, HasSubstr("What you can do: sign in again"));
  EXPECT_EQ(problem_document(error, context)["next"], "sign in again");
  EXPECT_FALSE(problem_document(error, context).contains("detail"));
}

TEST(SignInCookie, GoesToTheSignInOnly) {
  HttpRequestHead head;
  EXPECT_EQ(sign_in_cookie(head, "x", 600), "apportion-sign-in=x; Path=/sign-in; HttpOnly; SameSite=Lax; Max-Age=600");
  head.is_secure = true;
  EXPECT_EQ(sign_in_cookie(head, "", 0),
            "__Secure-apportion-sign-in=; Path=/sign-in; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
  EXPECT_EQ(sign_in_cookie_of(head), std::nullopt);
  head.headers.add("Cookie", "apportion-sign-in=planted; __Secure-apportion-sign-in=y");
  EXPECT_EQ(sign_in_cookie_of(head), "y");
}

}  // namespace
}  // namespace apportion
