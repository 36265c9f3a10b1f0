#include "application/publish.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "application/jobs.h"
#include "application/missing_cubes.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/dataset.h"
#include "lake/lake_reader.h"

namespace apportion {
namespace {

std::string place_of(const Reject& reject) {
  std::string place = fmt::format("{}, line {}", reject.file, reject.line);
  if (!reject.column.empty()) place += fmt::format(", column {}", reject.column);
  return place;
}

std::string place_of(const MonthToPublish& month) {
  return fmt::format("{} {}", month.connection.name, month.month.to_string());
}

Error rejects_error(const std::string& connection, const ImportedRun& run) {
  std::string why = fmt::format("{} of {} could not be read (kept as rejects)",
                                count_of(run.import.rows_rejected, "row"), run.import.rows_source);
  for (const Reject& reject : run.first_rejects) {
    why += fmt::format("\n{}: `{}`: {}", place_of(reject), excerpt(reject.value), reject.reason);
  }
  const auto shown = static_cast<std::int64_t>(run.first_rejects.size());
  if (run.import.rows_rejected > shown) why += fmt::format("\nand {} more", run.import.rows_rejected - shown);
  if (holds_invoice_lines(run.import.dataset)) {
    return Error{ErrorId::kRowsRejected, "lines of an invoice were rejected",
                 fmt::format("{}, invoice {}, {}", connection, run.import.run_id, run.import.source), std::move(why),
                 "download the file again and import the original: spreadsheet programs rewrite numbers and days"};
  }
  return Error{ErrorId::kRowsRejected, "rows of a run were rejected",
               fmt::format("{} {} {}", connection, dataset_name(run.import.dataset), run.import.source), std::move(why),
               "fix the export and sync again, or go on without these rows: " + step(Step::kAcceptRejects)};
}

// The month with what was carried to it: that is part of what its customers have.
Result<PublishedMonth> with_carried(const ControlPlane& control_plane, PublishedMonth month) {
  std::vector<PublishedMonth> months{std::move(month)};
  APPORTION_TRY(add_carried(control_plane, months));
  return std::move(months.front());
}

// The month that a publication is of, as it is published now.
Result<PublishedMonth> month_of(const ControlPlane& control_plane, const MonthPublication& publication) {
  ChargeSet charges;
  if (publication.charge_set) {
    charges = *publication.charge_set;
  } else {
    APPORTION_ASSIGN(charges, control_plane.charge_set(publication.split->charge_set));
  }
  PublishedMonth now;
  APPORTION_ASSIGN(now.connection, control_plane.connection(charges.connection));
  APPORTION_ASSIGN(const auto month, control_plane.bill_month(charges.connection, charges.month));
  now.month = month.value_or(BillMonth{charges.connection, charges.month, false, {}, {}, false});
  if (now.month.charge_set) {
    APPORTION_ASSIGN(now.charge_set, control_plane.charge_set(*now.month.charge_set));
  }
  if (now.month.split) {
    APPORTION_ASSIGN(now.split, control_plane.split(*now.month.split));
  }
  return with_carried(control_plane, std::move(now));
}

PublishedMonth month_with(PublishedMonth month, const MonthPublication& publication) {
  if (publication.charge_set) {
    month.charge_set = publication.charge_set;
    month.month.charge_set = publication.charge_set->id;
    month.split.reset();
    month.month.split.reset();
  }
  if (publication.split) {
    month.split = publication.split;
    month.month.split = publication.split->id;
  }
  return month;
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

namespace {

Result<void> compute_and_publish(WritableWorkspace& writable, const std::vector<MonthToPublish>& months,
                                 PublishOptions options, bool keep_accepted, FlowReport& report, Edit edit,
                                 const Review& review) {
  options.keep_accepted = keep_accepted;
  APPORTION_ASSIGN(Publication publication, Publication::begin(writable.workspace, std::move(edit)));
  for (const MonthToPublish& month : months) {
    const std::string place = place_of(month);
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
  if (review) {
    APPORTION_ASSIGN(report.changes, planned_changes(writable.workspace, publication));
    APPORTION_ASSIGN(const bool goes_on, writable.wait_unlocked([&] { return review(*report.changes); }));
    if (!goes_on) {
      report.months.clear();
      report.left_alone = true;
      return ok();
    }
  }
  return publication.publish(writable.lock);
}

}  // namespace

Result<void> publish_months(WritableWorkspace& writable, const std::vector<MonthToPublish>& months,
                            PublishOptions options, bool keep_accepted, FlowReport& report, Edit edit,
                            const Review& review) {
  if (months.empty())
    return compute_and_publish(writable, months, options, keep_accepted, report, std::move(edit), review);
  const std::string subject =
      months.size() == 1 ? place_of(months.front()) : count_of(static_cast<std::int64_t>(months.size()), "month");
  return run_as_job(writable.workspace, "split", subject, [&] {
    return compute_and_publish(writable, months, options, keep_accepted, report, std::move(edit), review);
  });
}

Result<AmountChanges> planned_changes(Workspace& workspace, const Publication& publication) {
  const ControlPlane& control_plane = workspace.control_plane;
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  LakeReader reader(engine, control_plane, Lake(workspace.home));
  const ReadScope scope = ReadScope::of_partner();
  AmountChanges changes;
  for (const MonthPublication& one : publication.months()) {
    if (one.hold) continue;  // beside what is in force
    if (workspace.cancel.requested()) return cancelled_error("");
    APPORTION_ASSIGN(const PublishedMonth now, month_of(control_plane, one));
    const PublishedMonth then = month_with(now, one);
    APPORTION_ASSIGN(const auto before, assigned_parts(reader, scope, now));
    APPORTION_ASSIGN(const auto after, assigned_parts(reader, scope, then));
    changes.add_month(now.connection.name, now.month.month, before, after, one.charge_set.has_value());
  }
  changes.name_customers(publication.customers());
  return changes;
}

namespace {

// Why a run is not in force, as the end of a sentence; empty when it is, or something newer of its dataset is.
Result<std::string> why_not_in_force(const ControlPlane& control_plane, const Import& run, const BillMonth& month) {
  APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(*month.charge_set));
  std::string why = "the charges of the month come from cost details, and are compared with it";
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

Result<void> split_published_months(WritableWorkspace& writable, Edit edit, FlowReport& report, const Review& review) {
  APPORTION_ASSIGN(const auto months,
                   months_to_publish(writable.workspace.control_plane, std::nullopt, std::nullopt, false));
  PublishOptions options;
  options.again = true;
  return publish_months(writable, months, options, true, report, std::move(edit), review);
}

Result<FlowReport> split_months(WritableWorkspace& writable, const MonthsToSplit& request, const Review& review,
                                const std::function<void()>& blind) {
  APPORTION_ASSIGN(const auto months,
                   months_to_publish(writable.workspace.control_plane, request.connection, request.month, true));
  if (months.empty()) {
    return Error{ErrorId::kNothingToSplit, "there is nothing to split", "",
                 "no imported month matches the connection and the month",
                 fmt::format("see which months there are: {}; or take in what is new: {}", step(Step::kListMonths),
                             step(Step::kSync))};
  }
  PublishOptions options;
  options.again = true;
  options.accept_rejects = request.accept_rejects;
  options.accept_shrunk = request.accept_shrunk;
  FlowReport report;
  auto done = publish_months(writable, months, options, false, report, {}, reviewed(review, request.dry_run));
  if (!done && done.error().id == ErrorId::kLakeFileDamaged && !request.dry_run) {
    blind();
    report = {};
    done = publish_months(writable, months, options, false, report);
  }
  APPORTION_TRY(done);
  if (!request.dry_run && !report.left_alone) APPORTION_TRY(make_missing_cubes(writable, report));
  return report;
}

Review reviewed(const Review& review, bool dry_run) {
  if (!dry_run) return review;
  return [review](const AmountChanges& changes) -> Result<bool> {
    if (review) APPORTION_TRY(review(changes));
    return false;
  };
}

Error reason_missing_error() {
  return {ErrorId::kReasonMissing, "a decision needs a reason", "", "it is kept in the audit log for good",
          "give one: " + step(Step::kGiveReason)};
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
