#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/bill_months.h"
#include "application/customer_discovery.h"
#include "application/customer_edits.h"
#include "application/customer_erasure.h"
#include "application/customer_import.h"
#include "application/customers.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/step_wording.h"
#include "serve/format/customer_document.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

struct CustomerOptions {
  CustomerRequest request;
  std::optional<std::string> sees;  ///< A name of a view.
  std::string file;
  bool no_split = false;
  ReviewOptions review;
};

struct ListOptions {
  bool all = false;
};

struct RetireOptions {
  CustomerOptions edit;
  std::optional<Day> from;
  bool undo = false;
};

struct MergeOptions {
  CustomerOptions edit;  // its id is the customer to merge
  std::string into;
  std::optional<Month> from_month;
};

struct EraseOptions {
  ErasureRequest request;
  ReviewOptions review;
};

struct DiscoverOptions {
  std::optional<std::string> connection;
  std::optional<std::string> out;
};

CustomerEditOptions edit_options(Session& session, const CustomerOptions& options, bool asks_always = false) {
  return {options.no_split, options.review.dry_run, review_of(session, options.review, asks_always)};
}

/// Says how an edit ended (`done` if it changed something); with --json, prints its document.
Result<ExitCode> finish(Session& session, const Workspace& workspace, const CustomerOptions& options,
                        const FlowReport& report, const std::string& done, const std::function<Json()>& document) {
  if (!report.left_alone) {
    session.console().say(done);
    if (options.no_split) APPORTION_TRY(say_stale_months(session, workspace));
  }
  if (session.json()) session.console().print_json(document());
  const ExitCode code = show_flow(session, report);
  return report.left_alone && code == kExitDone ? told_left_alone(session, options.review) : code;
}

std::string retirement_text(const Customer& customer) {
  if (!customer.retired_from) return {};
  const std::string day = customer.retired_from->to_string();
  return customer.merged_into.empty() ? day : fmt::format("{}, merged into {}", day, customer.merged_into);
}

Table customers_table(const std::vector<Customer>& customers) {
  Table table;
  table.columns = {{"CustomerId"}, {"Name"}, {"ExternalId"}, {"Tenants"}};
  for (const Customer& customer : customers)
    table.rows.push_back({customer.id.raw(), customer.name, customer.external_id, tenants_text(customer)});
  return table;
}

Table listed_customers(const std::vector<Customer>& customers, bool with_retired) {
  Table table = customers_table(customers);
  table.columns.push_back({"Sees"});
  if (with_retired) table.columns.push_back({"RetiredFrom"});
  for (std::size_t i = 0; i < customers.size(); ++i) {
    table.rows[i].emplace_back(std::string(customer_view_name(customers[i].sees)));
    if (with_retired) table.rows[i].emplace_back(retirement_text(customers[i]));
  }
  return table;
}

Result<ExitCode> run_list(Session& session, const ListOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(auto customers, list_customers(session.caller(), workspace));
  const std::size_t count = customers.size();
  const auto is_retired = [](const Customer& customer) { return customer.retired_from.has_value(); };
  if (!options.all) std::erase_if(customers, is_retired);
  if (session.json()) {
    session.console().print_json(customers_json(customers));
    return kExitDone;
  }
  Table table = listed_customers(customers, options.all);
  if (count == 0)
    table.notices.emplace_back("there are no customers yet; see apportion customer import FILE, or customer add");
  if (count > customers.size()) {
    table.notices.push_back(fmt::format(
        "{} not listed; to see them all: apportion customer list --all",
        count_of(static_cast<std::int64_t>(count - customers.size()), "retired customer is", "retired customers are")));
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

CustomerRequest request_of(const CustomerOptions& options) {
  CustomerRequest request = options.request;
  if (options.sees) request.sees = parse_customer_view(*options.sees);
  return request;
}

void warn_of_partner_costs(Session& session, const CustomerRequest& request) {
  if (!request.sees || !shows_partner_costs(*request.sees)) return;
  session.console().notify(
      fmt::format("warning: {} will see what you pay Microsoft for it; to show list costs only: apportion "
                  "customer edit {} --sees list",
                  request.id, shell_word(request.id)));
}

Result<ExitCode> run_add(Session& session, const CustomerOptions& options) {
  APPORTION_TRY(check_tenant_ids(options.request.add_tenants));
  const CustomerRequest request = request_of(options);
  warn_of_partner_costs(session, request);
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  APPORTION_ASSIGN(const CustomerOutcome added, add_customer(writable, request, edit_options(session, options)));
  return finish(session, writable.workspace, options, added.report,
                fmt::format("added the customer {}", options.request.id),
                [&] { return edited_customer_json(added.customer, added.report); });
}

Result<ExitCode> run_edit(Session& session, const CustomerOptions& options) {
  APPORTION_TRY(check_tenant_ids(options.request.add_tenants));
  const CustomerRequest request = request_of(options);
  warn_of_partner_costs(session, request);
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  APPORTION_ASSIGN(const CustomerOutcome changed, edit_customer(writable, request, edit_options(session, options)));
  return finish(session, writable.workspace, options, changed.report,
                fmt::format("changed the customer {}", options.request.id),
                [&] { return edited_customer_json(changed.customer, changed.report); });
}

Result<ExitCode> run_remove(Session& session, const CustomerOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Customer customer, customer_with_id(control_plane, options.request.id));
  APPORTION_ASSIGN(const FlowReport report,
                   remove_customer(writable, options.request.id, edit_options(session, options)));
  if (options.review.dry_run) session.console().say(fmt::format("would remove the customer {}", options.request.id));
  return finish(session, writable.workspace, options, report,
                fmt::format("removed the customer {}", options.request.id),
                [&] { return removed_customer_json(customer, report); });
}

// With --no-split no review asks: what is hard to undo is asked here.
bool goes_on(Session& session, const CustomerOptions& options, const std::string& question) {
  return !options.no_split || options.review.dry_run || confirmed(session, options.review, question);
}

Result<ExitCode> run_retire(Session& session, const RetireOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  const ControlPlane& control_plane = writable.workspace.control_plane;
  const std::string& id = options.edit.request.id;
  if (!goes_on(session, options.edit, fmt::format("retire {}?", id)))
    return told_left_alone(session, options.edit.review);
  const CustomerEditOptions edit = edit_options(session, options.edit, true);
  const Day from = options.from.value_or(writable.workspace.clock.today());
  FlowReport report;
  if (options.undo) {
    APPORTION_ASSIGN(report, reactivate_customer(writable, id, edit));
  } else {
    APPORTION_ASSIGN(report, retire_customer(writable, id, from, edit));
  }
  APPORTION_ASSIGN(const Customer customer, customer_with_id(control_plane, id));
  return finish(session, writable.workspace, options.edit, report,
                options.undo
                    ? fmt::format("the customer {} is active again", id)
                    : fmt::format("the customer {} is retired from {}; its earlier charges stay", id, from.to_string()),
                [&] { return edited_customer_json(customer, report); });
}

// Says which locked months stay as they are.
Result<void> say_locked_months(Session& session, const Workspace& workspace, std::optional<Month> from,
                               const std::string& customer) {
  APPORTION_ASSIGN(const std::size_t locked, count_locked_months(session.caller(), workspace, from));
  if (locked > 0) {
    session.console().say(fmt::format("{} locked and stay{} as billed, with {} by its name",
                                      count_of(static_cast<std::int64_t>(locked), "month is", "months are"),
                                      locked == 1 ? "s" : "", customer));
  }
  return ok();
}

Result<ExitCode> run_merge(Session& session, const MergeOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  const ControlPlane& control_plane = writable.workspace.control_plane;
  const std::string& id = options.edit.request.id;
  for (const std::string& named : {id, options.into}) APPORTION_TRY(customer_with_id(control_plane, named));
  if (!goes_on(session, options.edit, fmt::format("merge {} into {}?", id, options.into)))
    return told_left_alone(session, options.edit.review);
  APPORTION_TRY(say_locked_months(session, writable.workspace, options.from_month, id));
  APPORTION_ASSIGN(const FlowReport report, merge_customers(writable, {id, options.into, options.from_month},
                                                            edit_options(session, options.edit, true)));
  APPORTION_ASSIGN(const Customer from, customer_with_id(control_plane, id));
  APPORTION_ASSIGN(const Customer into, customer_with_id(control_plane, options.into));
  return finish(session, writable.workspace, options.edit, report,
                fmt::format("merged {} into {}; {} is retired", id, options.into, id),
                [&] { return merged_customers_json(from, into, report); });
}

Table traces_table(const CustomerTraces& traces) {
  Table table;
  table.columns = {{"Erased"}, {"Count", TableKind::kInteger}};
  table.rows = {{std::string("name and external id, also in locked months"), std::int64_t{traces.is_named}},
                {std::string("users, with their sessions, links and codes"), traces.users},
                {std::string("tokens"), traces.tokens},
                {std::string("tenants to sign in from"), traces.sign_in_tenants},
                {std::string("saved views"), traces.views},
                {std::string("report subscriptions"), traces.report_subscriptions},
                {std::string("places and messages of deliveries and jobs"), traces.messages}};
  return table;
}

Result<ExitCode> run_erase(Session& session, const EraseOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  const CustomerId id(options.request.id);
  APPORTION_ASSIGN(CustomerTraces traces, erasable_traces(writable.workspace, id.raw()));
  if (!session.json()) APPORTION_TRY(session.console().print_table(traces_table(traces)));
  const bool goes_on = !options.review.dry_run &&
                       confirmed(session, options.review, fmt::format("erase this of {} permanently?", id.raw()));
  if (goes_on) {
    APPORTION_ASSIGN(traces, erase_customer(writable, options.request));
  }
  if (session.json()) session.console().print_json(erased_customer_json(id, traces, !goes_on));
  if (!goes_on) return told_left_alone(session, options.review);
  session.console().say(fmt::format("erased the personal data of {}; its id, tenants and charges stay", id.raw()));
  return kExitDone;
}

// The columns of `customer import`.
Table proposal_table(const std::vector<Customer>& customers) {
  Table table = customers_table(customers);
  constexpr std::array kNames = {"id", "name", "external_id", "tenant_ids"};
  for (std::size_t i = 0; i < kNames.size(); ++i) table.columns[i].name = kNames[i];
  return table;
}

Result<void> write_proposals(const std::vector<Customer>& customers, const std::string& file) {
  std::error_code failure;
  if (std::filesystem::exists(file, failure)) {
    return Error{ErrorId::kFileIsThere, "the file already exists", file,
                 "someone may have edited the ids in it by hand", "name another file, or remove this one"};
  }
  std::ostringstream csv;
  APPORTION_TRY(write_csv(proposal_table(customers), CsvText::kDefused, csv));
  return write_file_atomically(file, csv.view());
}

Result<ExitCode> run_discover(Session& session, const DiscoverOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const CustomerDiscovery found,
                   discover_customers(session.caller(), workspace, gateway, options.connection));
  const auto proposed = static_cast<std::int64_t>(found.proposed.size());
  if (options.out && proposed > 0) APPORTION_TRY(write_proposals(found.proposed, *options.out));
  if (session.json()) {
    session.console().print_json(customer_discovery_json(found));
    return kExitDone;
  }
  for (const Error& error : found.not_asked) session.console().report(error);
  if (!options.out && proposed > 0) APPORTION_TRY(session.console().print_table(proposal_table(found.proposed)));
  session.console().say(fmt::format("{} no customer yet, {} already have one",
                                    count_of(proposed, "tenant has", "tenants have"),
                                    count_of(static_cast<std::int64_t>(found.known), "has", "have")));
  if (proposed > 0 && options.out)
    session.console().say(fmt::format("wrote {}; check the ids, then: apportion customer import {}", *options.out,
                                      shell_word(*options.out)));
  if (proposed > 0 && !options.out)
    session.console().say("to write a file for `customer import`: apportion customer discover --out customers.csv");
  return kExitDone;
}

/// All errors but the last are reported here; the last one ends the command.
Error last_after_telling_others(Session& session, std::vector<Error> errors) {
  Error last = std::move(errors.back());
  errors.pop_back();
  for (const Error& error : errors) session.console().report(error);
  return last;
}

Result<ExitCode> run_import(Session& session, const CustomerOptions& options) {
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  CustomerFile file = read_customer_file(text, options.file);
  if (!file.errors.empty()) return last_after_telling_others(session, std::move(file.errors));
  APPORTION_TRY(check_customer_file(file, options.file));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  APPORTION_ASSIGN(const CustomerImport done,
                   import_customers(writable, file, options.file, edit_options(session, options)));
  if (done.with_partner_costs > 0) {
    session.console().notify(
        fmt::format("warning: {} what you pay Microsoft for it, as the column `sees` or an earlier edit says",
                    count_of(done.with_partner_costs, "customer in the file sees", "customers in the file see")));
  }
  const std::string counted =
      fmt::format("{}, {} changed, {} unchanged", count_of(done.added, "new customer"), done.changed, done.same);
  if (options.review.dry_run) session.console().say("without --dry-run: " + counted);
  return finish(session, writable.workspace, options, done.report, counted,
                [&] { return customer_import_json(done, options.review.dry_run); });
}

void add_id_argument(Command command, CustomerOptions& options) {
  command.add_option("ID", options.request.id, "Id of the customer").required();
}

void add_edit_options(Command command, CustomerOptions& options) {
  command.add_flag("--no-split", options.no_split,
                   "Leave the published months as they are until the next sync or split");
  options.review.add_options(command);
}

void add_detail_options(Command command, CustomerOptions& options, const std::string& tenant_option) {
  command.add_option("--name", options.request.name, "Display name").type_name("TEXT");
  command.add_option("--external-id", options.request.external_id, "Its id in another system").type_name("TEXT");
  command.add_option(tenant_option, options.request.add_tenants, "One of its Entra tenants; may be repeated")
      .type_name("TENANT-ID")
      .repeatable();
  add_day_option(command, options.request.from,
                 "First day on which it has these tenants (default: always); until then, whoever had them keeps them",
                 "--from")
      .needs(tenant_option);
  std::vector<std::string> views;
  for (const CustomerView view : kCustomerViews) views.emplace_back(customer_view_name(view));
  command
      .add_option("--sees", options.sees,
                  "Which costs its files show: list (default), cost (what you pay), or both; changes no amount")
      .one_of(views)
      .type_name("VIEW");
}

void add_retire_command(Command group, Action& action) {
  auto options = std::make_shared<RetireOptions>();
  Command retire =
      add_command(group, "retire", "Assign a customer nothing from a day onwards; its earlier charges stay",
                  "  apportion customer retire contoso --from 2026-11-01 --dry-run\n"
                  "  apportion customer retire contoso --undo");
  add_id_argument(retire, options->edit);
  CommandOption from = add_day_option(retire, options->from,
                                      "First day without charges (default: today); from then on its tenants are "
                                      "unassigned, unless another customer has them",
                                      "--from");
  retire.add_flag("--undo", options->undo, "Make the customer active again").excludes(from);
  add_edit_options(retire, options->edit);
  on_chosen(retire, action, options, run_retire);
}

void add_merge_command(Command group, Action& action) {
  auto options = std::make_shared<MergeOptions>();
  Command merge = add_command(group, "merge", "Give the tenants of one customer to another, and retire the first",
                              "  apportion customer merge contoso-old contoso --dry-run\n"
                              "  apportion customer merge contoso-old contoso --from-month 2026-11");
  merge.add_option("FROM", options->edit.request.id, "Id of the customer to retire").required();
  merge.add_option("INTO", options->into, "Id of the customer that gets its tenants").required();
  add_month_option(merge, options->from_month,
                   "First month under the other customer (default: all months; locked ones stay as they are)",
                   "--from-month");
  add_edit_options(merge, options->edit);
  on_chosen(merge, action, options, run_merge);
}

void add_erase_command(Command group, Action& action) {
  auto options = std::make_shared<EraseOptions>();
  Command erase =
      add_command(group, "erase", "Erase the personal data of a retired customer; its id and its charges stay",
                  "  apportion customer erase contoso --reason 'the contract ended' --dry-run");
  erase.add_option("ID", options->request.id, "Id of the customer").required();
  erase.add_option("--reason", options->request.reason, "Reason, kept in the audit log").required().type_name("TEXT");
  add_dry_run_option(erase, options->review.dry_run);
  erase.add_flag("--yes", options->review.yes, "Do not ask on the terminal before it is erased");
  on_chosen(erase, action, options, run_erase);
}

void add_discover_command(Command group, Action& action) {
  auto options = std::make_shared<DiscoverOptions>();
  Command discover = add_command(
      group, "discover", "Propose customers for tenants without one: those seen in charges, and those that Azure lists",
      "  apportion customer discover --out customers.csv\n  apportion customer import customers.csv");
  add_connection_option(discover, options->connection, "This connection only (default: all)");
  discover.add_option("--out", options->out, "Write them to this file, for `customer import`").type_name("FILE");
  on_chosen(discover, action, options, run_discover);
}

}  // namespace

void add_customer_command(Command app, Action& action) {
  Command group = add_group(app, "customer", "Manage the customers that the bill is split across, and their tenants");
  auto options = std::make_shared<CustomerOptions>();

  auto listed = std::make_shared<ListOptions>();
  Command list = add_command(group, "list", "List the customers with their tenants", "  apportion customer list");
  list.add_flag("--all", listed->all, "Include retired customers");
  on_chosen(list, action, listed, run_list);

  add_discover_command(group, action);

  Command import = add_command(
      group, "import", "Add and change customers from a CSV file; others stay as they are",
      "  apportion customer import customers.csv     (id,name,external_id,tenant_ids,sees; tenants separated by ;)\n"
      "      TENANT@2026-05-01 is a tenant from that day on; sees: list, cost or both");
  import.add_option("FILE", options->file, "CSV file with the columns id, name, external_id, tenant_ids, sees")
      .required();
  add_edit_options(import, *options);
  on_chosen(import, action, options, run_import);

  Command add = add_command(
      group, "add", "Add a customer",
      "  apportion customer add contoso --name 'Contoso Ltd' --tenant 8d1f0f6e-0000-4000-8000-000000000001");
  add_id_argument(add, *options);
  add_detail_options(add, *options, "--tenant");
  add_edit_options(add, *options);
  on_chosen(add, action, options, run_add);

  Command edit = add_command(group, "edit", "Change a customer; what is not given stays as it is",
                             "  apportion customer edit contoso --name 'Contoso GmbH'\n"
                             "  apportion customer edit contoso --add-tenant 8d1f0f6e-0000-4000-8000-000000000002\n"
                             "  apportion customer edit contoso --add-tenant 8d1f0f6e-0000-4000-8000-000000000003 "
                             "--from 2026-05-11\n"
                             "  apportion customer edit contoso --sees both");
  add_id_argument(edit, *options);
  add_detail_options(edit, *options, "--add-tenant");
  edit.add_option("--remove-tenant", options->request.remove_tenants,
                  "A tenant to remove, or TENANT@DAY; may be repeated")
      .type_name("TENANT-ID")
      .repeatable();
  add_edit_options(edit, *options);
  on_chosen(edit, action, options, run_edit);

  Command remove = add_command(group, "remove", "Remove a customer that was never billed and that no rule names",
                               "  apportion customer remove contoso");
  add_id_argument(remove, *options);
  add_edit_options(remove, *options);
  on_chosen(remove, action, options, run_remove);

  add_retire_command(group, action);
  add_merge_command(group, action);
  add_erase_command(group, action);
}

}  // namespace apportion
