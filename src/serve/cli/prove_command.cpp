#include <fmt/format.h>

#include "application/invoices.h"
#include "query/proof.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/format/proof_document.h"

namespace apportion {
namespace {

struct ProveOptions {
  MonthOptions scope;
  std::optional<std::string> engine;
};

Result<ExitCode> run_prove(Session& session, const ProveOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  session.console().progress("adding up");
  APPORTION_ASSIGN(const Proof proof, prove_with_invoices(session.caller(), workspace, reading.lake(),
                                                          options.scope.scope_for(session.caller())));
  tell_engine(session, reading);
  if (proof.months.empty() && proof.control_plane_is_sound && !session.json()) {
    session.console().say(fmt::format("nothing to prove: no run{} has been imported; see `apportion months`",
                                      options.scope.month ? " of " + options.scope.month->to_string() : ""));
    return kExitCheckFailed;
  }
  if (session.json()) {
    session.console().print_json(proof_json(proof));
  } else {
    APPORTION_TRY(session.console().print_table(proof_table(proof)));
    if (!proof.invoices.empty()) APPORTION_TRY(session.console().print_table(invoice_proof_table(proof)));
    session.console().say(proof.holds() ? "everything holds: nothing was lost or added along the way"
                                        : "the proof does NOT hold: see the reasons above");
  }
  return proof.holds() ? kExitDone : kExitCheckFailed;
}

}  // namespace

void add_prove_command(Command app, Action& action) {
  auto options = std::make_shared<ProveOptions>();
  Command command =
      add_command(app, "prove", "Prove that assigned + unassigned = charges = the vendor's files, to the last digit",
                  "  apportion prove\n  apportion prove --month 2026-10 --json");
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  add_month_option(command, options->scope.month, "This month only (default: all)");
  add_engine_option(command, options->engine);
  on_chosen(command, action, options, run_prove);
}

}  // namespace apportion
