#include "application/identity_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/brand.h"
#include "application/provider_sign_ins.h"
#include "azure/testing.h"
#include "foundation/base/test_support.h"
#include "store/control_plane.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTenant = "11111111-2222-3333-4444-555555555555";

class IdentityProviderTest : public ::testing::Test {
 protected:
  IdentityProviderManager as(const Identity& identity) {
    return *IdentityProviderManager::open(*home_, world_, identity);
  }
  IdentityProviderManager as_owner() { return as(Identity::of_operator("os:ada")); }
  std::string reason() {
    const auto set = as_owner().set(request_);
    if (set) return "it was taken";
    EXPECT_EQ(set.error().id, ErrorId::kIdentityProviderInvalid);
    return set.error().where + ": " + set.error().why;
  }
  IdentityProvider kept() {
    return **PeopleBook::open(home_->control_plane_file(), world_.clock, world_.epoch_seconds)->identity_provider();
  }
  std::string secret() { return oidc_settings_of(kept(), home_->folder(), world_.variable)->client_secret; }

  TestFolder folder_;
  Result<Home> home_ = Home::create(folder_ / "home");
  PeopleWorld world_{Clock::fixed(*Day::parse("2026-11-22")), [] { return std::int64_t{1'795'000'000}; },
                     [](const char* /*name*/) { return std::optional<std::string>(); }};
  IdentityProviderRequest request_{"https://id.example.com", "our client", "https://bill.example.com/"};
};

TEST_F(IdentityProviderTest, IsSetShownAndRemovedByAnOwner) {
  request_.secret = "a secret";
  request_.secret_expires_on = Day::parse("2027-01-31");
  const auto set = as_owner().set(request_);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->redirect_url, "https://bill.example.com/sign-in/return");
  EXPECT_EQ(set->label, "Sign in");
  EXPECT_TRUE(set->has_secret);
  EXPECT_EQ(set->secret_expires_on, Day::parse("2027-01-31"));
  EXPECT_THAT(kept().sealed_secret, Not(HasSubstr("a secret")));
  EXPECT_EQ(secret(), "a secret");
  ASSERT_TRUE(as_owner().remove());
  EXPECT_EQ(as_owner().view().error().id, ErrorId::kIdentityProviderMissing);
  EXPECT_EQ(as_owner().remove().error().id, ErrorId::kIdentityProviderMissing);
}

TEST_F(IdentityProviderTest, IsNobodyElsesToSee) {
  for (const Role role : {Role::kBillingEngineer, Role::kCustomerAdmin}) {
    Identity identity;
    identity.role = role;
    EXPECT_EQ(as(identity).view().error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(as(identity).set(request_).error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(as(identity).remove().error().id, ErrorId::kNotAllowed);
  }
}

TEST_F(IdentityProviderTest, ASecretGoesToTheProviderThatItWasGivenFor) {
  request_.secret = "a secret";
  ASSERT_TRUE(as_owner().set(request_));
  request_.secret.reset();
  request_.label = "Sign in with Contoso";
  EXPECT_TRUE(as_owner().set(request_)->has_secret);
  EXPECT_EQ(secret(), "a secret");
  request_.issuer = "https://evil.example.com";
  EXPECT_FALSE(as_owner().set(request_)->has_secret);
  EXPECT_EQ(secret(), "");
  request_.secret = "another";
  EXPECT_TRUE(as_owner().set(request_)->has_secret);
  request_.secret = "";
  EXPECT_FALSE(as_owner().set(request_)->has_secret);
}

TEST_F(IdentityProviderTest, SaysWhatIsWrong) {
  for (const char* client : {"", " ", "a\nb"}) {
    request_.client_id = client;
    EXPECT_THAT(reason(), HasSubstr("client id: it is empty, too long, or has control characters")) << client;
  }
  request_.client_id = "our client";
  for (const char* issuer : {"", "id.example.com", "http://id.example.com", "https://id.example.com?x=1",
                             "https://a@id.example.com", "https://id.example.com/#", "https://id example.com"}) {
    request_.issuer = issuer;
    EXPECT_THAT(reason(), HasSubstr("expected an https URL")) << issuer;
  }
  request_.issuer = "https://id.example.com";
  for (const char* url : {" ", "bill.example.com", "http://bill.example.com", "https://bill.example.com/costs",
                          "https://bill.example.com?x", "https://a@bill.example.com", "https://"}) {
    request_.service_url = url;
    EXPECT_THAT(reason(), HasSubstr("expected https and a host")) << url;
  }
  request_.service_url = "";
  EXPECT_THAT(reason(), HasSubstr("the brand has no address either"));
  request_.service_url = "http://127.0.0.1:8484";
  request_.label = std::string(81, 'x');
  EXPECT_THAT(reason(), HasSubstr("label"));
  request_.label.reset();
  request_.own_tenant = "contoso";
  EXPECT_THAT(reason(), HasSubstr("which is a GUID"));
  request_.own_tenant = "";
  EXPECT_EQ(reason(), "it was taken");
}

TEST_F(IdentityProviderTest, NamesAreTrustedWhereOneOrganizationGivesThem) {
  request_.trusts_names = true;
  for (const char* issuer :
       {"https://login.microsoftonline.com/organizations/v2.0", "https://login.microsoftonline.com/common/v2.0"}) {
    request_.issuer = issuer;
    EXPECT_THAT(reason(), HasSubstr("it has many tenants"));
  }
  request_.own_tenant = "11111111-2222-3333-4444-55555555555A";
  ASSERT_TRUE(as_owner().set(request_));
  const IdentityProvider shared = kept();
  OidcIdentity who;
  who.issuer = "https://login.microsoftonline.com/x/v2.0";
  EXPECT_FALSE(trusts_names_of(shared, who));
  who.tenant_id = kTenant;
  EXPECT_FALSE(trusts_names_of(shared, who)) << "another tenant";
  who.tenant_id = "11111111-2222-3333-4444-55555555555a";
  EXPECT_TRUE(trusts_names_of(shared, who));
}

TEST_F(IdentityProviderTest, AnIssuerThatWasNotNamedIsNotTrusted) {
  IdentityProvider provider{"https://id.example.com", "c", "https://bill.example.com", "Sign in", true};
  OidcIdentity who;
  who.issuer = "https://id.example.com";
  EXPECT_TRUE(trusts_names_of(provider, who));
  who.tenant_id = kTenant;
  EXPECT_FALSE(trusts_names_of(provider, who)) << "one of several tenants, perhaps";
  provider.issuer = who.issuer = std::string("https://login.microsoftonline.com/") + kTenant + "/v2.0";
  EXPECT_TRUE(trusts_names_of(provider, who));
  provider.issuer = "https://id.example.com";
  who.tenant_id = "";
  who.issuer = "https://id.example.com/another-tenant";
  EXPECT_FALSE(trusts_names_of(provider, who));
  provider.trusts_names = false;
  who.issuer = provider.issuer;
  EXPECT_FALSE(trusts_names_of(provider, who));
}

TEST_F(IdentityProviderTest, IsAskedForItsDescription) {
  FakeTransport transport;
  transport.once("GET", "/.well-known/openid-configuration", answer_with(404));
  const auto checked = as_owner().check(request_, transport, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().id, ErrorId::kSignInWithProviderFailed);
  EXPECT_THAT(checked.error().why, HasSubstr("status 404"));
  request_.issuer = "nonsense";
  EXPECT_EQ(as_owner().check(request_, transport, {}).error().id, ErrorId::kIdentityProviderInvalid);
  EXPECT_EQ(transport.requests().size(), 1U);
}

// Answers nothing until it is told to stop.
class SilentTransport final : public HttpTransport {
 public:
  Result<HttpResponse> send(const HttpRequest& /*request*/, const Cancel& cancel) override {
    EXPECT_FALSE(cancel.wait_for(std::chrono::minutes(1)));
    return cancelled_error("the request");
  }
};

TEST_F(IdentityProviderTest, IsNotWaitedForLongerThanSigningInWould) {
  SilentTransport transport;
  const auto checked = as_owner().check(request_, transport, {}, std::chrono::milliseconds(20));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().id, ErrorId::kNoAnswer);
  EXPECT_EQ(kProviderTimeMax, std::chrono::seconds(15));
  EXPECT_EQ(ProviderSignIns::World().call_time_max, kProviderTimeMax);
}

TEST_F(IdentityProviderTest, TakesTheAddressOfTheBrand) {
  const Workspace workspace = std::move(Workspace::open(home_->folder(), world_.clock, {})).value();
  const Caller ada = Caller::partner("os:ada");
  ASSERT_TRUE(change_brand(ada, workspace, {.address = "https://costs.example.com/"}, {ada.actor}));
  request_.service_url = "";
  EXPECT_EQ(as_owner().set(request_)->redirect_url, "https://costs.example.com/sign-in/return");
  ASSERT_TRUE(change_brand(ada, workspace, {.address = "https://elsewhere.example.com"}, {ada.actor}));
  EXPECT_EQ(kept().service_url, "https://costs.example.com") << "its redirect URL is registered at the provider";
}

}  // namespace
}  // namespace apportion
