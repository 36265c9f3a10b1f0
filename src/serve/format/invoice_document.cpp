#include "serve/format/invoice_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json invoice_json(const EnteredInvoice& invoice) {
  return {{"invoice", invoice.number},
          {"month", invoice.month.to_string()},
          {"currency", invoice.currency.code()},
          {"total", invoice.total.to_string()}};
}

nlohmann::ordered_json invoices_json(const std::vector<EnteredInvoice>& invoices) {
  auto list = nlohmann::ordered_json::array();
  for (const EnteredInvoice& invoice : invoices) list.push_back(invoice_json(invoice));
  return {{"invoices", std::move(list)}};
}

}  // namespace apportion
