#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "application/migration.h"
#include "application/reading.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "query/migrated_rows.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"
#include "serve/format/migration_document.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

struct SourceName {
  std::string_view name;
  InvoiceFileKind kind;
};
constexpr auto kSources = std::to_array<SourceName>({{"bill", InvoiceFileKind::kBill},
                                                     {"reconciliation", InvoiceFileKind::kReconciliation},
                                                     {"daily-usage", InvoiceFileKind::kDailyUsage}});

// What both sides of a comparison are.
struct SidesOptions {
  std::optional<std::string> source;
  std::optional<std::string> connection;
  std::optional<MonthRange> months;

  std::optional<InvoiceFileKind> kind() const {
    for (const SourceName& one : kSources) {
      if (source && one.name == *source) return one.kind;
    }
    return std::nullopt;
  }
  ReadScope scope_for(const Caller& caller) const {
    MonthOptions options{connection, std::nullopt};
    if (months) {
      options.first_month = months->first;
      options.last_month = months->last;
    }
    return options.scope_for(caller);
  }
};

struct PlanOptions {
  SidesOptions sides;
  std::vector<std::string> bill_sources;
  std::optional<fs::path> out;
};

struct CompareOptions {
  SidesOptions sides;
  std::optional<std::string> engine;
  std::optional<std::string> customer;
  bool rows = false;
  bool differences = false;
  bool gained = false;
  TableOutput output;
};

struct ReportOptions {
  SidesOptions sides;
  std::optional<std::string> engine;
  fs::path out;
};

void add_sides_options(Command command, SidesOptions& sides) {
  command
      .add_option("--source", sides.source,
                  "What the legacy is: bill, reconciliation or daily-usage (default: bills if there are any)")
      .one_of({"bill", "reconciliation", "daily-usage"})
      .type_name("KIND");
  add_month_range_option(command, sides.months, "First and last month (default: those that both sides have)");
  add_connection_option(command, sides.connection, "This connection only (default: all)");
}

std::string bill_source_problem(const std::string& text) {
  const auto sign = text.rfind('=');
  const bool is_pair = sign != std::string::npos && sign > 0 && sign + 1 < text.size();
  return is_pair ? std::string() : "`" + text + "` is no OTHER-NAME=CONNECTION";
}

Result<void> write_plan(Session& session, const MigrationPlan& plan, const fs::path& folder) {
  const auto write = [&](const std::string& text, const char* name, const std::string& next) -> Result<void> {
    if (text.empty()) return ok();
    const fs::path file = folder / name;
    std::error_code failure;
    if (fs::exists(file, failure)) {
      return Error{ErrorId::kFileIsThere, "the file already exists", file.string(), "a plan never replaces one",
                   "name another folder with --out"};
    }
    APPORTION_TRY(write_file_atomically(file, text));
    session.console().say(fmt::format("wrote {}: {}", file.string(), fmt::format(fmt::runtime(next), file.string())));
    return ok();
  };
  APPORTION_TRY(make_folder(folder));
  APPORTION_TRY(write(plan.customers_file, "customers.csv", "look at it, then apportion customer import {}"));
  return write(plan.rules_file, "rules.yaml", "look at it, then apportion rules preview {}, and apply it");
}

Result<ExitCode> run_plan(Session& session, const PlanOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  const Caller caller = session.caller();
  APPORTION_ASSIGN(const MigrationPlan plan,
                   plan_migration(caller, workspace, reading.lake(), options.sides.scope_for(caller),
                                  {options.sides.kind(), bill_sources_of(options.bill_sources)}));
  if (session.json()) {
    session.console().print_json(migration_plan_json(plan));
  } else {
    APPORTION_TRY(session.console().print_table(migration_plan_table(plan)));
    for (const std::string& assumption : plan.assumptions) session.console().say("assumed: " + assumption);
  }
  if (options.out) APPORTION_TRY(write_plan(session, plan, *options.out));
  const bool is_complete = plan.customers_file.empty() && plan.rules_file.empty();
  if (is_complete) session.console().say("nothing is missing here: no file is needed");
  if (!is_complete && !options.out) session.console().say("nothing was written: --out writes what is missing as files");
  return kExitDone;
}

ExitCode say_outcome(Session& session, const Migration& migration) {
  Console& console = session.console();
  for (const std::string& notice : migration_notices(migration)) console.say(notice);
  if (migration.holds()) {
    console.say("every customer is equal or explained");
    return kExitDone;
  }
  console.say("NOT every customer is equal or explained: --differences lists what is not equal");
  return kExitCheckFailed;
}

Result<Migration> compare(Session& session, const SidesOptions& sides, const std::optional<std::string>& customer,
                          const Workspace& workspace, EngineReading& reading) {
  session.console().progress("comparing costs");
  const Caller caller = session.caller();
  return compare_migration(caller, workspace, reading.lake(), sides.scope_for(caller), sides.kind(), customer);
}

Table chosen_table(const CompareOptions& options, const Migration& migration) {
  if (options.gained) return migration_gains_table(migration);
  if (options.rows || options.differences) return migrated_amounts_table(migration, options.differences);
  return migrated_customers_table(migration);
}

Result<ExitCode> run_compare(Session& session, const CompareOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  APPORTION_ASSIGN(const Migration migration, compare(session, options.sides, options.customer, workspace, reading));
  tell_engine(session, reading);
  const bool wants_document = session.json() && !options.output.format && !options.output.out;
  if (wants_document) {
    session.console().print_json(migration_json(migration));
  } else {
    APPORTION_TRY(options.output.write(session, chosen_table(options, migration), reading.home()));
  }
  return say_outcome(session, migration);
}

// A folder, unless the name ends as that of a report.
Result<std::vector<fs::path>> report_files(const fs::path& out) {
  const std::string ending = ascii_lower(out.extension().string());
  if (ending == ".html" || ending == ".xlsx") return std::vector<fs::path>{out};
  std::error_code failure;
  if (!ending.empty() && !fs::is_directory(out, failure)) {
    return Error{ErrorId::kNoSuchFormat, "there is no such format", out.string(), "a report is .html or .xlsx",
                 "give the file one of these extensions, or name a folder for both"};
  }
  APPORTION_TRY(make_folder(out));
  return std::vector<fs::path>{out / "migration.html", out / "migration.xlsx"};
}

Result<ExitCode> run_report(Session& session, const ReportOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  APPORTION_ASSIGN(const Migration migration, compare(session, options.sides, {}, workspace, reading));
  tell_engine(session, reading);
  APPORTION_ASSIGN(const std::vector<fs::path> files, report_files(options.out));
  const MigrationReportFacts facts{session.clock().today(), "apportion " + program_version(),
                                   options.sides.connection.value_or("")};
  for (const fs::path& file : files) {
    const bool is_page = ascii_lower(file.extension().string()) == ".html";
    const auto form = is_page ? MigrationReportForm::kPage : MigrationReportForm::kWorkbook;
    APPORTION_TRY(replace_file(
        file, [&](const fs::path& partial) { return write_migration_report(partial, form, migration, facts); }));
    session.console().say("wrote " + file.string());
  }
  if (session.json()) session.console().print_json(migration_json(migration));
  return say_outcome(session, migration);
}

}  // namespace

void add_migrate_command(Command app, Action& action) {
  Command group = add_group(app, "migrate", "Leave a legacy method: compare its costs with the new ones, and switch");

  auto plan_options = std::make_shared<PlanOptions>();
  Command plan = add_command(group, "plan", "Show who the legacy's customers are here, and which files would add them",
                             "  apportion migrate plan --out plan\n"
                             "  apportion migrate plan --bill-source legacy-csp=acme --out plan");
  plan.add_option("--bill-source", plan_options->bill_sources,
                  "What rules call the connection that takes the place of a legacy one")
      .repeatable()
      .check(bill_source_problem)
      .type_name("OTHER-NAME=CONNECTION");
  plan.add_option("--out", plan_options->out, "Folder to write the files to").type_name("DIR");
  add_sides_options(plan, plan_options->sides);
  on_chosen(plan, action, plan_options, run_plan);

  auto compare_options = std::make_shared<CompareOptions>();
  Command compare_command =
      add_command(group, "compare", "Compare what the legacy billed with the charges, customer by customer",
                  "  apportion migrate compare\n"
                  "  apportion migrate compare --months 2026-08..2026-10 --customer contoso --rows --format csv");
  add_sides_options(compare_command, compare_options->sides);
  add_engine_option(compare_command, compare_options->engine);
  compare_command.add_option("--customer", compare_options->customer, "This customer only (default: all)")
      .type_name("ID");
  compare_command.add_flag("--rows", compare_options->rows,
                           "A row for each month, customer, subscription and product, not sums by customer");
  compare_command.add_flag("--differences", compare_options->differences, "The same, without what is equal");
  compare_command.add_flag("--gained", compare_options->gained,
                           "What the legacy never showed: reservations and savings plans, used and unused");
  compare_options->output.add_options(compare_command);
  on_chosen(compare_command, action, compare_options, run_compare);

  auto report_options = std::make_shared<ReportOptions>();
  Command report = add_command(group, "report", "Write the comparison as a report to sign the switch off",
                               "  apportion migrate report --out switch.html\n"
                               "  apportion migrate report --out reports");
  report.add_option("--out", report_options->out, "File that ends in .html or .xlsx, or a folder for both")
      .required()
      .type_name("PATH");
  add_sides_options(report, report_options->sides);
  add_engine_option(report, report_options->engine);
  on_chosen(report, action, report_options, run_report);
}

}  // namespace apportion
