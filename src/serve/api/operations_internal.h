/// The rows of each resource. Internal to `api`.
#pragma once

#include <span>

#include "serve/api/operation.h"

namespace apportion {

std::span<const Operation> alert_operations();
std::span<const Operation> audit_operations();
std::span<const Operation> brand_operations();
std::span<const Operation> charge_operations();
std::span<const Operation> column_operations();
std::span<const Operation> commitment_operations();
std::span<const Operation> connection_operations();
std::span<const Operation> cost_operations();
std::span<const Operation> customer_operations();
std::span<const Operation> dataset_operations();
std::span<const Operation> document_operations();
std::span<const Operation> first_day_operations();
std::span<const Operation> health_operations();
std::span<const Operation> import_operations();
std::span<const Operation> invoice_operations();
std::span<const Operation> job_operations();
std::span<const Operation> migration_operations();
std::span<const Operation> month_operations();
std::span<const Operation> people_operations();
std::span<const Operation> provider_operations();
std::span<const Operation> query_operations();
std::span<const Operation> report_operations();
std::span<const Operation> session_operations();
std::span<const Operation> setting_operations();
std::span<const Operation> upload_operations();
std::span<const Operation> view_operations();
std::span<const Operation> worker_operations();

}  // namespace apportion
