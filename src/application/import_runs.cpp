#include "application/import_runs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/admission.h"
#include "application/run_input.h"
#include "application/stand_in_runs.h"
#include "application/unverified_files.h"
#include "application/writable_workspace.h"
#include "foundation/base/check.h"
#include "foundation/base/free_memory.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/bill_scope.h"
#include "foundation/model/other_columns.h"
#include "foundation/model/source_fields.h"
#include "lake/import_rows.h"
#include "lake/incoming_files.h"
#include "lake/lake.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/runs.h"
#include "pipeline/ingest/layout.h"
#include "pipeline/ingest/run_reader.h"
#include "pipeline/normalise/charge_sink.h"
#include "pipeline/normalise/kept_rows_sink.h"

namespace apportion {
namespace {

Error dataset_unknown(const std::string& place) {
  return {ErrorId::kDatasetUnknown, "the dataset of these files cannot be determined", place,
          "actual and amortized files have the same columns, and there is no manifest",
          "say which one it is: " + step(Step::kChooseDataset)};
}

Error retail_prices(const Connection& connection, const std::string& place, const std::string& sign) {
  return {ErrorId::kFileHasRetailPrices, "the file was exported at the scope of a subscription or resource group",
          place,
          fmt::format(
              "{}; such files hold retail prices and no partner credit, so a bill made from them would be wrong", sign),
          "export at the scope of a billing account, billing profile or customer; to take retail prices on purpose: " +
              step(Step::kAllowRetailPrices, {{"connection", connection.name}})};
}

// The scope says whose prices a run holds, whatever its columns are.
Result<void> check_prices(const Connection& connection, const BlobStore& store, const Run& run) {
  if (!is_retail_scope(run.scope) || connection.allow_retail_prices) return ok();
  return retail_prices(connection, store.place_of(run.source), fmt::format("its scope is {}", run.scope));
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

// What one run needs while it is taken in.
class RunImporter {
 public:
  RunImporter(Workspace& workspace, const Connection& connection, BlobStore& store, const Run& run,
              const std::filesystem::path& temporary)
      : workspace_(&workspace), connection_(&connection), store_(&store), run_(&run), files_(store, run, temporary) {}

  // Takes the run in; nothing when its very content is there already.
  Result<std::optional<ImportedRun>> import(const ImportRequest& request) {
    if (!run_->dataset) return dataset_unknown(store_->place_of(run_->source));
    const Dataset dataset = *run_->dataset;
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const auto known,
                     control_plane.find_import(connection_->id, dataset, run_->run_id, run_->content_hash));
    if (known) return std::optional<ImportedRun>();
    APPORTION_TRY(check_connection_stayed());

    APPORTION_CHECK(run_->period, "the month of a run is known before it is read");
    const Month month = run_->period->month;
    ImportedRun imported;
    imported.import = import_of(*connection_, *run_);
    APPORTION_TRY(check_prices(*connection_, *store_, *run_));
    AdmissionCheck admission(*workspace_, *connection_, store_->place_of(run_->source), request.replace);
    APPORTION_TRY(admission.check_before_reading(imported.import));
    APPORTION_TRY(files_.bring_here());
    APPORTION_ASSIGN(imported.import.id, control_plane.next_import_id());
    APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(workspace_->home));
    const auto folder =
        incoming.folder_of({lake_role_of(dataset), month, connection_->name, part_of_import(imported.import.id)});
    APPORTION_TRY(make_folder(folder));
    APPORTION_TRY(look_for_stand_ins(imported.import, request.stand_ins));
    APPORTION_ASSIGN(ReadRun read, read_rows(imported.import, folder,
                                             request.intake == nullptr ? IntakeProgress{} : *request.intake));
    APPORTION_TRY(check_unchanged(*store_, *run_));

    std::vector<Reject> rejects = std::move(read.content.broken);
    APPORTION_TRY(collect(read, dataset, imported.import, rejects));
    APPORTION_ASSIGN(const bool is_new, publish(imported.import, rejects, incoming, admission));
    if (!is_new) return std::optional<ImportedRun>();
    if (prints_) request.stand_ins->keep(*connection_, imported.import, *prints_);
    imported.first_rejects = first_of(rejects);
    return std::optional(std::move(imported));
  }

 private:
  // Others may have changed the home while the run was read: everything is asked again, now that they wait. False when
  // somebody took in the same run.
  Result<bool> publish(Import& import, const std::vector<Reject>& rejects, IncomingFiles& incoming,
                       AdmissionCheck& admission) {
    APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(*workspace_, kPatienceWithoutEnd));
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_TRY(check_connection_stayed());
    APPORTION_ASSIGN(const auto known,
                     control_plane.find_import(import.connection, import.dataset, import.run_id, import.content_hash));
    if (known) return false;
    APPORTION_TRY(admission.check_before_reading(import));
    APPORTION_TRY(admission.check_after_reading(import));
    APPORTION_TRY(incoming.move_in());
    for (ImportFile& file : import.files) file.file = incoming.moved(std::move(file.file));
    APPORTION_TRY(control_plane.add_import(import, rejects));
    return true;
  }

  Result<void> check_connection_stayed() const {
    const auto now = workspace_->control_plane.connection(connection_->id);
    if (now && *now == *connection_) return ok();
    return Error{ErrorId::kConnectionChanged, "the connection was changed or removed while its runs were being read",
                 connection_->name, "this run was not imported",
                 "sync with the connection as it is now: " + step(Step::kSync, {{"connection", connection_->name}})};
  }

  Result<void> admit(const std::string& file, const SourceLayout& layout, Dataset dataset) const {
    if (!fits(layout.kind, dataset)) {
      return Error{ErrorId::kFileDatasetMismatch, "the file holds another dataset than it should", file,
                   fmt::format("its columns are those of {}, but {} was expected", layout.name, dataset_name(dataset)),
                   "check which export writes to which location of the connection"};
    }
    if (layout.kind == SourceKind::kCspSubscription && !connection_->allow_retail_prices) {
      return retail_prices(*connection_, file, "it lacks the columns that only billing scopes have");
    }
    return ok();
  }

  Result<void> look_for_stand_ins(const Import& import, StandInRuns* runs) {
    if (runs == nullptr) return ok();
    if (import.dataset == Dataset::kAmortizedCost) {
      APPORTION_ASSIGN(prints_, runs->folder_for(import));
    }
    if (import.dataset == Dataset::kActualCost) {
      APPORTION_ASSIGN(stand_ins_, runs->for_run(*connection_, import));
    }
    return ok();
  }

  Result<ReadRun> read_rows(const Import& import, const std::filesystem::path& folder, const IntakeProgress& intake) {
    const Dataset dataset = import.dataset;
    const Month month = import.month;
    RunInput run_input = files_.input(workspace_->threads, month);
    run_input.cancel = workspace_->cancel;
    if (workspace_->watch) {
      run_input.watch = [this, dataset, month, intake](const ReadProgress& read) {
        workspace_->watch({connection_->name, dataset, month, read, intake});
      };
    }
    int worker = 0;
    const SinkMaker make_sink = [&]() -> Result<std::unique_ptr<BatchSink>> {
      ChargeSinkOptions options{import.id, connection_->name, dataset, month, connection_->mend, folder, worker++};
      if (prints_) options.prints = *prints_;
      if (stand_ins_) options.stand_ins = &*stand_ins_;
      if (!holds_charges(dataset)) return std::unique_ptr<BatchSink>(make_kept_rows_sink(std::move(options)));
      if (dataset == Dataset::kFocusCost) return std::unique_ptr<BatchSink>(make_focus_sink(std::move(options)));
      return std::unique_ptr<BatchSink>(make_cost_details_sink(std::move(options)));
    };
    return read_run(run_input, make_sink, [&](const std::string& file, const SourceLayout& layout) {
      return admit(store_->place_of(file), layout, dataset);
    });
  }

  Result<void> collect(ReadRun& read, Dataset dataset, Import& import, std::vector<Reject>& rejects) {
    import.rows_source = read.content.rows;
    import.source_files = std::move(read.content.files);
    std::set<std::string> marks(run_->marks.begin(), run_->marks.end());
    std::set<std::string> notes(run_->notes.begin(), run_->notes.end());
    describe_layouts(read.content.layouts, import, notes);

    MirrorChecksum checksum;
    std::vector<ImportTotal> totals;
    MonthDays charge_days;
    for (auto& sink : read.sinks) {
      APPORTION_ASSIGN(ChargeSinkResult result, static_cast<ImportSink&>(*sink).finish());
      sink.reset();
      checksum.add(result.checksum);
      import.rows_stored += result.rows_stored;
      for (ImportFile& file : result.files) {
        APPORTION_ASSIGN(file.file, Lake(workspace_->home).describe(file.file.path, file.file.rows));
        import.files.push_back(std::move(file));
      }
      for (const ImportTotal& total : result.totals) add_total(totals, total);
      for (const ImportMetricTotal& total : result.metric_totals) add_total(import.metric_totals, total);
      charge_days.add(result.charge_days);
      std::move(result.rejects.begin(), result.rejects.end(), std::back_inserter(rejects));
      notes.merge(result.notes);
      marks.merge(result.marks);
    }
    APPORTION_TRY(add_stand_in_charges(import));
    stand_ins_.reset();
    give_back_free_memory();
    std::sort(rejects.begin(), rejects.end(), [](const Reject& left, const Reject& right) {
      return std::tie(left.file, left.line) < std::tie(right.file, right.line);
    });
    import.rows_rejected = static_cast<std::int64_t>(rejects.size());
    import.totals = std::move(totals);
    if (holds_charges(dataset)) import.charge_days = charge_days;
    import.mirror_checksum = holds_charges(dataset) ? checksum.to_string() : "";
    for (const std::string& mark : marks) import.marks += mark + "\n";
    notes.merge(marks);
    for (const std::string& note : notes) import.notes += note + "\n";
    if (import.rows_source != import.rows_stored + import.rows_rejected) {
      return Error{ErrorId::kRowsLostReading, "rows were lost while reading", store_->place_of(run_->source),
                   fmt::format("{} rows in, {} stored and {} rejected", import.rows_source, import.rows_stored,
                               import.rows_rejected),
                   "nothing was imported; this is a bug in apportion: please report it"};
    }
    return ok();
  }

  // The charges that stand in for rows of this import belong to it, too.
  Result<void> add_stand_in_charges(Import& import) const {
    if (!has_stand_ins(import)) return ok();
    APPORTION_ASSIGN(const Import stand_in, workspace_->control_plane.import(stand_ins_->import()));
    for (LakeFile& file : files_of_role(stand_in, kChargesFile))
      import.files.push_back({std::move(file), std::string(kStandInChargesFile)});
    return ok();
  }

  static void add_total(std::vector<ImportTotal>& totals, const ImportTotal& more) {
    const auto found = std::find_if(totals.begin(), totals.end(), [&more](const ImportTotal& total) {
      return total.currency == more.currency && total.charge_category == more.charge_category;
    });
    if (found == totals.end()) {
      totals.push_back(more);
      return;
    }
    found->rows += more.rows;
    found->billed += more.billed;
    found->effective += more.effective;
    found->mended_effective += more.mended_effective;
    found->billed_remainder += more.billed_remainder;
    found->effective_remainder += more.effective_remainder;
  }

  static void add_total(std::vector<ImportMetricTotal>& totals, const ImportMetricTotal& more) {
    const auto key = [](const ImportMetricTotal& total) {
      return std::tie(total.currency, total.charge_category, total.role, total.metric);
    };
    const auto found =
        std::ranges::find_if(totals, [&](const ImportMetricTotal& total) { return key(total) == key(more); });
    if (found == totals.end()) {
      totals.push_back(more);
    } else {
      found->sum += more.sum;
    }
  }

  static bool has_field(const SourceLayout& layout, std::string_view name) {
    const auto field = std::ranges::find(fields_of(layout.kind), name, &SourceField::name);
    return layout.column_of_field[static_cast<std::size_t>(field - fields_of(layout.kind).begin())] >= 0;
  }

  static void describe_other_columns(const SourceLayout& layout, std::set<std::string>& unknown,
                                     std::set<std::string>& notes) {
    for (const auto& [position, name] : layout.other_columns) {
      if (std::ranges::count(layout.column_of_field, static_cast<int>(position)) > 0) continue;  // mapped, and kept too
      const auto second = std::ranges::find(layout.second_names, position, &SecondName::column);
      if (second == layout.second_names.end()) {
        if (!is_known_other_column(layout.kind, name)) unknown.insert(fmt::format("`{}`", name));
        continue;
      }
      const auto first = static_cast<std::size_t>(layout.column_of_field[second->field]);
      notes.insert(fmt::format("columns `{}` and `{}` are two names of one field: the first that has a value counts",
                               layout.names[first], name));
    }
  }

  static void describe_layouts(const std::vector<SourceLayout>& layouts, Import& import, std::set<std::string>& notes) {
    std::set<std::string> names, unknown;
    for (const SourceLayout& layout : layouts) {
      names.insert(layout.name);
      describe_other_columns(layout, unknown, notes);
      if (layout.kind == SourceKind::kFocus && !has_field(layout, "x_CustomerId"))
        notes.insert("column `x_CustomerId` is missing: no charge names its tenant");
      if (layout.kind != SourceKind::kMpa) continue;
      for (std::size_t i = 0; i < static_cast<std::size_t>(CostField::kCostAllocationRuleName); ++i) {
        if (layout.column_of_field[i] < 0)
          notes.insert(fmt::format("column `{}` is missing", cost_details_fields()[i].name));
      }
    }
    if (!unknown.empty()) {
      notes.insert(fmt::format("unknown column{} kept in x_OtherColumns: {}", unknown.size() == 1 ? "" : "s",
                               fmt::join(unknown, ", ")));
    }
    for (const std::string& name : names) import.layout += (import.layout.empty() ? "" : ", ") + name;
  }

  Workspace* workspace_;
  const Connection* connection_;
  BlobStore* store_;
  const Run* run_;
  RunFiles files_;
  std::optional<std::filesystem::path> prints_;  // where those of an amortized run go
  std::optional<StandIns> stand_ins_;            // of an actual run
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
