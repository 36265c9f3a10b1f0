#include "serve/format/customer_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "serve/format/error_document.h"
#include "serve/format/flow_document.h"

namespace apportion {
namespace {

nlohmann::ordered_json list_json(const std::vector<Customer>& customers) {
  auto list = nlohmann::ordered_json::array();
  for (const Customer& customer : customers) list.push_back(customer_json(customer));
  return list;
}

nlohmann::ordered_json with_flow(nlohmann::ordered_json json, const FlowReport& report) {
  json.update(flow_json(report));
  return json;
}

}  // namespace

nlohmann::ordered_json customer_json(const Customer& customer) {
  auto dated = nlohmann::ordered_json::array();
  for (const DatedTenant& tenant : customer.dated_tenants)
    dated.push_back({{"tenant_id", tenant.id}, {"from", tenant.from.to_string()}});
  nlohmann::ordered_json json{{"id", customer.id.raw()},
                              {"name", customer.name},
                              {"external_id", customer.external_id},
                              {"tenant_ids", customer.tenant_ids},
                              {"dated_tenants", std::move(dated)},
                              {"sees", customer_view_name(customer.sees)}};
  if (customer.retired_from) json["retired_from"] = customer.retired_from->to_string();
  if (!customer.merged_into.empty()) json["merged_into"] = customer.merged_into;
  return json;
}

nlohmann::ordered_json customers_json(const std::vector<Customer>& customers) {
  return {{"customers", list_json(customers)}};
}

nlohmann::ordered_json customer_discovery_json(const CustomerDiscovery& found) {
  return {{"proposed", list_json(found.proposed)}, {"known", found.known}, {"not_asked", errors_json(found.not_asked)}};
}

nlohmann::ordered_json edited_customer_json(const Customer& customer, const FlowReport& report) {
  return with_flow({{"customer", customer_json(customer)}}, report);
}

nlohmann::ordered_json removed_customer_json(const Customer& customer, const FlowReport& report) {
  return with_flow({{report.left_alone ? "would_remove" : "removed", customer_json(customer)}}, report);
}

nlohmann::ordered_json merged_customers_json(const Customer& from, const Customer& into, const FlowReport& report) {
  return with_flow({{"from", customer_json(from)}, {"into", customer_json(into)}}, report);
}

nlohmann::ordered_json erased_customer_json(const CustomerId& customer, const CustomerTraces& traces, bool dry_run) {
  return {{"customer", customer.raw()}, {"dry_run", dry_run},
          {"names", traces.is_named},   {"users", traces.users},
          {"tokens", traces.tokens},    {"sign_in_tenants", traces.sign_in_tenants},
          {"views", traces.views},      {"report_subscriptions", traces.report_subscriptions},
          {"messages", traces.messages}};
}

nlohmann::ordered_json customer_import_json(const CustomerImport& done, bool dry_run) {
  return with_flow({{"added", done.added}, {"changed", done.changed}, {"same", done.same}, {"dry_run", dry_run}},
                   done.report);
}

}  // namespace apportion
