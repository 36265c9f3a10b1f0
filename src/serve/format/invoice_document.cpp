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

nlohmann::ordered_json class_json(const DifferenceSum& sum) {
  return {{"class", difference_class_name(sum.why)}, {"keys", sum.keys},
          {"charges", sum.charges.to_string()},      {"lines", sum.lines.to_string()},
          {"difference", sum.amount.to_string()},    {"bound", sum.bound.to_string()}};
}

nlohmann::ordered_json import_json(const InvoiceImport& import) {
  return {{"import", import.id.raw()},
          {"dataset", dataset_name(import.dataset)},
          {"rows", import.rows},
          {"rejected", import.rejected}};
}

template <class Things, class JsonOf>
nlohmann::ordered_json list_json(const Things& things, const JsonOf& json_of) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& thing : things) list.push_back(json_of(thing));
  return list;
}

nlohmann::ordered_json compared_json(const InvoiceProof& one) {
  nlohmann::ordered_json json{{"invoice", one.invoice}, {"currency", one.currency}};
  if (one.month) json["month"] = one.month->to_string();
  json["state"] = one.holds() ? "ties" : "differs";
  json["compared_with"] = one.compared_with;
  for (const auto& [name, sum] : {std::pair("charges", &one.charges), std::pair("lines", &one.lines),
                                  std::pair("total", &one.total), std::pair("difference", &one.difference)}) {
    if (*sum) json[name] = (**sum).to_string();
  }
  json["reasons"] = one.reasons;
  json["classes"] = list_json(one.classes, class_json);
  json["imports"] = list_json(one.imports, import_json);
  return json;
}

nlohmann::ordered_json other_json(const InvoiceCharges& one) {
  return {{"invoice", one.invoice},
          {"currency", one.currency},
          {"state", "not-compared"},
          {"charges", one.charges.to_string()},
          {"reasons", nlohmann::ordered_json::array()},
          {"classes", nlohmann::ordered_json::array()},
          {"imports", nlohmann::ordered_json::array()}};
}

}  // namespace

nlohmann::ordered_json compared_invoices_json(const InvoicesOfScope& invoices) {
  auto list = list_json(invoices.compared.invoices, compared_json);
  auto not_billed = nlohmann::ordered_json::array();
  for (const InvoiceCharges& one : invoices.others) {
    if (one.invoice.empty()) {
      not_billed.push_back({{"currency", one.currency}, {"charges", one.charges.to_string()}});
    } else {
      list.push_back(other_json(one));
    }
  }
  return {{"invoices", std::move(list)}, {"not_billed", std::move(not_billed)}};
}

nlohmann::ordered_json invoice_json(const EnteredInvoice& invoice) {
  return {{"invoice", invoice.number},
          {"month", invoice.month.to_string()},
          {"currency", invoice.currency.code()},
          {"total", invoice.total.to_string()}};
}

nlohmann::ordered_json invoices_json(const std::vector<StatedInvoice>& invoices) {
  auto list = nlohmann::ordered_json::array();
  for (const StatedInvoice& invoice : invoices) {
    if (invoice.entered) {
      list.push_back(invoice_json(*invoice.entered));
      list.back()["source"] = "entered";
    }
    if (invoice.fetched) list.push_back(fetched_json(*invoice.fetched));
  }
  return {{"invoices", std::move(list)}};
}

}  // namespace apportion
