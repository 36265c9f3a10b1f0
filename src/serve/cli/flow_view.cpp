#include "serve/cli/flow_view.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/dataset.h"

namespace apportion {
namespace {

constexpr std::size_t kTenantsToName = 10;

std::vector<std::string> lines_of(const std::string& notes) {
  std::vector<std::string> lines;
  for (const std::string_view line : split_text(notes, '\n')) {
    if (!trim(line).empty()) lines.emplace_back(line);
  }
  return lines;
}

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
  return Error{ErrorCode::kBadInput, "rows of a run were rejected",
               fmt::format("{} {} {}", connection, dataset_name(run.import.dataset), run.import.source), std::move(why),
               "mend the export and sync again, or go on without these rows: --accept-rejects"};
}

void add_costs(Json& json, const CostSums& costs) {
  for (std::size_t i = 0; i < costs.size(); ++i) json[std::string(cost_metrics()[i])] = costs[i].to_string();
}

Json notes_json(const std::vector<std::string>& notes) { return Json(notes); }

Json import_json(const ImportedRun& run) {
  const Import& import = run.import;
  Json rejects = Json::array();
  for (const Reject& reject : run.first_rejects) {
    rejects.push_back({{"file", reject.file},
                       {"line", reject.line},
                       {"column", reject.column},
                       {"value", reject.value},
                       {"reason", reject.reason}});
  }
  return {
      {"import", import.id.raw()},
      {"dataset", dataset_name(import.dataset)},
      {"month", import.month.to_string()},
      {"run_id", import.run_id},
      {"source", import.source},
      {"layout", import.layout},
      {"verified", import.verified},
      {"rows", {{"source", import.rows_source}, {"stored", import.rows_stored}, {"rejected", import.rows_rejected}}},
      {"first_rejects", std::move(rejects)},
      {"notes", notes_json(lines_of(import.notes))}};
}

Json published_json(const FlowReport::Published& published) {
  const PublishedOutcome& outcome = published.outcome;
  Json json = {{"connection", published.connection}, {"month", outcome.month.to_string()},
               {"changed", outcome.changed},         {"split_now", outcome.split.has_value()},
               {"timing_rows", outcome.timing_rows}, {"notes", notes_json(outcome.notes)}};
  if (outcome.not_split) json["not_split"] = error_json(*outcome.not_split);
  if (!outcome.split) return json;
  const SplitResult& split = *outcome.split;
  json["charges"] = split.charges;
  json["shared_charges"] = split.shared_charges;
  json["totals"] = Json::array();
  for (const SplitTotal& total : split.totals) {
    Json row = {{"customer", total.customer.raw()}, {"currency", total.currency.code()}, {"rows", total.rows}};
    add_costs(row, total.costs);
    json["totals"].push_back(std::move(row));
  }
  json["unassigned_tenants"] = Json::array();
  for (const UnassignedTenant& tenant : split.unassigned_tenants) {
    Json row = {{"tenant_id", tenant.tenant_id},
                {"tenant_name", tenant.tenant_name},
                {"currency", tenant.currency.code()},
                {"rows", tenant.rows}};
    add_costs(row, tenant.costs);
    json["unassigned_tenants"].push_back(std::move(row));
  }
  json["split_notes"] = notes_json(split.notes);
  return json;
}

/// Tenants by name, each once: `Contoso (8d1f…), Fabrikam (…) and 3 more`.
std::string named_tenants(const SplitResult& split) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const UnassignedTenant& tenant : split.unassigned_tenants) {
    if (tenant.tenant_id.empty() || !seen.insert(tenant.tenant_id).second) continue;
    names.push_back(tenant.tenant_name.empty() ? tenant.tenant_id
                                               : fmt::format("{} ({})", excerpt(tenant.tenant_name), tenant.tenant_id));
  }
  if (names.empty()) return {};
  const std::size_t shown = std::min(names.size(), kTenantsToName);
  std::string text = fmt::format("{} without a rule: {}", count_of(static_cast<std::int64_t>(names.size()), "tenant"),
                                 fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

void say_unassigned(Console& console, const SplitResult& split) {
  bool any = false;
  for (const SplitTotal& total : split.totals) {
    if (total.customer.raw() != kUnassignedCustomerId) continue;
    any = true;
    console.say(fmt::format("    unassigned: {} {} billed, {} effective", total.currency.code(),
                            total.costs[0].to_string(), total.costs[1].to_string()));
  }
  if (!any) console.say("    unassigned: nothing");
}

void say_split(Console& console, const SplitResult& split) {
  std::set<CustomerId> customers;
  for (const SplitTotal& total : split.totals) {
    if (total.customer.raw() != kUnassignedCustomerId) customers.insert(total.customer);
  }
  console.say(fmt::format("    split over {}; {}", count_of(static_cast<std::int64_t>(customers.size()), "customer"),
                          count_of(split.shared_charges, "charge is shared", "charges are shared")));
  say_unassigned(console, split);
  if (const std::string tenants = named_tenants(split); !tenants.empty()) console.say("    " + tenants);
  for (const std::string& note : split.notes) console.say("    note: " + note);
}

/// ` of 2026-11-06`: tells the runs of a month apart.
std::string run_day(const Import& import) {
  constexpr std::size_t kDayLength = 10;
  return import.submitted_at.empty() ? "" : " of " + import.submitted_at.substr(0, kDayLength);
}

void say_import(Console& console, const FlowReport::Imported& imported) {
  const ImportReport& report = imported.report;
  std::int64_t rows = 0;
  for (const ImportedRun& run : report.imported) rows += run.import.rows_stored;
  std::string line = imported.connection + ": ";
  line += report.imported.empty()
              ? "nothing new"
              : fmt::format("took in {}, {}", count_of(static_cast<std::int64_t>(report.imported.size()), "run"),
                            count_of(rows, "row"));
  if (report.already_there > 0)
    line += fmt::format("; {} had been taken in before", count_of(report.already_there, "run"));
  if (!report.skipped.empty())
    line += fmt::format("; skipped {}", count_of(static_cast<std::int64_t>(report.skipped.size()), "run"));
  if (!report.notes.empty() && !console.settings().verbose)
    line += fmt::format("; left {} alone (--verbose tells)",
                        count_of(static_cast<std::int64_t>(report.notes.size()), "thing"));
  console.say(line);
  for (const ImportedRun& run : report.imported) {
    const Import& import = run.import;
    console.say(fmt::format("  {} {}{}: {}{}{}", import.month.to_string(), dataset_name(import.dataset),
                            run_day(import), count_of(import.rows_stored, "row"),
                            import.rows_rejected > 0 ? fmt::format(", {} rejected", import.rows_rejected) : "",
                            import.verified ? "" : ", unverified (no manifest)"));
    console.detail("    from " + import.source);
    for (const std::string& note : lines_of(import.notes)) console.say("    note: " + note);
  }
  for (const std::string& note : report.notes) console.detail("  note: " + note);
}

void say_month(Console& console, const FlowReport::Published& published) {
  const PublishedOutcome& outcome = published.outcome;
  const std::string place = fmt::format("{} {}", published.connection, outcome.month.to_string());
  if (outcome.split) {
    console.say(fmt::format("  {}: {}", place, count_of(outcome.split->charges, "charge")));
    say_split(console, *outcome.split);
  } else if (outcome.changed) {
    console.say(fmt::format("  {}: new charges", place));
  } else if (published.asked_for && !outcome.notes.empty()) {
    console.say(fmt::format("  {}: not changed", place));
  } else {
    console.detail(fmt::format("  {}: nothing new", place));
  }
  for (const std::string& notes : outcome.notes) {
    for (const std::string& note : lines_of(notes)) {
      outcome.changed || published.asked_for ? console.say("    note: " + note) : console.detail("    note: " + note);
    }
  }
}

/// The first problem that is no matter of input, else the first. There must be one.
const Problem& gravest(const std::vector<Problem>& problems) {
  const auto found = std::find_if(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.error.code != ErrorCode::kBadInput && problem.error.code != ErrorCode::kUsage;
  });
  return found == problems.end() ? problems.front() : *found;
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
    months.push_back({found->second, bill_month.month, bill_month.split.has_value(), true});
  }
  return months;
}

Result<void> publish_months(Session& session, WritableWorkspace& writable, const std::vector<MonthToPublish>& months,
                            PublishOptions options, bool keep_accepted, FlowReport& report, Edit edit) {
  const bool accept_rejects = options.accept_rejects;
  APPORTION_ASSIGN(Publication publication, Publication::begin(writable.workspace, writable.lock, std::move(edit)));
  for (const MonthToPublish& month : months) {
    const std::string place = fmt::format("{} {}", month.connection.name, month.month.to_string());
    session.console().progress("publishing " + place);
    options.accept_rejects = accept_rejects || (keep_accepted && month.was_split);
    auto outcome = publication.add(month.connection, month.month, options);
    if (outcome) {
      report.add_month(month.connection.name, std::move(outcome).value(), month.asked_for);
    } else if (outcome.error().code == ErrorCode::kStorage) {
      return std::move(outcome).error();
    } else {
      report.problems.push_back({place, std::move(outcome).error()});
    }
  }
  return publication.publish();
}

Result<void> split_published_months(Session& session, WritableWorkspace& writable, Edit edit, FlowReport& report) {
  APPORTION_ASSIGN(const auto months,
                   months_to_publish(writable.workspace.control_plane, std::nullopt, std::nullopt, false));
  PublishOptions options;
  options.again = true;
  return publish_months(session, writable, months, options, true, report, std::move(edit));
}

Result<FlowReport> apply_document(Session& session, WritableWorkspace& writable, DocumentKind kind,
                                  const std::string& text, bool no_split) {
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
  APPORTION_TRY(publish_months(session, writable, months, PublishOptions{}, true, report, edit));
  return report;
}

void ask_for_imported_only(std::vector<MonthToPublish>& months, const FlowReport& report) {
  for (MonthToPublish& month : months) {
    month.asked_for =
        std::any_of(report.imports.begin(), report.imports.end(), [&month](const FlowReport::Imported& imported) {
          return imported.connection == month.connection.name && imported.report.months.contains(month.month);
        });
  }
}

Json flow_json(const FlowReport& report) {
  Json json = {{"imports", Json::array()}, {"months", Json::array()}, {"problems", Json::array()}};
  for (const FlowReport::Imported& imported : report.imports) {
    Json runs = Json::array();
    for (const ImportedRun& run : imported.report.imported) runs.push_back(import_json(run));
    json["imports"].push_back({{"connection", imported.connection},
                               {"runs", std::move(runs)},
                               {"already_there", imported.report.already_there},
                               {"skipped", imported.report.skipped.size()},
                               {"notes", notes_json(imported.report.notes)}});
  }
  for (const FlowReport::Published& published : report.months) json["months"].push_back(published_json(published));
  for (const Problem& problem : report.problems) {
    Json row = {{"source", problem.source}};
    row.update(error_json(problem.error));
    json["problems"].push_back(std::move(row));
  }
  return json;
}

ExitCode show_flow(Session& session, const FlowReport& report) {
  Console& console = session.console();
  if (session.json()) {
    if (!report.problems.empty()) {
      Error error = gravest(report.problems).error;
      if (error.code == ErrorCode::kUsage) error.code = ErrorCode::kBadInput;
      if (report.problems.size() > 1) {
        error = {error.code, fmt::format("{} problems", report.problems.size()), "", "see `problems` in the output",
                 ""};
      }
      console.report(error);
    }
    return exit_code_of(report.problems);
  }
  for (const FlowReport::Imported& imported : report.imports) say_import(console, imported);
  for (const FlowReport::Published& published : report.months) say_month(console, published);
  for (const Problem& problem : report.problems) {
    Error error = problem.error;
    if (error.where.empty()) error.where = problem.source;
    console.report(error);
  }
  return exit_code_of(report.problems);
}

ExitCode exit_code_of(const std::vector<Problem>& problems) {
  if (problems.empty()) return kExitDone;
  const ErrorCode code = gravest(problems).error.code;
  return code == ErrorCode::kUsage ? kExitBadInput : exit_code(code);
}

}  // namespace apportion
