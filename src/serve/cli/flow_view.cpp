#include "serve/cli/flow_view.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/bill_months.h"
#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/dataset.h"
#include "foundation/money/money.h"
#include "serve/format/flow_document.h"

namespace apportion {
namespace {

constexpr std::size_t kTenantsToName = 5;
constexpr std::size_t kStaleMonthsToName = 6;

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
    console.say(fmt::format("    unassigned: {} {} billed", shown_amount(total.costs[0], total.currency),
                            total.currency.code()));
  }
  if (!any) console.say("    unassigned: nothing");
}

void say_split_notes(Console& console, const SplitResult& split) {
  for (const std::string& note : split.notes) console.say("    note: " + note);
}

void say_split(Console& console, const SplitResult& split) {
  std::set<CustomerId> customers;
  for (const SplitTotal& total : split.totals) {
    if (total.customer.raw() != kUnassignedCustomerId) customers.insert(total.customer);
  }
  console.say(fmt::format("    split across {}; {}", count_of(static_cast<std::int64_t>(customers.size()), "customer"),
                          count_of(split.shared_charges, "charge is shared", "charges are shared")));
  say_unassigned(console, split);
  if (const std::string tenants = named_tenants(split); !tenants.empty()) console.say("    " + tenants);
  say_split_notes(console, split);
}

/// ` of 2026-11-06`: distinguishes the runs of a month.
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
              : fmt::format("imported {}, {}", count_of(static_cast<std::int64_t>(report.imported.size()), "run"),
                            count_of(rows, "row"));
  if (report.already_there > 0) line += fmt::format("; {} already imported", count_of(report.already_there, "run"));
  if (!report.skipped.empty())
    line += fmt::format("; skipped {}", count_of(static_cast<std::int64_t>(report.skipped.size()), "run"));
  if (!report.notes.empty() && !console.settings().verbose)
    line += fmt::format("; left {} alone (--verbose shows what)",
                        count_of(static_cast<std::int64_t>(report.notes.size()), "thing"));
  console.say(line);
  for (const ImportedRun& run : report.imported) {
    const Import& import = run.import;
    const bool is_of_invoice = holds_invoice_lines(import.dataset);
    console.say(fmt::format("  {} {}{}: {}{}{}", import.month.to_string(), dataset_name(import.dataset),
                            is_of_invoice ? fmt::format(" of {}", import.run_id) : run_day(import),
                            count_of(import.rows_stored, "row"),
                            import.rows_rejected > 0 ? fmt::format(", {} rejected", import.rows_rejected) : "",
                            import.verified || is_of_invoice ? "" : ", unverified (no manifest)"));
    console.detail("    from " + import.source);
    for (const std::string& note : note_lines(import.notes)) console.say("    note: " + note);
  }
  for (const std::string& note : report.notes) console.detail("  note: " + note);
}

// `brief`: who pays what has already been shown.
void say_month(Console& console, const FlowReport::Published& published, bool brief) {
  const PublishedOutcome& outcome = published.outcome;
  const std::string place = fmt::format("{} {}", published.connection, outcome.month.to_string());
  if (outcome.split) {
    console.say(fmt::format("  {}: {}", place, count_of(outcome.split->charges, "charge")));
    brief ? say_split_notes(console, *outcome.split) : say_split(console, *outcome.split);
  } else if (outcome.changed) {
    console.say(fmt::format("  {}: new charges", place));
  } else if (published.asked_for && !outcome.notes.empty()) {
    console.say(fmt::format("  {}: unchanged", place));
  } else {
    console.detail(fmt::format("  {}: nothing new", place));
  }
  for (const std::string& notes : outcome.notes) {
    for (const std::string& note : note_lines(notes)) {
      outcome.changed || published.asked_for ? console.say("    note: " + note) : console.detail("    note: " + note);
    }
  }
}

/// The first problem that is not about input, or else the first. There must be one.
const Problem& gravest(const std::vector<Problem>& problems) {
  const auto found = std::find_if(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.error.kind() != ErrorKind::kBadInput && !is_request_fault(problem.error.kind());
  });
  return found == problems.end() ? problems.front() : *found;
}

}  // namespace

ExitCode show_flow(Session& session, const FlowReport& report) {
  Console& console = session.console();
  if (session.json()) {
    if (!report.problems.empty()) {
      Error error = gravest(report.problems).error;
      error.in_input |= is_request_fault(error.kind());
      if (report.problems.size() > 1) {
        error = {error.id, count_of(std::ssize(report.problems), "problem"), "", "see `problems` in the output", ""};
      }
      console.report(error);
    }
    return exit_code_of(report.problems);
  }
  for (const FlowReport::Imported& imported : report.imports) say_import(console, imported);
  const bool brief = report.changes.has_value();
  for (const FlowReport::Published& published : report.months) say_month(console, published, brief);
  for (const LockedMonth& month : report.locked_when_due) {
    console.say(fmt::format("{} {} is complete{} and now locked", month.connection, month.month.to_string(),
                            month.is_invoiced ? ", its invoices tie," : ""));
  }
  for (const Problem& problem : report.problems) {
    Error error = problem.error;
    if (error.where.empty()) error.where = problem.source;
    console.report(error);
  }
  return exit_code_of(report.problems);
}

Result<void> say_stale_months(Session& session, const Workspace& workspace) {
  APPORTION_ASSIGN(const auto months, months_split_as_before(session.caller(), workspace));
  std::vector<std::string> stale;
  for (const NamedMonth& month : months)
    stale.push_back(fmt::format("{} {}", month.connection, month.month.to_string()));
  if (stale.empty()) return ok();
  const std::size_t shown = std::min(stale.size(), kStaleMonthsToName);
  const std::string more = stale.size() > shown ? fmt::format(" and {} more", stale.size() - shown) : "";
  session.console().say(fmt::format("{} still split as before: {}{}; to split them again: apportion split",
                                    count_of(static_cast<std::int64_t>(stale.size()), "month is", "months are"),
                                    fmt::join(stale.begin(), stale.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                                    more));
  return ok();
}

void say_alert_round(Console& console, const AlertRound& round) {
  for (const StoredAlert& alert : round.opened) console.say("alert: " + alert.text);
  for (const StoredAlert& alert : round.closed) console.say(fmt::format("over: {} {}", alert.kind, alert.connection));
}

ExitCode exit_code_of(const std::vector<Problem>& problems) {
  if (problems.empty()) return kExitDone;
  const ErrorKind kind = gravest(problems).error.kind();
  return is_request_fault(kind) ? kExitBadInput : exit_code(kind);
}

}  // namespace apportion
