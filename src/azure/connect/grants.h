/// Grants: the role that is missing, and the command or page that gives it.
///
/// Azure has three places for roles: Azure RBAC (subscriptions, storage), the billing account's own roles, and Partner
/// Center. `az role assignment` reaches only the first.
#pragma once

#include <string>
#include <string_view>

#include "azure/cloud.h"
#include "azure/connect/principal.h"
#include "azure/connect/scope.h"

namespace apportion {

struct Grant {
  std::string role;     ///< `Storage Blob Data Reader`
  std::string scope;    ///< Where the role is needed.
  std::string command;  ///< For a shell; empty if there is none.
  std::string next;     ///< In words, with the page to go to.
};

/// To read costs and exports of a scope.
Grant grant_to_read(const Scope& scope, const Principal& principal, const Cloud& cloud);
/// To create and change exports of a scope.
Grant grant_to_write_exports(const Scope& scope, const Principal& principal, const Cloud& cloud);
/// To name a storage account as the destination of exports; behind a firewall that takes an owner.
Grant grant_to_deliver(std::string_view storage_account_id, bool behind_firewall, const Principal& principal);
/// To read blobs. `storage_account_id` may be empty: the command finds it by the name.
Grant grant_to_read_blobs(std::string_view account, std::string_view container, std::string_view storage_account_id,
                          const Principal& principal);

/// The page where an administrator of another tenant lets the application in.
std::string admin_consent_link(const Cloud& cloud, std::string_view tenant, std::string_view client_id);

}  // namespace apportion
