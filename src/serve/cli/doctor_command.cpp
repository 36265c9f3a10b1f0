#include "application/doctor.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/probe_view.h"
#include "serve/format/probe_document.h"

namespace apportion {
namespace {

Result<ExitCode> run_doctor(Session& session, const DoctorRequest& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const auto all, probe_home(session.caller(), workspace, gateway, options));
  if (session.json()) {
    session.console().print_json(probes_json(all));
  } else {
    APPORTION_TRY(session.console().print_table(probes_table(all)));
    say_remedies(session.console(), all);
    if (all_well(all)) session.console().say("all is well");
  }
  return all_well(all) ? kExitDone : kExitCheckFailed;
}

}  // namespace

void add_doctor_command(Command app, Action& action) {
  auto options = std::make_shared<DoctorRequest>();
  Command command = add_command(app, "doctor", "Probe the home and every permission of every connection",
                                "  apportion doctor\n  apportion doctor --connection acme");
  add_connection_option(command, options->connection, "This connection only (default: all)");
  command.add_flag("--quick", options->quick, "Compare only the sizes of the lake's files, not their content");
  on_chosen(command, action, options, run_doctor);
}

}  // namespace apportion
