#include "application/doctor.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/probe_view.h"
#include "serve/format/probe_document.h"

namespace apportion {
namespace {

struct TestOptions {
  std::string name;
};

Result<ExitCode> run_test(Session& session, const TestOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const auto probes, probe_connection(session.caller(), workspace, gateway, options.name));
  if (session.json()) {
    session.console().print_json(connection_probes_json(options.name, probes));
  } else {
    APPORTION_TRY(session.console().print_table(probes_table(probes)));
    say_remedies(session.console(), probes);
  }
  return all_well(probes) ? kExitDone : kExitCheckFailed;
}

}  // namespace

void add_connection_test_command(Command group, Action& action) {
  auto options = std::make_shared<TestOptions>();
  Command command = add_command(group, "test", "Test each permission of a connection separately; exit 1 if one fails",
                                "  apportion connection test acme");
  command.add_option("NAME", options->name, "Name of the connection").required();
  on_chosen(command, action, options, run_test);
}

}  // namespace apportion
