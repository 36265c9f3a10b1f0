#include "application/connection_discovery.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/connection_document.h"

namespace apportion {
namespace {

struct ScopesOptions {
  std::string name;
};

Table overview_table(const std::vector<BillingOverview>& accounts) {
  Table table;
  table.columns = {{"Kind"}, {"Id"}, {"Name"}, {"Currency"}, {"Status"}};
  for (const BillingOverview& overview : accounts) {
    table.rows.push_back({"billing account", overview.account.name, overview.account.display_name, TableCell(),
                          overview.account.agreement_type});
    for (const BillingProfile& profile : overview.profiles)
      table.rows.push_back({"billing profile", profile.name, profile.display_name, profile.currency, profile.status});
    for (const BillingCustomer& customer : overview.customers)
      table.rows.push_back(
          {"customer tenant", customer.tenant_id, customer.display_name, TableCell(), customer.status});
  }
  return table;
}

Result<ExitCode> run_scopes(Session& session, const ScopesOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const auto accounts, billing_accounts(session.caller(), workspace, gateway, options.name));
  if (session.json()) {
    session.console().print_json(billing_accounts_json(accounts));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(overview_table(accounts)));
  return kExitDone;
}

}  // namespace

void add_connection_scopes_command(Command group, Action& action) {
  auto options = std::make_shared<ScopesOptions>();
  Command command =
      add_command(group, "scopes", "List the billing accounts, profiles and customers that the connection can see",
                  "  apportion connection scopes acme");
  command.add_option("NAME", options->name, "Name of the connection").required();
  on_chosen(command, action, options, run_scopes);
}

}  // namespace apportion
