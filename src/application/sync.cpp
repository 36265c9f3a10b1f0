#include "application/sync.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/invoice_fetch.h"
#include "application/invoice_imports.h"
#include "application/jobs.h"
#include "application/missing_cubes.h"
#include "application/month_locks.h"
#include "application/run_queue.h"
#include "application/stand_in_runs.h"
#include "application/writable_workspace.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/cost_details_store.h"
#include "pipeline/fetch/discover_many.h"

namespace apportion {
namespace {

constexpr int kLookingThreads = 16;

// Microsoft may change a month until the fifth day of the next one; the report of a later day is final.
constexpr int kLastDayOfChanges = 5;

struct Place {
  std::size_t connection = 0;  ///< In the list of connections.
  ImportRequest request;
};

// What one connection's round came to.
struct Round {
  ImportReport report;
  std::vector<Problem> problems;
};

void add_failure(Round& round, const std::string& source, Error error) {
  round.problems.push_back({source, std::move(error)});
}

SyncOutcome outcome_of(const Round& round) {
  if (!round.problems.empty())
    return round.report.imported.empty() && round.report.already_there == 0 ? SyncOutcome::kFailed
                                                                            : SyncOutcome::kProblems;
  if (!round.report.skipped.empty()) return SyncOutcome::kProblems;
  return round.report.imported.empty() ? SyncOutcome::kNothingNew : SyncOutcome::kTaken;
}

SyncAttempt attempt_of(const Connection& connection, const Round& round, std::string started_at, std::string ended_at) {
  SyncAttempt attempt{.connection = connection.id,
                      .started_at = std::move(started_at),
                      .ended_at = std::move(ended_at),
                      .outcome = outcome_of(round),
                      .runs = static_cast<std::int64_t>(round.report.imported.size())};
  for (const ImportedRun& run : round.report.imported) attempt.rows += run.import.rows_stored;
  std::vector<std::string> messages;
  for (const Problem& problem : round.problems) messages.push_back(problem.error.message());
  for (const SkippedRun& skipped : round.report.skipped) messages.push_back(skipped.error.message());
  attempt.detail = fmt::format("{}", fmt::join(messages, "\n"));
  return attempt;
}

// The months whose reports may have changed since the last round.
std::vector<Month> months_of_reports(const Workspace& workspace, const Connection& connection,
                                     std::optional<Month> asked_for) {
  if (asked_for) return {*asked_for};
  const Day today = workspace.clock.today();
  const Month current = Month::of(today);
  std::vector<Month> months = {current};
  const auto before = workspace.control_plane.imports(connection.id, current.plus_months(-1));
  const bool is_final = before && std::any_of(before->begin(), before->end(), [current](const Import& import) {
                          const auto submitted = Day::parse(std::string_view(import.submitted_at).substr(0, 10));
                          return submitted && *submitted > current.first_day().plus_days(kLastDayOfChanges - 1);
                        });
  if (!is_final) months.push_back(current.plus_months(-1));
  return months;
}

// Amortized runs come first: their rows may stand in for those of actual runs.
std::vector<std::pair<Dataset, std::string>> in_order(const std::map<Dataset, std::string>& locations) {
  std::vector<std::pair<Dataset, std::string>> ordered(locations.begin(), locations.end());
  std::ranges::stable_partition(ordered, [](const auto& place) { return place.first == Dataset::kAmortizedCost; });
  return ordered;
}

class SyncRound {
 public:
  SyncRound(Workspace& workspace, const IntakeLock& lock, AzureSessions& sessions, Gateway& gateway,
            const SyncRequest& request)
      : workspace_(&workspace), lock_(&lock), sessions_(&sessions), gateway_(&gateway), request_(&request) {}

  Result<FlowReport> run() {
    APPORTION_ASSIGN(connections_, connections_to_sync(workspace_->control_plane, *request_));
    rounds_.resize(connections_.size());
    APPORTION_ASSIGN(StandInRuns stand_ins, StandInRuns::make(workspace_->home));
    stand_ins_.emplace(std::move(stand_ins));
    APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(*workspace_));
    const std::string started_at = workspace_->clock.now();
    APPORTION_TRY(take_exports());
    for (std::size_t i = 0; i < connections_.size(); ++i) APPORTION_TRY(take_reports(catalog, i));
    for (std::size_t i = 0; i < connections_.size(); ++i) APPORTION_TRY(take_invoices(catalog, i));
    // Half of what is new is published by nobody's wish; the runs that were taken in stay.
    if (gateway_->cancel().requested()) return cancelled_error("");
    FlowReport report;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (still_there(connections_[i]))
        APPORTION_TRY(
            catalog.add_attempt(attempt_of(connections_[i], rounds_[i], started_at, workspace_->clock.now())));
      std::move(rounds_[i].problems.begin(), rounds_[i].problems.end(), std::back_inserter(report.problems));
      report.add_import(connections_[i].name, std::move(rounds_[i].report), request_->accept_rejects);
    }
    return report;
  }

 private:
  // Looks through all locations at once, then imports one after another: a home has one writer.
  Result<void> take_exports() {
    std::vector<Place> places;
    std::vector<LocationToDiscover> to_discover;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      for (const auto& [dataset, location] : in_order(connections_[i].locations)) {
        places.push_back({i, {location, dataset, request_->unverified, request_->month, false, &intake_}});
        places.back().request.stand_ins = &*stand_ins_;
        to_discover.push_back(
            {[this, &connection = connections_[i], at = location] { return workspace_->store_at(connection, at); },
             discovery_options(*workspace_, places.back().request)});
      }
    }
    talk(fmt::format("looking through {}", count_of(std::ssize(places), "location")));
    auto found = discover_many(to_discover, kLookingThreads, gateway_->cancel());
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!found[i]) continue;
      APPORTION_TRY(
          expect_runs(*workspace_, connections_[places[i].connection], places[i].request, found[i]->discovery));
    }
    APPORTION_TRY(offer_to_workers(places, found));
    for (std::size_t i = 0; i < places.size(); ++i) {
      APPORTION_TRY(import_place(places[i], std::move(found[i])));
    }
    offered_.reset();
    return ok();
  }

  // Workers read runs ahead, while this process publishes one after another.
  Result<void> offer_to_workers(std::vector<Place>& places, const std::vector<Result<DiscoveredLocation>>& found) {
    if (request_->workers == nullptr) return ok();
    std::vector<OfferedRun> runs;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!found[i]) continue;
      APPORTION_TRY(offer_runs(*workspace_, connections_[places[i].connection], places[i].request, *found[i], runs));
    }
    offered_.emplace(request_->workers, std::move(runs));
    for (Place& place : places) place.request.offered = &*offered_;
    return ok();
  }

  bool still_there(const Connection& connection) const {
    return workspace_->control_plane.connection(connection.id).has_value();
  }

  void talk(const std::string& line) const {
    if (workspace_->talk) workspace_->talk(line);
  }

  Result<void> import_place(const Place& place, Result<DiscoveredLocation> found) {
    const Connection& connection = connections_[place.connection];
    Round& round = rounds_[place.connection];
    if (!found) {
      if (ends_everything(found.error().kind())) return std::move(found).error();
      add_failure(round, shown_url(place.request.location), std::move(found).error());
      return ok();
    }
    auto report = import_discovered(*workspace_, connection, place.request, std::move(found).value(), *lock_);
    if (report) {
      round.report.add(std::move(report).value());
      return ok();
    }
    if (ends_everything(report.error().kind())) return std::move(report).error();
    add_failure(round, shown_url(place.request.location), std::move(report).error());
    return ok();
  }

  Result<void> take_reports(const AzureCatalog& catalog, std::size_t index) {
    const Connection& connection = connections_[index];
    APPORTION_ASSIGN(const auto settings, catalog.settings(connection.id));
    if (!settings || !settings->use_reports) return ok();
    for (const Month month : months_of_reports(*workspace_, connection, request_->month)) {
      stand_ins_->expect(connection.id, month);
      for (const Dataset dataset : {Dataset::kAmortizedCost, Dataset::kActualCost}) {
        auto taken = take_report(connection, rounds_[index], dataset, month);
        if (taken) continue;
        if (ends_everything(taken.error().kind())) return taken;
        add_failure(rounds_[index], fmt::format("report of {} {}", dataset_name(dataset), month.to_string()),
                    std::move(taken).error());
      }
    }
    return ok();
  }

  Result<void> take_report(const Connection& connection, Round& round, Dataset dataset, Month month) {
    APPORTION_ASSIGN(AzureSession* const azure, sessions_->of(connection));
    APPORTION_ASSIGN(ArmClient arm, azure->arm());
    APPORTION_ASSIGN(const TemporaryFolder folder, workspace_->home.make_temporary_folder());
    const auto& settings = azure->settings();
    APPORTION_ASSIGN(auto store, CostDetailsStore::open(arm, azure->access_to(dataset),
                                                        {settings.scope, dataset, settings.api_version},
                                                        workspace_->clock, folder.path()));
    const std::string what = fmt::format("{} {}", dataset_name(dataset), month.to_string());
    talk(fmt::format("{}: asking for the report {}", connection.name, what));
    APPORTION_ASSIGN(const bool has_data, store->fetch(month, [&](std::chrono::seconds pause) {
      talk(fmt::format("{}: the report {} is being made; asking again in {} s", connection.name, what, pause.count()));
    }));
    if (!has_data) {
      round.report.notes.push_back(fmt::format("Azure has no {} for {}: a gap, not zero", what, settings.scope));
      return ok();
    }
    ImportRequest request{store->description(), dataset, false, month};
    request.stand_ins = &*stand_ins_;
    APPORTION_ASSIGN(Discovery discovery, discover_runs(*store, discovery_options(*workspace_, request)));
    APPORTION_ASSIGN(ImportReport report, import_discovered(*workspace_, connection, request,
                                                            {std::move(store), std::move(discovery)}, *lock_));
    round.report.add(std::move(report));
    return ok();
  }

  Result<void> take_invoices(const AzureCatalog& catalog, std::size_t index) {
    const Connection& connection = connections_[index];
    Round& round = rounds_[index];
    APPORTION_ASSIGN(const auto legacy, catalog.legacy(connection.id));
    if (!legacy) return ok();
    auto session = sessions_->of(connection);
    if (!session) {
      if (ends_everything(session.error().kind())) return std::move(session).error();
      add_failure(round, "invoices", std::move(session).error());
      return ok();
    }
    APPORTION_ASSIGN(FetchedInvoices fetched,
                     fetch_invoices(*workspace_, **session, *gateway_, connection, request_->month, *lock_));
    round.report.add(std::move(fetched.report));
    for (Problem& problem : fetched.problems) round.problems.push_back(std::move(problem));
    return ok();
  }

  Workspace* workspace_;
  const IntakeLock* lock_;
  AzureSessions* sessions_;
  Gateway* gateway_;
  const SyncRequest* request_;
  IntakeProgress intake_;
  std::optional<StandInRuns> stand_ins_;
  std::optional<OfferedRuns> offered_;
  std::vector<Connection> connections_;
  std::vector<Round> rounds_;
};

// One process at a time takes in; what a crash left is gone before it begins.
Result<IntakeLock> begin_intake(Workspace& workspace) {
  auto intake = workspace.home.lock_for_intake();
  if (!intake) return naming_job_in_the_way(workspace, std::move(intake).error());
  APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(workspace));
  APPORTION_TRY(remove_left_overs(writable));
  return std::move(*intake);
}

// Publishes the months of what was taken in.
Result<void> publish_taken_in(WritableWorkspace& writable, const std::optional<std::string>& connection,
                              std::optional<Month> month, const PublishOptions& options, FlowReport& report) {
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(auto months, months_to_publish(control_plane, connection, month, true));
  ask_for_imported_only(months, report);
  APPORTION_TRY(publish_months(writable, months, options, false, report));
  return note_runs_not_in_force(control_plane, report);
}

}  // namespace

Result<std::vector<Connection>> connections_to_sync(const ControlPlane& control_plane, const SyncRequest& request) {
  if (request.connection) {
    APPORTION_ASSIGN(Connection connection, control_plane.connection_named(*request.connection));
    return std::vector{std::move(connection)};
  }
  APPORTION_ASSIGN(auto connections, control_plane.connections());
  if (connections.empty()) {
    return Error{ErrorId::kNothingToSync, "there is nothing to sync", "", "no connection says where the exports lie",
                 "add a connection: " + step(Step::kAddConnection)};
  }
  return connections;
}

namespace {

Result<FlowReport> sync_in_turn(Workspace& workspace, const IntakeLock& intake, AzureSessions& sessions,
                                Gateway& gateway, const SyncRequest& request) {
  APPORTION_ASSIGN(FlowReport report, SyncRound(workspace, intake, sessions, gateway, request).run());
  PublishOptions publish;
  publish.accept_rejects = request.accept_rejects;
  publish.accept_shrunk = request.accept_shrunk;
  APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(workspace, kPatienceWithoutEnd));
  APPORTION_TRY(publish_taken_in(writable, request.connection, request.month, publish, report));
  APPORTION_TRY(make_missing_cubes(writable, report));
  APPORTION_ASSIGN(report.locked_when_due, lock_due_months(writable, workspace.clock.today()));
  return report;
}

Result<FlowReport> import_in_turn(Workspace& workspace, const IntakeLock& intake, const FolderImport& folder) {
  const std::string& location = folder.request.location;
  APPORTION_ASSIGN(const Connection connection, workspace.control_plane.connection_named(folder.connection));
  if (workspace.talk) workspace.talk("looking for runs in " + shown_location(location));
  IntakeProgress progress;
  ImportRequest request = folder.request;
  request.intake = &progress;
  APPORTION_ASSIGN(StandInRuns stand_ins, StandInRuns::make(workspace.home));
  request.stand_ins = &stand_ins;
  APPORTION_ASSIGN(const FoundInvoiceFiles invoices, find_invoice_files(workspace, connection, request));
  for (const FoundInvoiceFile& file : invoices.files) request.without.insert(file.blob.name);
  ImportReport found;
  if (!invoices.is_one_file) {
    APPORTION_ASSIGN(found, import_location(workspace, connection, request, intake));
  }
  if (!invoices.files.empty()) {
    APPORTION_ASSIGN(ImportReport lines, import_invoice_files(workspace, connection, request, invoices, intake));
    found.add(std::move(lines));
  }
  if (found.imported.empty() && found.skipped.empty() && found.already_there == 0) {
    return Error{ErrorId::kNoRuns, "there is no run to take in", shown_location(location),
                 found.notes.empty() ? "no manifest.json was found in the folder or below it" : found.notes.front(),
                 "name the folder that a cost export writes to; to take files without a manifest: " +
                     step(Step::kTakeUnverifiedFiles)};
  }
  FlowReport report;
  report.add_import(connection.name, std::move(found), folder.accept_rejects);
  PublishOptions publish;
  publish.accept_rejects = folder.accept_rejects;
  APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(workspace, kPatienceWithoutEnd));
  APPORTION_TRY(publish_taken_in(writable, connection.name, folder.request.month, publish, report));
  APPORTION_TRY(make_missing_cubes(writable, report));
  return report;
}

}  // namespace

Result<FlowReport> sync(Workspace& workspace, AzureSessions& sessions, Gateway& gateway, const SyncRequest& request) {
  APPORTION_ASSIGN(const IntakeLock intake, begin_intake(workspace));
  return run_as_job(workspace, "sync", request.connection.value_or(""),
                    [&] { return sync_in_turn(workspace, intake, sessions, gateway, request); });
}

Result<FlowReport> import_folder(Workspace& workspace, const FolderImport& folder) {
  APPORTION_ASSIGN(const IntakeLock intake, begin_intake(workspace));
  return run_as_job(workspace, "import", folder.connection, [&] { return import_in_turn(workspace, intake, folder); });
}

bool published_anything(const FlowReport& report) {
  return std::any_of(report.months.begin(), report.months.end(),
                     [](const FlowReport::Published& published) { return published.outcome.changed; });
}

}  // namespace apportion
