/// The exports of a connection: what Azure should deliver, compared with what it does, made so, and run.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "application/azure_sessions.h"
#include "application/export_settings.h"
#include "azure/connect/backfill.h"
#include "azure/connect/export_plan.h"
#include "azure/connect/exports_api.h"
#include "azure/connect/scope.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"

namespace apportion {

struct ExportsToApply {
  ExportWishes wishes;
  bool dry_run = false;    ///< Nothing is sent but what reads, and nothing is kept.
  bool renew_sas = false;  ///< Send the delivery SAS to exports that are otherwise in order.
};

struct AppliedExports {
  ApplyReport report;
  std::vector<Error> unreadable;  ///< Scopes whose exports could not be listed.

  /// What stopped it from being all done: the last export that failed, else the first scope. Null: nothing.
  const Error* failure() const;
};

struct ExportRunRequest {
  std::string export_name;
  std::optional<Month> month;  ///< This calendar month; unset: the export's own days.
  bool wait = false;           ///< Until the run has ended.
  std::chrono::milliseconds look_pause = std::chrono::seconds(30);
};

/// A run of an export, by the name that Azure has for it.
struct RunOfExport {
  std::string export_name;
  ExportRun run;
};

struct RunsOfExport {
  std::string export_name;
  std::vector<ExportRun> runs;
};

struct BackfillRequest {
  std::optional<Month> from;  ///< Unset: as far back as Azure goes.
  std::optional<Month> to;    ///< Unset: the month before this one.
  bool retry = false;         ///< Months again that failed or were skipped.
  bool dry_run = false;
  std::chrono::milliseconds look_pause = std::chrono::seconds(30);
};

/// Hears how far a backfill is. Each may be empty.
struct BackfillWatch {
  std::function<void(const std::string&)> noted;
  std::function<void(const BackfillStep&)> changed;
};

/// A connection, signed in, with its scope.
class ConnectionExports {
 public:
  /// Workspace and gateway must outlive it. Errors: kPartnerOnly for everybody but the partner;
  /// kNoSuchConnection; kConnectionHasNoScope; those of signing in.
  static Result<ConnectionExports> open(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                        const std::string& connection);

  /// Errors: kExportStorageMissing, and those of Azure.
  Result<ExportPlan> plan(const ExportWishes& wishes);
  /// Makes the plan, and keeps what was wished and where the exports' runs will lie. Errors: as above.
  Result<AppliedExports> apply(const ExportsToApply& request);
  /// Those of the scope.
  Result<std::vector<ExportDefinition>> list();
  /// `told` hears every state of a run that is waited for. Errors: kNoSuchExport.
  Result<RunOfExport> run(const ExportRunRequest& request, const std::function<void(const RunOfExport&)>& told = {});
  /// As Azure reports them. Errors: kNoSuchExport.
  Result<RunsOfExport> history(const std::string& export_name);
  /// Runs our exports for earlier months, one month at a time, and goes on where an earlier call stopped. Errors:
  /// kNoExportForBackfill.
  Result<std::vector<BackfillStep>> backfill(const BackfillRequest& request, const BackfillWatch& watch = {});

 private:
  struct Settings {
    ExportWishes wishes;  // those that are kept with those that were given
    ExportSettings settings;
  };
  /// Our exports, by scope.
  using ScopedExports = std::vector<std::pair<Scope, std::vector<BackfillExport>>>;

  ConnectionExports(Workspace& workspace, Gateway& gateway, AzureCatalog catalog, Connection connection,
                    std::unique_ptr<AzureSession> azure, Scope scope, ArmClient arm);
  Result<Settings> settings_of(const ExportWishes& wishes);
  Result<ExportPlan> plan_of(const ExportSettings& settings);
  Result<void> keep_outcome(const Settings& settings, const ApplyReport& report);
  ExportsApi api_of(const Scope& scope);
  Result<std::pair<ExportsApi, ExportDefinition>> find_export(const std::string& name);
  Result<ScopedExports> exports_to_backfill();
  Result<std::vector<BackfillStep>> steps_of_scope(const Scope& scope, const BackfillPlan& plan) const;
  Result<std::vector<BackfillStep>> run_steps(const Scope& scope, std::vector<BackfillStep> steps,
                                              const BackfillRequest& request, const BackfillWatch& watch);

  Workspace* workspace_;
  Gateway* gateway_;
  AzureCatalog catalog_;
  Connection connection_;
  std::unique_ptr<AzureSession> azure_;
  Scope scope_;
  ArmClient arm_;
};

}  // namespace apportion
