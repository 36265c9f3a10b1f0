/// Which exports a connection should have, as a person says it and as the control plane keeps it (JSON).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "azure/arm_client.h"
#include "azure/connect/export_plan.h"
#include "azure/connect/scope.h"
#include "foundation/base/result.h"

namespace apportion {

/// What was given; what was not given stays as it is kept.
struct ExportWishes {
  std::optional<std::string> storage;          ///< ARM id of the storage account.
  std::optional<std::string> storage_account;  ///< Or its name, with a SAS: for an account in another tenant.
  std::optional<std::string> container;
  std::optional<std::string> root_folder;
  std::optional<std::string> prefix;
  std::optional<std::string> format;
  std::optional<std::string> identity_location;
  std::optional<std::string> blob_endpoint;
  std::optional<bool> focus;
  std::optional<bool> overwrite;
  std::optional<bool> with_commitments;
  std::vector<std::string> profiles;
  std::optional<std::string> delivery_sas;  ///< Sealed, not kept with the others.

  bool destination_is_missing() const { return (!storage && !storage_account) || !container; }
};

/// The wishes that are kept (empty: none yet), overridden by new ones.
Result<ExportWishes> merged_wishes(const std::string& kept, const ExportWishes& given);
std::string wishes_text(const ExportWishes& wishes);

/// The billing profiles where price sheet and reservations are delivered: those that were named, that of the scope, or
/// all of the account. None for scopes outside billing profiles.
Result<std::vector<Scope>> profiles_for_exports(ArmClient& arm, const Scope& scope,
                                                const std::vector<std::string>& named);

Result<ExportSettings> export_settings(const ExportWishes& wishes, const Scope& scope, std::vector<Scope> profiles,
                                       std::string delivery_sas);

}  // namespace apportion
