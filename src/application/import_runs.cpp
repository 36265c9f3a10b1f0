#include "application/import_runs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/admission.h"
#include "application/run_queue.h"
#include "application/run_rows.h"
#include "application/stand_in_runs.h"
#include "application/unverified_files.h"
#include "application/writable_workspace.h"
#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/model/bill_scope.h"
#include "lake/import_rows.h"
#include "lake/incoming_files.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/runs.h"

namespace apportion {
namespace {

Error dataset_unknown(const std::string& place) {
  return {ErrorId::kDatasetUnknown, "the dataset of these files cannot be determined", place,
          "actual and amortized files have the same columns, and there is no manifest",
          "say which one it is: " + step(Step::kChooseDataset)};
}

// The scope says whose prices a run holds, whatever its columns are.
Result<void> check_prices(const Connection& connection, const BlobStore& store, const Run& run) {
  if (!is_retail_scope(run.scope) || connection.allow_retail_prices) return ok();
  return retail_prices_error(connection.name, store.place_of(run.source), fmt::format("its scope is {}", run.scope));
}

// What is known of an import before its rows are. The run knows its dataset and its period.
Import import_of(const Connection& connection, const Run& run) {
  Import import;
  import.connection = connection.id;
  import.dataset = *run.dataset;
  import.month = run.period->month;
  import.run_id = run.run_id;
  import.content_hash = run.content_hash;
  import.source = run.source;
  import.submitted_at = run.submitted_at;
  import.first_day = run.period->first_day;
  import.last_day = run.period->last_day;
  import.verified = run.verified;
  import.scope = run.scope;
  return import;
}

RunToRead to_read(const Connection& connection, const Run& run, ImportId id) {
  RunToRead what{run, import_of(connection, run), connection.name, connection.mend, connection.allow_retail_prices};
  what.import.id = id;
  return what;
}

// What one run needs while it is taken in.
class RunImporter {
 public:
  RunImporter(Workspace& workspace, const Connection& connection, BlobStore& store, const Run& run,
              const std::filesystem::path& temporary)
      : workspace_(&workspace), connection_(&connection), store_(&store), run_(&run), temporary_(temporary) {}

  // Takes the run in; nothing when its very content is there already.
  Result<std::optional<ImportedRun>> import(const ImportRequest& request) {
    if (!run_->dataset) return dataset_unknown(store_->place_of(run_->source));
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const auto known, control_plane.find_import(connection_->id, *run_->dataset, run_->run_id,
                                                                 run_->content_hash));
    if (known) return std::optional<ImportedRun>();
    APPORTION_TRY(check_connection_stayed());

    APPORTION_CHECK(run_->period, "the month of a run is known before it is read");
    APPORTION_TRY(check_prices(*connection_, *store_, *run_));
    AdmissionCheck admission(*workspace_, *connection_, store_->place_of(run_->source), request.replace);
    APPORTION_TRY(admission.check_before_reading(import_of(*connection_, *run_)));
    const auto reserved =
        request.offered == nullptr ? std::nullopt : request.offered->import_of(connection_->id, *run_);
    APPORTION_ASSIGN(const ImportId id, reserved ? Result<ImportId>(*reserved) : control_plane.next_import_id());
    APPORTION_ASSIGN(WrittenRun written, write(request, to_read(*connection_, *run_, id)));
    APPORTION_TRY(check_unchanged(*store_, *run_));
    APPORTION_TRY(add_stand_in_charges(written.rows));
    APPORTION_ASSIGN(const bool is_new, publish(written, admission));
    if (!is_new) return std::optional<ImportedRun>();
    ImportedRun imported{std::move(written.rows.import), first_of(written.rows.rejects)};
    if (prints_) request.stand_ins->keep(*connection_, imported.import, *prints_);
    return std::optional(std::move(imported));
  }

 private:
  Result<WrittenRun> write(const ImportRequest& request, const RunToRead& what) {
    if (request.offered != nullptr) {
      APPORTION_ASSIGN(auto written, written_elsewhere(request));
      if (written) return std::move(*written);
    }
    return write_here(request, what);
  }

  // What a worker wrote; nothing if the run has to be read here.
  Result<std::optional<WrittenRun>> written_elsewhere(const ImportRequest& request) const {
    const OfferedRuns::Watch watch{
        [this](const std::string& line) {
          if (workspace_->talk) workspace_->talk(line);
        },
        [this, &request](const LeaseProgress& progress) {
          tell(request, {.file = 1, .files = run_->blobs.size(), .rows = progress.rows, .bytes = progress.bytes});
        }};
    APPORTION_ASSIGN(auto written,
                     request.offered->fetch(connection_->id, *run_, workspace_->cancel, watch));
    // Rows that stand in are there only once their import is.
    if (written && written->rows.stand_in && !workspace_->control_plane.import(*written->rows.stand_in)) {
      written.reset();
    }
    return written;
  }

  Result<WrittenRun> write_here(const ImportRequest& request, const RunToRead& what) {
    APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(workspace_->home));
    const Import& import = what.import;
    RunReading reading{workspace_->home.lake(),
                       incoming.folder_of({lake_role_of(import.dataset), import.month, connection_->name,
                                           part_of_import(import.id)}),
                       temporary_, workspace_->threads, workspace_->cancel};
    APPORTION_TRY(make_folder(reading.folder));
    if (workspace_->watch) {
      reading.watch = [this, &request](const ReadProgress& read) { tell(request, read); };
    }
    if (request.stand_ins != nullptr && import.dataset == Dataset::kAmortizedCost) {
      APPORTION_ASSIGN(prints_, request.stand_ins->folder_for(import));
      reading.prints = prints_;
    }
    if (request.stand_ins != nullptr && import.dataset == Dataset::kActualCost) {
      APPORTION_ASSIGN(reading.stand_ins, request.stand_ins->for_run(*connection_, import));
    }
    APPORTION_ASSIGN(RunRows rows, read_run_rows(*store_, what, std::move(reading)));
    return WrittenRun{std::move(rows), std::move(incoming)};
  }

  void tell(const ImportRequest& request, const ReadProgress& read) const {
    if (!workspace_->watch) return;
    const IntakeProgress intake = request.intake == nullptr ? IntakeProgress{} : *request.intake;
    workspace_->watch({connection_->name, *run_->dataset, run_->period->month, read, intake});
  }

  // Others may have changed the home while the run was read: everything is asked again, now that they wait. False when
  // somebody took in the same run.
  Result<bool> publish(WrittenRun& written, AdmissionCheck& admission) {
    APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(*workspace_, kPatienceWithoutEnd));
    ControlPlane& control_plane = workspace_->control_plane;
    Import& import = written.rows.import;
    APPORTION_TRY(check_connection_stayed());
    APPORTION_ASSIGN(const auto known,
                     control_plane.find_import(import.connection, import.dataset, import.run_id, import.content_hash));
    if (known) return false;
    APPORTION_TRY(admission.check_before_reading(import));
    APPORTION_TRY(admission.check_after_reading(import));
    APPORTION_TRY(written.incoming.move_in());
    for (ImportFile& file : import.files) file.file = written.incoming.moved(std::move(file.file));
    APPORTION_TRY(control_plane.add_import(import, written.rows.rejects));
    return true;
  }

  Result<void> check_connection_stayed() const {
    const auto now = workspace_->control_plane.connection(connection_->id);
    if (now && *now == *connection_) return ok();
    return Error{ErrorId::kConnectionChanged, "the connection was changed or removed while its runs were being read",
                 connection_->name, "this run was not imported",
                 "sync with the connection as it is now: " + step(Step::kSync, {{"connection", connection_->name}})};
  }

  // The charges that stand in for rows of this import belong to it, too.
  Result<void> add_stand_in_charges(RunRows& rows) const {
    if (!rows.stand_in) return ok();
    APPORTION_ASSIGN(const Import stand_in, workspace_->control_plane.import(*rows.stand_in));
    for (LakeFile& file : files_of_role(stand_in, kChargesFile))
      rows.import.files.push_back({std::move(file), std::string(kStandInChargesFile)});
    return ok();
  }

  Workspace* workspace_;
  const Connection* connection_;
  BlobStore* store_;
  const Run* run_;
  std::filesystem::path temporary_;
  std::optional<std::filesystem::path> prints_;  // where those of an amortized run went
};

// Things that may lie beside the runs of a location without being wrong: a file without a manifest, runs of another
// dataset in a common folder.
bool is_bystander(RunProblemKind kind) {
  return kind == RunProblemKind::kNoManifest || kind == RunProblemKind::kWrongDataset;
}

// Whether a run lies in the connection's location of its own dataset, and so is met there.
bool has_its_place(const Connection& connection, const RunProblem& problem, const std::string& place) {
  if (problem.kind != RunProblemKind::kWrongDataset || !problem.dataset) return false;
  const auto location = connection.location(*problem.dataset);
  return location && place.starts_with(shown_location(*location) + "/");
}

// Counts a run as read once it is over, whatever came of it.
class RunInTurn {
 public:
  RunInTurn(IntakeProgress* intake, const Run& run, bool is_new) : intake_(is_new ? intake : nullptr), run_(&run) {
    if (intake_ != nullptr) ++intake_->run;
  }
  RunInTurn(const RunInTurn&) = delete;
  RunInTurn& operator=(const RunInTurn&) = delete;
  ~RunInTurn() {
    if (intake_ != nullptr) intake_->bytes_before += bytes_of(*run_);
  }

 private:
  IntakeProgress* intake_;
  const Run* run_;
};

// Takes in what was found in one location.
class LocationImporter {
 public:
  LocationImporter(Workspace& workspace, const Connection& connection, const ImportRequest& request, BlobStore& store)
      : workspace_(&workspace), connection_(&connection), request_(&request), store_(&store) {}

  Result<ImportReport> import(Discovery discovery) {
    ImportReport report;
    unverified_.clear();
    report.notes = std::move(discovery.notes);
    add_problems(discovery, report);
    if (discovery.scope_conflict) {
      report.skipped.push_back({store_->description(), *discovery.scope_conflict});
      return report;
    }
    APPORTION_TRY(learn_scopes(discovery.runs));
    std::ranges::stable_partition(discovery.runs,
                                  [](const Run& run) { return run.dataset == Dataset::kAmortizedCost; });
    APPORTION_ASSIGN(const TemporaryFolder temporary, workspace_->home.make_temporary_folder());
    for (const Run& run : discovery.runs) {
      if (!is_asked_for(run, *request_)) continue;
      APPORTION_ASSIGN(const bool known, is_known(*workspace_, *connection_, run));
      const RunInTurn turn(request_->intake, run, !known);
      if (run.verified) {
        APPORTION_TRY(import_run(run, temporary.path(), report));
      } else {
        APPORTION_TRY(import_unverified(run, temporary.path(), report));
      }
    }
    return report;
  }

 private:
  // Imports of before do not know what they cover: their manifests still say it.
  Result<void> learn_scopes(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
      if (run.scope.empty() || !run.dataset) continue;
      APPORTION_ASSIGN(const auto known, workspace_->control_plane.find_import(connection_->id, *run.dataset,
                                                                               run.run_id, run.content_hash));
      if (known) APPORTION_TRY(workspace_->control_plane.learn_scope(*known, run.scope));
    }
    return ok();
  }

  // Files without a manifest are read once to see which belong together, unless all of them were taken in as they are.
  Result<void> import_unverified(const Run& candidate, const std::filesystem::path& temporary, ImportReport& report) {
    const std::string place = store_->place_of(candidate.source);
    if (!candidate.dataset) {
      report.skipped.push_back({place, dataset_unknown(place)});
      return ok();
    }
    APPORTION_ASSIGN(const bool known, is_known(*workspace_, *connection_, candidate));
    if (known) {
      ++report.already_there;
      return ok();
    }
    if (workspace_->talk) workspace_->talk(fmt::format("looking into the files of {}", place));
    auto sorted = sort_unverified_files(*store_, candidate, request_->month, workspace_->clock.today(), temporary);
    if (!sorted) {
      if (ends_everything(sorted.error().kind())) return std::move(sorted).error();
      report.skipped.push_back({place, std::move(sorted).error()});
      return ok();
    }
    for (RefusedFiles& refused : sorted->refused)
      report.skipped.push_back({store_->place_of(refused.source), std::move(refused.error)});
    std::move(sorted->notes.begin(), sorted->notes.end(), std::back_inserter(report.notes));
    for (const Run& run : sorted->runs) APPORTION_TRY(import_in_order(run, temporary, report));
    return ok();
  }

  // Of two new runs of a month without a manifest one would take the place of the other by chance.
  Result<void> import_in_order(const Run& run, const std::filesystem::path& temporary, ImportReport& report) {
    APPORTION_ASSIGN(const bool known, is_known(*workspace_, *connection_, run));
    const auto [first, is_first] = unverified_.try_emplace({*run.dataset, run.period->month}, run);
    const bool has_order = !run.submitted_at.empty() && run.submitted_at != first->second.submitted_at;
    if (known || is_first || has_order) return import_run(run, temporary, report);
    const std::string place = store_->place_of(run.blobs.front().name);
    report.skipped.push_back(
        {place,
         {ErrorId::kRunsWithoutOrder, "two runs cover one month, and nothing says which is newer", place,
          fmt::format("{} covers {} too, and neither has a manifest",
                      store_->place_of(first->second.blobs.front().name), run.period->month.to_string()),
          "leave the one that counts and remove the other; files that belong together go into one folder"}});
    return ok();
  }

  void add_problems(Discovery& discovery, ImportReport& report) const {
    for (RunProblem& problem : discovery.problems) {
      if (request_->month && problem.month && *problem.month != *request_->month) continue;
      const std::string place = store_->place_of(problem.source);
      if (has_its_place(*connection_, problem, place)) continue;
      if (!discovery.runs.empty() && is_bystander(problem.kind)) {
        report.notes.push_back(fmt::format("{}: {} ({})", place, problem.error.what, problem.error.why));
      } else {
        report.skipped.push_back({place, std::move(problem.error)});
      }
    }
  }

  Result<void> import_run(const Run& run, const std::filesystem::path& temporary, ImportReport& report) {
    if (workspace_->talk) workspace_->talk(fmt::format("reading {}", store_->place_of(run.source)));
    RunImporter importer(*workspace_, *connection_, *store_, run, temporary);
    auto imported = importer.import(*request_);
    if (!imported) {
      if (ends_everything(imported.error().kind())) return std::move(imported).error();
      report.skipped.push_back({store_->place_of(run.source), std::move(imported).error()});
    } else if (*imported) {
      APPORTION_TRY(add_month((**imported).import, report));
      report.imported.push_back(*std::move(*imported));
    } else {
      ++report.already_there;
    }
    return ok();
  }

  // Prices are for charges that are there: alone they make no bill month.
  Result<void> add_month(const Import& import, ImportReport& report) const {
    if (tells_of_commitments(import.dataset) || holds_invoice_lines(import.dataset)) return ok();
    APPORTION_ASSIGN(const auto bill_month, workspace_->control_plane.bill_month(connection_->id, import.month));
    if (bill_month) report.months.insert(import.month);
    return ok();
  }

  Workspace* workspace_;
  const Connection* connection_;
  const ImportRequest* request_;
  BlobStore* store_;
  std::map<std::pair<Dataset, Month>, Run> unverified_;  // the first new one of each month
};

}  // namespace

void ImportReport::add(ImportReport other) {
  std::move(other.imported.begin(), other.imported.end(), std::back_inserter(imported));
  std::move(other.skipped.begin(), other.skipped.end(), std::back_inserter(skipped));
  std::move(other.notes.begin(), other.notes.end(), std::back_inserter(notes));
  already_there += other.already_there;
  months.merge(other.months);
}

bool is_asked_for(const Run& run, const ImportRequest& request) {
  return !request.month || !run.period || run.period->month == *request.month;
}

Result<bool> is_known(const Workspace& workspace, const Connection& connection, const Run& run) {
  if (!run.dataset) return false;
  APPORTION_ASSIGN(const auto known,
                   workspace.control_plane.find_import(connection.id, *run.dataset, run.run_id, run.content_hash));
  return known.has_value();
}

std::int64_t bytes_of(const Run& run) {
  std::int64_t bytes = 0;
  for (const RunBlob& blob : run.blobs) bytes += blob.bytes;
  return bytes;
}

Result<void> check_discovered(const Workspace& workspace, const Connection& connection, const BlobStore& store,
                              const Run& run) {
  APPORTION_TRY(check_prices(connection, store, run));
  if (!run.dataset || !run.period) return ok();
  AdmissionCheck admission(workspace, connection, store.place_of(run.source), false);
  return admission.check_before_reading(import_of(connection, run));
}

std::vector<Reject> first_of(const std::vector<Reject>& rejects) {
  constexpr std::ptrdiff_t kRejectsToShow = 10;
  return {rejects.begin(), rejects.begin() + std::min(std::ssize(rejects), kRejectsToShow)};
}

Result<void> expect_runs(const Workspace& workspace, const Connection& connection, const ImportRequest& request,
                         const Discovery& discovery) {
  for (const Run& run : discovery.runs) {
    if (!is_asked_for(run, request)) continue;
    APPORTION_ASSIGN(const bool known, is_known(workspace, connection, run));
    if (known) continue;
    if (request.intake != nullptr) {
      ++request.intake->runs;
      request.intake->bytes_expected += bytes_of(run);
    }
    if (request.stand_ins != nullptr && run.dataset == Dataset::kActualCost) {
      request.stand_ins->expect(connection.id, run.period ? std::optional(run.period->month) : std::nullopt);
    }
  }
  return ok();
}

Result<void> offer_runs(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                        const DiscoveredLocation& found, std::vector<OfferedRun>& offered) {
  if (is_blob_location(request.location) || found.discovery.scope_conflict) return ok();
  for (const Run& run : found.discovery.runs) {
    if (!run.verified || run.blobs.empty() || !is_asked_for(run, request)) continue;
    APPORTION_ASSIGN(const bool known, is_known(workspace, connection, run));
    if (known || !check_discovered(workspace, connection, *found.store, run)) continue;
    APPORTION_ASSIGN(const ImportId id, workspace.control_plane.next_import_id());
    offered.push_back({to_read(connection, run, id), found.store->description()});
  }
  return ok();
}

DiscoveryOptions discovery_options(const Workspace& workspace, const ImportRequest& request) {
  return {request.expected, workspace.clock.today(), request.allow_unverified, workspace.known_manifests.get(),
          request.without};
}

Result<ImportReport> import_location(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                                     const IntakeLock& lock) {
  APPORTION_ASSIGN(std::unique_ptr<BlobStore> store, workspace.store_at(connection, request.location));
  APPORTION_ASSIGN(Discovery discovery, discover_runs(*store, discovery_options(workspace, request)));
  APPORTION_TRY(expect_runs(workspace, connection, request, discovery));
  return import_discovered(workspace, connection, request, {std::move(store), std::move(discovery)}, lock);
}

Result<ImportReport> import_discovered(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                                       DiscoveredLocation found, const IntakeLock& /*lock*/) {
  LocationImporter importer(workspace, connection, request, *found.store);
  APPORTION_ASSIGN(ImportReport report, importer.import(std::move(found.discovery)));
  const auto written_over = [](const SkippedRun& run) { return is_written_over(run.error); };
  if (std::none_of(report.skipped.begin(), report.skipped.end(), written_over)) return report;

  APPORTION_ASSIGN(Discovery discovery, discover_runs(*found.store, discovery_options(workspace, request)));
  APPORTION_ASSIGN(ImportReport again, importer.import(std::move(discovery)));
  again.already_there -= static_cast<std::int64_t>(report.imported.size());
  again.imported.insert(again.imported.begin(), std::make_move_iterator(report.imported.begin()),
                        std::make_move_iterator(report.imported.end()));
  again.months.merge(report.months);
  return again;
}

}  // namespace apportion
