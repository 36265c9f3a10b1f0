#include "azure/connect/billing_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/connect/testing.h"

namespace apportion {
namespace {

using connect_testing::error_answer;
using connect_testing::Json;
using connect_testing::TestClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kAccount = "10000000-0000-0000-0000-000000000000:00000000-0000-0000-0000-000000000000_2019-05-31";
const std::string kAccountId = "/providers/Microsoft.Billing/billingAccounts/" + kAccount;

TEST(BillingApi, ListsAccountsOfAllPages) {
  TestClient client;
  const std::string next = "https://arm.example.com/providers/Microsoft.Billing/billingAccounts?page=2";
  client.transport.always("GET", "page=2", answer_with(200, R"({"value": [{"name": "b", "properties": null}]})"));
  client.transport.always("GET", "/billingAccounts?api-version=2024-04-01",
                          answer_with(200, R"({"value": [{
      "id": ")" + kAccountId + R"(", "name": ")" +
                                               kAccount + R"(", "properties": {"accountStatus": "Active",
      "accountType": "Business", "agreementType": "MicrosoftPartnerAgreement", "displayName": "Premier",
      "hasReadAccess": true, "primaryBillingTenantId": "t-1", "somethingNew": 3}}], "nextLink": ")" +
                                               next + "\"}"));
  const auto accounts = BillingApi(client.arm).accounts();
  ASSERT_TRUE(accounts) << accounts.error().message();
  ASSERT_THAT(*accounts, SizeIs(2));
  EXPECT_EQ((*accounts)[0].name, kAccount);
  EXPECT_TRUE((*accounts)[0].is_partner());
  EXPECT_EQ((*accounts)[0].has_read_access, true);
  EXPECT_EQ((*accounts)[0].primary_tenant, "t-1");
  EXPECT_EQ((*accounts)[1].has_read_access, std::nullopt);
}

TEST(BillingApi, ReadsProfilesWithTheirCurrency) {
  TestClient client;
  client.transport.always("GET", kAccountId + "/billingProfiles?", answer_with(200, R"({"value": [{
      "id": "/x/billingProfiles/BKM6-54VH-BG7-PGB", "properties": {"currency": "EUR", "displayName": "Profile 1",
      "invoiceDay": 5, "status": "Warned", "statusReasonCode": "PastDue", "systemId": "s"}}]})"));
  const auto profiles = BillingApi(client.arm).profiles(kAccount);
  ASSERT_TRUE(profiles) << profiles.error().message();
  const BillingProfile& profile = profiles->at(0);
  EXPECT_EQ(profile.name, "BKM6-54VH-BG7-PGB");
  EXPECT_EQ(profile.currency, "EUR");
  EXPECT_EQ(profile.invoice_day, "5");
  EXPECT_EQ(profile.status_reason, "PastDue");
}

TEST(BillingApi, ReadsCustomersWhoseIdsDifferBetweenApis) {
  TestClient client;
  const std::string body = R"({"value": [{"id": ")" + kAccountId +
                           R"(/billingProfiles/P-1/customers/11111111-1111-1111-1111-11111111111A", "name": "x",
      "properties": {"displayName": "customer1", "systemId": "yyyy", "status": "Active",
      "billingProfileDisplayName": "Operations", "billingProfileId": "/a/billingProfiles/P-1",
      "enabledAzurePlans": [{"skuId": "0001", "skuDescription": "Azure plan"}],
      "resellers": [{"resellerId": "r-1", "description": "Reseller1"}], "tags": {"pcCode": "A1"}}}]})";
  client.transport.once("GET", kAccountId + "/customers?", answer_with(200, body));
  client.transport.once("GET", kAccountId + "/billingProfiles/P-1/customers?", answer_with(200, body));
  BillingApi api(client.arm);
  const auto customers = api.customers(kAccount);
  ASSERT_TRUE(customers) << customers.error().message();
  ASSERT_TRUE(api.customers(kAccount, "P-1"));
  const BillingCustomer& customer = customers->at(0);
  EXPECT_EQ(customer.tenant_id, "11111111-1111-1111-1111-11111111111a");
  EXPECT_EQ(customer.system_id, "yyyy");
  EXPECT_EQ(customer.billing_profile, "P-1");
  EXPECT_EQ(customer.azure_plans[0].description, "Azure plan");
  EXPECT_EQ(customer.resellers[0].id, "r-1");
  EXPECT_EQ(customer.tags.at("pcCode"), "A1");
}

TEST(BillingApi, ReadsSubscriptions) {
  TestClient client;
  client.transport.always("GET", "/customers/c-1/billingSubscriptions?", answer_with(200, R"({"value": [{
      "id": "/x/billingSubscriptions/s-1", "properties": {"subscriptionId": "s-1", "displayName": "Prod",
      "status": "Active", "customerId": "/y/customers/C-1", "billingProfileId": "/z/billingProfiles/P"}}]})"));
  const auto subscriptions = BillingApi(client.arm).subscriptions(kAccount, "c-1");
  ASSERT_TRUE(subscriptions) << subscriptions.error().message();
  EXPECT_EQ(subscriptions->at(0).subscription_id, "s-1");
  EXPECT_EQ(subscriptions->at(0).customer_tenant, "c-1");
}

TEST(BillingApi, ReadsInvoicesWithExactAmounts) {
  TestClient client;
  client.transport.always("GET", "/invoices?", answer_with(200, R"({"value": [{"name": "G123456789", "properties": {
      "status": "Due", "documentType": "Invoice", "billingProfileId": "/x/billingProfiles/P",
      "invoicePeriodStartDate": "2023-02-01T17:32:28Z",
      "billedAmount": {"currency": "USD", "value": 12345678901234.123456789012345678},
      "amountDue": {"currency": "USD", "value": 8.53}, "creditAmount": {"currency": "USD", "value": 0.0},
      "subTotal": {"currency": "USD", "value": 34}, "taxAmount": {"currency": "USD", "value": -1.5E-3},
      "rebillDetails": {"invoiceDocumentId": "/x/invoices/I000002"}}}]})"));
  const auto invoices = BillingApi(client.arm).invoices(kAccount, *Day::parse("2023-01-01"), *Day::parse("2023-06-30"));
  ASSERT_TRUE(invoices) << invoices.error().message();
  const Invoice& invoice = invoices->at(0);
  EXPECT_EQ(invoice.billed.value, "12345678901234.123456789012345678");
  EXPECT_EQ(invoice.due.value, "8.53");
  EXPECT_EQ(invoice.credit.value, "0");
  EXPECT_EQ(invoice.subtotal.value, "34");
  EXPECT_EQ(invoice.tax.value, "-0.0015");
  EXPECT_EQ(invoice.total.value, "");
  EXPECT_EQ(invoice.replaces, "I000002");
  EXPECT_THAT(client.transport.requests()[0].url, HasSubstr("periodStartDate=2023-01-01&periodEndDate=2023-06-30"));
}

TEST(BillingApi, AsksWhatTheCallerMayDo) {
  TestClient client;
  client.transport.always("POST", "/billingProfiles/P/customers/c-1/checkAccess?", answer_with(200, R"([
      {"accessDecision": "Allowed", "action": "Microsoft.Billing/billingAccounts/read"},
      {"accessDecision": "NotAllowed", "action": "Microsoft.Subscription/subscriptions/write"}])"));
  client.transport.always("GET", "/billingPermissions?", answer_with(200, R"({"value": [
      {"actions": ["a-1", "a-2"], "notActions": []}]})"));
  const Scope customer = *parse_scope(kAccountId + "/billingProfiles/P/customers/c-1");
  BillingApi api(client.arm);
  const auto decisions = api.check_access(customer, {"Microsoft.Billing/billingAccounts/read"});
  ASSERT_TRUE(decisions) << decisions.error().message();
  EXPECT_TRUE(decisions->at(0).allowed);
  EXPECT_FALSE(decisions->at(1).allowed);
  EXPECT_EQ(Json::parse(client.transport.requests()[0].body),
            Json::parse(R"({"actions": ["Microsoft.Billing/billingAccounts/read"]})"));
  EXPECT_THAT(*api.permissions(customer), ElementsAre("a-1", "a-2"));
}

TEST(BillingApi, TellsWhatFailed) {
  TestClient client;
  client.transport.always("GET", "/billingAccounts", error_answer(401, "BillingAccessDenied"));
  const auto accounts = BillingApi(client.arm).accounts();
  ASSERT_FALSE(accounts);
  EXPECT_THAT(accounts.error().message(), HasSubstr("list the billing accounts"));
}

}  // namespace
}  // namespace apportion
