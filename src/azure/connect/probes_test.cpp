#include "azure/connect/probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/connect/grants.h"
#include "azure/connect/testing.h"

namespace apportion {
namespace {

using connect_testing::error_answer;
using connect_testing::Json;
using connect_testing::json_answer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kScope = "/providers/Microsoft.Billing/billingAccounts/12345";
const std::string kStorageId = "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/bills";
constexpr const char* kApp = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr const char* kObject = "bbbbbbbb-0000-4000-8000-000000000002";
constexpr const char* kTenant = "cccccccc-0000-4000-8000-000000000003";
constexpr const char* kOtherTenant = "dddddddd-0000-4000-8000-000000000004";

std::string base64url(const std::string& bytes) {
  constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += kLetters[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += kLetters[(bits << (6 - count)) & 63];
  return text;
}

std::string web_token() {
  const Json claims = {{"appid", kApp}, {"oid", kObject}, {"tid", kTenant}, {"idtyp", "app"}};
  return "e30." + base64url(claims.dump()) + ".signature";
}

/// Gives tokens that name their principal, or an error for each scope that `refuse` has one for.
class NamedCredential : public Credential {
 public:
  Result<AccessToken> get(const TokenRequest& request, const Cancel&) override {
    asked.push_back(request);
    if (const auto refused = refuse.find(request.scope); refused != refuse.end()) {
      return Error{ErrorId::kFileForbidden, "could not sign in", "", refused->second, "mend it"};
    }
    return AccessToken{web_token(), std::chrono::steady_clock::now() + std::chrono::hours(1)};
  }
  std::string description() const override { return "an invented credential"; }

  std::map<std::string, std::string> refuse;
  std::vector<TokenRequest> asked;
};

struct World {
  FakeTransport transport;
  std::shared_ptr<NamedCredential> credential = std::make_shared<NamedCredential>();
  TokenSource tokens{credential};
  ProbeWorld probe_world{&transport, &tokens,
                         Cloud{"public", "https://login.example.com", "https://arm.example.com", "core.windows.net"},
                         Cancel(), Clock::fixed(*Day::parse("2026-11-25"))};
  ProbeSettings settings;

  World() {
    settings.client_id = kApp;
    settings.tenant = kTenant;
    settings.scope = *parse_scope(kScope);
  }
  void add_location(const std::string& sas = "") {
    settings.locations.push_back(
        {"actual", "bills", "exports", "https://bills.blob.core.windows.net/exports", "acme/actual", sas});
  }
  std::vector<Probe> run() {
    auto probes = run_probes(probe_world, settings);
    EXPECT_TRUE(probes);
    return probes ? *probes : std::vector<Probe>{};
  }
  Probe run_one(const std::string& name) {
    for (const Probe& probe : run()) {
      if (probe.name == name) return probe;
    }
    ADD_FAILURE() << "no probe " << name;
    return {};
  }
};

std::vector<std::string> outcomes(const std::vector<Probe>& probes) {
  std::vector<std::string> texts;
  for (const Probe& probe : probes) texts.push_back(probe.name + " " + std::string(probe_state_name(probe.state)));
  return texts;
}

HttpResponse storage_error(int status, const std::string& code, const std::string& message = "no") {
  return answer_with(
      status, "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>");
}

HttpResponse blob_list(const std::string& blobs) {
  return answer_with(200, "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>" + blobs +
                              "</Blobs><NextMarker/></EnumerationResults>");
}

std::string blob(const std::string& name, const std::string& bytes = "9") {
  return "<Blob><Name>" + name + "</Name><Properties><Content-Length>" + bytes +
         "</Content-Length></Properties></Blob>";
}

void everything_works(World& world) {
  world.transport.always("GET", kScope + "?", json_answer(200, {{"properties", {{"displayName", "Premier"}}}}));
  world.transport.always("GET", kScope + "/providers/Microsoft.CostManagement/exports?",
                         json_answer(200, {{"value", {Json::object()}}}));
  world.transport.always("POST", kScope + "/checkAccess?",
                         json_answer(200, Json::array({{{"accessDecision", "Allowed"}, {"action", "x"}}})));
  world.transport.always("GET", "storageAccounts/bills/providers/Microsoft.Authorization/permissions",
                         json_answer(200, {{"value", {{{"actions", {"*"}}, {"notActions", Json::array()}}}}}));
  world.transport.always("GET", "CostManagementExports", json_answer(200, {{"registrationState", "Registered"}}));
  world.transport.always(
      "GET", "comp=list",
      blob_list(blob("acme/actual", "0") + blob("acme/actual/r/a.csv") + blob("acme/actual/r &amp; s/manifest.json")));
  world.transport.always("GET", "manifest.json", answer_with(206, "{"));
}

TEST(Probes, TryEverythingByItself) {
  World world;
  everything_works(world);
  world.settings.manages_exports = true;
  world.settings.storage_account_id = kStorageId;
  world.settings.expiries = {{"the client secret", *Day::parse("2027-11-25")}};
  world.add_location();
  const auto probes = world.run();
  EXPECT_THAT(outcomes(probes),
              ElementsAre("token-arm ok", "token-storage ok", "billing-scope-readable ok", "exports-readable ok",
                          "exports-writable ok", "storage-account-writable ok", "provider-registered ok",
                          "container-listable ok", "blob-readable ok", "expiry ok"));
  EXPECT_TRUE(all_well(probes));
  for (const HttpRequest& request : world.transport.requests()) {
    const bool reads = request.method == "GET" || request.url.find("checkAccess") != std::string::npos;
    EXPECT_TRUE(reads) << request.method << " " << request.url;
    if (request.method == "POST") {
      EXPECT_EQ(request.body, R"({"actions":["Microsoft.CostManagement/exports/write"]})");
    }
  }
  const HttpRequest last = world.transport.requests().back();
  EXPECT_EQ(last.url, "https://bills.blob.core.windows.net/exports/acme/actual/r%20%26%20s/manifest.json");
  EXPECT_EQ(header_of(last, "Range"), "bytes=0-63");
}

TEST(Probes, NameRoleScopePrincipalAndCommand) {
  World world;
  world.transport.always("GET", kScope, error_answer(403, "BillingAccessDenied"));
  const auto probes = world.run();
  EXPECT_THAT(outcomes(probes), ElementsAre("token-arm ok", "billing-scope-readable failed", "exports-readable failed",
                                            "exports-writable skipped"));
  const Probe& scope = probes[1];
  EXPECT_EQ(scope.cause, ProbeCause::kNoRole);
  EXPECT_EQ(scope.role, "Billing account reader");
  EXPECT_EQ(scope.role_scope, kScope);
  EXPECT_THAT(scope.principal, AllOf(HasSubstr(kApp), HasSubstr(kObject), HasSubstr(kTenant)));
  EXPECT_THAT(scope.command, AllOf(StartsWith("az rest --method post --url \"https://arm.example.com" + kScope),
                                   HasSubstr(std::string("\"principalId\": \"") + kObject + "\""),
                                   HasSubstr("50000000-aaaa-bbbb-cccc-100000000002")));
  EXPECT_THAT(scope.next, HasSubstr("Access control (IAM)"));
  EXPECT_THAT(scope.said, HasSubstr("BillingAccessDenied"));
}

TEST(Probes, AskMicrosoftGraphForAnOperationThatIsNotThere) {
  World world;
  world.probe_world.cloud.graph = "https://graph.example.com";
  world.settings.graph = ProbeGraph{&world.tokens, kTenant, kApp};
  world.transport.always("GET", "/invoices?api-version=2024-04-01&periodStartDate=2026-11-01&periodEndDate=2026-11-25",
                         json_answer(200, {{"value", Json::array()}}));
  world.transport.always("GET", "arm.example.com", json_answer(200, Json::object()));
  world.transport.once("GET", "graph.example.com/v1.0/reports/partners/billing/operations/",
                       error_answer(404, "NotFound"));
  const Probe found = world.run_one("partner-billing-readable");
  EXPECT_EQ(found.state, ProbeState::kOk) << found.said;
  world.transport.always("GET", "graph.example.com", error_answer(403, "Authorization_RequestDenied"));
  const Probe refused = world.run_one("partner-billing-readable");
  EXPECT_EQ(refused.state, ProbeState::kFailed);
  EXPECT_EQ(refused.cause, ProbeCause::kNoConsent);
  EXPECT_EQ(refused.role, "PartnerBilling.Read.All");
  EXPECT_THAT(refused.next,
              HasSubstr(std::string("https://login.example.com/") + kTenant + "/adminconsent?client_id=" + kApp));
  EXPECT_EQ(world.run_one("invoices-readable").state, ProbeState::kOk);
  world.probe_world.cloud.graph.clear();
  EXPECT_EQ(world.run_one("partner-billing-readable").state, ProbeState::kSkipped);
}

TEST(Probes, OfASubscriptionLookIntoItsPermissions) {
  World world;
  world.settings.scope = *parse_scope("/subscriptions/s-1");
  world.settings.manages_exports = true;
  world.transport.always("GET", "/subscriptions/s-1?", json_answer(200, Json::object()));
  world.transport.always("GET", "/exports?", json_answer(200, {{"value", Json::array()}}));
  world.transport.always(
      "GET", "/subscriptions/s-1/providers/Microsoft.Authorization/permissions",
      json_answer(
          200,
          {{"value", {{{"actions", {"Microsoft.CostManagement/*/read", "*/read"}}, {"notActions", Json::array()}}}}}));
  const Probe probe = world.run_one("exports-writable");
  EXPECT_EQ(probe.state, ProbeState::kFailed);
  EXPECT_EQ(probe.command, std::string("az role assignment create --assignee ") + kApp +
                               " --role \"Cost Management Contributor\" --scope \"/subscriptions/s-1\"");
}

TEST(Probes, HeedWhatARoleTakesAway) {
  World world;
  world.settings.scope = *parse_scope("/subscriptions/s-1");
  world.settings.manages_exports = true;
  world.transport.once("GET", "permissions",
                       json_answer(200, {{"value",
                                          {{{"actions", {"Microsoft.CostManagement/*"}},
                                            {"notActions", {"microsoft.costmanagement/EXPORTS/write"}}}}}}));
  EXPECT_EQ(world.run_one("exports-writable").state, ProbeState::kFailed);
}

TEST(Probes, OnlyWarnWhereAzuresAnswerMayNotMeanNo) {
  World other;
  other.settings.manages_exports = true;
  other.transport.always("POST", "/checkAccess",
                         json_answer(200, Json::array({{{"accessDecision", "NotAllowed"}, {"action", "x"}}})));
  const Probe probe = other.run_one("exports-writable");
  EXPECT_EQ(probe.state, ProbeState::kWarning);
  EXPECT_EQ(probe.role, "Billing account contributor");
}

TEST(Probes, AskAboutACustomerBelowItsBillingProfile) {
  World world;
  const std::string account = world.settings.scope->billing_account_id();
  world.settings.scope = *parse_scope(account + "/customers/c-1");
  world.settings.manages_exports = true;
  world.transport.always("GET", "/customers/c-1?",
                         json_answer(200, {{"properties", {{"billingProfileId", account + "/billingProfiles/P-1"}}}}));
  world.transport.always("POST", account + "/billingProfiles/P-1/customers/c-1/checkAccess?",
                         json_answer(200, Json::array({{{"accessDecision", "Allowed"}, {"action", "x"}}})));
  EXPECT_EQ(world.run_one("exports-writable").state, ProbeState::kOk);
}

TEST(Probes, WarnWhereTheBillingProfileOfACustomerIsNotKnown) {
  World world;
  world.settings.scope = *parse_scope(world.settings.scope->billing_account_id() + "/customers/c-1");
  world.settings.manages_exports = true;
  world.transport.always("GET", "/customers/c-1?", json_answer(200, Json::object()));
  EXPECT_EQ(world.run_one("exports-writable").state, ProbeState::kWarning);
}

TEST(Probes, OfAThingThatIsNotFoundAreNotWell) {
  World world;
  world.transport.always("POST", "/checkAccess", error_answer(404, "InvalidResourceType"));
  everything_works(world);
  world.settings.manages_exports = true;
  world.settings.storage_account_id = kStorageId;
  const auto probes = world.run();
  EXPECT_FALSE(all_well(probes));
  EXPECT_EQ(world.run_one("exports-writable").cause, ProbeCause::kNotFound);
}

TEST(Probes, SkipQuestionsThatAzureDoesNotKnow) {
  World world;
  world.settings.manages_exports = true;
  world.settings.storage_account_id = kStorageId;
  world.transport.always("POST", "/checkAccess", answer_with(405));
  world.transport.once("GET", "Authorization/permissions", answer_with(405));
  EXPECT_EQ(world.run_one("exports-writable").state, ProbeState::kSkipped);
  world.transport.once("GET", "Authorization/permissions", answer_with(405));
  EXPECT_EQ(world.run_one("storage-account-writable").state, ProbeState::kSkipped);
  world.transport.always("GET", "Authorization/permissions", error_answer(404, "ResourceNotFound"));
  EXPECT_EQ(world.run_one("storage-account-writable").cause, ProbeCause::kNotFound);
}

TEST(Probes, NeedAnOwnerForStorageBehindAFirewall) {
  World world;
  everything_works(world);
  world.settings.manages_exports = true;
  world.settings.storage_has_firewall = true;
  world.settings.storage_account_id =
      "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Storage/"
      "storageAccounts/walled";
  world.transport.always("GET", "storageAccounts/walled/providers/Microsoft.Authorization/permissions",
                         json_answer(200, {{"value", {{{"actions", {"Microsoft.Storage/*"}}}}}}));
  const Probe probe = world.run_one("storage-account-writable");
  EXPECT_EQ(probe.state, ProbeState::kFailed);
  EXPECT_EQ(probe.role, "Owner");
  EXPECT_THAT(probe.said, HasSubstr("roleAssignments/write"));
}

TEST(Probes, TellOfAProviderThatIsNotRegistered) {
  World world;
  world.settings.manages_exports = true;
  world.settings.storage_account_id = kStorageId;
  world.transport.once("GET", "CostManagementExports", json_answer(200, {{"registrationState", "NotRegistered"}}));
  const Probe probe = world.run_one("provider-registered");
  EXPECT_EQ(probe.cause, ProbeCause::kNotRegistered);
  EXPECT_EQ(probe.command, "az provider register --namespace Microsoft.CostManagementExports --subscription s-1");
}

TEST(Probes, SkipWhatNeedsATokenThatIsNotThere) {
  World world;
  world.credential->refuse["https://arm.example.com/.default"] = "AADSTS7000222 the secret is expired";
  world.settings.manages_exports = true;
  world.settings.storage_account_id = kStorageId;
  EXPECT_THAT(outcomes(world.run()), ElementsAre("token-arm failed", "billing-scope-readable skipped",
                                                 "exports-readable skipped", "exports-writable skipped",
                                                 "storage-account-writable skipped", "provider-registered skipped"));
  EXPECT_EQ(world.run_one("token-arm").cause, ProbeCause::kBadCredential);
}

TEST(Probes, GiveTheConsentLinkOfAnotherTenant) {
  World world;
  world.settings.scope.reset();
  world.settings.storage_tenant = kOtherTenant;
  world.add_location();
  for (const char* code : {"AADSTS700016: not found", "AADSTS65001", "(AADSTS7000229)"}) {
    world.credential->refuse[Cloud::storage_scope()] = code;
    const Probe probe = world.run_one("token-storage");
    EXPECT_EQ(probe.cause, ProbeCause::kNoConsent) << code;
    EXPECT_THAT(probe.next, HasSubstr(std::string("https://login.example.com/") + kOtherTenant +
                                      "/adminconsent?client_id=" + kApp));
    EXPECT_THAT(probe.command, HasSubstr("az ad sp create --id"));
  }
  EXPECT_EQ(world.credential->asked.back().tenant, kOtherTenant);
  world.credential->refuse[Cloud::storage_scope()] = "AADSTS90002";
  EXPECT_EQ(world.run_one("token-storage").cause, ProbeCause::kWrongTenant);
}

struct StorageCase {
  HttpResponse answer;
  ProbeCause cause;
  std::string command;
};

TEST(Probes, TellFailuresOfStorageApart) {
  const std::string grant = std::string("az role assignment create --assignee ") + kApp +
                            " --role \"Storage Blob Data Reader\" --scope \"$(az storage account show --name bills "
                            "--query id --output tsv)/blobServices/default/containers/exports\"";
  const StorageCase cases[] = {
      {storage_error(403, "AuthorizationPermissionMismatch"), ProbeCause::kNoRole, grant},
      {storage_error(403, "AuthorizationFailure"), ProbeCause::kFirewall,
       "az storage account network-rule add --account-name bills --ip-address THIS_MACHINES_ADDRESS"},
      {storage_error(404, "ContainerNotFound"), ProbeCause::kContainerMissing,
       "az storage container create --account-name bills --name exports --auth-mode login"},
      {storage_error(401, "InvalidAuthenticationInfo", "Issuer validation failed."), ProbeCause::kWrongTenant, ""},
      {answer_with(401, "",
                   {{"WWW-Authenticate", std::string("Bearer authorization_uri=https://login.example.com/") +
                                             kOtherTenant + "/oauth2/authorize"}}),
       ProbeCause::kWrongTenant, ""},
      {storage_error(503, "ServerBusy"), ProbeCause::kUnreachable, ""}};
  for (const StorageCase& one : cases) {
    World world;
    world.settings.scope.reset();
    world.add_location();
    world.transport.always("GET", "comp=list", one.answer);
    const auto probes = world.run();
    EXPECT_THAT(outcomes(probes),
                ElementsAre("token-storage ok", "container-listable failed", "blob-readable skipped"));
    EXPECT_EQ(probes[1].cause, one.cause) << one.answer.body;
    EXPECT_EQ(probes[1].command, one.command);
  }
}

TEST(Probes, NameTheTenantThatStorageAsksFor) {
  World world;
  world.settings.scope.reset();
  world.add_location();
  const std::string challenge = std::string("Bearer authorization_uri=https://login.example.com/") + kOtherTenant;
  world.transport.always("GET", "comp=list", answer_with(401, "", {{"WWW-Authenticate", challenge + "/oauth2"}}));
  const Probe probe = world.run_one("container-listable");
  EXPECT_THAT(probe.next, AllOf(HasSubstr(std::string("storage tenant of the connection to ") + kOtherTenant),
                                HasSubstr(std::string(kOtherTenant) + "/adminconsent?client_id=" + kApp)));
}

TEST(Probes, TellFailuresOfASasApart) {
  const std::pair<HttpResponse, ProbeCause> cases[] = {
      {storage_error(403, "AuthorizationPermissionMismatch"), ProbeCause::kSasLetters},
      {storage_error(403, "AuthorizationResourceTypeMismatch"), ProbeCause::kSasWrong},
      {storage_error(403, "AuthenticationFailed", "Signature not valid in the specified time frame"),
       ProbeCause::kSasExpired},
      {storage_error(403, "AuthenticationFailed", "Signature did not match"), ProbeCause::kSasWrong}};
  for (const auto& [answer, cause] : cases) {
    World world;
    world.settings.scope.reset();
    world.settings.signs_in = false;
    world.add_location("sv=2022-11-02&ss=b&srt=co&sp=rl&se=2027-11-25T00%3A00%3A00Z&sig=SECRET%2B");
    world.transport.always("GET", "comp=list", answer);
    const auto probes = world.run();
    EXPECT_THAT(outcomes(probes), ElementsAre("sas ok", "container-listable failed", "blob-readable skipped"));
    EXPECT_EQ(probes[1].cause, cause) << answer.body;
    EXPECT_THAT(probes[1].command, HasSubstr("generate-sas --account-name bills --name exports --permissions rl"));
    EXPECT_THAT(world.transport.requests()[0].url, HasSubstr("&sig=SECRET%2B"));
    EXPECT_EQ(header_of(world.transport.requests()[0], "Authorization"), "");
    for (const Probe& probe : probes) {
      EXPECT_THAT(probe.where + probe.said + probe.next + probe.command, Not(HasSubstr("SECRET")));
    }
  }
}

TEST(Probes, ReadWhatASasSaysOfItself) {
  const std::tuple<std::string, ProbeState, ProbeCause, std::string> cases[] = {
      {"ss=b&srt=co&sp=r&se=2027-11-25&sig=x", ProbeState::kFailed, ProbeCause::kSasLetters, "lack list (l)"},
      {"ss=f&srt=co&sp=rl&se=2027-11-25&sig=x", ProbeState::kFailed, ProbeCause::kSasWrong, "lack blob (b)"},
      {"ss=b&srt=o&sp=rl&se=2027-11-25&sig=x", ProbeState::kFailed, ProbeCause::kSasWrong, "lack container (c)"},
      {"sr=b&sp=rl&se=2027-11-25&sig=x", ProbeState::kFailed, ProbeCause::kSasWrong, "single blob"},
      {"sr=c&sp=rl&se=2026-11-24T00%3A00%3A00Z&sig=x", ProbeState::kFailed, ProbeCause::kSasExpired, "2026-11-24"},
      {"sr=c&sp=rl&se=2026-12-20T00:00:00Z&sig=x", ProbeState::kWarning, ProbeCause::kExpiresSoon, "25 more days"},
      {"sr=c&si=policy&sig=x", ProbeState::kOk, ProbeCause::kNone, "stored policy"},
      {"sr=c&sp=rl&se=2027-11-25", ProbeState::kFailed, ProbeCause::kSasWrong, "signature"}};
  for (const auto& [sas, state, cause, said] : cases) {
    World world;
    everything_works(world);
    world.settings.signs_in = false;
    world.settings.scope.reset();
    world.add_location(sas);
    const Probe probe = world.run_one("sas");
    EXPECT_EQ(probe.state, state) << sas;
    EXPECT_EQ(probe.cause, cause) << sas;
    EXPECT_THAT(probe.said, HasSubstr(said));
  }
}

TEST(Probes, SayThatNothingWasDeliveredYet) {
  World world;
  world.settings.scope.reset();
  world.add_location();
  world.transport.always("GET", "comp=list", blob_list(""));
  EXPECT_THAT(outcomes(world.run()), ElementsAre("token-storage ok", "container-listable ok", "blob-readable skipped"));
}

TEST(Probes, DoNotTakeAnotherPageForAListOfBlobs) {
  World world;
  world.settings.scope.reset();
  world.add_location();
  world.transport.always("GET", "comp=list", answer_with(200, "<html>sign in</html>"));
  const auto probes = world.run();
  EXPECT_EQ(probes[1].state, ProbeState::kFailed);
  EXPECT_THAT(probes[1].said, HasSubstr("did not answer with a list of blobs"));
}

TEST(Probes, TellOfAnAccountThatIsNotThere) {
  World world;
  world.settings.scope.reset();
  world.add_location();
  world.transport.always("GET", "comp=list", [](const HttpRequest&) -> Result<HttpResponse> {
    return Error{ErrorId::kNoAnswer, "no such host", "", "", ""};
  });
  const Probe probe = world.run_one("container-listable");
  EXPECT_EQ(probe.cause, ProbeCause::kUnreachable);
  EXPECT_THAT(probe.next, HasSubstr("whether the storage account exists"));
}

TEST(Probes, WarnWeeksBeforeASecretEnds) {
  World world;
  world.settings.scope.reset();
  world.settings.expiries = {{"the client secret", *Day::parse("2026-12-20")},
                             {"the certificate", *Day::parse("2026-11-24")}};
  EXPECT_THAT(outcomes(world.run()), ElementsAre("expiry warning", "expiry failed"));
}

TEST(Probes, HearACancel) {
  World world;
  world.probe_world.cancel.request();
  EXPECT_FALSE(run_probes(world.probe_world, world.settings));
}

TEST(Principal, IsReadFromATokenAndNeverFails) {
  const Principal principal = principal_of(web_token());
  EXPECT_EQ(principal.app_id, kApp);
  EXPECT_EQ(principal.assignee(), kApp);
  for (const char* text : {"", "a.b", "a.b.c", "a.!!.c", "..", "a.e30.c"}) {
    EXPECT_THAT(principal_of(text).app_id, IsEmpty()) << text;
    EXPECT_EQ(principal_of(text).assignee(), "PRINCIPAL_ID") << text;
  }
  const Json user = {{"appid", kApp}, {"oid", kObject}, {"idtyp", "user"}};
  EXPECT_EQ(principal_of("e30." + base64url(user.dump()) + ".s").assignee(), kObject);
}

}  // namespace
}  // namespace apportion
