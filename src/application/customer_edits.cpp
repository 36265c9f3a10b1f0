#include "application/customer_edits.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/customers.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "lake/lake_reader.h"
#include "pipeline/split/rule_check.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

constexpr std::size_t kMentionsTold = 5;

Result<void> add_rule_mentions(const ControlPlane& control_plane, const CustomerId& customer, std::optional<Day> from,
                               std::vector<std::string>& told) {
  APPORTION_ASSIGN(const auto document, control_plane.current_document(DocumentKind::kRules));
  if (!document) return ok();
  APPORTION_ASSIGN(const RuleFile file, parse_rule_file(document->text, "the applied rule file"));
  for (const RuleMention& mention : mentions_of(file, customer, from)) {
    told.push_back(fmt::format("split rules, line {} (list {}, rule `{}`)", mention.rule->at.line,
                               mention.list.to_string(), excerpt(mention.rule->name)));
  }
  return ok();
}

Result<void> add_policy_mentions(const ControlPlane& control_plane, const CustomerId& customer, std::optional<Day> from,
                                 std::vector<std::string>& told) {
  APPORTION_ASSIGN(const auto document, control_plane.current_document(DocumentKind::kCommitmentPolicies));
  if (!document) return ok();
  APPORTION_ASSIGN(const CommitmentPolicyFile file, parse_policy_file(document->text, "the applied policy file"));
  for (const CommitmentPolicyList& list : file.lists) {
    const auto ends_before = [&](const CommitmentPolicyList& other) {
      return from && other.effective > list.effective && other.effective.first_day() <= *from;
    };
    if (std::ranges::any_of(file.lists, ends_before)) continue;
    for (const CommitmentPolicy& policy : list.policies) {
      const auto named = customers_named({{{list.effective, list.at, {policy}}}});
      if (std::ranges::find(named, customer) == named.end()) continue;
      told.push_back(fmt::format("commitment policies, line {} (list {}, policy `{}`)", policy.at.line,
                                 list.effective.to_string(), excerpt(policy.name)));
    }
  }
  return ok();
}

// Refuses while documents in force give a customer something, on the day or later.
Result<void> check_not_named(const ControlPlane& control_plane, const CustomerId& customer, std::optional<Day> from,
                             std::string what) {
  std::vector<std::string> told;
  APPORTION_TRY(add_rule_mentions(control_plane, customer, from, told));
  APPORTION_TRY(add_policy_mentions(control_plane, customer, from, told));
  if (told.empty()) return ok();
  const std::size_t count = told.size();
  if (count > kMentionsTold) {
    told.resize(kMentionsTold);
    told.push_back(fmt::format("and {} more", count - kMentionsTold));
  }
  return Error{ErrorId::kCustomerInRules, std::move(what), fmt::format("`{}`", customer.raw()),
               fmt::format("it is named by:\n{}", fmt::join(told, "\n")),
               fmt::format("{}; see the rules in force: {}; apply the changed file: {}",
                           from ? fmt::format("name another customer there, or end the rule with `until: {}`",
                                              from->plus_days(-1).to_string())
                                : std::string("take the customer out of the files first"),
                           step(Step::kShowAppliedRules), step(Step::kApplyRules))};
}

bool has_turn_from(const Customer& customer, const std::string& tenant, Day day) {
  return std::ranges::any_of(customer.dated_tenants,
                             [&](const DatedTenant& dated) { return dated.id == tenant && dated.from == day; });
}

// The tenants that a customer has on a day.
std::vector<std::string> tenants_on(const std::vector<Customer>& customers, const CustomerId& id, Day day) {
  const std::vector<HeldTenants> held = held_tenants(customers);
  std::vector<std::string> tenants;
  for (std::size_t i = 0; i < customers.size(); ++i) {
    if (customers[i].id != id) continue;
    tenants = held[i].always;
    for (const TenantPeriod& period : held[i].periods) {
      if ((!period.from || *period.from <= day) && (!period.until || *period.until >= day))
        tenants.push_back(period.tenant);
    }
  }
  return tenants;
}

// All tenants, of all days.
void move_all_tenants(Customer& from, Customer& into) {
  std::ranges::move(from.tenant_ids, std::back_inserter(into.tenant_ids));
  std::ranges::move(from.dated_tenants, std::back_inserter(into.dated_tenants));
  from.tenant_ids.clear();
  from.dated_tenants.clear();
}

// What one has on the day, and what comes to it later.
void move_tenants_from(Day day, const std::vector<Customer>& customers, Customer& from, Customer& into) {
  for (const std::string& tenant : tenants_on(customers, from.id, day)) {
    std::erase_if(from.dated_tenants,
                  [&](const DatedTenant& dated) { return dated.id == tenant && dated.from == day; });
    if (!has_turn_from(into, tenant, day)) into.dated_tenants.push_back({tenant, day});
  }
  const auto stays = [day](const DatedTenant& dated) { return dated.from < day; };
  const auto later = std::stable_partition(from.dated_tenants.begin(), from.dated_tenants.end(), stays);
  std::move(later, from.dated_tenants.end(), std::back_inserter(into.dated_tenants));
  from.dated_tenants.erase(later, from.dated_tenants.end());
}

void add_tenants(const CustomerRequest& request, Customer& customer) {
  for (const std::string& tenant : request.add_tenants) {
    if (request.from) {
      customer.dated_tenants.push_back({ascii_lower(trim(tenant)), *request.from});
    } else {
      customer.tenant_ids.push_back(tenant);
    }
  }
}

void remove_tenants(const CustomerRequest& request, Customer& customer) {
  for (const std::string& written : request.remove_tenants) {
    const std::string tenant = ascii_lower(trim(written));
    std::erase(customer.tenant_ids, tenant);
    std::erase_if(customer.dated_tenants,
                  [&tenant](const DatedTenant& dated) { return dated.id == tenant || to_text(dated) == tenant; });
  }
}

Result<CustomerOutcome> put(WritableWorkspace& writable, Customer customer, const CustomerEditOptions& options) {
  CustomerOutcome outcome{std::move(customer), {}};
  const Edit edit = [&outcome](ControlPlane& edited) { return edited.put_customers({outcome.customer}); };
  APPORTION_ASSIGN(outcome.report, edit_customers(writable, edit, options));
  if (outcome.report.left_alone) return outcome;
  APPORTION_ASSIGN(outcome.customer, customer_with_id(writable.workspace.control_plane, outcome.customer.id.raw()));
  return outcome;
}

}  // namespace

Result<Customer> customer_with_id(const ControlPlane& control_plane, const std::string& id) {
  APPORTION_ASSIGN(auto customers, control_plane.customers());
  const auto found = std::ranges::find(customers, id, [](const Customer& one) { return one.id.raw(); });
  if (found != customers.end()) return std::move(*found);
  return Error{
      ErrorId::kNoSuchCustomer, "there is no such customer", fmt::format("`{}`", excerpt(id)),
      fmt::format("{} known", count_of(static_cast<std::int64_t>(customers.size()), "customer is", "customers are")),
      "see which customers there are: " + step(Step::kListCustomers)};
}

Result<FlowReport> edit_customers(WritableWorkspace& writable, const Edit& edit, const CustomerEditOptions& options) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  FlowReport report;
  if (!options.no_split) {
    APPORTION_TRY(split_published_months(writable, edit, report, reviewed(options.review, options.dry_run)));
    return report;
  }
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  APPORTION_TRY(edit(control_plane));
  report.left_alone = options.dry_run;
  if (!options.dry_run) APPORTION_TRY(transaction.commit());
  return report;
}

Result<std::optional<std::string>> first_month_with_charges_of(const Workspace& workspace, const CustomerId& customer,
                                                               bool locked) {
  APPORTION_ASSIGN(auto months, published_months(workspace.control_plane, ReadScope::of_partner()));
  APPORTION_TRY(add_carried(workspace.control_plane, months));
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  LakeReader reader(engine, workspace.control_plane, Lake(workspace.home));
  for (const PublishedMonth& month : months) {
    if (month.month.locked != locked || !month.charge_set) continue;
    if (workspace.cancel.requested()) return cancelled_error("");
    APPORTION_ASSIGN(const auto parts, assigned_parts(reader, ReadScope::of_partner(), month));
    if (std::ranges::find(parts, customer.raw(), &AssignedPart::customer) == parts.end()) continue;
    return std::optional(fmt::format("{} {}", month.connection.name, month.month.month.to_string()));
  }
  return std::optional<std::string>();
}

namespace {

// Refuses to take away who has charges in a locked month.
Result<void> check_not_billed(const Workspace& workspace, const CustomerId& customer) {
  APPORTION_ASSIGN(const auto month, first_month_with_charges_of(workspace, customer, true));
  if (!month) return ok();
  return Error{ErrorId::kCustomerHasHistory, "the customer was billed, so it cannot be removed",
               fmt::format("`{}`", customer.raw()), fmt::format("it has charges in {}, which is locked", *month),
               fmt::format("retire it: {}; once all its months are locked, its personal data can go: {}",
                           step(Step::kRetireCustomer, {{"customer", customer.raw()}}),
                           step(Step::kEraseCustomer, {{"customer", customer.raw()}}))};
}

}  // namespace

Result<CustomerOutcome> add_customer(WritableWorkspace& writable, const CustomerRequest& request,
                                     const CustomerEditOptions& options) {
  APPORTION_TRY(check_tenant_ids(request.add_tenants));
  if (customer_with_id(writable.workspace.control_plane, request.id)) {
    return Error{ErrorId::kCustomerExists, "a customer with this id already exists",
                 fmt::format("`{}`", excerpt(request.id)), "ids are unique",
                 fmt::format("choose another id, or change that customer: {}",
                             step(Step::kEditCustomer, {{"customer", request.id}}))};
  }
  Customer customer{CustomerId(request.id), request.name.value_or(request.id), request.external_id.value_or(""), {}};
  customer.sees = request.sees.value_or(customer.sees);
  add_tenants(request, customer);
  return put(writable, std::move(customer), options);
}

Result<CustomerOutcome> edit_customer(WritableWorkspace& writable, const CustomerRequest& request,
                                      const CustomerEditOptions& options) {
  APPORTION_TRY(check_tenant_ids(request.add_tenants));
  APPORTION_ASSIGN(Customer customer, customer_with_id(writable.workspace.control_plane, request.id));
  if (request.name) customer.name = *request.name;
  if (request.external_id) customer.external_id = *request.external_id;
  customer.sees = request.sees.value_or(customer.sees);
  add_tenants(request, customer);
  remove_tenants(request, customer);
  return put(writable, std::move(customer), options);
}

Result<FlowReport> remove_customer(WritableWorkspace& writable, const std::string& id,
                                   const CustomerEditOptions& options) {
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Customer customer, customer_with_id(control_plane, id));
  APPORTION_TRY(check_not_billed(writable.workspace, customer.id));
  APPORTION_TRY(check_not_named(control_plane, customer.id, std::nullopt, "this customer cannot be removed"));
  const Edit edit = [&customer](ControlPlane& edited) { return edited.remove_customer(customer.id); };
  return edit_customers(writable, edit, options);
}

Result<FlowReport> retire_customer(WritableWorkspace& writable, const std::string& id, Day from,
                                   const CustomerEditOptions& options) {
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Customer customer, customer_with_id(control_plane, id));
  if (!customer.merged_into.empty()) {
    return Error{ErrorId::kCustomerRetired, "this customer is already retired", fmt::format("`{}`", id),
                 fmt::format("it was merged into `{}`", customer.merged_into), "there is nothing to do"};
  }
  APPORTION_TRY(check_not_named(control_plane, customer.id, from, "this customer cannot be retired"));
  const Edit edit = [&](ControlPlane& edited) { return edited.retire_customer(customer.id, from, ""); };
  return edit_customers(writable, edit, options);
}

Result<FlowReport> reactivate_customer(WritableWorkspace& writable, const std::string& id,
                                       const CustomerEditOptions& options) {
  APPORTION_ASSIGN(const Customer customer, customer_with_id(writable.workspace.control_plane, id));
  if (!customer.merged_into.empty()) {
    return Error{ErrorId::kCustomerMergeInvalid, "this customer cannot be made active again", fmt::format("`{}`", id),
                 fmt::format("it was merged into `{}`, which has its tenants", customer.merged_into),
                 "give its tenants to another customer: " + step(Step::kMoveTenant)};
  }
  const Edit edit = [&customer](ControlPlane& edited) { return edited.retire_customer(customer.id, std::nullopt, ""); };
  return edit_customers(writable, edit, options);
}

Result<FlowReport> merge_customers(WritableWorkspace& writable, const MergeRequest& request,
                                   const CustomerEditOptions& options) {
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(Customer from, customer_with_id(control_plane, request.from));
  APPORTION_ASSIGN(Customer into, customer_with_id(control_plane, request.into));
  if (from.id == into.id) {
    return Error{ErrorId::kCustomerMergeInvalid, "a customer cannot be merged into itself",
                 fmt::format("`{}`", from.id.raw()), "both ids are the same", "name two customers"};
  }
  for (const Customer* customer : {&from, &into}) {
    if (!customer->retired_from) continue;
    return Error{ErrorId::kCustomerRetired, "a retired customer cannot be merged",
                 fmt::format("`{}`", customer->id.raw()),
                 fmt::format("it is retired as of {}", customer->retired_from->to_string()),
                 "make it active first: " + step(Step::kReactivateCustomer, {{"customer", customer->id.raw()}})};
  }
  const std::optional<Day> day =
      request.from_month ? std::optional(request.from_month->first_day()) : std::optional<Day>();
  APPORTION_TRY(check_not_named(control_plane, from.id, day, "this customer cannot be merged into another"));
  if (day) {
    APPORTION_ASSIGN(const auto customers, control_plane.customers());
    move_tenants_from(*day, customers, from, into);
  } else {
    move_all_tenants(from, into);
  }
  const Day retired_from = day.value_or(writable.workspace.clock.today());
  const Edit edit = [&](ControlPlane& edited) -> Result<void> {
    APPORTION_TRY(edited.put_customers({from, into}));
    return edited.retire_customer(from.id, retired_from, into.id.raw());
  };
  return edit_customers(writable, edit, options);
}

}  // namespace apportion
