#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "azure/child_process_internal.h"
#include "azure/credential_settings.h"
#include "azure/testing.h"
#include "azure/testing_certificate.h"
#include "azure/token_answer_internal.h"
#include "foundation/base/test_support.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGood = R"({"token_type":"Bearer","expires_in":3599,"access_token":"eyJ.a.b"})";
const TokenRequest kArm{"", "https://management.azure.com/.default"};

// When the assertion in a form ends.
std::int64_t end_of_assertion(const std::string& form) {
  constexpr std::string_view kMark = "client_assertion=";
  const std::string assertion = form.substr(form.find(kMark) + kMark.size());
  const auto parts = split_text(assertion, '.');
  return nlohmann::json::parse(from_base64url(parts.at(1)))["exp"].get<std::int64_t>();
}

class CredentialTest : public ::testing::Test {
 protected:
  CredentialTest() {
    settings_.tenant = "tenant-1";
    settings_.client_id = "client 1";
    secrets_.client_secret = "s&cret";
  }
  Result<AccessToken> get(CredentialKind kind, const TokenRequest& request = kArm) {
    const auto credential = make(kind);
    if (!credential) return credential.error();
    return (*credential)->get(request, cancel_);
  }
  Result<std::shared_ptr<Credential>> make(CredentialKind kind) {
    settings_.kind = kind;
    CredentialWorld world;
    world.transport = &transport_;
    world.cloud = *cloud_named("public");
    world.epoch_seconds = [this] { return now_; };
    world.variable = [this](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    world.wait = [this](std::chrono::milliseconds, const Cancel& cancel) {
      ++waits_;
      return !cancel.requested();
    };
    return make_credential(settings_, secrets_, world);
  }
  std::string file(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
    return (folder_ / name).string();
  }
  void make_az(const std::string& script) {
    const std::string path = file("az", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    variables_["PATH"] = "relative::/no/such/folder:" + folder_.path().string();
  }

  TestFolder folder_;
  FakeTransport transport_;
  Cancel cancel_;
  CredentialSettings settings_;
  CredentialSecrets secrets_;
  std::map<std::string, std::string> variables_;
  std::int64_t now_ = std::time(nullptr);
  int waits_ = 0;
};

TEST_F(CredentialTest, KindsHaveNames) {
  for (const char* name :
       {"none", "client-secret", "certificate", "federated-token", "managed-identity", "azure-cli"}) {
    ASSERT_TRUE(parse_credential_kind(name)) << name;
    EXPECT_EQ(credential_kind_name(*parse_credential_kind(name)), name);
  }
  EXPECT_FALSE(parse_credential_kind("password"));
}

TEST_F(CredentialTest, ASecretGoesIntoTheFormAndNowhereElse) {
  transport_.once("POST", "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token", answer_with(200, kGood));
  const auto before = steady_clock::now();
  const auto token = get(CredentialKind::kClientSecret);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->text, "eyJ.a.b");
  EXPECT_GE(token->expires_at, before + seconds(3599));
  EXPECT_LT(token->expires_at, before + seconds(3599) + minutes(10));
  EXPECT_EQ(transport_.requests().at(0).body,
            "client_id=client%201&scope=https%3A%2F%2Fmanagement.azure.com%2F.default&grant_type=client_credentials&"
            "client_secret=s%26cret");
  EXPECT_EQ(header_of(transport_.requests().at(0), "content-type"), "application/x-www-form-urlencoded");
  EXPECT_THAT((*make(CredentialKind::kClientSecret))->description(), Not(HasSubstr("cret&")));
}

TEST_F(CredentialTest, TokensMayComeFromAnotherTenant) {
  transport_.once("POST", "/tenant-2/oauth2", answer_with(200, kGood));
  EXPECT_TRUE(get(CredentialKind::kClientSecret, {"tenant-2", Cloud::storage_scope()}));
  EXPECT_EQ(get(CredentialKind::kClientSecret, {"../x", Cloud::storage_scope()}).error().id, ErrorId::kTenantInvalid);
}

TEST_F(CredentialTest, EntrasRefusalIsTold) {
  transport_.once("POST", "/token", answer_with(401, R"({"error":"invalid_client","error_description":
      "AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222],"trace_id":"t-1"})"));
  const auto refused = get(CredentialKind::kClientSecret);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kAzureClientSecretExpired);
  EXPECT_THAT(refused.error().message(), HasSubstr("the client secret has expired"));
  EXPECT_THAT(refused.error().message(), HasSubstr("application client 1 with a client secret, tenant tenant-1"));
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("s&cret")));
}

TEST_F(CredentialTest, AnswersThatAreNoTokenAreRefused) {
  for (const char* answer : {"", "<html>", "{}", R"({"access_token":"x"})", R"({"access_token":"","expires_in":1})",
                             R"({"access_token":"a b","expires_in":1})", R"({"access_token":"a\r\nb","expires_in":1})",
                             R"({"access_token":"x","expires_in":"soon"})"}) {
    transport_.once("POST", "/token", answer_with(200, answer));
    const auto refused = get(CredentialKind::kClientSecret);
    ASSERT_FALSE(refused) << answer;
    EXPECT_EQ(refused.error().id, ErrorId::kSignInAnswerInvalid);
  }
}

TEST_F(CredentialTest, WhatIsMissingIsNamed) {
  settings_.token_file = "";
  EXPECT_THAT(make(CredentialKind::kFederatedToken).error().why, HasSubstr("token file"));
  EXPECT_THAT(make(CredentialKind::kCertificate).error().why, HasSubstr("certificate file"));
  secrets_.client_secret = "";
  EXPECT_THAT(make(CredentialKind::kClientSecret).error().why, HasSubstr("client secret"));
  settings_.client_id = "";
  EXPECT_THAT(make(CredentialKind::kCertificate).error().why, HasSubstr("client"));
  for (const char* tenant : {"", "a/b", "-x", "a b", "a?b"}) {
    settings_.tenant = tenant;
    EXPECT_EQ(make(CredentialKind::kCertificate).error().id, ErrorId::kTenantInvalid) << tenant;
  }
  EXPECT_EQ(get(CredentialKind::kNone).error().id, ErrorId::kSignInSettingsInvalid);
}

TEST_F(CredentialTest, AFederatedTokenIsReadAgainEachTime) {
  settings_.token_file = file("token", "first\n");
  transport_.always("POST", "/token", answer_with(200, kGood));
  const auto credential = make(CredentialKind::kFederatedToken);
  ASSERT_TRUE((*credential)->get(kArm, cancel_));
  file("token", "second");
  ASSERT_TRUE((*credential)->get(kArm, cancel_));
  EXPECT_THAT(transport_.requests().at(0).body,
              HasSubstr("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&"
                        "client_assertion=first"));
  EXPECT_THAT(transport_.requests().at(1).body, HasSubstr("&client_assertion=second"));
  file("token", " \n");
  EXPECT_EQ((*credential)->get(kArm, cancel_).error().id, ErrorId::kSignInSettingsInvalid);
}

TEST_F(CredentialTest, ACertificateSignsAndCorrectsAWrongClockOnce) {
  const TestCertificate made = make_test_certificate(3600);
  settings_.certificate_file = file("both.pem", made.key_pem + made.certificate_pem);
  const char* late =
      R"({"error":"invalid_client","error_description":"AADSTS700024: not within its valid time range"})";
  transport_.once("POST", "/token", answer_with(401, late, {{"Date", "Thu, 01 Jan 1970 03:00:00 GMT"}}));
  transport_.once("POST", "/token", answer_with(200, kGood));
  ASSERT_TRUE(get(CredentialKind::kCertificate));
  const auto requests = transport_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests[0].body, HasSubstr("client_assertion=eyJ"));
  EXPECT_EQ(end_of_assertion(requests[0].body), now_ + 600);
  EXPECT_EQ(end_of_assertion(requests[1].body), 3 * 3600 + 600);
  transport_.always("POST", "/token", answer_with(401, late, {{"Date", "Thu, 01 Jan 1970 03:00:00 GMT"}}));
  EXPECT_EQ(get(CredentialKind::kCertificate).error().id, ErrorId::kAzureSignedAssertionOutsideTime);
  EXPECT_EQ(transport_.requests().size(), 4U);
}

TEST_F(CredentialTest, AnExpiredCertificateIsNotSent) {
  const TestCertificate made = make_test_certificate(-60);
  settings_.certificate_file = file("both.pem", made.key_pem + made.certificate_pem);
  const auto refused = get(CredentialKind::kCertificate);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().why, HasSubstr("expired"));
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(CredentialTest, AMachinesIdentityAsksItsEndpoint) {
  transport_.once("GET", "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01",
                  answer_with(200, R"({"access_token":"x","expires_in":"3599","expires_on":"1"})"));
  const auto token = get(CredentialKind::kManagedIdentity);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_GT(token->expires_at, steady_clock::now() + minutes(50));
  const HttpRequest request = transport_.requests().at(0);
  EXPECT_THAT(request.url, HasSubstr("&resource=https%3A%2F%2Fmanagement.azure.com%2F&client_id=client%201"));
  EXPECT_EQ(header_of(request, "Metadata"), "true");
}

TEST_F(CredentialTest, AnAppServiceHasItsOwnEndpoint) {
  variables_ = {{"IDENTITY_ENDPOINT", "http://127.0.0.1:41417/msi/token/"}, {"IDENTITY_HEADER", "hidden"}};
  settings_.client_id = "";
  transport_.once("GET", "http://127.0.0.1:41417/msi/token/?api-version=2019-08-01&resource=",
                  answer_with(200, R"({"access_token":"x","expires_on":")" + std::to_string(now_ + 3600) + R"("})"));
  const auto token = get(CredentialKind::kManagedIdentity);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_GT(token->expires_at, steady_clock::now() + minutes(50));
  EXPECT_EQ(header_of(transport_.requests().at(0), "X-IDENTITY-HEADER"), "hidden");
}

TEST_F(CredentialTest, AMachinesIdentityWaitsForItsEndpoint) {
  variables_["APPORTION_IMDS_ENDPOINT"] = "http://127.0.0.1:1/";
  for (const int status : {404, 410, 429, 500})
    transport_.once("GET", "http://127.0.0.1:1/metadata", answer_with(status));
  transport_.once("GET", "/metadata", answer_with(200, kGood));
  EXPECT_TRUE(get(CredentialKind::kManagedIdentity));
  EXPECT_EQ(waits_, 4);
  transport_.always("GET", "/metadata", answer_with(404));
  EXPECT_FALSE(get(CredentialKind::kManagedIdentity));
  EXPECT_EQ(transport_.requests().size(), 5U + 6U);
}

TEST_F(CredentialTest, AMachineWithoutIdentitySaysSo) {
  transport_.once("GET", "/metadata", [](const HttpRequest& request) -> Result<HttpResponse> {
    EXPECT_FALSE(request.may_repeat);
    return Error{ErrorId::kNoAnswer, "no answer came", "", "", ""};
  });
  EXPECT_THAT(get(CredentialKind::kManagedIdentity).error().next, HasSubstr("app registration"));
  transport_.once("GET", "/metadata",
                  answer_with(400, R"({"error":"invalid_request","error_description":"Identity not found"})"));
  EXPECT_THAT(get(CredentialKind::kManagedIdentity).error().why, HasSubstr("no such managed identity"));
  EXPECT_EQ(get(CredentialKind::kManagedIdentity, {"tenant-2", "s"}).error().id, ErrorId::kSignInSettingsInvalid);
}

TEST_F(CredentialTest, TheAzureCliIsAskedWithoutAShell) {
  make_az("printf '%s\\n' \"$@\" >\"$0.words\"\necho '{\"accessToken\": \"x.y\", \"expires_on\": " +
          std::to_string(now_ + 3600) + "}'");
  const auto token = get(CredentialKind::kAzureCli, {"tenant-2", "https://x/$(id)/.default"});
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->text, "x.y");
  EXPECT_GT(token->expires_at, steady_clock::now() + minutes(50));
  std::ifstream words(folder_ / "az.words");
  const std::string text(std::istreambuf_iterator<char>(words), {});
  EXPECT_EQ(text, "account\nget-access-token\n--output\njson\n--scope\nhttps://x/$(id)/.default\n--tenant\ntenant-2\n");
}

TEST_F(CredentialTest, OlderAzureClisSayTheEndInLocalTime) {
  const std::time_t end = now_ + 3600;
  std::tm local{};
  ::localtime_r(&end, &local);
  char text[64];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S.000000", &local);
  make_az(std::string("echo '{\"accessToken\": \"x\", \"expiresOn\": \"") + text + "\"}'");
  const auto token = get(CredentialKind::kAzureCli);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_GT(token->expires_at, steady_clock::now() + minutes(50));
  EXPECT_LT(token->expires_at, steady_clock::now() + minutes(61));
}

TEST_F(CredentialTest, TheAzureClisRefusalIsTold) {
  EXPECT_THAT(get(CredentialKind::kAzureCli).error().why, HasSubstr("no `az` in PATH"));
  make_az("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
  auto refused = get(CredentialKind::kAzureCli);
  EXPECT_EQ(refused.error().id, ErrorId::kSignInRefused);
  EXPECT_THAT(refused.error().why, HasSubstr("Please run 'az login'"));
  make_az("echo 'AADSTS700082: The refresh token has expired due to inactivity.' >&2; exit 1");
  EXPECT_THAT(get(CredentialKind::kAzureCli).error().next, HasSubstr("az login"));
  make_az("echo nonsense");
  EXPECT_EQ(get(CredentialKind::kAzureCli).error().id, ErrorId::kSignInAnswerInvalid);
  make_az("echo '{\"accessToken\": \"x\"}'");
  EXPECT_EQ(get(CredentialKind::kAzureCli).error().id, ErrorId::kSignInAnswerInvalid);
}

TEST_F(CredentialTest, ChildrenEndWithACancelOrWhenTheyTakeTooLong) {
  make_az("sleep 1000");
  const auto slow = run_child(folder_ / "az", {}, std::chrono::milliseconds(50), cancel_);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().id, ErrorId::kChildProcessTimedOut);
  cancel_.request();
  EXPECT_EQ(run_child(folder_ / "az", {}, minutes(60), cancel_).error().id, ErrorId::kInterrupted);
  EXPECT_FALSE(run_child(folder_ / "missing", {}, minutes(60), Cancel()));
  make_az("cat /dev/zero");
  EXPECT_FALSE(run_child(folder_ / "az", {}, minutes(60), Cancel()));
  make_az("kill -TERM $$");
  EXPECT_EQ(run_child(folder_ / "az", {}, minutes(60), Cancel())->exit_code, 128 + 15);
}

TEST_F(CredentialTest, ResourcesAreScopesWithoutTheirEnd) {
  EXPECT_EQ(resource_of(kArm.scope), "https://management.azure.com/");
  EXPECT_EQ(resource_of("https://x"), "https://x");
}

}  // namespace
}  // namespace apportion
