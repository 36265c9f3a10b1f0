/// Shows invoices that were entered, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/invoices.h"

namespace apportion {

nlohmann::ordered_json invoice_json(const EnteredInvoice& invoice);
/// `{"invoices": …}`
nlohmann::ordered_json invoices_json(const std::vector<EnteredInvoice>& invoices);

}  // namespace apportion
