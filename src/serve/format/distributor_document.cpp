#include "serve/format/distributor_document.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

Json months_json(const std::vector<Month>& months) {
  Json list = Json::array();
  for (const Month month : months) list.push_back(month.to_string());
  return list;
}

Json amount_json(const std::optional<Decimal>& amount) { return amount ? Json(amount->to_string()) : Json(); }

Json customer_json(const DistributorCustomer& one) {
  Json classes = Json::array();
  for (const DistributorClass why : one.classes) classes.push_back(distributor_class_name(why));
  return {{"customer", one.customer},
          {"name", one.name},
          {"currency", one.currency},
          {"subscriptions", one.subscriptions},
          {"retail", amount_json(one.retail)},
          {"distributor", amount_json(one.distributor)},
          {"difference", amount_json(one.difference)},
          {"percent_of_retail", amount_json(one.percent_of_retail)},
          {"classes", std::move(classes)}};
}

Json cost_json(const DistributorCost& one) {
  return {{"month", one.month.to_string()},
          {"customer", one.customer},
          {"billed_customer", one.billed_customer},
          {"currency", one.currency},
          {"subscription", one.subscription},
          {"subscription_name", one.subscription_name},
          {"product", one.product},
          {"class", distributor_class_name(one.why)},
          {"retail", amount_json(one.retail)},
          {"distributor", amount_json(one.distributor)},
          {"difference", amount_json(one.difference())},
          {"percent_of_retail", amount_json(one.percent_of_retail())},
          {"charge_rows", one.charge_rows},
          {"line_rows", one.line_rows},
          {"quantity", amount_json(one.quantity)},
          {"first_row", one.first_row ? Json(*one.first_row) : Json()},
          {"first_line", one.first_line}};
}

}  // namespace

nlohmann::ordered_json distributor_costs_json(const DistributorCosts& costs) {
  Json json{{"holds", costs.holds()},
            {"months", months_json(costs.months)},
            {"without_bill", months_json(costs.without_bill)},
            {"without_charges", months_json(costs.without_charges)},
            {"customers", Json::array()},
            {"costs", Json::array()}};
  for (const DistributorCustomer& one : costs.customers) json["customers"].push_back(customer_json(one));
  for (const DistributorCost& one : costs.costs) json["costs"].push_back(cost_json(one));
  return json;
}

}  // namespace apportion
