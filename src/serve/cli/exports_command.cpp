#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "application/azure_sessions.h"
#include "application/connection_access.h"
#include "application/export_settings.h"
#include "azure/connect/backfill.h"
#include "azure/connect/billing_api.h"
#include "azure/connect/export_plan.h"
#include "foundation/base/text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/export_options.h"
#include "serve/cli/export_view.h"

namespace apportion {
namespace {

struct ExportsOptions {
  std::string connection;
  ExportOptions wishes;
  bool dry_run = false;
  bool renew_sas = false;
  std::string name;
  std::optional<Month> from;
  std::optional<Month> to;
  std::optional<Month> month;
  bool retry = false;
  bool wait = false;
  int pause_seconds = 30;
};

/// What every command of this file works with: a signed-in connection with its scope.
struct Opened {
  Workspace* workspace;
  AzureCatalog catalog;
  Connection connection;
  std::unique_ptr<AzureSession> azure;
  Scope scope;
  ArmClient arm;
};

Result<Opened> open_connection(Workspace& workspace, Gateway& gateway, const std::string& name) {
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(Connection connection, workspace.control_plane.connection_named(name));
  APPORTION_ASSIGN(auto azure, AzureSession::open(workspace, catalog, connection, gateway));
  if (azure->settings().scope.empty()) {
    return Error{ErrorId::kConnectionHasNoScope, "this connection has no scope", name,
                 "exports belong to a billing account, a billing profile, a customer tenant or a subscription",
                 fmt::format("set it: apportion connection edit {} --billing-account ID", name)};
  }
  APPORTION_ASSIGN(Scope scope, parse_scope(azure->settings().scope));
  APPORTION_ASSIGN(ArmClient arm, azure->arm());
  return Opened{&workspace,       std::move(catalog), std::move(connection),
                std::move(azure), std::move(scope),   std::move(arm)};
}

/// The stored settings, overridden by what the command line says. Finds the billing profiles of an account.
Result<ExportSettings> settings_of(Opened& opened, const ExportWishes& wishes, ExportWishes& merged) {
  APPORTION_ASSIGN(merged, merged_wishes(opened.azure->settings().exports_wanted, wishes));
  if (merged.destination_is_missing()) {
    return Error{
        ErrorId::kExportStorageMissing, "it is not known where the exports should be written", opened.connection.name,
        "neither this command nor an earlier one named the storage account and container",
        "give --storage ARM-ID (or --storage-account NAME with --delivery-sas-file FILE) and --container NAME"};
  }
  std::vector<Scope> profiles;
  if (merged.with_commitments.value_or(true)) {
    APPORTION_ASSIGN(profiles, profiles_for_exports(opened.arm, opened.scope, merged.profiles));
  }
  std::string sas = wishes.delivery_sas ? *wishes.delivery_sas : opened.azure->secrets().get(kDeliverySas);
  return export_settings(merged, opened.scope, std::move(profiles), std::move(sas));
}

Result<ExportPlan> make_plan(Opened& opened, const ExportSettings& settings) {
  APPORTION_ASSIGN(const auto wanted, wanted_exports(settings, opened.azure->cloud()));
  return plan_exports(opened.arm, wanted, settings.prefix, opened.azure->settings().api_version);
}

Result<ExitCode> run_plan(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(Opened opened, open_connection(workspace, gateway, options.connection));
  APPORTION_ASSIGN(const ExportWishes wishes, options.wishes.read(session));
  ExportWishes merged;
  APPORTION_ASSIGN(const ExportSettings settings, settings_of(opened, wishes, merged));
  APPORTION_ASSIGN(const ExportPlan plan, make_plan(opened, settings));
  if (session.json()) {
    session.console().print_json(plan_json(plan));
  } else {
    APPORTION_TRY(session.console().print_table(plan_table(plan)));
  }
  for (const Error& error : plan.unreadable) session.console().report(error);
  if (!plan.unreadable.empty()) return exit_code(plan.unreadable.front().kind());
  if (!plan.in_order())
    session.console().say(fmt::format("next: apportion exports apply --connection {}", options.connection));
  return plan.in_order() ? kExitDone : kExitCheckFailed;
}

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

/// Stores the wishes, and where the exports' runs will be. Others may have changed the connection meanwhile.
Result<void> keep_outcome(Session& session, Opened& opened, const ExportWishes& merged, const ExportSettings& settings,
                          const ApplyReport& report) {
  APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(*opened.workspace));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Connection before, control_plane.connection(opened.connection.id));
  APPORTION_ASSIGN(auto kept, opened.catalog.settings(before.id));
  if (!kept) kept = opened.azure->settings();
  kept->exports_wanted = wishes_text(merged);
  APPORTION_TRY(opened.catalog.put_settings(*kept));
  if (!settings.destination.sas_token.empty()) {
    APPORTION_ASSIGN(const SealedSecret sealed,
                     seal(session.world().variable, writable.workspace, connection_owner(before.id), kDeliverySas,
                          settings.destination.sas_token, sas_expiry_day(settings.destination.sas_token)));
    APPORTION_TRY(opened.catalog.put_secret(before.id, sealed));
  }
  Connection after = before;
  for (auto& [dataset, location] : locations_of(report)) after.locations[dataset] = std::move(location);
  if (after.locations == before.locations) return ok();
  APPORTION_TRY(control_plane.update_connection(after));
  return drop_sas_of_moved(opened.catalog, before, after);
}

Result<ExitCode> run_apply(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(Opened opened, open_connection(workspace, gateway, options.connection));
  APPORTION_ASSIGN(const ExportWishes wishes, options.wishes.read(session));
  ExportWishes merged;
  APPORTION_ASSIGN(const ExportSettings settings, settings_of(opened, wishes, merged));
  APPORTION_ASSIGN(const ExportPlan plan, make_plan(opened, settings));
  ApplyOptions apply{.clock = session.clock()};
  apply.dry_run = options.dry_run;
  apply.renew_sas = options.renew_sas;
  apply.api_version = opened.azure->settings().api_version;
  APPORTION_ASSIGN(const ApplyReport report, apply_plan(opened.arm, plan, apply));
  if (!options.dry_run) APPORTION_TRY(keep_outcome(session, opened, merged, settings, report));
  if (session.json()) {
    session.console().print_json(apply_json(report));
  } else {
    APPORTION_TRY(session.console().print_table(apply_table(report)));
    for (const std::string& note : report.notes) session.console().say("note: " + note);
  }
  for (const Error& error : plan.unreadable) session.console().report(error);
  ExitCode code = plan.unreadable.empty() ? kExitDone : exit_code(plan.unreadable.front().kind());
  for (const AppliedExport& applied : report.exports) {
    if (!applied.error) continue;
    session.console().report(*applied.error);
    code = exit_code(applied.error->kind());
  }
  if (code == kExitDone && !options.dry_run)
    session.console().say(
        fmt::format("next: apportion exports backfill --connection {}, then apportion sync", options.connection));
  return code;
}

Result<ExitCode> run_list(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(Opened opened, open_connection(workspace, gateway, options.connection));
  ExportsApi api(opened.arm, opened.scope, opened.azure->settings().api_version);
  APPORTION_ASSIGN(const auto exports, api.list());
  if (session.json()) {
    session.console().print_json(exports_json(exports));
  } else {
    APPORTION_TRY(session.console().print_table(exports_table(exports)));
  }
  return kExitDone;
}

/// An export of the scope or, for those of the billing profiles, of the profile that has it.
Result<std::pair<ExportsApi, ExportDefinition>> find_export(Opened& opened, const std::string& name) {
  APPORTION_ASSIGN(ExportWishes merged, merged_wishes(opened.azure->settings().exports_wanted, {}));
  std::vector<Scope> scopes = {opened.scope};
  auto profiles = profiles_for_exports(opened.arm, opened.scope, merged.profiles);
  if (profiles) scopes.insert(scopes.end(), profiles->begin(), profiles->end());
  std::vector<std::string> names;
  for (const Scope& scope : scopes) {
    ExportsApi api(opened.arm, scope, opened.azure->settings().api_version);
    APPORTION_ASSIGN(const auto exports, api.list());
    for (const ExportDefinition& known : exports) {
      if (ascii_equal_ignoring_case(known.name, name)) return std::pair(std::move(api), known);
      names.push_back(known.name);
    }
  }
  return Error{ErrorId::kNoSuchExport, "there is no such export", excerpt(name),
               names.empty() ? "the scope has no exports" : fmt::format("the scope has: {}", fmt::join(names, ", ")),
               fmt::format("see `apportion exports list --connection {}`", opened.connection.name)};
}

Result<ExitCode> run_run(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(Opened opened, open_connection(workspace, gateway, options.connection));
  APPORTION_ASSIGN(auto found, find_export(opened, options.name));
  std::optional<RunDays> days;
  if (options.month) days = RunDays{options.month->first_day(), options.month->last_day()};
  FollowOptions follow;
  follow.look_pause = std::chrono::seconds(options.pause_seconds);
  APPORTION_ASSIGN(ExportRun run, run_now(found.first, found.second.name, days, follow));
  if (options.wait && !run.ended()) {
    APPORTION_ASSIGN(run, follow_run(found.first, found.second.name, run.id, follow, [&](const ExportRun& now) {
                       session.console().progress(fmt::format("{}: {}", found.second.name, now.status));
                     }));
  }
  if (session.json()) {
    session.console().print_json(run_json(run));
  } else {
    APPORTION_TRY(session.console().print_table(runs_table({run})));
  }
  if (run.state != RunState::kFailed) return kExitDone;
  session.console().report({ErrorId::kExportRunFailed, "the run failed", found.second.name, run.explanation(),
                            "run it again, or see `apportion exports history`"});
  return exit_code(ErrorKind::kUnreachable);
}

Result<ExitCode> run_history(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(Opened opened, open_connection(workspace, gateway, options.connection));
  APPORTION_ASSIGN(auto found, find_export(opened, options.name));
  APPORTION_ASSIGN(const auto runs, found.first.history(found.second.name));
  if (session.json()) {
    Json list = Json::array();
    for (const ExportRun& run : runs) list.push_back(run_json(run));
    session.console().print_json({{"export", found.second.name}, {"runs", std::move(list)}});
    return kExitDone;
  }
  Table table = runs_table(runs);
  table.notices.emplace_back("Azure does not list the second runs of days 1 to 5, which rewrite the previous month");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

std::string export_key(const Scope& scope, const std::string& name) {
  return ascii_lower(scope.arm_id() + "/exports/" + name);
}

/// The steps of one scope's exports: those left by an earlier call, and those new in the range.
Result<std::vector<BackfillStep>> steps_of_scope(const Opened& opened, const Scope& scope, const BackfillPlan& plan) {
  std::vector<BackfillStep> steps = plan.steps;
  APPORTION_ASSIGN(const auto stored, opened.catalog.backfill(opened.connection.id));
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

/// Our exports, by scope.
using ScopedExports = std::vector<std::pair<Scope, std::vector<BackfillExport>>>;

Result<ScopedExports> exports_to_backfill(Opened& opened) {
  APPORTION_ASSIGN(ExportWishes merged, merged_wishes(opened.azure->settings().exports_wanted, {}));
  std::vector<Scope> scopes = {opened.scope};
  APPORTION_ASSIGN(const auto profiles, profiles_for_exports(opened.arm, opened.scope, merged.profiles));
  for (const Scope& profile : profiles) {
    if (!same_scope(profile, opened.scope)) scopes.push_back(profile);
  }
  const std::string prefix = merged.prefix.value_or("apportion") + "-";
  ScopedExports all;
  for (const Scope& scope : scopes) {
    ExportsApi api(opened.arm, scope, opened.azure->settings().api_version);
    APPORTION_ASSIGN(const auto exports, api.list());
    std::vector<BackfillExport> ours;
    for (const ExportDefinition& known : exports) {
      const auto dataset = parse_dataset(known.dataset);
      if (dataset && known.name.starts_with(prefix) && months_kept(*dataset) > 0)
        ours.push_back({known.name, *dataset});
    }
    if (!ours.empty()) all.emplace_back(scope, std::move(ours));
  }
  if (!all.empty()) return all;
  return Error{ErrorId::kNoExportForBackfill, "there is no export to run for earlier months", opened.connection.name,
               fmt::format("no export has a name that begins with `{}`", prefix),
               fmt::format("create them: apportion exports apply --connection {}", opened.connection.name)};
}

Result<ExitCode> run_backfill_command(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(Opened opened, open_connection(workspace, gateway, options.connection));
  APPORTION_ASSIGN(const ScopedExports exports, exports_to_backfill(opened));
  std::vector<BackfillStep> done;
  for (const auto& exports_of_scope : exports) {
    const Scope& scope = exports_of_scope.first;
    const std::vector<BackfillExport>& ours = exports_of_scope.second;
    APPORTION_ASSIGN(const BackfillPlan plan, plan_backfill(ours, options.from, options.to, session.clock().today()));
    for (const std::string& note : plan.notes) session.console().say("note: " + note);
    APPORTION_ASSIGN(auto steps, steps_of_scope(opened, scope, plan));
    if (options.retry) steps = steps_to_retry(std::move(steps));
    if (!options.dry_run) {
      ExportsApi api(opened.arm, scope, opened.azure->settings().api_version);
      BackfillOptions backfill{.clock = session.clock()};
      backfill.follow.look_pause = std::chrono::seconds(options.pause_seconds);
      backfill.submit_pause = std::min(backfill.submit_pause, backfill.follow.look_pause);
      APPORTION_ASSIGN(steps, run_backfill(api, std::move(steps), backfill, [&](const BackfillStep& step) {
                         session.console().say(fmt::format("  {} {}: {}{}", step.export_name, step.month.to_string(),
                                                           step_state_name(step.state),
                                                           step.note.empty() ? "" : " (" + step.note + ")"));
                         return opened.catalog.put_backfill(
                             opened.connection.id,
                             {export_key(scope, step.export_name), step.month, std::string(step_state_name(step.state)),
                              step.run_id, step.submitted_at, step.note});
                       }));
    }
    std::move(steps.begin(), steps.end(), std::back_inserter(done));
  }
  if (session.json()) {
    session.console().print_json(steps_json(done));
  } else {
    APPORTION_TRY(session.console().print_table(steps_table(done)));
  }
  const auto any_is = [&done](StepState state) {
    return std::any_of(done.begin(), done.end(), [state](const BackfillStep& step) { return step.state == state; });
  };
  const bool failed = any_is(StepState::kFailed);
  const bool open = any_is(StepState::kNothingNew);
  if (failed) session.console().say("some months failed; try them again with --retry");
  if (open) {
    session.console().say(
        "for some months Azure delivered nothing and says only that nothing is new: they may have charges; try them "
        "again with --retry");
  }
  return failed || open ? kExitCheckFailed : kExitDone;
}

void add_connection_argument(CLI::App* command, ExportsOptions& options) {
  command->add_option("--connection", options.connection, "The connection")->required()->type_name("NAME");
}

void add_pause_option(CLI::App* command, ExportsOptions& options) {
  command->add_option("--pause", options.pause_seconds, "Seconds between two checks of a run (default: 30)")
      ->check(CLI::Range(0, 3600).description(""))
      ->type_name("SECONDS");
}

}  // namespace

void add_exports_command(CLI::App& app, Action& action) {
  CLI::App* group =
      add_group(app, "exports", "Compare what Azure should deliver with what it does deliver, and make it so");
  auto options = std::make_shared<ExportsOptions>();

  CLI::App* plan =
      add_command(*group, "plan", "Compare the exports that should exist with those that do; exit 1 if they differ",
                  "  apportion exports plan --connection acme --storage /subscriptions/…/storageAccounts/acmebills "
                  "--container bills");
  add_connection_argument(plan, *options);
  options->wishes.add_options(plan);
  on_chosen(plan, action, options, run_plan);

  CLI::App* apply = add_command(*group, "apply", "Create and update exports; others' exports are never touched",
                                "  apportion exports apply --connection acme");
  add_connection_argument(apply, *options);
  options->wishes.add_options(apply);
  apply->add_flag("--renew-sas", options->renew_sas, "Send the delivery SAS again to exports that are in order");
  add_dry_run_option(apply, options->dry_run);
  on_chosen(apply, action, options, run_apply);

  CLI::App* list =
      add_command(*group, "list", "List the exports of the scope", "  apportion exports list --connection acme");
  add_connection_argument(list, *options);
  on_chosen(list, action, options, run_list);

  CLI::App* run = add_command(*group, "run", "Run an export now, for its own days or for one month",
                              "  apportion exports run --connection acme --export apportion-actual --month 2026-10");
  add_connection_argument(run, *options);
  run->add_option("--export", options->name, "Name of the export")->required()->type_name("NAME");
  add_month_option(run, options->month, "This calendar month (default: the export's own days)");
  run->add_flag("--wait", options->wait, "Wait until the run has ended");
  add_pause_option(run, *options);
  on_chosen(run, action, options, run_run);

  CLI::App* history = add_command(*group, "history", "Show the runs of an export as Azure reports them",
                                  "  apportion exports history --connection acme --export apportion-actual");
  add_connection_argument(history, *options);
  history->add_option("--export", options->name, "Name of the export")->required()->type_name("NAME");
  on_chosen(history, action, options, run_history);

  CLI::App* backfill = add_command(*group, "backfill",
                                   "Run the exports for earlier months, one month at a time; resumes where it stopped",
                                   "  apportion exports backfill --connection acme --from 2025-11");
  add_connection_argument(backfill, *options);
  const auto month_option = [backfill](const char* name, std::optional<Month>& month, const char* about) {
    backfill
        ->add_option_function<std::string>(
            name, [&month](const std::string& text) { month = Month::parse(text); }, about)
        ->check([](const std::string& text) {
          return Month::parse(text) ? std::string()
                                    : "`" + text + "` is not a valid month; use YYYY-MM, for example 2026-10";
        })
        ->type_name("YYYY-MM");
  };
  month_option("--from", options->from, "The earliest month (default: as far back as Azure goes)");
  month_option("--to", options->to, "The latest month (default: last month)");
  backfill->add_flag("--retry", options->retry, "Retry months that failed or were skipped");
  add_pause_option(backfill, *options);
  add_dry_run_option(backfill, options->dry_run);
  on_chosen(backfill, action, options, run_backfill_command);
}

}  // namespace apportion
