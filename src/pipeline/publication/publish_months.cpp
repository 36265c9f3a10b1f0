#include "pipeline/publication/publish_months.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/check.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "lake/cubes.h"
#include "lake/lake.h"
#include "lake/relations.h"
#include "pipeline/commitments/reallocation.h"
#include "pipeline/normalise/charge_set.h"
#include "pipeline/publication/charge_cells.sql.h"
#include "pipeline/publication/cube_files.h"
#include "pipeline/publication/delta_upkeep.h"
#include "pipeline/publication/losses.h"
#include "pipeline/publication/source_sums.h"
#include "pipeline/split/charge_cells.h"
#include "store/live_import.h"
#include "store/settings.h"

namespace apportion {
namespace {

template <class File>
Result<std::vector<LakeFile>> described(const std::vector<File>& files, const Lake& lake) {
  std::vector<LakeFile> listed;
  for (const File& file : files) {
    APPORTION_ASSIGN(LakeFile described, lake.describe(file.path, file.rows));
    listed.push_back(std::move(described));
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

// Makes `inputs` those of certain versions of the documents.
Result<void> read_documents(const ControlPlane& control_plane, std::map<DocumentKind, DocumentVersion> versions,
                            SplitInputs& inputs) {
  inputs.rules = {};
  inputs.policies = {};
  if (const auto rules = versions.find(DocumentKind::kRules); rules != versions.end()) {
    APPORTION_ASSIGN(const Document document, control_plane.document(rules->first, rules->second));
    APPORTION_ASSIGN(inputs.rules, parse_rule_file(document.text, "the applied rule file"));
  }
  if (const auto policies = versions.find(DocumentKind::kCommitmentPolicies); policies != versions.end()) {
    APPORTION_ASSIGN(const Document document, control_plane.document(policies->first, policies->second));
    APPORTION_ASSIGN(inputs.policies, parse_policy_file(document.text, "the applied policy file"));
  }
  inputs.versions = std::move(versions);
  return ok();
}

// All but the documents themselves: reading many rules takes seconds. What is damaged decides about nobody's costs.
Result<SplitInputs> unread_inputs(const ControlPlane& control_plane) {
  APPORTION_TRY(control_plane.check(PlaneCheck::kRows));
  SplitInputs inputs;
  APPORTION_ASSIGN(inputs.customers, control_plane.customers());
  APPORTION_ASSIGN(const Settings settings, Settings::read(control_plane));
  inputs.shrink_percent = settings[SettingId::kRunsShrinkPercent];
  for (const DocumentKind kind : {DocumentKind::kRules, DocumentKind::kCommitmentPolicies}) {
    APPORTION_ASSIGN(const auto document, control_plane.current_document(kind));
    if (document) inputs.versions[kind] = document->version;
  }
  return inputs;
}

// Without the rules in force: for looking at what a candidate, or the policies, would do.
Result<SplitInputs> inputs_without_rules(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(SplitInputs inputs, unread_inputs(control_plane));
  inputs.versions.erase(DocumentKind::kRules);
  APPORTION_TRY(read_documents(control_plane, inputs.versions, inputs));
  return inputs;
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
  MonthPublisher(Workspace& workspace, const IncomingFiles& incoming, const SplitInputs& inputs,
                 const Connection& connection, Month month, const PublishOptions& options, Workbench& engine)
      : workspace_(&workspace),
        incoming_(&incoming),
        inputs_(&inputs),
        connection_(&connection),
        month_(month),
        options_(&options),
        engine_(&engine),
        outcome_{.month = month} {}

  // What is to be published, if anything is; `outcome` tells what came of it.
  Result<std::vector<MonthPublication>> compute() {
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(std::vector<Import> imports, control_plane.imports(connection_->id, month_));
    std::erase_if(imports, [this](const Import& import) { return import.id == options_->without; });
    APPORTION_ASSIGN(const auto bill_month, control_plane.bill_month(connection_->id, month_));
    LiveImports live = choose_live(imports);
    sheets_ = live_price_sheets(imports);
    if (bill_month && bill_month->charge_set) APPORTION_TRY(hold_what_must_be(*bill_month, imports, live));
    if (bill_month && is_locked(*bill_month)) return std::move(publications_);
    APPORTION_ASSIGN(const bool new_charges, find_charges(live, bill_month));
    APPORTION_ASSIGN(const bool new_documents, documents_changed(bill_month));
    const bool needs_split = !bill_month || !bill_month->split || bill_month->needs_split;
    if (!new_charges && !new_documents && !needs_split && !options_->again) return std::move(publications_);
    const bool was_accepted = options_->keep_accepted && !new_charges && bill_month->split;
    if (rows_rejected(live) > 0 && !options_->accept_rejects && !was_accepted) {
      outcome_.not_split = Error{
          ErrorId::kSplitHeldByRejects, "the month was not split", place(),
          fmt::format("{} of its files could not be read and became no charges", count_of(rows_rejected(live), "row")),
          fmt::format("fix the export and take in a new run, or split without these rows: {}",
                      month_step(Step::kSplitDespiteRejects))};
    } else {
      APPORTION_TRY(split(*inputs_));
    }
    if (!new_charges && !split_) return std::move(publications_);
    outcome_.changed = true;
    publications_.push_back(
        {new_charges ? std::optional(std::move(charge_set_)) : std::nullopt, std::move(split_), std::nullopt});
    return std::move(publications_);
  }

  PublishedOutcome outcome() && { return std::move(outcome_); }

 private:
  // Newer charges that must not come in force by themselves are kept beside those in force, with which `live` and
  // `charge_set_` go on.
  Result<void> hold_what_must_be(const BillMonth& month, const std::vector<Import>& imports, LiveImports& live) {
    APPORTION_ASSIGN(const ChargeSet in_force, workspace_->control_plane.charge_set(*month.charge_set));
    const std::vector<Import> sheets_before = price_sheets_of(imports, in_force);
    // A locked month keeps its prices: what newer runs would change is what Azure changed.
    if (is_locked(month)) sheets_ = sheets_before;
    if (in_force.imports != imports_of_charges(live)) {
      APPORTION_ASSIGN(const EarlierRuns earlier, earlier_runs(imports, in_force));
      APPORTION_ASSIGN(const bool is_kept_out, keep_out(month, earlier, live));
      if (is_kept_out) {
        live = earlier.in_force;
        if (options_->without) {
          APPORTION_ASSIGN(live, without_newer(imports, in_force));
        }
        sheets_ = sheets_before;
      }
    } else if (is_locked(month)) {
      outcome_.notes.push_back(fmt::format("{} is locked: nothing in it was changed", month_.to_string()));
    }
    charge_set_ = in_force;
    split_.reset();
    return ok();
  }

  static std::vector<Import> price_sheets_of(const std::vector<Import>& imports, const ChargeSet& charges) {
    std::vector<Import> sheets;
    std::ranges::copy_if(imports, std::back_inserter(sheets), [&charges](const Import& import) {
      return std::ranges::find(charges.price_sheets, import.id) != charges.price_sheets.end();
    });
    return sheets;
  }

  // Whether newer charges stay out of force: somebody decided so, or they are held now.
  Result<bool> keep_out(const BillMonth& month, const EarlierRuns& earlier, const LiveImports& live) {
    const std::string loss = loss_of(earlier, live, inputs_->shrink_percent);
    if (options_->accept_shrunk) accepted_loss_ = loss;
    if (options_->reopen) return false;
    APPORTION_ASSIGN(const auto known, held_before(imports_of_charges(live)));
    if (known && (known->decision == HoldDecision::kLeft || known->decision == HoldDecision::kCarried)) {
      const bool is_carried = known->decision == HoldDecision::kCarried;
      outcome_.held = known->hold;
      outcome_.notes.push_back(fmt::format("newer runs were not put in force{}: {}",
                                           is_carried ? "; what they change counts in a later month" : "",
                                           known->reason));
      return true;
    }
    const auto hold = cause_to_hold(month, loss, live);
    if (!hold) {
      tell_little_loss(loss_of(earlier, live, 0));
      return false;
    }
    accepted_loss_.clear();
    outcome_.held = *hold;
    const bool is_new = !known || known->decision != HoldDecision::kOpen;
    tell_hold(*hold, is_new);
    if (is_new) APPORTION_TRY(keep_beside(month, live, *hold));
    return true;
  }

  // What is live without imports that are newer than those in force: older ones take the place of a withdrawn one.
  Result<LiveImports> without_newer(std::vector<Import> imports, const ChargeSet& in_force) const {
    std::vector<Import> all_in_force;  // With the one that is being withdrawn.
    for (const ImportId id : in_force.imports) {
      APPORTION_ASSIGN(all_in_force.emplace_back(), workspace_->control_plane.import(id));
    }
    std::erase_if(imports, [&all_in_force](const Import& import) {
      std::vector<Import> compared = all_in_force;
      compared.push_back(import);
      const auto newest = live_import(compared, import.dataset);
      return newest && newest->id == import.id &&
             std::ranges::find(all_in_force, import.id, &Import::id) == all_in_force.end();
    });
    return choose_live(imports);
  }

  bool is_locked(const BillMonth& month) const { return month.locked && !options_->reopen; }

  static std::int64_t rows_rejected(const LiveImports& live) {
    std::int64_t rejected = 0;
    for (const auto& import : {live.actual, live.amortized, live.focus}) {
      if (import) rejected += import->rows_rejected;
    }
    return rejected;
  }

  // Why newer charges must not take the place of those in force; nothing when they may.
  std::optional<Hold> cause_to_hold(const BillMonth& month, const std::string& loss, const LiveImports& live) const {
    const std::int64_t rejected = rows_rejected(live);
    const std::string unread =
        rejected > 0 ? count_of(rejected, "row") + " of the newer files could not be read" : std::string();
    if (is_locked(month)) {
      std::string detail = "the month is locked";
      for (const std::string& more : {unread, loss}) detail += more.empty() ? "" : "; " + more;
      return Hold{HoldCause::kLocked, detail};
    }
    if (month.split && !unread.empty() && !options_->accept_rejects)
      return Hold{HoldCause::kRejects, loss.empty() ? unread : unread + "; " + loss};
    if (!loss.empty() && !options_->accept_shrunk) return Hold{HoldCause::kShrunk, loss};
    return std::nullopt;
  }

  void tell_little_loss(const std::string& loss) {
    if (loss.empty()) return;
    outcome_.notes.push_back(fmt::format("{}; see what changed: {}", loss, month_step(Step::kShowChanges)));
  }

  // The runs in force and those before them, back to where somebody took a loss. Runs of which one was withdrawn are no
  // measure.
  Result<EarlierRuns> earlier_runs(const std::vector<Import>& imports, const ChargeSet& in_force) const {
    APPORTION_ASSIGN(const auto all, workspace_->control_plane.charge_sets(connection_->id, month_));
    EarlierRuns earlier{published_imports(imports, in_force)};
    for (const ChargeSet& charges : all) {
      const LiveImports runs = published_imports(imports, charges);
      if (charges.id != in_force.id && are_all_there(runs, charges)) earlier.before.push_back(runs);
      if (!charges.accepted_loss.empty()) break;
    }
    return earlier;
  }

  static bool are_all_there(const LiveImports& runs, const ChargeSet& charges) {
    std::size_t found = 0;
    for (const auto& import : {runs.actual, runs.amortized, runs.focus}) {
      if (import && import->withdrawn.empty()) ++found;
    }
    return found == charges.imports.size();
  }

  // Puts newer charges together and splits them, to be compared with those in force.
  Result<void> keep_beside(const BillMonth& month, const LiveImports& live, const Hold& hold) {
    APPORTION_TRY(assemble(live));
    APPORTION_TRY(check_files(live));
    APPORTION_TRY(open_charges());
    // By the documents that the locked month was split by: only what Azure changed is to be seen.
    SplitInputs inputs = *inputs_;
    if (hold.cause == HoldCause::kLocked && month.split) {
      APPORTION_ASSIGN(const Split last, workspace_->control_plane.split(*month.split));
      APPORTION_TRY(read_documents(workspace_->control_plane, last.documents, inputs));
    }
    APPORTION_TRY(split(inputs));
    outcome_.split.reset();  // it is not in force
    publications_.push_back({std::move(charge_set_), std::move(split_), hold});
    return ok();
  }

  // What was held before is no failure of a change of rules or customers, which splits what is in force.
  void tell_hold(const Hold& hold, bool is_new) {
    if (hold.cause == HoldCause::kLocked) {
      outcome_.notes.push_back(
          fmt::format("{} is locked: nothing in it was changed; see what newer runs would change: {}",
                      month_.to_string(), step(Step::kListLateCharges)));
      return;
    }
    if (!is_new && options_->keep_accepted) {
      outcome_.notes.push_back(
          fmt::format("newer charges are still held ({}); see them: {}", hold.detail, step(Step::kListLateCharges)));
      return;
    }
    const bool by_rejects = hold.cause == HoldCause::kRejects;
    outcome_.not_split =
        Error{by_rejects ? ErrorId::kSplitHeldByRejects : ErrorId::kRunShrank,
              "newer charges of the month were not put in force", place(),
              hold.detail + "; what was published before stays in force",
              fmt::format("see what they change: {}; then fix the export and take in a new run, or accept them: {}",
                          month_step(Step::kShowChanges), month_step(Step::kAcceptLateCharges))};
  }

  // What became of charges of the same imports before.
  Result<std::optional<HeldCharges>> held_before(const std::vector<ImportId>& imports) {
    const ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const auto all, control_plane.held_charges(connection_->id, month_));
    for (const HeldCharges& held : all) {
      if (held.decision == HoldDecision::kSuperseded) continue;
      APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(held.charge_set));
      if (charges.imports == imports) return std::optional(held);
    }
    return std::optional<HeldCharges>();
  }

  // The charges of the live imports: those published already, or new ones. True when they are new.
  Result<bool> find_charges(const LiveImports& live, const std::optional<BillMonth>& bill_month) {
    const bool are_new = !bill_month || !bill_month->charge_set || charge_set_.imports != imports_of_charges(live) ||
                         charge_set_.price_sheets != ids_of(sheets_);
    if (are_new) APPORTION_TRY(assemble(live));
    if (are_new) APPORTION_TRY(check_files(live));
    APPORTION_TRY(open_charges());
    outcome_.timing_rows = charge_set_.timing_rows;
    outcome_.knows_effective_cost = !uses_cost_details(live) || live.amortized;
    return are_new;
  }

  // What price sheets fill in is no part of what the vendor's files say.
  Result<void> check_files(const LiveImports& live) {
    APPORTION_TRY(Lake(workspace_->home).open_charges(*engine_, "charges", charge_set_.files));
    return check_sums(*engine_, live, place());
  }

  Result<void> open_charges() { return open_charge_set(*engine_, Lake(workspace_->home), charge_set_); }

  Result<void> assemble(const LiveImports& live) {
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const ChargeSetId id, control_plane.next_charge_set_id());
    APPORTION_ASSIGN(const ImportId timing_import, control_plane.next_import_id());
    const Lake lake(workspace_->home);
    const auto folder =
        incoming_->folder_of({LakeRole::kCharges, month_, connection_->name, part_of_import(timing_import)});
    APPORTION_ASSIGN(AssembledCharges assembled,
                     assemble_charges(*engine_, live, sheets_, lake, folder, timing_import));
    charge_set_ = {id,
                   connection_->id,
                   month_,
                   std::move(assembled.imports),
                   std::move(assembled.files),
                   assembled.timing_rows,
                   std::move(assembled.notes),
                   ids_of(sheets_),
                   {},
                   accepted_loss_};
    if (assembled.filled) charge_set_.filled_files.push_back(*std::move(assembled.filled));
    if (!charge_set_.notes.empty()) outcome_.notes.push_back(charge_set_.notes);
    return ok();
  }

  // Whether another version of a document is in force than the one the month was split by.
  Result<bool> documents_changed(const std::optional<BillMonth>& bill_month) {
    if (!bill_month || !bill_month->split) return true;
    APPORTION_ASSIGN(const Split last, workspace_->control_plane.split(*bill_month->split));
    return last.documents != inputs_->versions;
  }

  Result<void> split(const SplitInputs& inputs) {
    ControlPlane& control_plane = workspace_->control_plane;
    APPORTION_ASSIGN(const SplitId id, control_plane.next_split_id());
    const Lake lake(workspace_->home);
    const auto folder = incoming_->folder_of({LakeRole::kAssignments, month_, connection_->name, part_of_split(id)});
    APPORTION_TRY(make_folder(folder));
    const RuleList* rules = list_in_force(inputs.rules, month_);
    const SplitRequest request{rules, inputs.customers, folder};
    APPORTION_ASSIGN(SplitResult result, split_charges(*engine_, request));
    for (const auto* files : {&result.direct_files, &result.share_files}) {
      for (const SplitFile& file : *files) APPORTION_TRY(sync_to_disk(file.path));
    }
    APPORTION_TRY(sync_to_disk(folder));
    Split made;
    made.id = id;
    made.charge_set = charge_set_.id;
    made.documents = inputs.versions;
    if (rules != nullptr) made.rules_effective = rules->effective.to_string();
    APPORTION_ASSIGN(made.direct_files, described(result.direct_files, lake));
    APPORTION_ASSIGN(made.share_files, described(result.share_files, lake));
    made.rule_names = result.rule_names;
    APPORTION_TRY(move_commitments(inputs, made, result, folder));
    APPORTION_TRY(add_cubes(made, result, folder));
    for (const std::string& note : result.notes) made.notes += note + "\n";
    split_ = std::move(made);
    outcome_.split = std::move(result);
    return ok();
  }

  // Moves the cost of commitments by the policies in force; the split gets their files and names.
  Result<void> move_commitments(const SplitInputs& inputs, Split& made, SplitResult& result,
                                const std::filesystem::path& folder) {
    const CommitmentPolicyList* policies = policies_in_force(inputs.policies, month_);
    if (policies == nullptr) return ok();
    const PublishedMonth month{
        *connection_, {connection_->id, month_, false, charge_set_.id, made.id}, charge_set_, made};
    APPORTION_ASSIGN(const Snapshot snapshot,
                     Snapshot::of(workspace_->control_plane, ReadScope::of_partner(), {month}));
    APPORTION_TRY(open_stored_relations(*engine_, Lake(workspace_->home), snapshot));
    const auto first_rule = static_cast<std::int64_t>(result.rule_names.size());
    APPORTION_ASSIGN(ReallocationResult moved,
                     reallocate(*engine_, {policies, first_rule, folder, buyers_of(*workspace_, inputs.customers)}));
    APPORTION_TRY(sync_to_disk(folder));
    APPORTION_ASSIGN(made.move_files, described(moved.files, Lake(workspace_->home)));
    for (auto* names : {&made.rule_names, &result.rule_names}) {
      names->insert(names->end(), moved.rule_names.begin(), moved.rule_names.end());
    }
    result.notes.insert(result.notes.end(), moved.notes.begin(), moved.notes.end());
    add_moves(result.totals, moved.totals);
    return ok();
  }

  Result<void> add_cubes(Split& made, const SplitResult& result, const std::filesystem::path& folder) {
    const PublishedMonth month{
        *connection_, {connection_->id, month_, false, charge_set_.id, made.id}, charge_set_, made};
    APPORTION_ASSIGN(const Snapshot snapshot,
                     Snapshot::of(workspace_->control_plane, ReadScope::of_partner(), {month}));
    return write_cubes(*engine_, Lake(workspace_->home), snapshot, folder, result.totals, made);
  }

  static std::vector<ImportId> ids_of(const std::vector<Import>& imports) {
    std::vector<ImportId> ids;
    for (const Import& import : imports) ids.push_back(import.id);
    return ids;
  }

  std::string month_step(Step id) const {
    return step(id, {{"connection", connection_->name}, {"month", month_.to_string()}});
  }
  std::string place() const { return fmt::format("{} {}", connection_->name, month_.to_string()); }

  Workspace* workspace_;
  const IncomingFiles* incoming_;
  const SplitInputs* inputs_;
  const Connection* connection_;
  Month month_;
  const PublishOptions* options_;
  Workbench* engine_;
  std::vector<Import> sheets_;  // the price sheets by which charges are put together
  std::string accepted_loss_;
  ChargeSet charge_set_;
  std::optional<Split> split_;
  std::vector<MonthPublication> publications_;
  PublishedOutcome outcome_;
};

void name_in_place(MonthPublication& month, const IncomingFiles& incoming) {
  const auto name = [&incoming](std::vector<LakeFile>& files) {
    for (LakeFile& file : files) file = incoming.moved(std::move(file));
  };
  if (month.charge_set) {
    for (const ChargeSetDataset& dataset : kChargeSetDatasets) name((*month.charge_set).*dataset.files);
  }
  if (month.split) {
    for (const SplitDataset& dataset : kSplitDatasets) name((*month.split).*dataset.files);
  }
}

}  // namespace

Result<SplitInputs> split_inputs(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(SplitInputs inputs, unread_inputs(control_plane));
  APPORTION_TRY(read_documents(control_plane, inputs.versions, inputs));
  return inputs;
}

Publication::Publication(Workspace& workspace, IncomingFiles incoming, Edit edit, SplitInputs inputs)
    : workspace_(&workspace), incoming_(std::move(incoming)), edit_(std::move(edit)), inputs_(std::move(inputs)) {}

// The edit is tried in a transaction that is undone: months take long to compute, and others may write meanwhile.
Result<Publication> Publication::begin(Workspace& workspace, Edit edit) {
  ControlPlane& control_plane = workspace.control_plane;
  std::optional<ControlPlaneTransaction> trial;
  if (edit) {
    APPORTION_ASSIGN(ControlPlaneTransaction undone, control_plane.begin());
    trial.emplace(std::move(undone));
    APPORTION_TRY(edit(control_plane));
  }
  APPORTION_ASSIGN(SplitInputs inputs, split_inputs(control_plane));
  APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(workspace.home));
  return Publication(workspace, std::move(incoming), std::move(edit), std::move(inputs));
}

Result<PublishedOutcome> Publication::add(const Connection& connection, Month month, const PublishOptions& options) {
  APPORTION_ASSIGN(Engine engine, open_engine(*workspace_));
  MonthPublisher publisher(*workspace_, incoming_, inputs_, connection, month, options, engine);
  APPORTION_ASSIGN(auto publications, publisher.compute());
  std::move(publications.begin(), publications.end(), std::back_inserter(months_));
  return std::move(publisher).outcome();
}

Result<void> Publication::publish(const FileLock& lock) {
  if (!edit_ && months_.empty()) return ok();
  ControlPlane& control_plane = workspace_->control_plane;
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  if (edit_) APPORTION_TRY(edit_(control_plane));
  APPORTION_ASSIGN(const SplitInputs now, unread_inputs(control_plane));
  if (now.versions != inputs_.versions || now.customers != inputs_.customers) {
    return Error{ErrorId::kChangedMeanwhile, "customers or documents were changed meanwhile", "",
                 "the months were computed from what was there before, and none of them was published", "try again"};
  }
  APPORTION_TRY(incoming_.move_in());
  for (MonthPublication& month : months_) name_in_place(month, incoming_);
  APPORTION_TRY(control_plane.publish(months_));
  APPORTION_TRY(transaction.commit());
  keep_delta_tables(*workspace_, lock);
  return ok();
}

Result<PublishedOutcome> publish_bill_month(Workspace& workspace, const Connection& connection, Month month,
                                            const PublishOptions& options, const FileLock& lock) {
  APPORTION_ASSIGN(Publication publication, Publication::begin(workspace));
  APPORTION_ASSIGN(PublishedOutcome outcome, publication.add(connection, month, options));
  APPORTION_TRY(publication.publish(lock));
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
  APPORTION_ASSIGN(const SplitInputs inputs, inputs_without_rules(control_plane));
  PolicyPreview preview;
  const KnownBuyers buyers = buyers_of(workspace, inputs.customers);
  APPORTION_ASSIGN(preview.now,
                   reallocate(engine, {policies_in_force(inputs.policies, month.month.month), 0, {}, buyers}));
  APPORTION_ASSIGN(preview.candidate,
                   reallocate(engine, {policies_in_force(candidate, month.month.month), 0, {}, buyers}));
  return preview;
}

namespace {

// Adds what the policies of the month move under a candidate split, of which the engine has the previewed assignments.
Result<void> add_previewed_moves(Workbench& engine, const Workspace& workspace, const SplitInputs& inputs, Month month,
                                 SplitResult& result) {
  // The snapshot of a month without a split has no split charges and no moves: those relations are empty.
  APPORTION_TRY(engine.make_view("assigned_charges",
                                 assigned_charges_sql({"charges", "split_charges", "preview_direct", "preview_shares",
                                                       "move_assignments", "carried_changes"})));
  const auto first_rule = static_cast<std::int64_t>(result.rule_names.size());
  APPORTION_ASSIGN(
      const ReallocationResult moved,
      reallocate(engine,
                 {policies_in_force(inputs.policies, month), first_rule, {}, buyers_of(workspace, inputs.customers)}));
  result.rule_names.insert(result.rule_names.end(), moved.rule_names.begin(), moved.rule_names.end());
  result.notes.insert(result.notes.end(), moved.notes.begin(), moved.notes.end());
  for (const MoveTotal& move : moved.totals) {
    const auto currency = Currency::parse(move.currency);
    APPORTION_CHECK(currency, "a stored charge has a currency");
    result.parts.push_back({CustomerId(move.customer),
                            *currency,
                            move.rule,
                            move.tenant_id,
                            move.tenant_name,
                            move.moves,
                            {move.billed, move.effective, Decimal(), Decimal()}});
  }
  return ok();
}

// The cubes of a month that is split, as cells of its charges.
Result<std::vector<ChargeCells>> cells_of(Workbench& engine, const Lake& lake, const PublishedMonth& month) {
  std::vector<ChargeCells> cells;
  if (!month.split || month.split->charge_set != month.charge_set->id) return cells;
  for (const CubeDefinition& cube : cube_definitions()) {
    if (!cube.is_of(month.split) || !cube.has_customer) continue;  // the others do not tell tenants apart
    APPORTION_ASSIGN(const std::string rows, lake.rows_of(engine, (*month.split).*cube.files));
    std::string relation = fmt::format("charge_cells_{}", cells.size());
    APPORTION_TRY(engine.make_view(
        relation,
        fmt::format(fmt::runtime(sql::kChargeCellsSql),
                    fmt::arg("columns", fmt::format("{}", fmt::join(cube.columns, ", "))), fmt::arg("cells", rows))));
    cells.push_back({std::move(relation), cube.columns});
  }
  return cells;
}

}  // namespace

Result<SplitResult> preview_rules(Workspace& workspace, const PublishedMonth& month, const RuleFile& candidate) {
  const Month bill_month = month.month.month;
  if (!month.charge_set) {
    return Error{ErrorId::kNoCharges, "there are no charges to look at",
                 fmt::format("{} {}", month.connection.name, bill_month.to_string()), "the month is not published",
                 "take it in first: " + step(Step::kSync, {{"connection", month.connection.name}})};
  }
  const ControlPlane& control_plane = workspace.control_plane;
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  PublishedMonth without_split = month;
  without_split.split.reset();
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane, ReadScope::of_partner(), {without_split}));
  APPORTION_TRY(open_stored_relations(engine, Lake(workspace.home), snapshot));
  APPORTION_ASSIGN(const SplitInputs inputs, inputs_without_rules(control_plane));
  const CommitmentPolicyList* policies = policies_in_force(inputs.policies, bill_month);
  const bool moves = policies != nullptr && !policies->policies.empty();
  SplitRequest request{list_in_force(candidate, bill_month), inputs.customers, {}};
  if (moves) {
    APPORTION_TRY(open_commitment_views(engine));
    request.kept_charges = "commitment_charges";
  }
  APPORTION_ASSIGN(const auto cells, cells_of(engine, Lake(workspace.home), month));
  APPORTION_ASSIGN(SplitResult result, preview_split(engine, request, cells));
  if (moves) APPORTION_TRY(add_previewed_moves(engine, workspace, inputs, bill_month, result));
  return result;
}

}  // namespace apportion
