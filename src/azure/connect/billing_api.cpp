#include "azure/connect/billing_api.h"

#include <fmt/format.h>

#include "azure/connect/json_fields.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

const std::string kAccounts = "/providers/Microsoft.Billing/billingAccounts";

std::string below(std::string_view account, std::string_view kind, std::string_view name, std::string_view list) {
  std::string path = fmt::format("{}/{}", kAccounts, account);
  if (!name.empty()) path += fmt::format("/{}/{}", kind, name);
  return fmt::format("{}/{}", path, list);
}

BillingAccount read_account(const Json& value) {
  const Json& properties = field(value, {"properties"});
  BillingAccount account;
  account.id = text_field(value, {"id"});
  account.name = text_field(value, {"name"});
  if (account.name.empty()) account.name = last_segment(account.id);
  account.display_name = text_field(properties, {"displayName"});
  account.agreement_type = text_field(properties, {"agreementType"});
  account.account_type = text_field(properties, {"accountType"});
  account.status = text_field(properties, {"accountStatus"});
  account.primary_tenant = text_field(properties, {"primaryBillingTenantId"});
  account.has_read_access = bool_field(properties, {"hasReadAccess"});
  return account;
}

BillingProfile read_profile(const Json& value) {
  const Json& properties = field(value, {"properties"});
  BillingProfile profile;
  profile.id = text_field(value, {"id"});
  profile.name = text_field(value, {"name"});
  if (profile.name.empty()) profile.name = last_segment(profile.id);
  profile.display_name = text_field(properties, {"displayName"});
  profile.currency = text_field(properties, {"currency"});
  profile.invoice_day = text_field(properties, {"invoiceDay"});
  profile.status = text_field(properties, {"status"});
  profile.status_reason = text_field(properties, {"statusReasonCode"});
  profile.system_id = text_field(properties, {"systemId"});
  profile.has_read_access = bool_field(properties, {"hasReadAccess"});
  return profile;
}

BillingCustomer read_customer(const Json& value) {
  const Json& properties = field(value, {"properties"});
  BillingCustomer customer;
  customer.id = text_field(value, {"id"});
  customer.tenant_id = ascii_lower(last_segment(customer.id));
  if (customer.tenant_id.empty()) customer.tenant_id = ascii_lower(text_field(value, {"name"}));
  customer.display_name = text_field(properties, {"displayName"});
  customer.billing_profile = last_segment(text_field(properties, {"billingProfileId"}));
  if (customer.billing_profile.empty()) customer.billing_profile = segment_after(customer.id, "billingProfiles");
  customer.billing_profile_name = text_field(properties, {"billingProfileDisplayName"});
  customer.system_id = text_field(properties, {"systemId"});
  customer.status = text_field(properties, {"status"});
  for (const Json& plan : array_field(properties, {"enabledAzurePlans"})) {
    customer.azure_plans.push_back({text_field(plan, {"skuId"}), text_field(plan, {"skuDescription"})});
  }
  for (const Json& reseller : array_field(properties, {"resellers"})) {
    customer.resellers.push_back({text_field(reseller, {"resellerId"}), text_field(reseller, {"description"})});
  }
  if (const Json& tags = field(properties, {"tags"}); tags.is_object()) {
    for (const auto& [name, tag] : tags.items()) customer.tags[name] = text_field(tag, {});
  }
  return customer;
}

BillingSubscription read_subscription(const Json& value) {
  const Json& properties = field(value, {"properties"});
  BillingSubscription subscription;
  subscription.id = text_field(value, {"id"});
  subscription.subscription_id = text_field(properties, {"subscriptionId"});
  if (subscription.subscription_id.empty()) subscription.subscription_id = last_segment(subscription.id);
  subscription.display_name = text_field(properties, {"displayName"});
  subscription.status = text_field(properties, {"status"});
  subscription.customer_tenant = ascii_lower(last_segment(text_field(properties, {"customerId"})));
  subscription.customer_name = text_field(properties, {"customerDisplayName"});
  subscription.billing_profile = last_segment(text_field(properties, {"billingProfileId"}));
  subscription.sku_description = text_field(properties, {"skuDescription"});
  return subscription;
}

InvoiceAmount read_amount(const Json& properties, std::string_view name) {
  return {text_field(properties, {name, "currency"}), decimal_field(properties, {name, "value"})};
}

Invoice read_invoice(const Json& value) {
  const Json& properties = field(value, {"properties"});
  Invoice invoice;
  invoice.name = text_field(value, {"name"});
  invoice.billing_profile = last_segment(text_field(properties, {"billingProfileId"}));
  invoice.billing_profile_name = text_field(properties, {"billingProfileDisplayName"});
  invoice.status = text_field(properties, {"status"});
  invoice.document_type = text_field(properties, {"documentType"});
  invoice.invoice_date = text_field(properties, {"invoiceDate"});
  invoice.due_date = text_field(properties, {"dueDate"});
  invoice.period_start = text_field(properties, {"invoicePeriodStartDate"});
  invoice.period_end = text_field(properties, {"invoicePeriodEndDate"});
  invoice.replaces = last_segment(text_field(properties, {"rebillDetails", "invoiceDocumentId"}));
  invoice.credit_for = last_segment(text_field(properties, {"creditForDocumentId"}));
  invoice.billed = read_amount(properties, "billedAmount");
  invoice.due = read_amount(properties, "amountDue");
  invoice.credit = read_amount(properties, "creditAmount");
  invoice.subtotal = read_amount(properties, "subTotal");
  invoice.tax = read_amount(properties, "taxAmount");
  invoice.total = read_amount(properties, "totalAmount");
  return invoice;
}

}  // namespace

BillingApi::BillingApi(ArmClient& client, std::string api_version)
    : client_(&client), api_version_(std::move(api_version)) {}

ArmCall BillingApi::call_of(std::string path, std::string doing) const {
  ArmCall call;
  call.path = std::move(path);
  call.api_version = api_version_;
  call.doing = std::move(doing);
  call.exact_numbers = true;
  return call;
}

Result<std::vector<BillingAccount>> BillingApi::accounts() {
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call_of(kAccounts, "list the billing accounts")));
  return read_all(values, read_account);
}

Result<std::vector<BillingProfile>> BillingApi::profiles(std::string_view account) {
  const ArmCall call = call_of(below(account, "", "", "billingProfiles"), "list the billing profiles");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  return read_all(values, read_profile);
}

Result<std::vector<BillingCustomer>> BillingApi::customers(std::string_view account, std::string_view profile) {
  const ArmCall call = call_of(below(account, "billingProfiles", profile, "customers"), "list the customers");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  return read_all(values, read_customer);
}

Result<std::vector<BillingSubscription>> BillingApi::subscriptions(std::string_view account,
                                                                   std::string_view customer) {
  const ArmCall call = call_of(below(account, "customers", customer, "billingSubscriptions"), "list the subscriptions");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  return read_all(values, read_subscription);
}

Result<std::vector<Invoice>> BillingApi::invoices(std::string_view account, Day from, Day to) {
  const std::string path = fmt::format("{}?periodStartDate={}&periodEndDate={}", below(account, "", "", "invoices"),
                                       from.to_string(), to.to_string());
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call_of(path, "list the invoices")));
  return read_all(values, read_invoice);
}

Result<std::vector<AccessDecision>> BillingApi::check_access(const Scope& scope,
                                                             const std::vector<std::string>& actions) {
  ArmCall call = call_of(scope.billing_id() + "/checkAccess", "ask what the caller may do");
  call.method = "POST";
  call.body = {{"actions", actions}};
  APPORTION_ASSIGN(const ArmAnswer answer, client_->call(call));
  std::vector<AccessDecision> decisions;
  for (const Json& value : array_field(answer.body, {})) {
    const bool allowed = ascii_equal_ignoring_case(text_field(value, {"accessDecision"}), "Allowed");
    decisions.push_back({text_field(value, {"action"}), allowed});
  }
  return decisions;
}

Result<std::vector<std::string>> BillingApi::permissions(const Scope& scope) {
  const ArmCall call = call_of(scope.billing_id() + "/billingPermissions", "ask what the caller may do");
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  std::vector<std::string> actions;
  for (const Json& value : values) {
    for (const Json& action : array_field(value, {"actions"})) actions.push_back(text_field(action, {}));
  }
  return actions;
}

}  // namespace apportion
