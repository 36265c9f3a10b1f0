#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "application/customers.h"
#include "foundation/base/count_text.h"
#include "query/months_in_scope.h"
#include "query/named_relations.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/dataset_output.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"
#include "serve/format/charge_file.h"

namespace apportion {
namespace {

struct DatasetOptions {
  MonthOptions scope;
  std::optional<std::string> customer;
  std::optional<std::string> engine;
  DatasetOutput output;
};

Result<ExitCode> run_charges(Session& session, const DatasetOptions& options) {
  APPORTION_ASSIGN(const std::string format, options.output.chosen_format());
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  const ReadScope scope = options.scope.scope_for(session.caller());
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, scope));
  std::optional<CustomerId> customer;
  if (options.customer) {
    APPORTION_ASSIGN(customer, known_customer(session.caller(), workspace, *options.customer));
  }
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading_alone(session, workspace, options.engine));
  APPORTION_ASSIGN(NamedRelations relations, open_named_relations(reading.lake(), scope, session.clock().today()));
  const std::filesystem::path& out = options.output.out;
  std::int64_t count = 0;
  APPORTION_TRY(replace_file(out, [&](const std::filesystem::path& path) -> Result<void> {
    APPORTION_ASSIGN(count, write_charge_file(relations, {customer, format, options.output.text_mode()},
                                              session.cancel(), path));
    return ok();
  }));
  Console& console = session.console();
  if (session.json()) console.print_json({{"file", out.string()}, {"format", format}, {"rows", count}});
  console.say(fmt::format("wrote {} to {}", count_of(count, "row"), out.string()));
  console.say("the file shows what the partner pays and earns: for customers there is `apportion dataset focus`");
  tell_engine(session, reading);
  return kExitDone;
}

void add_charges_command(Command group, Action& action) {
  auto options = std::make_shared<DatasetOptions>();
  Command command = add_command(group, "charges", "Write all charges with their customers, one row per charge or share",
                                "  apportion dataset charges --month 2026-10 --out charges.parquet\n"
                                "  apportion dataset charges --from 2026-01 --to 2026-10 --out charges.csv.gz");
  add_months_options(command, options->scope.month, options->scope.first_month, options->scope.last_month);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  command.add_option("--customer", options->customer, "This customer only, or `unassigned` (default: all)")
      .type_name("ID");
  add_engine_option(command, options->engine);
  options->output.add_options(command);
  on_chosen(command, action, options, run_charges);
}

}  // namespace

void add_dataset_command(Command app, Action& action) {
  Command group = add_group(app, "dataset", "Write whole datasets as files for other programs");
  add_charges_command(group, action);
  add_dataset_focus_command(group, action);
}

}  // namespace apportion
