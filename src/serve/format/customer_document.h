/// Shows customers, and edits of them with what they changed, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/customer_discovery.h"
#include "application/customer_edits.h"
#include "application/customer_import.h"
#include "application/publish.h"

namespace apportion {

nlohmann::ordered_json customer_json(const Customer& customer);
/// `{"customers": …}`
nlohmann::ordered_json customers_json(const std::vector<Customer>& customers);
/// Customers that are proposed, and the connections that could not be asked.
nlohmann::ordered_json customer_discovery_json(const CustomerDiscovery& found);

/// A customer as it is after an edit, then `flow_json` of the months that were split.
nlohmann::ordered_json edited_customer_json(const Customer& customer, const FlowReport& report);
/// The same of one that was removed, or would be.
nlohmann::ordered_json removed_customer_json(const Customer& customer, const FlowReport& report);
/// Both customers after one was merged into the other, then `flow_json`.
nlohmann::ordered_json merged_customers_json(const Customer& from, const Customer& into, const FlowReport& report);
/// What of a customer was erased, or would be.
nlohmann::ordered_json erased_customer_json(const CustomerId& customer, const CustomerTraces& traces, bool dry_run);
/// How many customers a file added and changed, or would, then `flow_json`.
nlohmann::ordered_json customer_import_json(const CustomerImport& done, bool dry_run);

}  // namespace apportion
