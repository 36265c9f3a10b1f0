#include <fmt/format.h>

#include "application/invented_partner.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/format/first_day_document.h"

namespace apportion {
namespace {

Result<ExitCode> run_demo(Session& session, const InventedPartnerRequest& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const InventedPartner invented, invent_partner(workspace, session.azure_world(), options));
  if (session.json()) session.console().print_json(invented_partner_json(invented));
  const ExitCode code = show_flow(session, invented.report);
  session.console().say(fmt::format("the home now has an invented partner with {} customers; {} is locked",
                                    invented.customers, invented.locked_month.to_string()));
  session.console().say("next: `apportion first-day`, `apportion months`, or the page: `apportion serve --open`");
  return code;
}

}  // namespace

void add_demo_command(Command app, Action& action) {
  auto options = std::make_shared<InventedPartnerRequest>();
  Command command = add_command(app, "demo", "Fill an empty home with an invented partner: exports, customers, months",
                                "  apportion --home /tmp/demo init\n  apportion --home /tmp/demo demo");
  command.add_option("--seed", options->seed, "The same seed and day give the same partner")
      .type_name("N")
      .show_default();
  on_chosen(command, action, options, run_demo);
}

}  // namespace apportion
