/// The exports of Azure Cost Management as structs: read, written, run and followed.
///
/// Source: the specification of Microsoft.CostManagement/exports. Azure's enumerations stay texts, because Azure adds
/// values; what an export has beyond the fields here is kept and sent back when it is changed.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "azure/arm_client.h"
#include "azure/connect/scope.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

inline constexpr std::string_view kExportsApiVersion = "2025-03-01";

struct ExportDestination {
  std::string resource_id;      ///< ARM id of the storage account; or the two fields after it.
  std::string storage_account;  ///< Name, in any tenant.
  std::string sas_token;        ///< A secret: what Azure writes with. Empty on an update: Azure keeps its own.
  std::string container;
  std::string root_folder;

  /// The name of the storage account, whichever way it is given.
  std::string account_name() const;
};

struct ExportFilter {
  std::string name;
  std::string value;
};

struct ExportSchedule {
  std::string status;      ///< `Active`, `Inactive`.
  std::string recurrence;  ///< `Daily`, `Weekly`, `Monthly`, `Annually`, `None`.
  std::string from;        ///< UTC, `2026-11-26T00:00:00Z`; must be in the future when it is sent.
  std::string to;          ///< Empty: without end.
};

struct ExportDefinition {  // NOLINT(bugprone-exception-escape): moving a JSON value checks itself, and does not throw
  std::string name;
  std::string id;         ///< Read only.
  std::string etag;       ///< Of the state that was read; an update must carry the newest one.
  std::string dataset;    ///< `ActualCost`
  std::string timeframe;  ///< `MonthToDate`, `Custom`, …
  std::string period_from;
  std::string period_to;
  std::string granularity;
  std::string data_version;  ///< Empty: Azure's newest.
  std::vector<std::string> columns;
  std::vector<ExportFilter> filters;
  std::string format;               ///< `Csv`, `Parquet`; empty reads as Csv.
  std::string compression;          ///< `none`, `gzip`, `snappy`; empty reads as none.
  std::string overwrite;            ///< `CreateNewReport`, `OverwritePreviousReport`; empty reads as the first.
  std::optional<bool> partitioned;  ///< In parts with a manifest.
  std::string description;
  ExportDestination destination;
  ExportSchedule schedule;
  std::string identity_type;  ///< `SystemAssigned` for a storage account behind a firewall.
  std::string identity_principal;
  std::string location;  ///< Region of that identity.
  std::string next_run;  ///< Read only, like the suspension.
  std::string suspension_code;
  std::string suspension_reason;
  nlohmann::json kept;  ///< The whole body as Azure gave it; null for a new export.
};

ExportDefinition read_export(const nlohmann::json& body);
/// The body of a PUT: `kept` without what is read only, with the fields above in it. Empty fields leave `kept` alone,
/// but for the schedule, which is written as a whole.
nlohmann::json write_export(const ExportDefinition& definition);

enum class RunState {
  kQueued,
  kRunning,
  kCompleted,
  kNoData,      ///< Azure has no data for the period: no files were written.
  kNothingNew,  ///< No files were written because nothing is new. Azure does not document what that says about the
                ///< period.
  kFailed,      ///< Failed or timed out.
  kUnknown,     ///< A status that this version does not know; the run continues unless it has an end.
};
/// `queued`, `running`, `completed`, `no-data`, `nothing-new`, `failed`, `unknown`.
std::string_view run_state_name(RunState state);

struct ExportRun {
  std::string id;      ///< The run's GUID.
  std::string status;  ///< Azure's word.
  RunState state = RunState::kUnknown;
  std::string execution_type;  ///< `OnDemand`, `Scheduled`.
  std::string submitted_by;
  std::string submitted_time;  ///< UTC, as Azure writes it.
  std::string processing_start;
  std::string processing_end;
  std::string start_date;  ///< Of the period, `2026-10-01T00:00:00Z`.
  std::string end_date;
  std::string manifest_file;
  std::string error_code;
  std::string error_message;

  bool ended() const;
  /// Why a run delivered nothing, in plain words with the remedy; empty for one that is running or completed.
  std::string explanation() const;
};

ExportRun read_run(const nlohmann::json& body);

/// The days that a run on demand covers: within one calendar month.
struct RunDays {
  Day first;
  Day last;
};

/// The exports of one scope. Borrows the client.
class ExportsApi {
 public:
  ExportsApi(ArmClient& client, Scope scope, std::string api_version = std::string(kExportsApiVersion));

  Result<std::vector<ExportDefinition>> list();
  Result<ExportDefinition> get(std::string_view name);
  /// Creates or updates; returns the result as Azure reports it.
  Result<ExportDefinition> put(const ExportDefinition& definition);
  Result<void> remove(std::string_view name);
  /// Queues a run; without days it covers the export's own timeframe. Azure returns no run id: see the history.
  Result<void> run(std::string_view name, const std::optional<RunDays>& days);
  /// Newest first. Azure leaves out the second runs of days 1 to 5.
  Result<std::vector<ExportRun>> history(std::string_view name);

  const Scope& scope() const { return scope_; }
  const Cancel& cancel() const { return client_->cancel(); }

 private:
  ArmCall call_of(std::string method, std::string_view name, std::string_view operation, std::string doing) const;

  ArmClient* client_;
  Scope scope_;
  std::string api_version_;
};

/// The provider of Azure that writes exports into storage accounts of a subscription; it must be registered there.
inline constexpr std::string_view kExportsProvider = "Microsoft.CostManagementExports";

/// `Registered`, `Registering`, `NotRegistered`, `Unregistered`, or what Azure adds.
Result<std::string> provider_state(ArmClient& client, std::string_view subscription,
                                   std::string_view provider = kExportsProvider);

struct ProviderWait {
  std::chrono::milliseconds pause = std::chrono::seconds(5);
  int asks_max = 60;
};
/// Registers the provider if it is not registered, and waits until it is. Returns whether there was anything to do.
Result<bool> register_provider(ArmClient& client, std::string_view subscription, const ProviderWait& wait,
                               std::string_view provider = kExportsProvider);

}  // namespace apportion
