/// Exports as code: compares what Azure should deliver for a connection with what it does deliver, and makes it so.
///
/// `wanted_exports` derives the exports that should exist from a few settings, `plan_exports` compares them with the
/// lists of their scopes, `apply_plan` creates and updates. Nothing is ever deleted, and exports without our prefix are
/// never touched. See docs/adr/0012-exports-as-code.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/arm_client.h"
#include "azure/connect/exports_api.h"
#include "azure/connect/scope.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"

namespace apportion {

/// URL of the folder with the runs of an export: a connection's location. `blob_endpoint`: instead
/// of `https://ACCOUNT.blob.SUFFIX`, for emulators and private gateways.
std::string export_location(const ExportDestination& destination, std::string_view export_name, const Cloud& cloud,
                            std::string_view blob_endpoint = "");

/// How files are written. Reservation datasets are always uncompressed CSV: Azure offers nothing else.
enum class ExportFormat { kCsvGzip, kCsv, kParquetSnappy, kParquet };
/// `csv-gzip`, `csv`, `parquet-snappy`, `parquet`.
std::optional<ExportFormat> parse_export_format(std::string_view name);

struct ExportSettings {
  Scope scope;
  std::vector<Scope> billing_profiles;  ///< Where price sheet and reservations are delivered; may be empty.
  std::vector<Dataset> datasets;        ///< Usually `default_datasets`.
  std::string prefix = "apportion";     ///< Exports are named prefix, hyphen, dataset.
  ExportFormat format = ExportFormat::kCsvGzip;
  bool overwrite = false;  ///< Off: earlier runs of a month stay readable.
  std::string focus_version = "1.2-preview";
  std::string cost_version;  ///< Of actual and amortized cost; empty: Azure's newest.
  ExportDestination destination;
  /// The region of the storage account when it is behind a firewall: the exports get an identity there. Empty: none.
  std::string identity_location;
  std::string agreement_type;  ///< Of the billing account; empty: not known.
  std::string blob_endpoint;   ///< As in export_location.
};

/// Actual and amortized, and at billing profiles price sheet and reservations; `focus`: FOCUS as well.
std::vector<Dataset> default_datasets(bool with_billing_profiles, bool focus);

struct WantedExport {  // NOLINT(bugprone-exception-escape): as ExportDefinition
  Scope scope;
  Dataset dataset = Dataset::kActualCost;
  ExportDefinition definition;  ///< Without schedule start: that is set when it is sent.
  std::string location;         ///< URL of the folder with its runs: goes into the connection.
};

/// Errors (kExportSettingsWrong): a dataset that the scope does not have, an incomplete destination, SAS delivery where
/// Azure has none, a prefix that is not a name.
Result<std::vector<WantedExport>> wanted_exports(const ExportSettings& settings, const Cloud& cloud);

enum class Finding {
  kMissing,
  kSame,
  kDiffers,
  kExtra,    ///< Has our prefix, and no setting asks for it.
  kForeign,  ///< Belongs to someone else; never touched.
};
/// `missing`, `same`, `differs`, `extra`, `foreign`.
std::string_view finding_name(Finding finding);

struct PropertyDifference {
  std::string property;  ///< `partitioned`, `schedule`, …
  std::string is;
  std::string should_be;
};

struct PlannedExport {
  Scope scope;
  std::string name;
  std::string dataset;  ///< Azure's name.
  Finding finding = Finding::kSame;
  std::vector<PropertyDifference> differences;
  std::vector<std::string> remarks;  ///< Worth knowing but not changed: a suspension, a disputed scope.
  std::string location;              ///< Of wanted exports only.
  std::string next_run;
  std::optional<WantedExport> wanted;
  std::optional<ExportDefinition> existing;
};

struct ExportPlan {
  std::vector<PlannedExport> exports;
  std::vector<Error> unreadable;  ///< Scopes whose exports could not be listed; theirs are not in `exports`.

  /// Whether everything that is wanted is there as it should be.
  bool in_order() const;
};

/// Compares; no network.
std::vector<PlannedExport> compare_exports(const std::vector<WantedExport>& wanted, const Scope& scope,
                                           const std::vector<ExportDefinition>& existing, std::string_view prefix);

/// Lists the exports of every scope in `wanted` and compares. Only a cancel is an error.
Result<ExportPlan> plan_exports(ArmClient& client, const std::vector<WantedExport>& wanted, std::string_view prefix,
                                const std::string& api_version = std::string(kExportsApiVersion));

enum class ApplyAction { kCreated, kUpdated, kUnchanged, kLeftAlone, kWouldCreate, kWouldUpdate, kFailed };
/// `created`, `updated`, `unchanged`, `left-alone`, `would-create`, `would-update`, `failed`.
std::string_view apply_action_name(ApplyAction action);

struct AppliedExport {
  Scope scope;
  std::string name;
  std::string dataset;
  ApplyAction action = ApplyAction::kUnchanged;
  std::string location;
  std::string next_run;
  std::string identity_principal;  ///< Object id of the export's identity, when it has one.
  std::optional<Error> error;
};

struct ApplyOptions {
  Clock clock;           ///< Schedules begin on the day after its today, at 00:00Z.
  bool dry_run = false;  ///< Only requests that read are sent.
  bool renew_sas =
      false;  ///< Send the SAS of the settings to exports that are otherwise in order: it cannot be compared.
  std::string api_version = std::string(kExportsApiVersion);
  ProviderWait provider_wait = {};
};

struct ApplyReport {
  std::vector<AppliedExport> exports;
  std::vector<std::string> notes;  ///< What else was done, and what to do next.

  bool all_done() const;
};

/// Carries out the plan. A SAS is checked before it is sent. An export that fails does not prevent the others from
/// being created; only a cancel is an error.
Result<ApplyReport> apply_plan(ArmClient& client, const ExportPlan& plan, const ApplyOptions& options);

}  // namespace apportion
