#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/commitment_refresh.h"
#include "application/connection_access.h"
#include "application/customers.h"
#include "application/export_settings.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(ConnectionAccess, TheSecretSaysHowToSignIn) {
  AccessRequest request;
  request.secrets = {{kClientSecret, "s3cret"}};
  AzureSettings settings;
  ASSERT_TRUE(apply_access(request, settings));
  EXPECT_EQ(settings.credential, "client-secret");
  request.auth = "managed-identity";
  ASSERT_TRUE(apply_access(request, settings));
  EXPECT_EQ(settings.credential, "managed-identity");
  request.auth = "password";
  EXPECT_EQ(apply_access(request, settings).error().id, ErrorId::kNoSuchCredentialKind);
}

TEST(ConnectionAccess, WhatIsNotGivenStays) {
  AzureSettings settings;
  settings.tenant = "t";
  settings.storage_tenant = "s";
  AccessRequest request;
  request.storage_tenant = "";
  ASSERT_TRUE(apply_access(request, settings));
  EXPECT_EQ(settings.tenant, "t");
  EXPECT_EQ(settings.storage_tenant, "");
}

TEST(ConnectionAccess, AScopeIsNamedWholeOrByItsParts) {
  AccessRequest request;
  request.billing_account = "1:2_2019-05-31";
  AzureSettings settings;
  ASSERT_TRUE(apply_access(request, settings));
  EXPECT_EQ(settings.scope, "/providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31");
  request.customer_tenant = "8d1f0f6e-0000-4000-8000-000000000001";
  ASSERT_TRUE(apply_access(request, settings));
  EXPECT_THAT(settings.scope, HasSubstr("/customers/8d1f0f6e-0000-4000-8000-000000000001"));
  request.subscription = "5a2b0c00-0000-4000-8000-0000000000aa";
  EXPECT_FALSE(apply_access(request, settings));
  request.scope = settings.scope;
  EXPECT_FALSE(apply_access(request, settings));
}

class LegacyPart : public ::testing::Test {
 protected:
  LegacyPart() { settings_.credential = "client-secret"; }

  ErrorId refusal() {
    const auto legacy = apply_legacy(request_, settings_, {});
    EXPECT_FALSE(legacy);
    return legacy ? ErrorId::kAnswerMissing : legacy.error().id;
  }

  AccessRequest request_;
  AzureSettings settings_;
};

TEST_F(LegacyPart, IsThereOnlyIfItIsGiven) {
  EXPECT_FALSE(apply_legacy(request_, settings_, {})->has_value());
  request_.legacy.wanted = true;
  const auto both = *apply_legacy(request_, settings_, {});
  EXPECT_THAT(both->datasets, ElementsAre(Dataset::kInvoiceReconciliation, Dataset::kDailyRatedUsage));
  EXPECT_FALSE(both->signs_in_by_itself());
  request_.legacy.fetch = {"daily-usage", "daily-usage"};
  const auto one = *apply_legacy(request_, settings_, both);
  EXPECT_THAT(one->datasets, ElementsAre(Dataset::kDailyRatedUsage));
  request_.legacy = {};
  request_.legacy.tenant = "t";
  EXPECT_THAT((*apply_legacy(request_, settings_, one))->datasets, ElementsAre(Dataset::kDailyRatedUsage));
  request_.legacy.fetch.emplace();
  EXPECT_FALSE(apply_legacy(request_, settings_, one)->has_value());
}

TEST_F(LegacyPart, ItsSecretSaysHowItSignsIn) {
  settings_.credential = "none";
  request_.legacy.client_id = "app";
  EXPECT_EQ(refusal(), ErrorId::kOptionsContradict);
  settings_.credential = "certificate";
  EXPECT_EQ(refusal(), ErrorId::kOptionsContradict);  // whose application is it?
  request_.secrets = {{kLegacyClientSecret, "s3cret"}};
  EXPECT_EQ((*apply_legacy(request_, settings_, {}))->credential, "client-secret");
  request_.legacy.auth = "password";
  EXPECT_EQ(refusal(), ErrorId::kNoSuchCredentialKind);
}

TEST_F(LegacyPart, FitsBillingAccountsAndProfilesOfThePublicCloud) {
  request_.legacy.fetch = {"reconciliation"};
  settings_.scope = "/providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31/billingProfiles/A-B-C-D";
  EXPECT_TRUE(apply_legacy(request_, settings_, {}));
  settings_.scope = "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa";
  EXPECT_EQ(refusal(), ErrorId::kOptionsContradict);
  settings_.scope.clear();
  settings_.cloud = "china";
  EXPECT_EQ(refusal(), ErrorId::kOptionsContradict);
  settings_.cloud = "public";
  request_.legacy.fetch = {"unbilled"};
  EXPECT_EQ(refusal(), ErrorId::kFieldInvalid);
}

TEST(ConnectionAccess, ReportsNeedAScope) {
  AccessRequest request;
  request.use_reports = true;
  AzureSettings settings;
  EXPECT_EQ(apply_access(request, settings).error().id, ErrorId::kOptionsContradict);
  request.billing_account = "1:2_2019-05-31";
  EXPECT_TRUE(apply_access(request, settings));
}

TEST(ConnectionAccess, EndpointsMakeACustomCloud) {
  AccessRequest request;
  request.arm = "https://arm.example.com";
  AzureSettings settings;
  ASSERT_TRUE(apply_access(request, settings));
  EXPECT_EQ(settings.cloud, "custom");
}

TEST(ConnectionAccess, ASasIsTakenOutOfTheLocation) {
  std::map<Dataset, std::string> locations = {
      {Dataset::kActualCost,
       "https://a.blob.core.windows.net/c/d?sv=2022-11-02&sp=rl&se=2026-12-24T00:00:00Z&sig=a%2Bb"},
      {Dataset::kAmortizedCost, "/exports/amortized?"}};
  const auto secrets = take_sas_of_locations(locations);
  ASSERT_THAT(secrets, SizeIs(1));
  EXPECT_EQ(secrets[0].name, "sas:actual");
  EXPECT_EQ(secrets[0].text, "sv=2022-11-02&sp=rl&se=2026-12-24T00:00:00Z&sig=a%2Bb");
  EXPECT_EQ(secrets[0].expires_on, Day::parse("2026-12-24"));
  EXPECT_EQ(locations[Dataset::kActualCost], "https://a.blob.core.windows.net/c/d");
  EXPECT_EQ(locations[Dataset::kAmortizedCost], "/exports/amortized?");
}

TEST(Customers, HaveTenantsByGuidOnly) {
  const std::string guid = "8D1F0F6E-0000-4000-8000-000000000001";
  EXPECT_TRUE(check_tenant_ids(std::vector<std::string>{guid, " " + guid + " "}));
  const auto checked = check_tenant_ids(std::vector<std::string>{guid, "contoso.com"});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().id, ErrorId::kTenantNotAGuid);
  EXPECT_EQ(checked.error().where, "contoso.com");
  const std::vector<Customer> customers{{CustomerId("a"), "A", "", {"contoso.com", guid}}};
  EXPECT_THAT(tenants_without_guid(customers), ElementsAre("contoso.com"));
}

BillingCustomer billing_customer(const std::string& tenant, const std::string& name) {
  BillingCustomer customer;
  customer.tenant_id = tenant;
  customer.display_name = name;
  return customer;
}

TEST(NewCustomers, GetPlainIdsOfTheirOwn) {
  const std::vector<Customer> known = {{CustomerId("contoso"), "Contoso", "", {"t0"}}};
  const auto added = customers_of_billing(
      {billing_customer("T1AAAAAAAA", "Contoso"), billing_customer("t0", "Contoso again"),
       billing_customer("t2bbbbbbbb", "青空"), billing_customer("t3", "Süß & Co."),
       billing_customer("t4cccccccc", "富士見工業 3"), billing_customer("t5", "Żubr Łączność 🚀 O'Hara"),
       billing_customer("t1aaaaaaaa", "twice"), billing_customer("", "none")},
      known);
  std::vector<std::string> ids;
  ids.reserve(added.size());
  for (const Customer& customer : added) ids.push_back(customer.id.raw());
  EXPECT_THAT(ids, ElementsAre("contoso-t1aaaaaa", "customer-t2bbbbbb", "suss-co", "customer-t4cccccc",
                               "zubr-lacznosc-o-hara"));
  EXPECT_THAT(added[0].tenant_ids, ElementsAre("t1aaaaaaaa"));
}

TEST(ExportWishes, AreKeptAndOverridden) {
  ExportWishes given;
  given.storage = "/subscriptions/1/…/a";
  given.container = "bills";
  given.focus = true;
  given.profiles = {"P1"};
  given.delivery_sas = "sas";
  const std::string kept = wishes_text(given);
  EXPECT_THAT(kept, Not(HasSubstr("sas")));
  ExportWishes later;
  later.storage_account = "other";
  later.focus = false;
  const auto merged = merged_wishes(kept, later);
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->storage, std::nullopt);
  EXPECT_EQ(merged->storage_account, "other");
  EXPECT_EQ(merged->container, "bills");
  EXPECT_EQ(merged->focus, false);
  EXPECT_THAT(merged->profiles, ElementsAre("P1"));
  EXPECT_FALSE(merged->destination_is_missing());
  EXPECT_TRUE(ExportWishes().destination_is_missing());
  EXPECT_FALSE(merged_wishes("no json", {}));
}

TEST(ExportWishes, NameAFormatThatThereIs) {
  ExportWishes wishes;
  wishes.format = "xlsx";
  EXPECT_EQ(export_settings(wishes, {}, {}, "").error().id, ErrorId::kNoSuchFormat);
  wishes.format = "parquet-snappy";
  EXPECT_EQ(export_settings(wishes, {}, {}, "")->format, ExportFormat::kParquetSnappy);
}

TEST(CommitmentFacts, OfAzureBecomeFactsOfTheInventory) {
  Reservation reservation;
  reservation.reservation_id = "9d2b1c7e-0000-4000-8000-000000000001";
  reservation.order_id = "ABCD";
  reservation.display_name = "VM_RI";
  reservation.term = "P3Y";
  reservation.expires_at = "2027-05-01T12:00:00Z";
  reservation.renew = false;
  SavingsPlan plan;
  plan.plan_id = "9d2b1c7e-0000-4000-8000-000000000002";
  plan.commitment_grain = "Hourly";
  plan.commitment_amount = "12.5";
  plan.commitment_currency = "USD";
  const Day today = *Day::parse("2026-11-22");
  auto stored = facts_of_reservation(reservation, today);
  for (auto& fact : facts_of_savings_plan(plan, today)) stored.push_back(fact);
  const auto facts = commitment_facts(stored);
  ASSERT_THAT(facts, SizeIs(2));
  EXPECT_EQ(facts[0].source, CommitmentSource::kAzure);
  EXPECT_EQ(facts[0].as_of, today);
  const auto value = [](const CommitmentFact& fact, CommitmentField field) {
    for (const auto& [known, text] : fact.values) {
      if (known == field) return text;
    }
    return std::string("-");
  };
  EXPECT_EQ(value(facts[0], CommitmentField::kTermMonths), "36");
  EXPECT_EQ(value(facts[0], CommitmentField::kExpiryDay), "2027-05-01");
  EXPECT_EQ(value(facts[0], CommitmentField::kRenewal), "off");
  EXPECT_EQ(value(facts[0], CommitmentField::kOrderId), "abcd");
  EXPECT_EQ(value(facts[0], CommitmentField::kRegion), "-");
  EXPECT_EQ(value(facts[1], CommitmentField::kHourlyCommitment), "12.5");
  EXPECT_EQ(value(facts[1], CommitmentField::kRenewal), "-");
}

}  // namespace
}  // namespace apportion
