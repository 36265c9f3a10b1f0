#include "serve/format/invoice_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {
namespace {

nlohmann::ordered_json fetched_json(const FetchedInvoice& invoice) {
  nlohmann::ordered_json json{{"invoice", invoice.number},
                              {"month", invoice.month.to_string()},
                              {"currency", invoice.currency.code()},
                              {"total", invoice.total.to_string()},
                              {"source", "microsoft"},
                              {"kind", invoice.kind},
                              {"status", invoice.status}};
  if (!invoice.due_on.empty()) json["due_on"] = invoice.due_on;
  if (!invoice.credit_for.empty()) json["credit_for"] = invoice.credit_for;
  return json;
}

}  // namespace

nlohmann::ordered_json invoice_json(const EnteredInvoice& invoice) {
  return {{"invoice", invoice.number},
          {"month", invoice.month.to_string()},
          {"currency", invoice.currency.code()},
          {"total", invoice.total.to_string()},
          {"source", "entered"}};
}

nlohmann::ordered_json invoices_json(const std::vector<StatedInvoice>& invoices) {
  auto list = nlohmann::ordered_json::array();
  for (const StatedInvoice& invoice : invoices) {
    if (invoice.entered) list.push_back(invoice_json(*invoice.entered));
    if (invoice.fetched) list.push_back(fetched_json(*invoice.fetched));
  }
  return {{"invoices", std::move(list)}};
}

}  // namespace apportion
