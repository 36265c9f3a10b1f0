#include "pipeline/publication/publish_months.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "lake/relations.h"
#include "pipeline/commitments/reallocation.h"
#include "pipeline/normalise/charge_set.h"
#include "pipeline/publication/source_sums.sql.h"
#include "store/live_import.h"
#include "store/settings.h"

namespace apportion {
namespace {

struct CostSum {
  Decimal billed;
  Decimal effective;
};

// What the vendor's files say that the charges must sum to, by currency.
std::map<std::string, CostSum> source_sums(const LiveImports& live) {
  std::map<std::string, CostSum> sums;
  const auto add = [&sums](const std::optional<Import>& import) {
    if (!import) return;
    for (const ImportTotal& total : import->totals) {
      CostSum& sum = sums[std::string(total.currency.code())];
      sum.billed += total.billed;
      sum.effective += total.effective + total.mended_effective;
    }
  };
  if (uses_cost_details(live)) {
    add(live.actual);
    if (live.amortized) {
      for (auto& [currency, sum] : sums) sum.effective = Decimal();
      for (const ImportTotal& total : live.amortized->totals) {
        CostSum& sum = sums[std::string(total.currency.code())];
        if (!live.actual) sum.billed += total.billed;
        sum.effective += total.effective;
      }
    }
  } else {
    add(live.focus);
  }
  return sums;
}

// Refuses charges that do not sum to their files: they must never be published.
Result<void> check_sums(Engine& engine, const LiveImports& live, const std::string& where) {
  std::map<std::string, CostSum> expected = source_sums(live);
  const auto differs = [&where](const std::string& currency, const CostSum& files, const CostSum& charges) {
    return Error{ErrorId::kChargesDifferFromSource,
                 "the charges do not sum to the vendor's files, so they were not published", where,
                 fmt::format("{}: billed {} in the files and {} in the charges, effective {} and {}", currency,
                             files.billed.to_string(), charges.billed.to_string(), files.effective.to_string(),
                             charges.effective.to_string()),
                 "this is a fault of apportion: please report it with the manifest of the run"};
  };
  APPORTION_TRY(engine.query(sql::kSourceSumsSql, {}, [&](const EngineRow& row) -> Result<void> {
    const std::string currency(row.text(0));
    const CostSum charges{row.decimal(1), row.decimal(2)};
    const CostSum files = expected[currency];
    expected.erase(currency);
    if (files.billed != charges.billed || files.effective != charges.effective)
      return differs(currency, files, charges);
    return ok();
  }));
  for (const auto& [currency, files] : expected) {
    if (!files.billed.is_zero() || !files.effective.is_zero()) return differs(currency, files, CostSum{});
  }
  return ok();
}

template <class File>
std::vector<LakeFile> lake_files(const std::vector<File>& files, const std::filesystem::path& lake) {
  std::vector<LakeFile> listed;
  for (const File& file : files) {
    std::error_code ignored;
    listed.push_back({file.path.lexically_relative(lake).string(), file.rows,
                      static_cast<std::int64_t>(std::filesystem::file_size(file.path, ignored))});
  }
  return listed;
}

// Adds what moves bring and take to the sums of a split.
void add_moves(std::vector<SplitTotal>& totals, const std::vector<MoveTotal>& moves) {
  for (const MoveTotal& move : moves) {
    const CustomerId customer(move.customer);
    const auto currency = Currency::parse(move.currency);
    APPORTION_CHECK(currency, "a stored charge has a currency");
    auto total = std::ranges::find_if(
        totals, [&](const SplitTotal& known) { return known.customer == customer && known.currency == *currency; });
    if (total == totals.end()) total = totals.insert(totals.end(), SplitTotal{customer, *currency, 0, {}});
    total->rows += move.moves;
    total->costs[0] += move.billed;
    total->costs[1] += move.effective;
  }
  std::ranges::sort(totals, [](const SplitTotal& left, const SplitTotal& right) {
    return std::tie(left.customer, left.currency) < std::tie(right.customer, right.currency);
  });
}

// Who bought commitments, by what is published of all months; read with an engine of its own when it is asked.
KnownBuyers buyers_of(const Workspace& workspace, std::span<const Customer> customers) {
  return [&workspace, customers]() -> Result<Buyers> {
    const ReadScope all = ReadScope::of_partner();
    const Lake lake(workspace.home);
    APPORTION_ASSIGN(Engine engine, open_engine(workspace));
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(workspace.control_plane, all));
    APPORTION_TRY(open_relations(engine, lake, snapshot));
    APPORTION_TRY(open_commitment_relations(engine, workspace.control_plane, lake, all));
    std::vector<CoveredMonth> months;
    for (const PublishedMonth& month : snapshot.months()) {
      if (month.charge_set) months.push_back({month.connection.name, month.month.month});
    }
    return read_buyers(engine, customers, months, workspace.clock.today());
  };
}

// One month on its way from imports to what is published.
class MonthPublisher {
 public:
  MonthPublisher(Workspace& workspace, const SplitInputs& inputs, const Connection& connection, Month month,
                 const PublishOptions& options, Engine& engine)
      : workspace_(&workspace),
        inputs_(&inputs),
        connection_(&connection),
        month_(month),
        options_(&options),
        engine_(&engine),
        outcome_{month, false, 0, std::nullopt, std::nullopt, {}} {}

  // What came of it, and what is to be published if anything is.
  Result<std::pair<PublishedOutcome, std::optional<MonthPublication>>> compute() {
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const std::vector<Import> imports, control_plane.imports(connection_->id, month_));
    APPORTION_ASSIGN(const auto bill_month, control_plane.bill_month(connection_->id, month_));
    const LiveImports live = choose_live(imports);
    if (bill_month && bill_month->locked) {
      outcome_.notes.push_back(fmt::format("{} is locked: nothing of it was changed", month_.to_string()));
      return nothing_new();
    }
    APPORTION_ASSIGN(const bool new_charges, find_charges(imports, live, bill_month));
    APPORTION_ASSIGN(const bool new_documents, documents_changed(bill_month));
    const bool needs_split = !bill_month || !bill_month->split || bill_month->needs_split;
    if (!new_charges && !new_documents && !needs_split && !options_->again) return nothing_new();
    APPORTION_TRY(split(live));
    if (!new_charges && !split_) return nothing_new();
    outcome_.changed = true;
    return std::pair(std::move(outcome_),
                     std::optional(MonthPublication{new_charges ? std::optional(std::move(charge_set_)) : std::nullopt,
                                                    std::move(split_)}));
  }

 private:
  std::pair<PublishedOutcome, std::optional<MonthPublication>> nothing_new() {
    return {std::move(outcome_), std::nullopt};
  }

  // The charges of the live imports: those published already, or new ones. True when they are new.
  Result<bool> find_charges(const std::vector<Import>& imports, const LiveImports& live,
                            const std::optional<BillMonth>& bill_month) {
    ControlPlane& control_plane = workspace_->control_plane;
    if (bill_month && bill_month->charge_set) {
      APPORTION_ASSIGN(charge_set_, control_plane.charge_set(*bill_month->charge_set));
    }
    std::vector<ImportId> wanted;
    if (uses_cost_details(live)) {
      for (const auto& import : {live.actual, live.amortized}) {
        if (import) wanted.push_back(import->id);
      }
    } else if (live.focus) {
      wanted.push_back(live.focus->id);
    }
    const bool are_new = !bill_month || !bill_month->charge_set || charge_set_.imports != wanted;
    if (are_new) {
      note_shrinking(imports, live);
      APPORTION_TRY(assemble(live));
    }
    APPORTION_TRY(engine_->view_over_parquet("charges", paths_of(charge_set_.files), charge_columns_sql()));
    if (are_new) APPORTION_TRY(check_sums(*engine_, live, place()));
    outcome_.timing_rows = charge_set_.timing_rows;
    return are_new;
  }

  // A run that lost rows against the one before is taken, since Microsoft does restate, but never without a word.
  void note_shrinking(const std::vector<Import>& imports, const LiveImports& live) {
    for (const auto& now : {live.actual, live.amortized, live.focus}) {
      if (!now) continue;
      std::vector<Import> others;
      std::copy_if(imports.begin(), imports.end(), std::back_inserter(others),
                   [&now](const Import& import) { return import.dataset == now->dataset && import.id != now->id; });
      const LiveImports before = choose_live(others);
      for (const auto& import : {before.actual, before.amortized, before.focus}) {
        if (!import || !has_shrunk(import->rows_source, now->rows_source, inputs_->shrink_percent)) continue;
        outcome_.notes.push_back(fmt::format("the {} run has {} rows, the one before had {}: look at `report changes`",
                                             dataset_name(now->dataset), now->rows_source, import->rows_source));
      }
    }
  }

  Result<void> assemble(const LiveImports& live) {
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const ChargeSetId id, control_plane.next_charge_set_id());
    APPORTION_ASSIGN(const ImportId timing_import, control_plane.next_import_id());
    const auto folder = lake_folder("charges") / fmt::format("import={}", timing_import.raw());
    APPORTION_ASSIGN(AssembledCharges assembled,
                     assemble_charges(*engine_, live, workspace_->home.lake(), folder, timing_import));
    charge_set_ = {id,
                   connection_->id,
                   month_,
                   std::move(assembled.imports),
                   std::move(assembled.files),
                   assembled.timing_rows,
                   std::move(assembled.notes)};
    if (!charge_set_.notes.empty()) outcome_.notes.push_back(charge_set_.notes);
    return ok();
  }

  // Whether another version of a document is in force than the one the month was split by.
  Result<bool> documents_changed(const std::optional<BillMonth>& bill_month) {
    if (!bill_month || !bill_month->split) return true;
    APPORTION_ASSIGN(const Split last, workspace_->control_plane.split(*bill_month->split));
    return last.documents != inputs_->versions;
  }

  Result<void> split(const LiveImports& live) {
    std::int64_t rejected = 0;
    for (const auto& import : {live.actual, live.amortized, live.focus}) {
      if (import) rejected += import->rows_rejected;
    }
    if (rejected > 0 && !options_->accept_rejects) {
      outcome_.not_split =
          Error{ErrorId::kSplitHeldByRejects, "the month was not split", place(),
                fmt::format("{} rows of its files could not be read and are no charges", rejected),
                "mend the export and sync again, or split without these rows: apportion split --accept-rejects"};
      return ok();
    }
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const SplitId id, control_plane.next_split_id());
    const auto folder = lake_folder("assignments") / fmt::format("split={}", id.raw());
    APPORTION_TRY(make_folder(folder));
    const RuleList* rules = list_in_force(inputs_->rules, month_);
    const SplitRequest request{rules, inputs_->customers, folder};
    APPORTION_ASSIGN(SplitResult result, split_charges(*engine_, request));
    for (const auto* files : {&result.direct_files, &result.share_files}) {
      for (const SplitFile& file : *files) APPORTION_TRY(sync_to_disk(file.path));
    }
    APPORTION_TRY(sync_to_disk(folder));
    Split made;
    made.id = id;
    made.charge_set = charge_set_.id;
    made.documents = inputs_->versions;
    if (rules != nullptr) made.rules_effective = rules->effective.to_string();
    made.direct_files = lake_files(result.direct_files, workspace_->home.lake());
    made.share_files = lake_files(result.share_files, workspace_->home.lake());
    made.rule_names = result.rule_names;
    APPORTION_TRY(move_commitments(made, result, folder));
    for (const std::string& note : result.notes) made.notes += note + "\n";
    split_ = std::move(made);
    outcome_.split = std::move(result);
    return ok();
  }

  // Moves the cost of commitments by the policies in force; the split gets their files and names.
  Result<void> move_commitments(Split& made, SplitResult& result, const std::filesystem::path& folder) {
    const CommitmentPolicyList* policies = policies_in_force(inputs_->policies, month_);
    if (policies == nullptr) return ok();
    const PublishedMonth month{
        *connection_, {connection_->id, month_, false, charge_set_.id, made.id}, charge_set_, made};
    APPORTION_ASSIGN(const Snapshot snapshot,
                     Snapshot::of(workspace_->control_plane, ReadScope::of_partner(), {month}));
    APPORTION_TRY(open_stored_relations(*engine_, Lake(workspace_->home), snapshot));
    const auto first_rule = static_cast<std::int64_t>(result.rule_names.size());
    APPORTION_ASSIGN(ReallocationResult moved,
                     reallocate(*engine_, {policies, first_rule, folder, buyers_of(*workspace_, inputs_->customers)}));
    APPORTION_TRY(sync_to_disk(folder));
    made.move_files = lake_files(moved.files, workspace_->home.lake());
    for (auto* names : {&made.rule_names, &result.rule_names}) {
      names->insert(names->end(), moved.rule_names.begin(), moved.rule_names.end());
    }
    result.notes.insert(result.notes.end(), moved.notes.begin(), moved.notes.end());
    add_moves(result.totals, moved.totals);
    return ok();
  }

  std::filesystem::path lake_folder(std::string_view kind) const {
    return workspace_->home.lake() / kind / ("month=" + month_.to_string()) / ("connection=" + connection_->name);
  }

  std::vector<std::filesystem::path> paths_of(std::span<const LakeFile> files) const {
    std::vector<std::filesystem::path> paths;
    for (const LakeFile& file : files) paths.push_back(workspace_->home.lake() / file.path);
    return paths;
  }

  std::string place() const { return fmt::format("{} {}", connection_->name, month_.to_string()); }

  Workspace* workspace_;
  const SplitInputs* inputs_;
  const Connection* connection_;
  Month month_;
  const PublishOptions* options_;
  Engine* engine_;
  ChargeSet charge_set_;
  std::optional<Split> split_;
  PublishedOutcome outcome_;
};

}  // namespace

Result<SplitInputs> split_inputs(const ControlPlane& control_plane) {
  SplitInputs inputs;
  APPORTION_ASSIGN(inputs.customers, control_plane.customers());
  APPORTION_ASSIGN(const Settings settings, Settings::read(control_plane));
  inputs.shrink_percent = settings[SettingId::kRunsShrinkPercent];
  APPORTION_ASSIGN(const auto rules, control_plane.current_document(DocumentKind::kRules));
  if (rules) {
    inputs.versions[rules->kind] = rules->version;
    APPORTION_ASSIGN(inputs.rules, parse_rule_file(rules->text, "the applied rule file"));
  }
  APPORTION_ASSIGN(const auto policies, control_plane.current_document(DocumentKind::kCommitmentPolicies));
  if (policies) {
    inputs.versions[policies->kind] = policies->version;
    APPORTION_ASSIGN(inputs.policies, parse_policy_file(policies->text, "the applied policy file"));
  }
  return inputs;
}

Publication::Publication(Workspace& workspace, Edit edit, SplitInputs inputs)
    : workspace_(&workspace), edit_(std::move(edit)), inputs_(std::move(inputs)) {}

// The edit is tried in a transaction that is undone: months take long to compute, and others may write meanwhile.
Result<Publication> Publication::begin(Workspace& workspace, const FileLock& /*lock*/, Edit edit) {
  ControlPlane& control_plane = workspace.control_plane;
  std::optional<ControlPlaneTransaction> trial;
  if (edit) {
    APPORTION_ASSIGN(ControlPlaneTransaction undone, control_plane.begin());
    trial.emplace(std::move(undone));
    APPORTION_TRY(edit(control_plane));
  }
  APPORTION_ASSIGN(SplitInputs inputs, split_inputs(control_plane));
  return Publication(workspace, std::move(edit), std::move(inputs));
}

Result<PublishedOutcome> Publication::add(const Connection& connection, Month month, const PublishOptions& options) {
  APPORTION_ASSIGN(Engine engine, open_engine(*workspace_));
  MonthPublisher publisher(*workspace_, inputs_, connection, month, options, engine);
  APPORTION_ASSIGN(auto computed, publisher.compute());
  if (computed.second) months_.push_back(*std::move(computed.second));
  return std::move(computed.first);
}

Result<void> Publication::publish() {
  if (!edit_ && months_.empty()) return ok();
  ControlPlane& control_plane = workspace_->control_plane;
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  if (edit_) APPORTION_TRY(edit_(control_plane));
  APPORTION_ASSIGN(const SplitInputs now, split_inputs(control_plane));
  if (now.versions != inputs_.versions || now.customers != inputs_.customers) {
    return Error{ErrorId::kChangedMeanwhile, "customers or documents were changed meanwhile", "",
                 "the months were computed by what was there before, and nothing of them was published",
                 "run the same command again"};
  }
  APPORTION_TRY(control_plane.publish(months_));
  return transaction.commit();
}

Result<PublishedOutcome> publish_bill_month(Workspace& workspace, const Connection& connection, Month month,
                                            const PublishOptions& options, const FileLock& lock) {
  APPORTION_ASSIGN(Publication publication, Publication::begin(workspace, lock));
  APPORTION_ASSIGN(PublishedOutcome outcome, publication.add(connection, month, options));
  APPORTION_TRY(publication.publish());
  return outcome;
}

Result<PolicyPreview> preview_policies(Workspace& workspace, const PublishedMonth& month,
                                       const CommitmentPolicyFile& candidate) {
  APPORTION_CHECK(month.charge_set && month.split, "a preview is of a month that is split");
  const ControlPlane& control_plane = workspace.control_plane;
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  PublishedMonth without_moves = month;
  without_moves.split->move_files.clear();
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane, ReadScope::of_partner(), {without_moves}));
  APPORTION_TRY(open_stored_relations(engine, Lake(workspace.home), snapshot));
  APPORTION_ASSIGN(const SplitInputs inputs, split_inputs(control_plane));
  PolicyPreview preview;
  const KnownBuyers buyers = buyers_of(workspace, inputs.customers);
  APPORTION_ASSIGN(preview.now,
                   reallocate(engine, {policies_in_force(inputs.policies, month.month.month), 0, {}, buyers}));
  APPORTION_ASSIGN(preview.candidate,
                   reallocate(engine, {policies_in_force(candidate, month.month.month), 0, {}, buyers}));
  return preview;
}

Result<PreviewTotals> preview_rules(Workspace& workspace, const Connection& connection, Month month,
                                    const RuleFile& candidate) {
  const ControlPlane& control_plane = workspace.control_plane;
  APPORTION_ASSIGN(const Snapshot snapshot,
                   Snapshot::take(control_plane, ReadScope::of_partner(connection.name, month)));
  if (snapshot.months().empty() || !snapshot.months().front().charge_set) {
    return Error{ErrorId::kNoCharges, "there are no charges to look at",
                 fmt::format("{} {}", connection.name, month.to_string()), "the month is not published",
                 "take it in first: apportion sync"};
  }
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  APPORTION_TRY(open_stored_relations(engine, Lake(workspace.home), snapshot));
  APPORTION_ASSIGN(const SplitInputs inputs, split_inputs(control_plane));
  PreviewTotals totals;
  APPORTION_ASSIGN(totals.now, preview_split(engine, {list_in_force(inputs.rules, month), inputs.customers, {}}));
  APPORTION_ASSIGN(totals.candidate, preview_split(engine, {list_in_force(candidate, month), inputs.customers, {}}));
  return totals;
}

MonthState month_state(const BillMonth& month, const std::vector<Import>& imports, Day today) {
  if (month.locked) return {"locked", "closed by a person"};
  const LiveImports live = choose_live(imports);
  if (!live.actual && !live.amortized && !live.focus) return {"missing", "no run was taken in"};
  if (uses_cost_details(live)) {
    if (!live.actual) return {"partial", "no actual run"};
    if (!live.amortized) return {"partial", "no amortized run"};
  }
  const std::vector<const Import*> runs = uses_cost_details(live)
                                              ? std::vector<const Import*>{&*live.actual, &*live.amortized}
                                              : std::vector<const Import*>{&*live.focus};
  for (const Import* run : runs) {
    const std::string_view dataset = dataset_name(run->dataset);
    if (run->rows_rejected > 0)
      return {"partial", fmt::format("{} rows of the {} run were rejected", run->rows_rejected, dataset)};
    if (run->first_day > month.month.first_day()) {
      return {"partial", fmt::format("the {} run begins on {}", dataset, run->first_day.to_string())};
    }
  }
  for (const Import* run : runs) {
    const std::string_view dataset = dataset_name(run->dataset);
    if (run->last_day < month.month.last_day()) {
      const bool is_over = today > month.month.last_day();
      return {is_over ? "partial" : "open",
              fmt::format("the {} run covers the days until {}", dataset, run->last_day.to_string())};
    }
    // Microsoft may change a month until the fifth day of the next one.
    const Day last_change = month.month.last_day().plus_days(5);
    const auto submitted =
        Day::parse(std::string_view(run->submitted_at).substr(0, std::min<std::size_t>(run->submitted_at.size(), 10)));
    if (!submitted) return {"open", fmt::format("it is not known when the {} run was made", dataset)};
    if (*submitted <= last_change) {
      return {"open", fmt::format("the {} run is of {}; Microsoft may change the month until {}", dataset,
                                  submitted->to_string(), last_change.to_string())};
    }
  }
  return {"complete", ""};
}

}  // namespace apportion
