#include "azure/connect/grants.h"

#include <fmt/format.h>

namespace apportion {
namespace {

// Names of Azure's built-in billing roles, the same in every billing account.
constexpr std::string_view kReaderRoleId = "50000000-aaaa-bbbb-cccc-100000000002";
constexpr std::string_view kContributorRoleId = "50000000-aaaa-bbbb-cccc-100000000001";

std::string assignment(std::string_view role, std::string_view scope, const Principal& principal) {
  return fmt::format("az role assignment create --assignee {} --role \"{}\" --scope \"{}\"", principal.assignee(), role,
                     scope);
}

/// Billing roles are given at the billing account: they hold for all profiles and customers below it.
Grant billing_grant(const Scope& scope, const Principal& principal, const Cloud& cloud, std::string_view role,
                    std::string_view role_id) {
  const std::string account = scope.billing_account_id();
  Grant grant{std::string(role), account, "", ""};
  grant.command = fmt::format(
      "az rest --method post --url \"{0}{1}/createBillingRoleAssignment?api-version=2024-04-01\" --body "
      "'{{\"principalId\": \"{2}\", \"principalTenantId\": \"{3}\", \"roleDefinitionId\": "
      "\"{1}/billingRoleDefinitions/{4}\"}}'",
      cloud.arm, account, principal.object_id.empty() ? "OBJECT_ID" : principal.object_id,
      principal.tenant.empty() ? "TENANT_ID" : principal.tenant, role_id);
  grant.next = fmt::format(
      "a billing role is not given by `az role assignment`: in the portal, open Cost Management + Billing, the billing "
      "account, Access control (IAM), Add, and give {} the role {} (type its exact name, applications are not listed); "
      "or run the command as an owner of the billing account. Where a partner agreement refuses applications, give a "
      "user the role Admin agent or Billing admin in Partner Center and sign in as that user with the Azure CLI. To "
      "read "
      "exports that others created, no billing role is needed: give the connection only its storage locations",
      principal.description(), role);
  return grant;
}

Grant azure_grant(std::string_view role, std::string scope, const Principal& principal) {
  Grant grant{std::string(role), std::move(scope), "", ""};
  grant.command = assignment(role, grant.scope, principal);
  grant.next =
      "run the command as an owner or user access administrator of the scope; it takes effect within ten minutes";
  return grant;
}

}  // namespace

Grant grant_to_read(const Scope& scope, const Principal& principal, const Cloud& cloud) {
  if (scope.kind == ScopeKind::kSubscription) return azure_grant("Cost Management Reader", scope.arm_id(), principal);
  return billing_grant(scope, principal, cloud, "Billing account reader", kReaderRoleId);
}

Grant grant_to_write_exports(const Scope& scope, const Principal& principal, const Cloud& cloud) {
  if (scope.kind == ScopeKind::kSubscription) {
    return azure_grant("Cost Management Contributor", scope.arm_id(), principal);
  }
  return billing_grant(scope, principal, cloud, "Billing account contributor", kContributorRoleId);
}

Grant grant_to_deliver(std::string_view storage_account_id, bool behind_firewall, const Principal& principal) {
  return azure_grant(behind_firewall ? "Owner" : "Storage Account Contributor", std::string(storage_account_id),
                     principal);
}

Grant grant_to_read_blobs(std::string_view account, std::string_view container, std::string_view storage_account_id,
                          const Principal& principal) {
  const std::string id = storage_account_id.empty()
                             ? fmt::format("$(az storage account show --name {} --query id --output tsv)", account)
                             : std::string(storage_account_id);
  return azure_grant("Storage Blob Data Reader", fmt::format("{}/blobServices/default/containers/{}", id, container),
                     principal);
}

std::string admin_consent_link(const Cloud& cloud, std::string_view tenant, std::string_view client_id) {
  return fmt::format("{}/{}/adminconsent?client_id={}", cloud.login, tenant, client_id);
}

}  // namespace apportion
