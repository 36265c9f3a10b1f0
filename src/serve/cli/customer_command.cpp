#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/customers.h"
#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "pipeline/split/rule_check.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/customer_file.h"
#include "serve/cli/flow_view.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

struct CustomerOptions {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> external_id;
  std::vector<std::string> add_tenants;
  std::optional<Day> from;  // of the tenants to add
  std::vector<std::string> remove_tenants;
  std::string file;
  bool no_split = false;
  bool dry_run = false;
};

Json customer_json(const Customer& customer) {
  Json dated = Json::array();
  for (const DatedTenant& tenant : customer.dated_tenants)
    dated.push_back({{"tenant_id", tenant.id}, {"from", tenant.from.to_string()}});
  return {{"id", customer.id.raw()},
          {"name", customer.name},
          {"external_id", customer.external_id},
          {"tenant_ids", customer.tenant_ids},
          {"dated_tenants", std::move(dated)}};
}

Json customers_json(const std::vector<Customer>& customers) {
  Json list = Json::array();
  for (const Customer& customer : customers) list.push_back(customer_json(customer));
  return list;
}

Result<Customer> customer_with_id(const ControlPlane& control_plane, const std::string& id) {
  APPORTION_ASSIGN(auto customers, control_plane.customers());
  const auto found =
      std::find_if(customers.begin(), customers.end(), [&id](const Customer& one) { return one.id.raw() == id; });
  if (found != customers.end()) return std::move(*found);
  return Error{
      ErrorId::kNoSuchCustomer, "there is no such customer", fmt::format("`{}`", excerpt(id)),
      fmt::format("{} known", count_of(static_cast<std::int64_t>(customers.size()), "customer is", "customers are")),
      "`apportion customer list` shows them"};
}

/// Makes an edit of customers and splits the months by it, or leaves them to be split later.
Result<FlowReport> make_edit(Session& session, WritableWorkspace& writable, const CustomerOptions& options,
                             const Edit& edit) {
  FlowReport report;
  APPORTION_TRY(options.no_split ? edit(writable.workspace.control_plane)
                                 : split_published_months(writable, edit, report));
  if (options.no_split) APPORTION_TRY(say_stale_months(session.console(), writable.workspace.control_plane));
  return report;
}

/// Tells what came of an edit, and prints `document` with it.
Result<ExitCode> finish(Session& session, const FlowReport& report, Json document) {
  if (session.json()) {
    document.update(flow_json(report));
    session.console().print_json(document);
  }
  return show_flow(session, report);
}

Result<ExitCode> run_list(Session& session, const CustomerOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  if (session.json()) {
    session.console().print_json({{"customers", customers_json(customers)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"CustomerId"}, {"Name"}, {"ExternalId"}, {"Tenants"}};
  for (const Customer& customer : customers) {
    std::vector<std::string> tenants = customer.tenant_ids;
    for (const DatedTenant& tenant : customer.dated_tenants) tenants.push_back(to_text(tenant));
    table.rows.push_back(
        {customer.id.raw(), customer.name, customer.external_id, fmt::format("{}", fmt::join(tenants, ";"))});
  }
  if (customers.empty())
    table.notices.emplace_back("there is no customer yet: apportion customer import FILE, or customer add");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

void add_tenants(const CustomerOptions& options, Customer& customer) {
  for (const std::string& tenant : options.add_tenants) {
    if (options.from) {
      customer.dated_tenants.push_back({ascii_lower(trim(tenant)), *options.from});
    } else {
      customer.tenant_ids.push_back(tenant);
    }
  }
}

Result<ExitCode> run_add(Session& session, const CustomerOptions& options) {
  APPORTION_TRY(check_tenant_ids(options.add_tenants));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  ControlPlane& control_plane = writable.workspace.control_plane;
  if (customer_with_id(control_plane, options.id)) {
    return Error{ErrorId::kCustomerExists, "there is a customer of this id", fmt::format("`{}`", excerpt(options.id)),
                 "ids are unique", "change it with `apportion customer edit`, or choose another id"};
  }
  Customer customer{CustomerId(options.id), options.name.value_or(options.id), options.external_id.value_or(""), {}};
  add_tenants(options, customer);
  const auto edit = [&customer](ControlPlane& edited) { return edited.put_customers({customer}); };
  APPORTION_ASSIGN(const FlowReport report, make_edit(session, writable, options, edit));
  session.console().say(fmt::format("added the customer {}", options.id));
  APPORTION_ASSIGN(const Customer stored, customer_with_id(control_plane, options.id));
  return finish(session, report, {{"customer", customer_json(stored)}});
}

void apply(const CustomerOptions& options, Customer& customer) {
  if (options.name) customer.name = *options.name;
  if (options.external_id) customer.external_id = *options.external_id;
  add_tenants(options, customer);
  for (const std::string& written : options.remove_tenants) {
    const std::string tenant = ascii_lower(trim(written));
    std::erase(customer.tenant_ids, tenant);
    std::erase_if(customer.dated_tenants,
                  [&tenant](const DatedTenant& dated) { return dated.id == tenant || to_text(dated) == tenant; });
  }
}

Result<ExitCode> run_edit(Session& session, const CustomerOptions& options) {
  APPORTION_TRY(check_tenant_ids(options.add_tenants));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(Customer customer, customer_with_id(control_plane, options.id));
  apply(options, customer);
  const auto edit = [&customer](ControlPlane& edited) { return edited.put_customers({customer}); };
  APPORTION_ASSIGN(const FlowReport report, make_edit(session, writable, options, edit));
  session.console().say(fmt::format("changed the customer {}", options.id));
  APPORTION_ASSIGN(const Customer stored, customer_with_id(control_plane, options.id));
  return finish(session, report, {{"customer", customer_json(stored)}});
}

/// Refuses to take away a customer that the rules assign to.
Result<void> check_not_in_rules(const ControlPlane& control_plane, const Customer& customer) {
  APPORTION_ASSIGN(const auto rules, control_plane.current_document(DocumentKind::kRules));
  if (!rules) return ok();
  APPORTION_ASSIGN(std::vector<Customer> others, control_plane.customers());
  std::erase_if(others, [&customer](const Customer& one) { return one.id == customer.id; });
  for (const RuleFinding& finding : check_rule_file(rules->text, "the applied rule file", others)) {
    if (finding.severity != FindingSeverity::kError) continue;
    return Error{ErrorId::kCustomerInRules, "this customer cannot be removed", fmt::format("`{}`", customer.id.raw()),
                 fmt::format("the split rules would be broken: {} ({})", finding.what, finding.where),
                 "apply rules without it first: apportion rules show, apportion rules apply FILE"};
  }
  return ok();
}

Result<ExitCode> run_remove(Session& session, const CustomerOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Customer customer, customer_with_id(control_plane, options.id));
  APPORTION_TRY(check_not_in_rules(control_plane, customer));
  if (options.dry_run) {
    if (session.json()) session.console().print_json({{"would_remove", customer_json(customer)}});
    session.console().say(fmt::format("would remove the customer {}", options.id));
    return kExitDone;
  }
  const auto edit = [&customer](ControlPlane& edited) { return edited.remove_customer(customer.id); };
  APPORTION_ASSIGN(const FlowReport report, make_edit(session, writable, options, edit));
  session.console().say(fmt::format("removed the customer {}", options.id));
  return finish(session, report, {{"removed", customer_json(customer)}});
}

struct ImportCounts {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t same = 0;
};

ImportCounts compare(const std::vector<Customer>& before, const std::vector<Customer>& given) {
  ImportCounts counts;
  for (const Customer& customer : given) {
    const auto old =
        std::find_if(before.begin(), before.end(), [&customer](const Customer& one) { return one.id == customer.id; });
    if (old == before.end()) {
      ++counts.added;
    } else if (old->name == customer.name && old->external_id == customer.external_id &&
               old->tenant_ids == customer.tenant_ids && old->dated_tenants == customer.dated_tenants) {
      ++counts.same;
    } else {
      ++counts.changed;
    }
  }
  return counts;
}

/// All but the last error are told here; the last one ends the command.
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
  for (const Customer& customer : file.customers) {
    std::vector<std::string> tenants = customer.tenant_ids;
    for (const DatedTenant& tenant : customer.dated_tenants) tenants.push_back(tenant.id);
    if (auto checked = check_tenant_ids(tenants); !checked)
      return file.with_line(std::move(checked).error(), options.file);
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing(OnDamage::kGoOn));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const auto before, control_plane.customers());
  const ImportCounts counts = compare(before, file.customers);
  FlowReport report;
  if (!options.dry_run) {
    // Also when nothing is new: an earlier import may have left the months to be split later.
    const auto edit = [&](ControlPlane& edited) -> Result<void> {
      auto put = edited.put_customers(file.customers);
      if (!put) return file.with_line(std::move(put).error(), options.file);
      return ok();
    };
    APPORTION_ASSIGN(report, make_edit(session, writable, options, edit));
  }
  session.console().say(fmt::format("{}{}, {} changed, {} as before", options.dry_run ? "without --dry-run: " : "",
                                    count_of(counts.added, "new customer"), counts.changed, counts.same));
  Json document = {
      {"added", counts.added}, {"changed", counts.changed}, {"same", counts.same}, {"dry_run", options.dry_run}};
  if (!options.dry_run) return finish(session, report, std::move(document));
  if (session.json()) session.console().print_json(document);
  return kExitDone;
}

void add_id_argument(CLI::App* command, CustomerOptions& options) {
  command->add_option("ID", options.id, "Id of the customer")->required();
}

void add_no_split_option(CLI::App* command, CustomerOptions& options) {
  command->add_flag("--no-split", options.no_split, "Leave the published months as they are for now");
}

void add_detail_options(CLI::App* command, CustomerOptions& options, const std::string& tenant_option) {
  command->add_option("--name", options.name, "Name for people")->type_name("TEXT");
  command->add_option("--external-id", options.external_id, "Its number in another system")->type_name("TEXT");
  command->add_option(tenant_option, options.add_tenants, "An Entra tenant of it; may be given several times")
      ->type_name("TENANT-ID")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option_function<std::string>(
          "--from", [&options](const std::string& text) { options.from = Day::parse(text); },
          "First day on which it has these tenants (default: since ever); until then, who had them keeps them")
      ->check([](const std::string& text) {
        return Day::parse(text) ? std::string() : "`" + text + "` is no day; expected YYYY-MM-DD, as 2026-10-31";
      })
      ->type_name("YYYY-MM-DD")
      ->needs(tenant_option);
}

}  // namespace

void add_customer_command(CLI::App& app, Action& action) {
  CLI::App* group = add_group(app, "customer", "The customers that the bill is split over, and their tenants");
  auto options = std::make_shared<CustomerOptions>();

  CLI::App* list = add_command(*group, "list", "List the customers with their tenants", "  apportion customer list");
  on_chosen(list, action, options, run_list);

  CLI::App* import = add_command(
      *group, "import", "Add and change customers from a CSV file; others stay as they are",
      "  apportion customer import customers.csv     (id,name,external_id,tenant_ids; tenants separated by ;)\n"
      "      TENANT@2026-05-01 is a tenant from that day on");
  import->add_option("FILE", options->file, "CSV file with the columns id, name, external_id, tenant_ids")->required();
  add_no_split_option(import, *options);
  add_dry_run_option(import, options->dry_run);
  on_chosen(import, action, options, run_import);

  CLI::App* add = add_command(
      *group, "add", "Add a customer",
      "  apportion customer add contoso --name 'Contoso Ltd' --tenant 8d1f0f6e-0000-4000-8000-000000000001");
  add_id_argument(add, *options);
  add_detail_options(add, *options, "--tenant");
  add_no_split_option(add, *options);
  on_chosen(add, action, options, run_add);

  CLI::App* edit = add_command(*group, "edit", "Change a customer; what is not named stays",
                               "  apportion customer edit contoso --name 'Contoso GmbH'\n"
                               "  apportion customer edit contoso --add-tenant 8d1f0f6e-0000-4000-8000-000000000002\n"
                               "  apportion customer edit contoso --add-tenant 8d1f0f6e-0000-4000-8000-000000000003 "
                               "--from 2026-05-11");
  add_id_argument(edit, *options);
  add_detail_options(edit, *options, "--add-tenant");
  edit->add_option("--remove-tenant", options->remove_tenants,
                   "A tenant to take away, or TENANT@DAY; may be given several times")
      ->type_name("TENANT-ID")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_no_split_option(edit, *options);
  on_chosen(edit, action, options, run_edit);

  CLI::App* remove =
      add_command(*group, "remove", "Remove a customer that no rule names; its charges become unassigned",
                  "  apportion customer remove contoso");
  add_id_argument(remove, *options);
  add_no_split_option(remove, *options);
  add_dry_run_option(remove, options->dry_run);
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
