#include <array>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "application/connection_discovery.h"
#include "application/connections.h"
#include "application/invoice_files.h"
#include "foundation/base/count_text.h"
#include "serve/cli/access_options.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/connection_questions.h"
#include "serve/format/connection_document.h"

namespace apportion {
namespace {

/// The columns of `connection list`; the others are in `connection show`.
constexpr std::array kShownDatasets = {Dataset::kActualCost, Dataset::kAmortizedCost, Dataset::kFocusCost};

struct ConnectionOptions {
  std::string name;
  std::optional<std::string> new_name;
  std::map<Dataset, std::string> locations;  ///< As given; an empty one removes the location.
  AccessOptions access;
  bool with_customers = false;
  std::optional<bool> mend;
  std::optional<bool> allow_retail_prices;
  std::optional<bool> allow_overlap;
  std::optional<std::string> distributor;
};

struct RemoveOptions {
  std::string name;
  bool with_imports = false;
  std::string reason;
  ReviewOptions review;
};

Result<ConnectionRequest> request_of(Session& session, const ConnectionOptions& options) {
  ConnectionRequest request;
  request.name = options.new_name;
  request.locations = options.locations;
  APPORTION_ASSIGN(request.access, options.access.read(session));
  request.mend = options.mend;
  request.allow_retail_prices = options.allow_retail_prices;
  request.allow_overlap = options.allow_overlap;
  request.without_distributor = options.distributor && options.distributor->empty();
  if (options.distributor && !request.without_distributor) {
    APPORTION_ASSIGN(request.distributor, bill_columns_of(*options.distributor, InvoiceFileKind::kDistributorBill));
  }
  return request;
}

void warn_about(Session& session, const Connection& connection) {
  Console& console = session.console();
  const ConnectionDoubts doubts = doubts_about(connection);
  for (const Dataset dataset : doubts.folders_not_there) {
    console.say(fmt::format("note: the {} location does not exist yet: {}", dataset_short_name(dataset),
                            connection.location(dataset).value_or("")));
  }
  if (doubts.has_half_a_bill) {
    console.say(
        "note: a whole bill needs both the actual and the amortized export; with only one, months stay `partial`");
  }
}

/// Shows a connection that has been written, or would be.
void show_written(Session& session, const Connection& connection, const std::string& done) {
  if (session.json()) return session.console().print_json(connection_json(connection));
  session.console().say(done);
  warn_about(session, connection);
}

void say_account(Console& console, const BillingOverview& overview) {
  console.say(fmt::format("  billing account {} ({}), {}", overview.account.display_name, overview.account.name,
                          overview.account.agreement_type));
  for (const BillingProfile& profile : overview.profiles) {
    console.say(fmt::format("    profile {} ({}), billed in {}", profile.display_name, profile.name, profile.currency));
  }
  console.say("    " + count_of(std::ssize(overview.customers), "customer"));
  if (!overview.account.is_partner())
    console.say("    note: this is not a partner account; only partner accounts have costs by customer tenant");
}

/// Says what signing in and discovery found, and what to do next.
void say_discovery(Console& console, const Connection& connection, const BillingDiscovery& found) {
  if (found.is_subscription) {
    console.say("next: add the locations of the exports: apportion connection edit " + connection.name);
    return;
  }
  for (const BillingOverview& overview : found.accounts) say_account(console, overview);
  if (found.scope_taken) {
    console.say(*found.scope_taken ? "  its scope is now this billing account"
                                   : fmt::format("  there are {} billing accounts; choose one: apportion connection "
                                                 "edit {} --billing-account ID",
                                                 found.accounts.size(), connection.name));
  }
  if (found.customers) {
    console.say(fmt::format("  {} of them are new child organizations, {} were already known", found.customers->added,
                            found.customers->known));
  }
  console.say(
      fmt::format("next: apportion exports plan --connection {} --storage ARM-ID --container NAME", connection.name));
}

/// A connection that cannot be reached yet is kept, and says why.
Result<ExitCode> look_around(Session& session, const Connection& connection, bool with_customers) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  const auto found = discover_billing(session.caller(), workspace, gateway, connection, with_customers,
                                      [&session] { session.console().say("signed in; discovering billing accounts"); });
  if (found) {
    say_discovery(session.console(), connection, *found);
    return kExitDone;
  }
  session.console().report(found.error());
  session.console().say(
      fmt::format("the connection was saved; to try it: apportion connection test {}", connection.name));
  return exit_code(found.error().kind());
}

Result<KeptConnection> add_to_home(Session& session, const ConnectionRequest& request) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  return add_connection(session.caller(), writable, session.world().variable, request);
}

Result<ExitCode> run_add(Session& session, ConnectionOptions options) {
  if (options.name.empty()) APPORTION_TRY(ask_for_connection(session, options.name, options.locations, options.access));
  options.new_name = options.name;
  APPORTION_ASSIGN(const ConnectionRequest request, request_of(session, options));
  APPORTION_TRY(check_new_connection(session.world().variable, request));
  APPORTION_ASSIGN(const KeptConnection kept, add_to_home(session, request));
  show_written(session, kept.connection, fmt::format("added the connection {}", kept.connection.name));
  if (kept.signs_in) return look_around(session, kept.connection, options.with_customers);
  session.console().say("next: apportion sync");
  return kExitDone;
}

Result<ExitCode> run_edit(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const ConnectionRequest request, request_of(session, options));
  APPORTION_ASSIGN(const KeptConnection kept,
                   edit_connection(session.caller(), writable, session.world().variable, options.name, request));
  show_written(session, kept.connection, fmt::format("changed the connection {}", kept.connection.name));
  return kExitDone;
}

Result<ExitCode> run_remove(Session& session, const RemoveOptions& options) {
  if (!options.reason.empty() && !options.with_imports) {
    return Error{ErrorId::kCommandLineWrong, "the command line is wrong", "apportion connection remove",
                 "--reason requires --with-imports", "leave it out, or also remove the imports: --with-imports"};
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const RemovedConnection removed,
                   remove_connection(session.caller(), writable,
                                     {options.name, options.with_imports, options.reason, options.review.dry_run,
                                      review_of(session, options.review, true)}));
  if (session.json()) session.console().print_json(removed_connection_json(removed));
  std::string with;
  if (removed.changes) {
    with = fmt::format(" with {} of {}", count_of(static_cast<std::int64_t>(removed.imports), "import"),
                       count_of(static_cast<std::int64_t>(removed.months.size()), "month"));
  }
  if (removed.left_alone) {
    if (options.review.dry_run)
      session.console().say(fmt::format("would remove the connection {}{}", removed.connection.name, with));
    return told_left_alone(session, options.review);
  }
  session.console().say(fmt::format("removed the connection {}{}", removed.connection.name, with));
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const ConnectionOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto connections, list_connections(session.caller(), workspace));
  if (session.json()) {
    session.console().print_json(connections_json(connections));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Connection"}, {"Actual"}, {"Amortized"}, {"Focus"}};
  for (const Connection& connection : connections) {
    std::vector<TableCell> row{connection.name};
    for (const Dataset dataset : kShownDatasets) {
      const auto url = connection.location(dataset);
      row.push_back(url ? TableCell(*url) : TableCell());
    }
    table.rows.push_back(std::move(row));
  }
  if (connections.empty())
    table.notices.emplace_back("there are no connections yet; see apportion connection add --help");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_show(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ConnectionDetails details, connection_details(session.caller(), workspace, options.name));
  if (session.json()) {
    session.console().print_json(connection_details_json(details));
    return kExitDone;
  }
  const auto& [connection, settings, legacy, distributor, secrets, imports] = details;
  std::ostringstream out;
  out << fmt::format("name:          {}\n", connection.name);
  for (const auto& [dataset, url] : connection.locations)
    out << fmt::format("{:<14} {}\n", fmt::format("{}:", dataset_short_name(dataset)), url);
  if (settings) {
    for (const auto& [name, value] : azure_access_lines(*settings))
      out << fmt::format("{:<14} {}\n", fmt::format("{}:", name), value);
  }
  if (legacy) {
    for (const auto& [name, value] : legacy_lines(*legacy)) out << fmt::format("{:<14} {}\n", name + ":", value);
  }
  for (const SealedSecret& secret : secrets) {
    out << fmt::format("{:<14} {}\n", "secret:",
                       secret.expires_on ? fmt::format("{}, expires on {}", secret.name, secret.expires_on->to_string())
                                         : secret.name);
  }
  if (!distributor.empty()) out << fmt::format("distributor:   {}\n", distributor);
  out << fmt::format("mend:          {}\nretail prices: {}\noverlap:       {}\nimports:       {}\n",
                     connection.mend ? "yes" : "no", connection.allow_retail_prices ? "allowed" : "refused",
                     connection.allow_overlap ? "allowed" : "refused", imports);
  session.console().print_text(out.view());
  return kExitDone;
}

void add_name_argument(Command command, ConnectionOptions& options) {
  command.add_option("NAME", options.name, "Name of the connection").required();
}

void add_location_options(Command command, ConnectionOptions& options) {
  for (const Dataset dataset : kDatasets) {
    command
        .add_option(
            fmt::format("--{}", dataset_short_name(dataset)),
            [&options, dataset](const std::string& url) { options.locations[dataset] = url; },
            fmt::format("Where the {} export writes to: a folder, or its URL in blob storage", dataset_name(dataset)))
        .type_name("URL");
  }
}

void add_choice_options(Command command, ConnectionOptions& options) {
  command.add_flag(
      "--no-mend", [&options] { options.mend = false; }, "Import FOCUS files as they are, known gaps included");
  command.add_flag(
      "--allow-retail-prices", [&options] { options.allow_retail_prices = true; },
      "Accept files of the subscription scope, which contain retail prices");
  command
      .add_option("--distributor", options.distributor,
                  "What the columns of its distributor's bills mean: subscription=COLUMN,cost=COLUMN,…, or a YAML file "
                  "that says so")
      .type_name("COLUMNS");
  command.add_flag(
      "--allow-overlap", [&options] { options.allow_overlap = true; },
      "Accept costs that another connection also has: they count twice, and reports say so");
}

}  // namespace

void add_connection_command(Command app, Action& action) {
  Command group =
      add_group(app, "connection", "Manage connections: where Azure's exports are, under a name (the bill source)");
  auto options = std::make_shared<ConnectionOptions>();

  Command add = add_command(
      group, "add", "Add a connection",
      "  apportion connection add --name acme --actual /exports/actual-cost --amortized /exports/amortized-cost");
  add.add_option("--name", options->name,
                 "Name: lower-case letters, digits, `.`, `_` and `-`. If omitted, it is asked for on the terminal")
      .type_name("NAME");
  add_location_options(add, *options);
  add_choice_options(add, *options);
  options->access.add_options(add);
  add.add_flag("--with-customers", options->with_customers,
               "Add the customers that Azure lists as child organizations");
  on_chosen(add, action, options, run_add);

  Command list = add_command(group, "list", "List the connections", "  apportion connection list");
  on_chosen(list, action, options, run_list);

  Command show = add_command(group, "show", "Show one connection", "  apportion connection show acme");
  add_name_argument(show, *options);
  on_chosen(show, action, options, run_show);

  Command edit = add_command(group, "edit", "Change a connection; what is not given stays as it is",
                             "  apportion connection edit acme --focus /exports/focus-cost\n"
                             "  apportion connection edit acme --focus ''          (removes the location)");
  add_name_argument(edit, *options);
  options->access.add_options(edit);
  edit.add_option("--name", options->new_name, "New name; only before the first import").type_name("NAME");
  add_location_options(edit, *options);
  add_choice_options(edit, *options);
  edit.add_flag(
      "--mend", [options] { options->mend = true; }, "Fill known gaps of FOCUS files");
  edit.add_flag(
      "--refuse-retail-prices", [options] { options->allow_retail_prices = false; },
      "Refuse files of the subscription scope");
  edit.add_flag(
      "--refuse-overlap", [options] { options->allow_overlap = false; },
      "Refuse costs that another connection also has");
  on_chosen(edit, action, options, run_edit);

  add_connection_test_command(group, action);
  add_connection_scopes_command(group, action);
  add_connection_status_command(group, action);

  auto removal = std::make_shared<RemoveOptions>();
  Command remove =
      add_command(group, "remove", "Remove a connection that has no imports, or together with all of them",
                  "  apportion connection remove acme\n"
                  "  apportion connection remove acme --with-imports --reason 'made for a trial' --dry-run");
  remove.add_option("NAME", removal->name, "Name of the connection").required();
  remove.add_flag("--with-imports", removal->with_imports,
                  "Also remove everything imported from it, and its months; refused while one of them is locked");
  remove.add_option("--reason", removal->reason, "Reason for the audit log; requires --with-imports").type_name("TEXT");
  removal->review.add_options(remove);
  on_chosen(remove, action, removal, run_remove);
}

}  // namespace apportion
