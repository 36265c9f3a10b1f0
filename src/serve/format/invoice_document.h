/// Shows totals of invoices, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/invoices.h"

namespace apportion {

nlohmann::ordered_json invoice_json(const EnteredInvoice& invoice);
/// `{"invoices": …, "not_billed": …}`: each with whether it ties, why its charges and its lines differ, and the imports
/// of its lines; and the charges that have no invoice yet.
nlohmann::ordered_json compared_invoices_json(const InvoicesOfScope& invoices);
/// `{"invoices": …}`: one that was both entered and fetched is there twice.
nlohmann::ordered_json invoices_json(const std::vector<StatedInvoice>& invoices);

}  // namespace apportion
