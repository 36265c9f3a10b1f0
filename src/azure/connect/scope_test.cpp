#include "azure/connect/scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAccount =
    "10000000-0000-0000-0000-000000000000:20000000-0000-0000-0000-000000000000_2019-05-31";
const std::string kAccountId = "/providers/Microsoft.Billing/billingAccounts/" + std::string(kAccount);
const std::string kCustomer = "11111111-1111-1111-1111-111111111111";

TEST(Scope, ReadsAndWritesTheFourKinds) {
  const std::string profile = kAccountId + "/billingProfiles/BKM6-54VH-BG7-PGB";
  const std::string customer = kAccountId + "/customers/" + kCustomer;
  const std::string subscription = "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa";
  const std::pair<std::string, ScopeKind> cases[] = {{kAccountId, ScopeKind::kBillingAccount},
                                                     {profile, ScopeKind::kBillingProfile},
                                                     {customer, ScopeKind::kCustomer},
                                                     {subscription, ScopeKind::kSubscription}};
  for (const auto& [id, kind] : cases) {
    const auto scope = parse_scope(id);
    ASSERT_TRUE(scope) << scope.error().message();
    EXPECT_EQ(scope->kind, kind);
    EXPECT_EQ(scope->arm_id(), id);
    EXPECT_EQ(parse_scope_kind(scope_kind_name(kind)), kind);
  }
}

TEST(Scope, KeepsTheColonAndReadsAnyCase) {
  const auto scope = parse_scope("providers/microsoft.BILLING/BillingAccounts/" + std::string(kAccount) + "/");
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->arm_id(), kAccountId);
}

TEST(Scope, TakesTheBillingProfileOutOfACustomersId) {
  const auto scope = parse_scope(kAccountId + "/billingProfiles/BKM6-54VH-BG7-PGB/customers/" + kCustomer);
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->arm_id(), kAccountId + "/customers/" + kCustomer);
  EXPECT_EQ(scope->billing_profile, "BKM6-54VH-BG7-PGB");
  EXPECT_TRUE(same_scope(*scope, *parse_scope(kAccountId + "/CUSTOMERS/" + kCustomer)));
}

TEST(Scope, SaysWhyAnIdIsNone) {
  const std::pair<std::string, std::string> cases[] = {
      {"/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa/resourceGroups/rg", "resource groups"},
      {kAccountId + "/billingProfiles/P/invoiceSections/S", "no invoice sections"},
      {"/providers/Microsoft.Management/managementGroups/g", "management groups"},
      {kAccountId + "/billingProfiles", "not those of a scope"},
      {kAccountId + "/customers/a/billingProfiles/b", "not those of a scope"},
      {"", "not those of a scope"}};
  for (const auto& [id, why] : cases) {
    const auto scope = parse_scope(id);
    ASSERT_FALSE(scope) << id;
    EXPECT_EQ(scope.error().id, ErrorId::kScopeInvalid);
    EXPECT_THAT(scope.error().message(), HasSubstr(why));
  }
}

TEST(Scope, RefusesPartsThatWouldLeadElsewhere) {
  for (const char* part : {"", "a b", "..%2f", "x?y=1", "a#b"}) {
    EXPECT_FALSE(make_scope({.kind = ScopeKind::kSubscription, .subscription = part})) << part;
  }
  EXPECT_FALSE(make_scope({.kind = ScopeKind::kCustomer, .customer_tenant = kCustomer})) << "without an account";
}

TEST(Scope, KeepsTheContradictionOfTheDocumentationOpen) {
  EXPECT_EQ(dataset_offer(ScopeKind::kBillingAccount, Dataset::kActualCost).offer, Offer::kDisputed);
  EXPECT_EQ(dataset_offer(ScopeKind::kCustomer, Dataset::kAmortizedCost).offer, Offer::kYes);
  EXPECT_EQ(dataset_offer(ScopeKind::kBillingAccount, Dataset::kPriceSheet).offer, Offer::kNo);
  EXPECT_EQ(dataset_offer(ScopeKind::kBillingProfile, Dataset::kReservationDetails).offer, Offer::kYes);
  EXPECT_THAT(std::string(dataset_offer(ScopeKind::kSubscription, Dataset::kActualCost).note), HasSubstr("retail"));
}

TEST(Scope, DeliversWithASasAtTheBillingAccountOfAPartnerOnly) {
  EXPECT_TRUE(check_sas_delivery(ScopeKind::kBillingAccount, kPartnerAgreement, "public"));
  EXPECT_TRUE(check_sas_delivery(ScopeKind::kBillingAccount, "", ""));
  const auto customer = check_sas_delivery(ScopeKind::kCustomer, kPartnerAgreement, "public");
  ASSERT_FALSE(customer);
  EXPECT_THAT(customer.error().message(), HasSubstr("of a billing account; this one is a customer tenant"));
  EXPECT_FALSE(check_sas_delivery(ScopeKind::kBillingAccount, "MicrosoftCustomerAgreement", "public"));
  EXPECT_FALSE(check_sas_delivery(ScopeKind::kBillingAccount, kPartnerAgreement, "china"));
}

}  // namespace
}  // namespace apportion
