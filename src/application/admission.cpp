#include "application/admission.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/model/bill_scope.h"
#include "store/live_import.h"

namespace apportion {
namespace {

std::string name_of(const Import& import) {
  return fmt::format("import {} (from {})", import.id.raw(), import.source.empty() ? "the location" : import.source);
}

void add_line(std::string& lines, const std::string& line) { lines += line + "\n"; }

}  // namespace

Result<void> AdmissionCheck::check_before_reading(const Import& import) {
  if (!holds_charges(import.dataset)) return ok();
  APPORTION_ASSIGN(own_, workspace_->control_plane.imports(connection_->id, import.month));
  APPORTION_TRY(check_scope(import));
  std::vector<ImportOverlap> ignored;
  return check_overlaps(import, false, ignored);
}

Result<void> AdmissionCheck::check_after_reading(Import& import) {
  if (!holds_charges(import.dataset)) return ok();
  const std::optional<Import> before = live_import(own_, import.dataset);
  if (before) {
    std::vector<Import> all = own_;
    all.push_back(import);
    const bool is_in_force = live_import(all, import.dataset)->id == import.id;
    if (is_in_force) APPORTION_TRY(check_payers(import, *before));
    note_order(import, *before, is_in_force);
  }
  APPORTION_TRY(check_overlaps(import, true, import.overlaps));
  for (const ImportOverlap& overlap : import.overlaps) {
    APPORTION_ASSIGN(const Connection other, workspace_->control_plane.connection(overlap.connection));
    add_line(import.notes,
             fmt::format("connection {} holds the same costs, so they count twice: {}", other.name, overlap.why));
  }
  return ok();
}

// Actual, amortized and FOCUS runs of a month are one bill: all of them cover the same.
Result<void> AdmissionCheck::check_scope(const Import& import) const {
  for (const Import& before : charges_in_force(own_)) {
    const ScopeRelation relation = relate_scopes(import.scope, before.scope);
    if (relation == ScopeRelation::kUnknown || relation == ScopeRelation::kSame) continue;
    return Error{
        ErrorId::kRunOfAnotherScope, "the run covers something other than the month that it would replace", place_,
        fmt::format("{} {} covers the scope {}, but the run covers {}", connection_->name, import.month.to_string(),
                    before.scope, import.scope),
        "put the right export back in its place; a bill for another scope needs a connection and a location of "
        "its own: " +
            step(Step::kAddConnection)};
  }
  return ok();
}

// Where a scope is not known, the rows say what a run covers.
Result<void> AdmissionCheck::check_payers(const Import& import, const Import& before) const {
  if (relate_scopes(import.scope, before.scope) != ScopeRelation::kUnknown) return ok();
  if (replace_ || import.rows_stored == 0 || before.rows_stored == 0) return ok();
  APPORTION_ASSIGN(const CommonPayers payers, common_payers(*workspace_, std::span(&import, 1), std::span(&before, 1)));
  // A newer run of an export may have lost a subscription; a file that somebody put there is more likely another bill.
  const bool is_newer = import.verified || (!import.submitted_at.empty() && !before.submitted_at.empty());
  if (payers.only_theirs == 0 || (is_newer && payers.shared > 0)) return ok();
  return Error{
      ErrorId::kRunOfAnotherScope, "the run covers something other than the month that it would replace", place_,
      fmt::format("it lacks {} of the subscriptions or customers of {}, for example {}", payers.only_theirs,
                  name_of(before), payers.one_of_theirs.empty() ? "the rows that name none" : payers.one_of_theirs),
      "put all files of the month into one folder and import that; a bill for other customers needs a connection of "
      "its own; if these costs are gone on purpose: " +
          step(Step::kReplaceFiles, {{"connection", connection_->name}})};
}

// Costs that were there twice before anybody looked go on; costs that would come twice do not.
Result<void> AdmissionCheck::check_overlaps(const Import& import, bool with_rows,
                                            std::vector<ImportOverlap>& allowed) const {
  APPORTION_ASSIGN(std::vector<Overlap> overlaps, overlaps_of(*workspace_, import, with_rows));
  for (Overlap& overlap : overlaps) {
    bool is_allowed = connection_->allow_overlap || overlap.connection.allow_overlap;
    if (!is_allowed) {
      APPORTION_ASSIGN(is_allowed, overlapped_before(overlap));
    }
    if (!is_allowed) {
      return Error{ErrorId::kSameBillTwice, "another connection holds the same costs", place_,
                   fmt::format("connection {} {}: {}", overlap.connection.name, import.month.to_string(), overlap.why),
                   "nothing was imported; keep one of the two connections; to count the costs twice on purpose: " +
                       step(Step::kAllowOverlap, {{"connection", connection_->name}})};
    }
    allowed.push_back({overlap.connection.id, std::move(overlap.why)});
  }
  return ok();
}

Result<bool> AdmissionCheck::overlapped_before(const Overlap& overlap) const {
  for (const Import& before : charges_in_force(own_)) {
    APPORTION_ASSIGN(const auto known, overlaps_of(*workspace_, before, true));
    const bool is_known = std::any_of(known.begin(), known.end(), [&overlap](const Overlap& one) {
      return one.connection.id == overlap.connection.id;
    });
    if (is_known) return true;
  }
  return false;
}

void AdmissionCheck::note_order(Import& import, const Import& before, bool is_in_force) const {
  if (import.verified && before.verified) return;
  add_line(import.notes, is_in_force ? fmt::format("it replaces {}", name_of(before))
                                     : fmt::format("it is not in force: {} is", name_of(before)));
}

}  // namespace apportion
