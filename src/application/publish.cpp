#include "application/publish.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "foundation/model/dataset.h"

namespace apportion {
namespace {

std::string place_of(const Reject& reject) {
  std::string place = fmt::format("{}, line {}", reject.file, reject.line);
  if (!reject.column.empty()) place += fmt::format(", column {}", reject.column);
  return place;
}

Error rejects_error(const std::string& connection, const ImportedRun& run) {
  std::string why = fmt::format("{} of {} could not be read and are kept as rejects",
                                count_of(run.import.rows_rejected, "row"), run.import.rows_source);
  for (const Reject& reject : run.first_rejects) {
    why += fmt::format("\n{}: `{}`: {}", place_of(reject), excerpt(reject.value), reject.reason);
  }
  const auto shown = static_cast<std::int64_t>(run.first_rejects.size());
  if (run.import.rows_rejected > shown) why += fmt::format("\nand {} more", run.import.rows_rejected - shown);
  return Error{ErrorId::kRowsRejected, "rows of a run were rejected",
               fmt::format("{} {} {}", connection, dataset_name(run.import.dataset), run.import.source), std::move(why),
               "mend the export and sync again, or go on without these rows: --accept-rejects"};
}

}  // namespace

void FlowReport::add_import(const std::string& connection, ImportReport report, bool accept_rejects) {
  for (const SkippedRun& skipped : report.skipped) problems.push_back({skipped.source, skipped.error});
  for (const ImportedRun& run : report.imported) {
    if (run.import.rows_rejected > 0 && !accept_rejects)
      problems.push_back({run.import.source, rejects_error(connection, run)});
  }
  imports.push_back({connection, std::move(report)});
}

void FlowReport::add_month(const std::string& connection, PublishedOutcome outcome, bool asked_for) {
  if (outcome.not_split)
    problems.push_back({fmt::format("{} {}", connection, outcome.month.to_string()), *outcome.not_split});
  months.push_back({connection, std::move(outcome), asked_for});
}

Result<std::vector<MonthToPublish>> months_to_publish(const ControlPlane& control_plane,
                                                      const std::optional<std::string>& connection,
                                                      std::optional<Month> month, bool locked_too) {
  std::map<ConnectionId, Connection> connections;
  if (connection) {
    APPORTION_ASSIGN(const Connection named, control_plane.connection_named(*connection));
    connections.emplace(named.id, named);
  } else {
    APPORTION_ASSIGN(const auto all, control_plane.connections());
    for (const Connection& one : all) connections.emplace(one.id, one);
  }
  APPORTION_ASSIGN(const auto bill_months, control_plane.bill_months());
  std::vector<MonthToPublish> months;
  for (const BillMonth& bill_month : bill_months) {
    const auto found = connections.find(bill_month.connection);
    if (found == connections.end() || (month && bill_month.month != *month) || (bill_month.locked && !locked_too))
      continue;
    months.push_back({found->second, bill_month.month, true});
  }
  return months;
}

Result<void> publish_months(WritableWorkspace& writable, const std::vector<MonthToPublish>& months,
                            PublishOptions options, bool keep_accepted, FlowReport& report, Edit edit) {
  options.keep_accepted = keep_accepted;
  APPORTION_ASSIGN(Publication publication, Publication::begin(writable.workspace, writable.lock, std::move(edit)));
  for (const MonthToPublish& month : months) {
    const std::string place = fmt::format("{} {}", month.connection.name, month.month.to_string());
    if (writable.workspace.cancel.requested()) return cancelled_error("");
    if (writable.workspace.talk) writable.workspace.talk("publishing " + place);
    auto outcome = publication.add(month.connection, month.month, options);
    if (outcome) {
      report.add_month(month.connection.name, std::move(outcome).value(), month.asked_for);
    } else if (ends_everything(outcome.error().kind())) {
      return std::move(outcome).error();
    } else {
      report.problems.push_back({place, std::move(outcome).error()});
    }
  }
  return publication.publish();
}

namespace {

// Why a run is not in force, as the end of a sentence; empty when it is, or something newer of its dataset is.
Result<std::string> why_not_in_force(const ControlPlane& control_plane, const Import& run, const BillMonth& month) {
  APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(*month.charge_set));
  std::string why = "the charges of the month are made of cost details, and are compared with it";
  for (const ImportId id : charges.imports) {
    if (id == run.id) return std::string();
    APPORTION_ASSIGN(const Import used, control_plane.import(id));
    if (used.dataset != run.dataset) continue;
    if (used.submitted_at >= run.submitted_at) return std::string();
    why = fmt::format("the run of {} covers the days until {}", used.submitted_at, used.last_day.to_string());
  }
  return why;
}

}  // namespace

Result<void> note_runs_not_in_force(const ControlPlane& control_plane, FlowReport& report) {
  for (const FlowReport::Imported& imported : report.imports) {
    for (const ImportedRun& run : imported.report.imported) {
      const Import& import = run.import;
      const auto published = std::ranges::find_if(report.months, [&](const FlowReport::Published& month) {
        return month.connection == imported.connection && month.outcome.month == import.month;
      });
      if (!holds_charges(import.dataset) || published == report.months.end() || published->outcome.held) continue;
      APPORTION_ASSIGN(const auto month, control_plane.bill_month(import.connection, import.month));
      if (!month || !month->charge_set) continue;
      APPORTION_ASSIGN(const std::string why, why_not_in_force(control_plane, import, *month));
      if (why.empty()) continue;
      published->outcome.notes.push_back(
          fmt::format("the {} run of {} is not in force: {}", dataset_name(import.dataset), import.submitted_at, why));
    }
  }
  return ok();
}

Result<void> split_published_months(WritableWorkspace& writable, Edit edit, FlowReport& report) {
  APPORTION_ASSIGN(const auto months,
                   months_to_publish(writable.workspace.control_plane, std::nullopt, std::nullopt, false));
  PublishOptions options;
  options.again = true;
  return publish_months(writable, months, options, true, report, std::move(edit));
}

Result<FlowReport> apply_document(WritableWorkspace& writable, DocumentKind kind, const std::string& text,
                                  bool no_split) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  Edit edit;
  if (!text.empty()) {
    edit = [kind, &text](ControlPlane& edited) -> Result<void> {
      APPORTION_TRY(edited.add_document(kind, text));
      return ok();
    };
  }
  FlowReport report;
  if (no_split) {
    if (edit) APPORTION_TRY(edit(control_plane));
    return report;
  }
  APPORTION_ASSIGN(const auto months, months_to_publish(control_plane, std::nullopt, std::nullopt, false));
  APPORTION_TRY(publish_months(writable, months, PublishOptions{}, true, report, edit));
  return report;
}

Error reason_missing_error() {
  return {ErrorId::kReasonMissing, "a decision needs a reason", "", "it stands in the audit log for good",
          "say why, with --reason TEXT"};
}

void ask_for_imported_only(std::vector<MonthToPublish>& months, const FlowReport& report) {
  for (MonthToPublish& month : months) {
    month.asked_for =
        std::any_of(report.imports.begin(), report.imports.end(), [&month](const FlowReport::Imported& imported) {
          return imported.connection == month.connection.name && imported.report.months.contains(month.month);
        });
  }
}

}  // namespace apportion
