#include "application/exports.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/connection_access.h"
#include "application/partner_only.h"
#include "application/writable_workspace.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

/// Where the exports of each dataset write to. If there are several of one dataset, one per billing profile, they write
/// to sibling folders: then their parent folder.
std::map<Dataset, std::string> locations_of(const ApplyReport& report) {
  std::map<Dataset, std::string> locations;
  for (const AppliedExport& applied : report.exports) {
    const auto dataset = parse_dataset(applied.dataset);
    // An export that could not be set up will deliver nothing.
    if (!dataset || applied.location.empty() || applied.error) continue;
    const auto [known, is_new] = locations.emplace(*dataset, applied.location);
    if (!is_new) known->second = applied.location.substr(0, applied.location.rfind('/'));
  }
  return locations;
}

std::string export_key(const Scope& scope, const std::string& name) {
  return ascii_lower(scope.arm_id() + "/exports/" + name);
}

}  // namespace

const Error* AppliedExports::failure() const {
  const Error* failure = unreadable.empty() ? nullptr : &unreadable.front();
  for (const AppliedExport& applied : report.exports) {
    if (applied.error) failure = &*applied.error;
  }
  return failure;
}

ConnectionExports::ConnectionExports(Workspace& workspace, Gateway& gateway, AzureCatalog catalog,
                                     Connection connection, std::unique_ptr<AzureSession> azure, Scope scope,
                                     ArmClient arm)
    : workspace_(&workspace),
      gateway_(&gateway),
      catalog_(std::move(catalog)),
      connection_(std::move(connection)),
      azure_(std::move(azure)),
      scope_(std::move(scope)),
      arm_(std::move(arm)) {}

Result<ConnectionExports> ConnectionExports::open(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                                  const std::string& connection) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(Connection named, workspace.control_plane.connection_named(connection));
  APPORTION_ASSIGN(auto azure, AzureSession::open(workspace, catalog, named, gateway));
  if (azure->settings().scope.empty()) {
    return Error{ErrorId::kConnectionHasNoScope, "this connection has no scope", connection,
                 "exports belong to a billing account, a billing profile, a customer tenant or a subscription",
                 "set it: " + step(Step::kSetBillingAccount, {{"connection", connection}})};
  }
  APPORTION_ASSIGN(Scope scope, parse_scope(azure->settings().scope));
  APPORTION_ASSIGN(ArmClient arm, azure->arm());
  return ConnectionExports(workspace, gateway, std::move(catalog), std::move(named), std::move(azure), std::move(scope),
                           std::move(arm));
}

ExportsApi ConnectionExports::api_of(const Scope& scope) {
  return ExportsApi(arm_, scope, azure_->settings().api_version);
}

Result<ConnectionExports::Settings> ConnectionExports::settings_of(const ExportWishes& wishes) {
  APPORTION_ASSIGN(ExportWishes merged, merged_wishes(azure_->settings().exports_wanted, wishes));
  if (merged.destination_is_missing()) {
    return Error{ErrorId::kExportStorageMissing, "it is not known where the exports should be written",
                 connection_.name, "neither this command nor an earlier one named the storage account and container",
                 "name the storage account and the container: " + step(Step::kNameExportStorage)};
  }
  std::vector<Scope> profiles;
  if (merged.with_commitments.value_or(true)) {
    APPORTION_ASSIGN(profiles, profiles_for_exports(arm_, scope_, merged.profiles));
  }
  std::string sas = wishes.delivery_sas ? *wishes.delivery_sas : azure_->secrets().get(kDeliverySas);
  APPORTION_ASSIGN(ExportSettings settings, export_settings(merged, scope_, std::move(profiles), std::move(sas)));
  return Settings{std::move(merged), std::move(settings)};
}

Result<ExportPlan> ConnectionExports::plan_of(const ExportSettings& settings) {
  APPORTION_ASSIGN(const auto wanted, wanted_exports(settings, azure_->cloud()));
  return plan_exports(arm_, wanted, settings.prefix, azure_->settings().api_version);
}

Result<ExportPlan> ConnectionExports::plan(const ExportWishes& wishes) {
  APPORTION_ASSIGN(const Settings settings, settings_of(wishes));
  return plan_of(settings.settings);
}

// Stores the wishes, and where the exports' runs will be. Others may have changed the connection meanwhile.
Result<void> ConnectionExports::keep_outcome(const Settings& settings, const ApplyReport& report) {
  APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(*workspace_));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Connection before, control_plane.connection(connection_.id));
  APPORTION_ASSIGN(auto kept, catalog_.settings(before.id));
  if (!kept) kept = azure_->settings();
  kept->exports_wanted = wishes_text(settings.wishes);
  APPORTION_TRY(catalog_.put_settings(*kept));
  const std::string& sas = settings.settings.destination.sas_token;
  if (!sas.empty()) {
    APPORTION_ASSIGN(const SealedSecret sealed,
                     seal(gateway_->world().variable, writable.workspace, connection_owner(before.id), kDeliverySas,
                          sas, sas_expiry_day(sas)));
    APPORTION_TRY(catalog_.put_secret(before.id, sealed));
  }
  Connection after = before;
  for (auto& [dataset, location] : locations_of(report)) after.locations[dataset] = std::move(location);
  if (after.locations == before.locations) return ok();
  APPORTION_TRY(control_plane.update_connection(after));
  return drop_sas_of_moved(catalog_, before, after);
}

Result<AppliedExports> ConnectionExports::apply(const ExportsToApply& request) {
  APPORTION_ASSIGN(const Settings settings, settings_of(request.wishes));
  APPORTION_ASSIGN(ExportPlan plan, plan_of(settings.settings));
  ApplyOptions options{.clock = workspace_->clock};
  options.dry_run = request.dry_run;
  options.renew_sas = request.renew_sas;
  options.api_version = azure_->settings().api_version;
  AppliedExports applied;
  APPORTION_ASSIGN(applied.report, apply_plan(arm_, plan, options));
  if (!request.dry_run) APPORTION_TRY(keep_outcome(settings, applied.report));
  applied.unreadable = std::move(plan.unreadable);
  return applied;
}

Result<std::vector<ExportDefinition>> ConnectionExports::list() { return api_of(scope_).list(); }

/// An export of the scope or, for those of the billing profiles, of the profile that has it.
Result<std::pair<ExportsApi, ExportDefinition>> ConnectionExports::find_export(const std::string& name) {
  APPORTION_ASSIGN(ExportWishes merged, merged_wishes(azure_->settings().exports_wanted, {}));
  std::vector<Scope> scopes = {scope_};
  auto profiles = profiles_for_exports(arm_, scope_, merged.profiles);
  if (profiles) scopes.insert(scopes.end(), profiles->begin(), profiles->end());
  std::vector<std::string> names;
  for (const Scope& scope : scopes) {
    ExportsApi api = api_of(scope);
    APPORTION_ASSIGN(const auto exports, api.list());
    for (const ExportDefinition& known : exports) {
      if (ascii_equal_ignoring_case(known.name, name)) return std::pair(std::move(api), known);
      names.push_back(known.name);
    }
  }
  return Error{ErrorId::kNoSuchExport, "there is no such export", excerpt(name),
               names.empty() ? "the scope has no exports" : fmt::format("the scope has: {}", fmt::join(names, ", ")),
               "see which there are: " + step(Step::kListExports, {{"connection", connection_.name}})};
}

Result<RunOfExport> ConnectionExports::run(const ExportRunRequest& request,
                                           const std::function<void(const RunOfExport&)>& told) {
  APPORTION_ASSIGN(auto found, find_export(request.export_name));
  auto& [api, definition] = found;
  std::optional<RunDays> days;
  if (request.month) days = RunDays{request.month->first_day(), request.month->last_day()};
  FollowOptions follow;
  follow.look_pause = request.look_pause;
  RunOfExport result{definition.name, {}};
  APPORTION_ASSIGN(result.run, run_now(api, result.export_name, days, follow));
  if (!request.wait || result.run.ended()) return result;
  const auto tell = [&](const ExportRun& now) {
    if (told) told({result.export_name, now});
  };
  APPORTION_ASSIGN(result.run, follow_run(api, result.export_name, result.run.id, follow, tell));
  return result;
}

Result<RunsOfExport> ConnectionExports::history(const std::string& export_name) {
  APPORTION_ASSIGN(auto found, find_export(export_name));
  RunsOfExport result{found.second.name, {}};
  APPORTION_ASSIGN(result.runs, found.first.history(result.export_name));
  return result;
}

Result<ConnectionExports::ScopedExports> ConnectionExports::exports_to_backfill() {
  APPORTION_ASSIGN(ExportWishes merged, merged_wishes(azure_->settings().exports_wanted, {}));
  std::vector<Scope> scopes = {scope_};
  APPORTION_ASSIGN(const auto profiles, profiles_for_exports(arm_, scope_, merged.profiles));
  for (const Scope& profile : profiles) {
    if (!same_scope(profile, scope_)) scopes.push_back(profile);
  }
  const std::string prefix = merged.prefix.value_or("apportion") + "-";
  ScopedExports all;
  for (const Scope& scope : scopes) {
    APPORTION_ASSIGN(const auto exports, api_of(scope).list());
    std::vector<BackfillExport> ours;
    for (const ExportDefinition& known : exports) {
      const auto dataset = parse_dataset(known.dataset);
      if (dataset && known.name.starts_with(prefix) && months_kept(*dataset) > 0)
        ours.push_back({known.name, *dataset});
    }
    if (!ours.empty()) all.emplace_back(scope, std::move(ours));
  }
  if (!all.empty()) return all;
  return Error{ErrorId::kNoExportForBackfill, "there is no export to run for earlier months", connection_.name,
               fmt::format("no export has a name that begins with `{}`", prefix),
               "create them: " + step(Step::kApplyExports, {{"connection", connection_.name}})};
}

/// The steps of one scope's exports: those left by an earlier call, and those new in the range.
Result<std::vector<BackfillStep>> ConnectionExports::steps_of_scope(const Scope& scope,
                                                                    const BackfillPlan& plan) const {
  std::vector<BackfillStep> steps = plan.steps;
  APPORTION_ASSIGN(const auto stored, catalog_.backfill(connection_.id));
  for (BackfillStep& step : steps) {
    const auto known = std::find_if(stored.begin(), stored.end(), [&](const StoredBackfillStep& one) {
      return one.export_id == export_key(scope, step.export_name) && one.month == step.month;
    });
    if (known == stored.end()) continue;
    step.state = parse_step_state(known->state).value_or(StepState::kWaiting);
    step.run_id = known->run_id;
    step.submitted_at = known->submitted_at;
    step.note = known->message;
  }
  return steps;
}

Result<std::vector<BackfillStep>> ConnectionExports::run_steps(const Scope& scope, std::vector<BackfillStep> steps,
                                                               const BackfillRequest& request,
                                                               const BackfillWatch& watch) {
  ExportsApi api = api_of(scope);
  BackfillOptions options{.clock = workspace_->clock};
  options.follow.look_pause = request.look_pause;
  options.submit_pause = std::min(options.submit_pause, options.follow.look_pause);
  return run_backfill(api, std::move(steps), options, [&](const BackfillStep& step) {
    if (watch.changed) watch.changed(step);
    return catalog_.put_backfill(
        connection_.id, {export_key(scope, step.export_name), step.month, std::string(step_state_name(step.state)),
                         step.run_id, step.submitted_at, step.note});
  });
}

Result<std::vector<BackfillStep>> ConnectionExports::backfill(const BackfillRequest& request,
                                                              const BackfillWatch& watch) {
  APPORTION_ASSIGN(const ScopedExports exports, exports_to_backfill());
  std::vector<BackfillStep> all;
  for (const auto& [scope, ours] : exports) {
    APPORTION_ASSIGN(const BackfillPlan plan, plan_backfill(ours, request.from, request.to, workspace_->clock.today()));
    for (const std::string& note : plan.notes) {
      if (watch.noted) watch.noted(note);
    }
    APPORTION_ASSIGN(auto steps, steps_of_scope(scope, plan));
    if (request.retry) steps = steps_to_retry(std::move(steps));
    if (!request.dry_run) {
      APPORTION_ASSIGN(steps, run_steps(scope, std::move(steps), request, watch));
    }
    std::move(steps.begin(), steps.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace apportion
