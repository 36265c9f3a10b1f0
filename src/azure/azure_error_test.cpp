#include "azure/azure_error.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/azure_error_table_internal.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Error error_of(const HttpResponse& response) { return azure_error(read_failure(response), "do it", "there"); }

HttpResponse storage(int status, const std::string& code, const std::string& message, const std::string& detail = "") {
  std::string xml = "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + code + "</Code><Message>" +
                    message + "</Message>";
  if (!detail.empty()) xml += "<AuthenticationErrorDetail>" + detail + "</AuthenticationErrorDetail>";
  return {status, {{"x-ms-error-code", code}, {"x-ms-request-id", "r-1"}}, xml + "</Error>"};
}

HttpResponse arm(int status, const std::string& code, const std::string& message) {
  return {status,
          {{"x-ms-request-id", "r-2"}, {"Date", "Wed, 25 Nov 2026 12:00:00 GMT"}},
          R"({"error":{"code":")" + code + R"(","message":")" + message + R"("}})"};
}

HttpResponse entra(int status, const std::string& number, const std::string& text) {
  return {status,
          {},
          R"({"error":"invalid_client","error_description":"AADSTS)" + number + ": " + text +
              R"(\r\nTrace ID: t-1\r\nTimestamp: x","error_codes":[)" + number + R"(],"trace_id":"t-1"})"};
}

TEST(AzureError, ReadsWhatEntraSays) {
  const AzureFailure failure = read_failure(
      {400,
       {},
       R"({"error": "invalid_scope", "error_description": "AADSTS70011: The scope is not valid.\r\nTrace ID: 255d",
           "error_codes": [70011], "trace_id": "255d1aef-8c98-452f-ac51-23d051240864"})"});
  EXPECT_EQ(failure.code, "AADSTS70011");
  EXPECT_EQ(failure.message, "AADSTS70011: The scope is not valid. Trace ID: 255d");
  EXPECT_EQ(failure.request_id, "255d1aef-8c98-452f-ac51-23d051240864");
  EXPECT_EQ(azure_error(failure, "sign in", "x").id, ErrorId::kAzureScopeTokenNotValid);
}

TEST(AzureError, KeepsCodeRequestAndTimeForASupportCase) {
  const Error error = error_of(arm(403, "AuthorizationFailed", "no role"));
  EXPECT_EQ(error.id, ErrorId::kAzurePrincipalNoRoleScope);
  EXPECT_EQ(error.what, "could not do it");
  EXPECT_EQ(error.where, "there");
  EXPECT_EQ(
      error.why,
      "the principal has no role for this at this scope (Azure answered 403 AuthorizationFailed: no role [request "
      "r-2] [Wed, 25 Nov 2026 12:00:00 GMT])");
  EXPECT_THAT(error.next, HasSubstr("role"));
}

struct Case {
  HttpResponse response;
  ErrorKind kind;
  const char* says;
};

TEST(AzureError, TellsReasonsApart) {
  const Case cases[] = {
      {storage(403, "AuthorizationFailure", "x"), ErrorKind::kForbidden, "firewall"},
      {storage(403, "AuthorizationFailure", "Make sure the header is formed correctly including the signature."),
       ErrorKind::kForbidden, "has expired"},
      {storage(403, "AuthenticationFailed", "x", "Invalid token issuer."), ErrorKind::kForbidden, "different tenant"},
      {storage(403, "AuthorizationPermissionMismatch", "x"), ErrorKind::kForbidden, "Storage Blob Data Reader"},
      {storage(403, "AuthorizationResourceTypeMismatch", "x"), ErrorKind::kForbidden, "srt"},
      {storage(403, "AuthorizationServiceMismatch", "x"), ErrorKind::kForbidden, "(ss)"},
      {storage(403, "AuthenticationFailed", "x",
               "Signature not valid in the specified time frame: Start [a] - Expiry [b] - Current [c]"),
       ErrorKind::kForbidden, "expired"},
      {storage(403, "AuthenticationFailed", "x", "Signature did not match. String to sign used was"),
       ErrorKind::kForbidden, "signature of the SAS does not match"},
      {storage(403, "AuthenticationFailed", "x"), ErrorKind::kForbidden, "does not accept the token or the SAS"},
      {storage(404, "ContainerNotFound", "x"), ErrorKind::kNotFound, "no such container"},
      {storage(404, "BlobNotFound", "x"), ErrorKind::kNotFound, "the blob does not exist"},
      {storage(412, "ConditionNotMet", "x"), ErrorKind::kUnreachable, "overwritten"},
      {storage(403, "KeyBasedAuthenticationNotPermitted", "x"), ErrorKind::kForbidden, "forbids a SAS"},
      {storage(409, "PublicAccessNotPermitted", "x"), ErrorKind::kForbidden, "anonymous"},
      {storage(401, "InvalidAuthenticationInfo", "Issuer validation failed. Issuer did not match."),
       ErrorKind::kForbidden, "different tenant"},
      {storage(503, "ServerBusy", "x"), ErrorKind::kUnreachable, "too many requests"},
      {arm(401, "Unauthorized", "no right to perform 'Microsoft.Authorization/roleAssignments/write' action"),
       ErrorKind::kForbidden, "firewall"},
      {arm(401, "InvalidAuthenticationTokenTenant", "x"), ErrorKind::kForbidden, "different tenant"},
      {arm(429, "ResourceRequestsThrottled", "x"), ErrorKind::kUnreachable, "five minutes"},
      {arm(400, "BadRequest", "SAS token (Storage service error code: AuthorizationResourceTypeMismatch)"),
       ErrorKind::kInvalid, "does not cover containers"},
      {arm(400, "BadRequest", "Management group x does not have any valid subscriptions"), ErrorKind::kInvalid,
       "management groups"},
      {arm(404, "SubscriptionNotFound", "x"), ErrorKind::kNotFound, "48 hours"},
      {arm(412, "PreconditionFailed", "x"), ErrorKind::kInvalid, "ETag"},
      {entra(401, "7000215", "x"), ErrorKind::kForbidden, "secret is wrong"},
      {entra(401, "7000222", "x"), ErrorKind::kForbidden, "secret has expired"},
      {entra(400, "700016", "x"), ErrorKind::kForbidden, "does not know the application"},
      {entra(400, "65001", "x"), ErrorKind::kForbidden, "consented"},
      {entra(400, "90002", "x"), ErrorKind::kForbidden, "no such tenant"},
      {{400, {}, R"({"error":"invalid_request","error_description":"Identity not found"})"},
       ErrorKind::kForbidden,
       "no such managed identity"},
  };
  for (const Case& test : cases) {
    const Error error = error_of(test.response);
    EXPECT_EQ(error.kind(), test.kind) << error.message();
    EXPECT_THAT(error.message(), HasSubstr(test.says));
  }
}

TEST(AzureError, UnknownCodesKeepAzuresTextAndGoByStatus) {
  struct StatusCase {
    int status;
    ErrorKind kind;
  };
  for (const StatusCase& test : {StatusCase{307, ErrorKind::kForbidden}, StatusCase{400, ErrorKind::kInvalid},
                                 StatusCase{401, ErrorKind::kForbidden}, StatusCase{403, ErrorKind::kForbidden},
                                 StatusCase{404, ErrorKind::kNotFound}, StatusCase{409, ErrorKind::kInvalid},
                                 StatusCase{412, ErrorKind::kInvalid}, StatusCase{429, ErrorKind::kUnreachable},
                                 StatusCase{503, ErrorKind::kUnreachable}, StatusCase{999, ErrorKind::kUnreachable}}) {
    const Error error = error_of(arm(test.status, "BrandNew", "its own words"));
    EXPECT_EQ(error.kind(), test.kind) << test.status;
    EXPECT_THAT(error.why, HasSubstr(std::to_string(test.status) + " BrandNew: its own words"));
    EXPECT_FALSE(error.next.empty());
  }
}

TEST(AzureError, AnswersWithoutABodyHaveTheirCodeInAHeader) {
  EXPECT_EQ(read_failure({404, {{"x-ms-error-code", "BlobNotFound"}}, ""}).code, "BlobNotFound");
  EXPECT_EQ(read_failure({502, {}, "<html>Bad Gateway</html>"}).code, "");
}

TEST(AzureError, ReadsOlderShapesAndDetails) {
  EXPECT_EQ(read_failure({400, {}, R"({"code":"A","message":"b"})"}).message, "b");
  EXPECT_EQ(read_failure({400, {}, R"({"odata.error":{"code":"A","message":{"lang":"en","value":"b"}}})"}).code, "A");
  EXPECT_EQ(read_failure({400, {}, R"({"error":{"code":"A","message":"b","details":[{"message":"c"}]}})"}).message,
            "b (c)");
}

TEST(AzureError, NamesTheTenantThatTheServiceAsksFor) {
  HttpResponse response = storage(401, "InvalidAuthenticationInfo", "Issuer validation failed");
  response.headers.push_back({"WWW-Authenticate",
                              "Bearer authorization_uri=https://login.example.com/"
                              "11111111-2222-3333-4444-555555555555/oauth2/authorize resource_id=https://x"});
  EXPECT_THAT(error_of(response).next, HasSubstr("tenant 11111111-2222-3333-4444-555555555555"));
  response.headers.back().value = "Bearer authorization_uri=https://login.example.com/common/oauth2";
  EXPECT_THAT(error_of(response).next, Not(HasSubstr("asks for")));
}

TEST(AzureError, ShowsNoSecrets) {
  EXPECT_EQ(shown_message("GET https://h/c?sp=r&sig=ab%2Fc%3D&x=1 failed"),
            "GET https://h/c?sp=r&sig=REDACTED&x=1 failed");
  EXPECT_EQ(shown_message("header Bearer eyJhbGciOi.eyJz.x-_y was wrong"), "header Bearer REDACTED was wrong");
  EXPECT_EQ(shown_message("token eyJhbGciOi.eyJz.x-_y\n\n  was wrong"), "token REDACTED was wrong");
  EXPECT_EQ(shown_message("SIG=abc"), "SIG=REDACTED");
}

TEST(AzureError, ExpandsNoEntitiesOfTheSender) {
  const std::string bomb =
      R"(<!DOCTYPE Error [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>)"
      "<Error><Code>C</Code><Message>&b;&f;</Message></Error>";
  const AzureFailure failure = read_failure({403, {}, bomb});
  EXPECT_THAT(failure.message, Not(HasSubstr("xxxx")));
  EXPECT_THAT(failure.message, Not(HasSubstr("root")));
}

TEST(AzureError, NestedBodiesAreNotRead) {
  EXPECT_EQ(read_failure({400, {}, std::string(100'000, '[')}).code, "");
  EXPECT_EQ(read_failure({400, {}, "{\"error\":" + std::string(70, '[') + std::string(70, ']') + "}"}).code, "");
}

TEST(AzureErrorTable, EveryRowSaysWhatItMeansAndWhatToDo) {
  std::set<std::string> seen;
  for (const AzureErrorRow& row : azure_error_rows()) {
    EXPECT_FALSE(row.means.empty()) << row.code;
    EXPECT_FALSE(row.next.text.empty()) << row.code;
    EXPECT_TRUE(seen.insert(std::string(row.code) + "|" + std::string(row.text)).second) << row.code << " twice";
    // A row with any text hides those of the same code after it.
    if (!row.text.empty()) {
      EXPECT_FALSE(seen.contains(std::string(row.code) + "|")) << row.code;
    }
  }
}

}  // namespace
}  // namespace apportion
