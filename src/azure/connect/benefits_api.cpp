#include "azure/connect/benefits_api.h"

#include <fmt/format.h>

#include "azure/connect/json_fields.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

ArmCall call_of(std::string path, const std::string& version, std::string doing) {
  ArmCall call;
  call.path = std::move(path);
  call.api_version = version;
  call.doing = std::move(doing);
  call.exact_numbers = true;
  return call;
}

/// The first of two fields that is there: Azure has a day and a day with time for the same thing.
std::string first_field(const Json& object, std::string_view one, std::string_view other) {
  std::string text = text_field(object, {one});
  return text.empty() ? text_field(object, {other}) : text;
}

std::vector<UtilizationAggregate> read_aggregates(const Json& properties) {
  std::vector<UtilizationAggregate> aggregates;
  for (const Json& value : array_field(properties, {"utilization", "aggregates"})) {
    aggregates.push_back({decimal_field(value, {"grain"}), text_field(value, {"grainUnit"}),
                          decimal_field(value, {"value"}), text_field(value, {"valueUnit"})});
  }
  return aggregates;
}

std::string sku_of(const Json& value) {
  const std::string name = text_field(value, {"sku", "name"});
  return name.empty() ? text_field(value, {"properties", "skuName"}) : name;
}

Reservation read_reservation(const Json& value) {
  const Json& properties = field(value, {"properties"});
  Reservation read;
  read.id = text_field(value, {"id"});
  read.reservation_id = ascii_lower(segment_after(read.id, "reservations"));
  read.order_id = ascii_lower(segment_after(read.id, "reservationOrders"));
  read.display_name = text_field(properties, {"displayName"});
  read.sku = sku_of(value);
  read.sku_description = text_field(properties, {"skuDescription"});
  read.resource_type = text_field(properties, {"reservedResourceType"});
  read.region = text_field(value, {"location"});
  read.term = text_field(properties, {"term"});
  read.quantity = decimal_field(properties, {"quantity"});
  read.scope_type = first_field(properties, "appliedScopeType", "userFriendlyAppliedScopeType");
  for (const Json& scope : array_field(properties, {"appliedScopes"})) {
    read.applied_scopes.push_back(text_field(scope, {}));
  }
  read.billing_plan = text_field(properties, {"billingPlan"});
  read.purchased_at = first_field(properties, "purchaseDateTime", "purchaseDate");
  read.effective_at = first_field(properties, "benefitStartTime", "effectiveDateTime");
  read.expires_at = first_field(properties, "expiryDateTime", "expiryDate");
  read.state = first_field(properties, "provisioningState", "displayProvisioningState");
  read.instance_flexibility = text_field(properties, {"instanceFlexibility"});
  read.renew = bool_field(properties, {"renew"});
  read.archived = bool_field(properties, {"archived"});
  read.utilization = read_aggregates(properties);
  return read;
}

std::string applied_scope_of(const Json& properties) {
  for (const std::string_view name : {"resourceGroupId", "subscriptionId", "managementGroupId", "tenantId"}) {
    std::string scope = text_field(properties, {"appliedScopeProperties", name});
    if (!scope.empty()) return scope;
  }
  return {};
}

SavingsPlan read_savings_plan(const Json& value) {
  const Json& properties = field(value, {"properties"});
  SavingsPlan read;
  read.id = text_field(value, {"id"});
  read.plan_id = ascii_lower(segment_after(read.id, "savingsPlans"));
  read.order_id = ascii_lower(segment_after(read.id, "savingsPlanOrders"));
  read.display_name = text_field(properties, {"displayName"});
  read.sku = sku_of(value);
  read.term = text_field(properties, {"term"});
  read.scope_type = first_field(properties, "appliedScopeType", "userFriendlyAppliedScopeType");
  read.applied_scope = applied_scope_of(properties);
  read.billing_account = last_segment(text_field(properties, {"billingAccountId"}));
  read.billing_profile = last_segment(text_field(properties, {"billingProfileId"}));
  read.billing_plan = text_field(properties, {"billingPlan"});
  read.purchased_at = first_field(properties, "purchaseDateTime", "purchaseDate");
  read.effective_at = first_field(properties, "benefitStartTime", "effectiveDateTime");
  read.expires_at = first_field(properties, "expiryDateTime", "expiryDate");
  read.state = first_field(properties, "provisioningState", "displayProvisioningState");
  read.renew = bool_field(properties, {"renew"});
  read.commitment_grain = text_field(properties, {"commitment", "grain"});
  read.commitment_currency = text_field(properties, {"commitment", "currencyCode"});
  read.commitment_amount = decimal_field(properties, {"commitment", "amount"});
  read.utilization = read_aggregates(properties);
  return read;
}

UtilizationSummary read_summary(const Json& value) {
  const Json& properties = field(value, {"properties"});
  std::string kind = text_field(value, {"kind"});
  if (kind.empty()) kind = text_field(properties, {"benefitType"});
  return {kind,
          text_field(properties, {"benefitId"}),
          text_field(properties, {"benefitOrderId"}),
          text_field(properties, {"armSkuName"}),
          text_field(properties, {"usageDate"}),
          decimal_field(properties, {"avgUtilizationPercentage"}),
          decimal_field(properties, {"minUtilizationPercentage"}),
          decimal_field(properties, {"maxUtilizationPercentage"})};
}

std::string_view grain_name(UtilizationGrain grain) { return grain == UtilizationGrain::kDaily ? "Daily" : "Monthly"; }

std::string midnight(Day day) { return day.to_string() + "T00:00:00Z"; }

/// Of the answer: Azure writes single ids at the top or below `properties`.
std::string report_field(const Json& body, std::string_view name) {
  std::string text = text_field(body, {"properties", name});
  return text.empty() ? text_field(body, {name}) : text;
}

}  // namespace

BenefitsApi::BenefitsApi(ArmClient& client, BenefitVersions versions)
    : client_(&client), versions_(std::move(versions)) {}

Result<std::vector<Reservation>> BenefitsApi::reservations(const Scope& scope) {
  if (scope.kind != ScopeKind::kBillingAccount && scope.kind != ScopeKind::kBillingProfile) {
    return Error{ErrorId::kReservationsUnlistedAtScope, "reservations cannot be listed at this scope",
                 scope.description(), "Azure lists them for billing accounts and billing profiles",
                 "connect the billing account or a billing profile"};
  }
  const ArmCall call = call_of(scope.arm_id() + "/reservations", versions_.reservations, "list the reservations");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  return read_all(values, read_reservation);
}

Result<std::vector<SavingsPlan>> BenefitsApi::savings_plans() {
  const std::string filter = percent_encoded("(properties/archived eq false)", "/()");
  const ArmCall call = call_of("/providers/Microsoft.BillingBenefits/savingsPlans?$filter=" + filter,
                               versions_.savings_plans, "list the savings plans");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  return read_all(values, read_savings_plan);
}

Result<std::vector<UtilizationSummary>> BenefitsApi::utilization(const Scope& scope, Day from, Day to,
                                                                 UtilizationGrain grain) {
  const std::string filter = percent_encoded(
      fmt::format("properties/usageDate ge {} and properties/usageDate le {}", from.to_string(), to.to_string()), "/");
  const ArmCall call = call_of(
      fmt::format("{}/providers/Microsoft.CostManagement/benefitUtilizationSummaries?filter={}&grainParameter={}",
                  scope.arm_id(), filter, grain_name(grain)),
      versions_.utilization, "list the utilization of commitments");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  return read_all(values, read_summary);
}

Result<UtilizationReport> BenefitsApi::utilization_report(const Scope& scope, const UtilizationReportRequest& request,
                                                          const std::function<void(std::chrono::seconds)>& told) {
  ArmCall call =
      call_of(scope.arm_id() + "/providers/Microsoft.CostManagement/generateBenefitUtilizationSummariesReport",
              versions_.utilization, "request a report on the utilization of commitments");
  call.method = "POST";
  call.body = {{"grain", grain_name(request.grain)},
               {"kind", request.kind},
               {"startDate", midnight(request.from)},
               {"endDate", midnight(request.to)}};
  APPORTION_ASSIGN(const ArmAnswer answer, client_->run_to_end(call, told));
  UtilizationReport report{text_field(answer.body, {"status"}), report_field(answer.body, "reportUrl"),
                           report_field(answer.body, "secondaryReportUrl"), report_field(answer.body, "validUntil")};
  if (!report.url.empty()) return report;
  return Error{ErrorId::kUtilizationReportMissing, "Azure wrote no report on the utilization of commitments",
               scope.arm_id(),
               report.status.empty() ? "the answer has neither a status nor a report"
                                     : fmt::format("its status is {}", excerpt(report.status)),
               "try again later, or read the daily summaries instead"};
}

}  // namespace apportion
