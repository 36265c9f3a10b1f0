/// Moving from a legacy method to this program: who its customers are here, which files would make the others, and how
/// its costs compare with the new ones. Nothing here changes anything.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "pipeline/publication/workspace.h"
#include "query/migration.h"

namespace apportion {

/// A customer of the legacy, and who it is here.
struct PlannedCustomer {
  LegacyCustomer legacy;
  std::string id;  ///< Empty while nobody says who it is.
  std::string name;
  bool is_new = false;
  std::string found_by;  ///< `tenant`, `name`, `name of its tenant`, `subscriptions`, or nothing.
};

struct MigrationPlan {
  std::vector<PlannedCustomer> customers;  ///< By name.
  std::vector<std::string> assumptions;    ///< In sentences, also what is left to do by hand.
  std::string customers_file;              ///< For `customer import`; empty if no customer is missing.
  std::string rules_file;  ///< For `rules apply`: those in force with what is missing; empty if nothing is.
};

struct MigrationPlanRequest {
  std::optional<InvoiceFileKind> source;            ///< Default: as of `legacy_lines`.
  std::map<std::string, std::string> bill_sources;  ///< Names that the legacy gave bill sources: the connection.
};

/// `legacy-csp=acme`, each: the last `=` separates the name from the connection.
std::map<std::string, std::string> bill_sources_of(const std::vector<std::string>& texts);

/// Errors: kPartnerOnly, kNoLegacyBill; kNoSuchConnection for a bill source.
Result<MigrationPlan> plan_migration(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                     const ReadScope& scope, const MigrationPlanRequest& request);

/// Whether the legacy's costs are before partner earned credit is a setting of the home. Errors: kNoSuchCustomer, and
/// those of `compare_with_legacy`.
Result<Migration> compare_migration(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                    const ReadScope& scope, std::optional<InvoiceFileKind> source,
                                    const std::optional<std::string>& customer);

}  // namespace apportion
