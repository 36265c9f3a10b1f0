#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/azure_sessions.h"
#include "application/commitment_refresh.h"
#include "application/reading.h"
#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "query/commitment_report.h"
#include "query/months_in_scope.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"
#include "serve/format/commitment_document.h"

namespace apportion {
namespace {

struct CommitmentsOptions {
  MonthOptions scope;
  std::string by;
  std::string customer;
  std::string id;
  CommitmentView::WarningLimits limits;
  std::string utilisation = "80";
  std::optional<std::string> engine;
  TableOutput output;
};

struct GrainWord {
  std::string_view name;
  bool UseGrain::*part;
};
constexpr auto kGrainWords = std::to_array<GrainWord>({{"Commitment", &UseGrain::commitment},
                                                       {"Customer", &UseGrain::customer},
                                                       {"Subscription", &UseGrain::subscription},
                                                       {"Month", &UseGrain::month},
                                                       {"Day", &UseGrain::day}});

// `Commitment,Customer,Month` of --by. `CustomerId` and the like are accepted too.
Result<UseGrain> grain_of(const std::string& by) {
  UseGrain grain{false, false, false, false, false};
  for (const std::string_view part : split_text(by, ',')) {
    std::string word = ascii_lower(trim(part));
    if (word.empty()) continue;
    if (word.ends_with("id")) word.resize(word.size() - 2);
    const auto found =
        std::ranges::find_if(kGrainWords, [&](const GrainWord& known) { return ascii_lower(known.name) == word; });
    if (found == kGrainWords.end()) {
      std::vector<std::string_view> names;
      for (const GrainWord& known : kGrainWords) names.push_back(known.name);
      return Error{ErrorId::kCommitmentUseAmbiguous, "use cannot be grouped by this", excerpt(part),
                   fmt::format("expected one of {}", fmt::join(names, ", ")),
                   "for example: --by Commitment,Customer,Month"};
    }
    grain.*(found->part) = true;
  }
  return grain;
}

// A view together with the engine that it reads from.
struct OpenView {
  Workspace workspace;
  std::optional<EngineReading> reading;
  std::optional<CommitmentView> view;
};

Result<std::unique_ptr<OpenView>> open_view(Session& session, const CommitmentsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, options.scope.scope_for(session.caller())));
  auto open = std::make_unique<OpenView>(OpenView{std::move(workspace), std::nullopt, std::nullopt});
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, open->workspace, options.engine));
  open->reading.emplace(std::move(reading));
  APPORTION_ASSIGN(const auto facts,
                   kept_commitment_facts(session.caller(), open->workspace, options.scope.connection));
  APPORTION_ASSIGN(open->view, CommitmentView::open(open->reading->lake(), options.scope.scope_for(session.caller()),
                                                    session.clock().today(), facts));
  return open;
}

// Runs a report that returns a table.
template <class MakeTable>
Result<ExitCode> show_table(Session& session, const CommitmentsOptions& options, MakeTable make_table) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const auto open, open_view(session, options));
  APPORTION_ASSIGN(const Table table, make_table(*open->view));
  APPORTION_TRY(options.output.write(session, table, open->reading->home()));
  tell_engine(session, *open->reading);
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const CommitmentsOptions& options) {
  return show_table(session, options, [](CommitmentView& view) -> Result<Table> { return view.inventory(); });
}

using UseReport = Result<Table> (CommitmentView::*)(const UseRequest&);

template <UseReport kReport>
Result<ExitCode> run_use(Session& session, const CommitmentsOptions& options) {
  APPORTION_ASSIGN(const UseGrain grain, grain_of(options.by));
  return show_table(session, options, [&](CommitmentView& view) { return (view.*kReport)({grain, options.customer}); });
}

Result<ExitCode> run_amortisation(Session& session, const CommitmentsOptions& options) {
  return show_table(session, options, [&](CommitmentView& view) -> Result<Table> {
    if (options.id.empty()) return view.amortisation("");
    APPORTION_ASSIGN(const Commitment* commitment, view.find(options.id));
    return view.amortisation(commitment->key);
  });
}

Result<ExitCode> run_recommendations(Session& session, const CommitmentsOptions& options) {
  return show_table(session, options, [](CommitmentView& view) { return view.recommendations(); });
}

Result<ExitCode> run_warnings(Session& session, const CommitmentsOptions& options) {
  CommitmentView::WarningLimits limits = options.limits;
  const auto percent = Decimal::parse(options.utilisation);
  if (percent.error != DecimalError::kNone) {
    return Error{ErrorId::kPercentageInvalid, "this is not a percentage", "--below " + excerpt(options.utilisation),
                 std::string(decimal_error_text(percent.error)), "for example: --below 80"};
  }
  limits.utilisation = percent.value;
  return show_table(session, options, [&](CommitmentView& view) { return view.warnings(limits); });
}

Result<ExitCode> run_refresh(Session& session, const CommitmentsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const RefreshedCommitments refreshed,
                   refresh_commitments(session.caller(), workspace, gateway, options.scope.connection.value_or(""),
                                       options.limits.days));
  session.console().say(fmt::format("stored what Azure says about {}, {} and {} of use",
                                    count_of(static_cast<std::int64_t>(refreshed.reservations), "reservation"),
                                    count_of(static_cast<std::int64_t>(refreshed.savings_plans), "savings plan"),
                                    count_of(static_cast<std::int64_t>(refreshed.summaries), "day")));
  if (session.json()) session.console().print_json(refreshed_commitments_json(refreshed));
  for (const Error& error : refreshed.refused) session.console().report(error);
  return refreshed.refused.empty() ? kExitDone : exit_code(refreshed.refused.front().kind());
}

Result<ExitCode> run_summaries(Session& session, const CommitmentsOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto summaries, kept_use_summaries(session.caller(), workspace, options.scope.connection));
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  Table table = use_summaries_table(summaries);
  if (summaries.empty())
    table.notices.emplace_back("Azure has not been asked yet; run apportion commitments refresh --connection NAME");
  APPORTION_TRY(options.output.write(session, table, reading));
  return kExitDone;
}

Result<ExitCode> run_show(Session& session, const CommitmentsOptions& options) {
  APPORTION_ASSIGN(const auto open, open_view(session, options));
  APPORTION_ASSIGN(const Commitment* commitment, open->view->find(options.id));
  APPORTION_ASSIGN(const CommitmentDetails details, open->view->details(*commitment));
  tell_engine(session, *open->reading);
  if (session.json()) {
    session.console().print_json(commitment_json(*commitment, details));
    return kExitDone;
  }
  std::ostringstream text;
  APPORTION_TRY(write_commitment(details, text));
  session.console().print_text(text.view());
  return kExitDone;
}

using Options = std::shared_ptr<CommitmentsOptions>;

Options make_options(const std::string& by = "") {
  auto options = std::make_shared<CommitmentsOptions>();
  options->by = by;
  return options;
}

void add_scope(Command command, const Options& options, bool with_month) {
  if (with_month) add_month_option(command, options->scope.month, "This month only (default: all)");
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
}

// Of commands that read charges.
void add_reading_options(Command command, const Options& options, bool with_month) {
  add_scope(command, options, with_month);
  add_engine_option(command, options->engine);
}

void add_use_command(Command group, Action& action, const std::string& name, const std::string& about,
                     const std::string& by, Result<ExitCode> (*run)(Session&, const CommitmentsOptions&)) {
  const Options options = make_options(by);
  Command command =
      add_command(group, name, about, fmt::format("  apportion commitments {} --by {} --month 2026-10", name, by));
  command.add_option("--by", options->by, "Any of Commitment, Customer, Subscription, Month, Day, separated by commas")
      .type_name("A,B")
      .show_default();
  command.add_option("--customer", options->customer, "Only what is assigned to this customer").type_name("ID");
  add_reading_options(command, options, true);
  options->output.add_options(command);
  on_chosen(command, action, options, run);
}

void add_list_command(Command group, Action& action) {
  const Options options = make_options();
  Command command = add_command(group, "list", "List all reservations and savings plans with what is known about each",
                                "  apportion commitments list --format csv --out commitments.csv");
  add_reading_options(command, options, false);
  options->output.add_options(command);
  on_chosen(command, action, options, run_list);
}

void add_show_command(Command group, Action& action) {
  const Options options = make_options();
  Command command =
      add_command(group, "show", "Show one commitment: each field with its source, payments, amortisation by month",
                  "  apportion commitments show VM_RI_0003_Standard_D2s_v5");
  command.add_option("COMMITMENT", options->id, "Its id or name").required();
  add_reading_options(command, options, false);
  on_chosen(command, action, options, run_show);
}

void add_amortisation_command(Command group, Action& action) {
  const Options options = make_options();
  Command command =
      add_command(group, "amortisation", "Compare payments and refunds with what is amortised and what should be",
                  "  apportion commitments amortisation --month 2026-10");
  command.add_option("COMMITMENT", options->id, "This commitment only: its id or name");
  add_reading_options(command, options, true);
  options->output.add_options(command);
  on_chosen(command, action, options, run_amortisation);
}

void add_warnings_command(Command group, Action& action) {
  const Options options = make_options();
  Command command = add_command(
      group, "warnings",
      "Show what expires soon, is little used, does or does not renew itself, and what unused cost there is",
      "  apportion commitments warnings --days 90 --below 75");
  command.add_option("--days", options->limits.days, "Expires within this many days")
      .between(0, 1'000'000)
      .type_name("N")
      .show_default();
  command.add_option("--below", options->utilisation, "Used less than this percentage in the newest month")
      .type_name("PERCENT")
      .show_default();
  add_reading_options(command, options, true);
  options->output.add_options(command);
  on_chosen(command, action, options, run_warnings);
}

void add_recommendations_command(Command group, Action& action) {
  const Options options = make_options();
  Command command =
      add_command(group, "recommendations",
                  "List the reservations that Microsoft recommends, with the customers whose use they would cover",
                  "  apportion commitments recommendations");
  add_reading_options(command, options, true);
  options->output.add_options(command);
  on_chosen(command, action, options, run_recommendations);
}

void add_refresh_command(Command group, Action& action) {
  const Options options = make_options();
  Command command = add_command(group, "refresh", "Ask Azure for its list of commitments and how well they were used",
                                "  apportion commitments refresh --connection acme");
  command.add_option("--connection", options->scope.connection, "The connection").required().type_name("NAME");
  command.add_option("--days", options->limits.days, "Days of use to fetch")
      .between(1, 1'000'000)
      .type_name("N")
      .show_default();
  on_chosen(command, action, options, run_refresh);
}

void add_summaries_command(Command group, Action& action) {
  const Options options = make_options();
  Command command = add_command(group, "summaries", "Show how well commitments were used each day, as Azure reports it",
                                "  apportion commitments summaries");
  add_scope(command, options, false);
  options->output.add_options(command);
  on_chosen(command, action, options, run_summaries);
}

}  // namespace

void add_commitments_command(Command app, Action& action) {
  Command group =
      add_group(app, "commitments", "Show reservations and savings plans: use, savings, and who pays for what");
  add_list_command(group, action);
  add_show_command(group, action);
  add_use_command(group, action, "utilisation", "Show what was used and what was not", "Commitment,Month",
                  run_use<&CommitmentView::utilisation>);
  add_use_command(group, action, "coverage", "Show how much of the eligible use is covered", "Customer,Month",
                  run_use<&CommitmentView::coverage>);
  add_use_command(group, action, "savings", "Show what was saved compared with pay-as-you-go prices, and by whom",
                  "Commitment,Customer,Month", run_use<&CommitmentView::savings>);
  add_use_command(group, action, "unused", "Show what was paid for but not used", "Commitment,Customer,Month",
                  run_use<&CommitmentView::unused>);
  add_amortisation_command(group, action);
  add_warnings_command(group, action);
  add_recommendations_command(group, action);
  add_refresh_command(group, action);
  add_summaries_command(group, action);
  add_commitment_policy_command(group, action);
}

}  // namespace apportion
