#include "azure/connect/benefits_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/connect/testing.h"

namespace apportion {
namespace {

using connect_testing::Json;
using connect_testing::TestClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Scope kAccount = *parse_scope("/providers/Microsoft.Billing/billingAccounts/12345");
const Day kFrom = *Day::parse("2022-10-15");
const Day kTo = *Day::parse("2022-10-18");

TEST(BenefitsApi, ReadsReservations) {
  TestClient client;
  client.transport.always("GET", "/billingAccounts/12345/reservations?", answer_with(200, R"({"value": [{
      "id": "/providers/Microsoft.Capacity/reservationOrders/AAAA/reservations/BBBB", "location": "westeurope",
      "sku": {"name": "Standard_D2s_v5"},
      "properties": {"displayName": "VM", "term": "P3Y", "quantity": 4, "appliedScopeType": "Single",
        "appliedScopes": ["/subscriptions/s-1"], "billingPlan": "Monthly", "purchaseDate": "2025-01-02",
        "expiryDate": "2028-01-02", "expiryDateTime": "2028-01-02T10:00:00Z", "renew": false, "archived": false,
        "reservedResourceType": "VirtualMachines", "skuDescription": "D2s", "instanceFlexibility": "On",
        "provisioningState": "Succeeded",
        "utilization": {"aggregates": [{"grain": 7.0, "grainUnit": "days", "value": 78.125, "valueUnit": "percentage"}]}
      }}, {"id": "x"}]})"));
  const auto reservations = BenefitsApi(client.arm).reservations(kAccount);
  ASSERT_TRUE(reservations) << reservations.error().message();
  ASSERT_THAT(*reservations, SizeIs(2));
  const Reservation& one = reservations->at(0);
  EXPECT_EQ(one.order_id, "aaaa");
  EXPECT_EQ(one.reservation_id, "bbbb");
  EXPECT_EQ(one.sku, "Standard_D2s_v5");
  EXPECT_EQ(one.quantity, "4");
  EXPECT_EQ(one.expires_at, "2028-01-02T10:00:00Z");
  EXPECT_EQ(one.purchased_at, "2025-01-02");
  EXPECT_THAT(one.applied_scopes, ElementsAre("/subscriptions/s-1"));
  EXPECT_EQ(one.renew, false);
  EXPECT_EQ(one.utilization.at(0).grain, "7");
  EXPECT_EQ(one.utilization.at(0).value, "78.125");
}

TEST(BenefitsApi, ListsReservationsAtBillingScopesOnly) {
  TestClient client;
  const auto refused = BenefitsApi(client.arm).reservations(*parse_scope("/subscriptions/s-1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kReservationsUnlistedAtScope);
}

TEST(BenefitsApi, ReadsSavingsPlansWithExactCommitments) {
  TestClient client;
  client.transport.always("GET", "/Microsoft.BillingBenefits/savingsPlans?", answer_with(200, R"({"value": [{
      "id": "/providers/microsoft.billingbenefits/savingsPlanOrders/AAAA/savingsPlans/BBBB",
      "sku": {"name": "Compute_Savings_Plan"},
      "properties": {"billingAccountId": "/x/billingAccounts/12345", "billingProfileId": "/x/billingProfiles/P",
        "appliedScopeProperties": {"subscriptionId": "/subscriptions/s-1"}, "appliedScopeType": "Single",
        "commitment": {"grain": "Hourly", "currencyCode": "USD", "amount": 0.001}, "renew": true, "term": "P1Y",
        "expiryDateTime": "2023-10-19T18:05:36.5252231Z", "provisioningState": "Succeeded",
        "utilization": {"aggregates": [{"grain": 1.0, "grainUnit": "days", "value": 100.0}]}}}]})"));
  const auto plans = BenefitsApi(client.arm).savings_plans();
  ASSERT_TRUE(plans) << plans.error().message();
  const SavingsPlan& plan = plans->at(0);
  EXPECT_EQ(plan.order_id, "aaaa");
  EXPECT_EQ(plan.plan_id, "bbbb");
  EXPECT_EQ(plan.commitment_amount, "0.001");
  EXPECT_EQ(plan.commitment_currency, "USD");
  EXPECT_EQ(plan.applied_scope, "/subscriptions/s-1");
  EXPECT_EQ(plan.billing_profile, "P");
  EXPECT_EQ(plan.renew, true);
  EXPECT_EQ(plan.utilization.at(0).value, "100");
  EXPECT_THAT(client.transport.requests()[0].url,
              HasSubstr("api-version=2022-11-01&$filter=(properties/archived%20eq%20false)"));
}

TEST(BenefitsApi, ReadsUtilizationOfAllPages) {
  TestClient client;
  const auto page = [](const std::string& day, const std::string& next) {
    return answer_with(200, R"({"value": [{"kind": "SavingsPlan", "properties": {"armSkuName": "Compute_Savings_Plan",
        "avgUtilizationPercentage": 90.000000000000000001, "minUtilizationPercentage": 80,
        "maxUtilizationPercentage": 100, "benefitId": "/b", "benefitOrderId": "/o", "usageDate": ")" +
                                day + R"("}}], "nextLink": )" + (next.empty() ? "null" : "\"" + next + "\"") + "}");
  };
  client.transport.once("GET", "filter=", page("2022-10-16T00:00:00Z", "https://arm.example.com/next?$skiptoken=2"));
  client.transport.once("GET", "/next?", page("2022-10-17T00:00:00Z", ""));
  const auto summaries = BenefitsApi(client.arm).utilization(kAccount, kFrom, kTo);
  ASSERT_TRUE(summaries) << summaries.error().message();
  ASSERT_THAT(*summaries, SizeIs(2));
  EXPECT_EQ(summaries->at(0).average, "90.000000000000000001");
  EXPECT_EQ(summaries->at(0).least, "80");
  EXPECT_EQ(summaries->at(1).usage_date, "2022-10-17T00:00:00Z");
  EXPECT_THAT(client.transport.requests()[0].url,
              HasSubstr("filter=properties/usageDate%20ge%202022-10-15%20and%20properties/usageDate%20le%202022-10-18"
                        "&grainParameter=Daily"));
}

TEST(BenefitsApi, WaitsForAReport) {
  TestClient client;
  const Scope profile = *parse_scope("/providers/Microsoft.Billing/billingAccounts/12345/billingProfiles/P");
  client.transport.once("POST", "/billingProfiles/P/providers/Microsoft.CostManagement/generateBenefitUtilization",
                        answer_with(200, R"({"status": "Complete", "properties": {
      "reportUrl": "https://s.blob.core.windows.net/r?sig=a", "secondaryReportUrl": "https://t/r",
      "validUntil": "2022-06-12T02:56:55.5021869Z"}})"));
  const UtilizationReportRequest request{UtilizationGrain::kDaily, "Reservation", kFrom, kTo};
  const auto report = BenefitsApi(client.arm).utilization_report(profile, request);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->url, "https://s.blob.core.windows.net/r?sig=a");
  EXPECT_EQ(report->valid_until, "2022-06-12T02:56:55.5021869Z");
  EXPECT_EQ(Json::parse(client.transport.requests()[0].body),
            Json::parse(R"({"grain": "Daily", "kind": "Reservation", "startDate": "2022-10-15T00:00:00Z",
                            "endDate": "2022-10-18T00:00:00Z"})"));
  client.transport.once("POST", "generateBenefitUtilization", answer_with(200, R"({"status": "NoDataFound"})"));
  const auto none = BenefitsApi(client.arm).utilization_report(profile, request);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr("NoDataFound"));
}

}  // namespace
}  // namespace apportion
