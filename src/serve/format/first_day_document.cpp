#include "serve/format/first_day_document.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "serve/format/flow_document.h"
#include "serve/format/step_document.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

nlohmann::ordered_json step_json(const FirstDayStep& step) {
  auto counts = nlohmann::ordered_json::object();
  for (const auto& [name, count] : step.counts) counts[std::string(name)] = count;
  nlohmann::ordered_json json{{"step", step.name},
                              {"title", step.title},
                              {"state", first_day_state_name(step.state)},
                              {"found", step.found},
                              {"counts", std::move(counts)}};
  if (step.job) json["job"] = step.job->raw();
  if (!step.next.empty()) {
    json["next"] = step.next;
    json["next_steps"] = next_steps_json(step.next);
  }
  return json;
}

}  // namespace

Table first_day_table(const FirstDay& day) {
  Table table;
  table.columns = {{"Step"}, {"State"}, {"Found"}, {"Next"}};
  for (const FirstDayStep& step : day.steps) {
    table.rows.push_back({step.title, std::string(first_day_state_name(step.state)), step.found, step.next});
  }
  if (day.is_invented) table.notices.emplace_back("the partner of this home is invented");
  return table;
}

nlohmann::ordered_json first_day_json(const FirstDay& day) {
  auto steps = nlohmann::ordered_json::array();
  for (const FirstDayStep& step : day.steps) steps.push_back(step_json(step));
  return {{"finished", day.is_over()},
          {"invented", day.is_invented},
          {"steps", std::move(steps)},
          {"tenants", rows_json(day.tenants)}};
}

nlohmann::ordered_json invented_partner_json(const InventedPartner& invented) {
  return {{"connection", invented.connection},
          {"customers", invented.customers},
          {"locked_month", invented.locked_month.to_string()},
          {"report", flow_json(invented.report)}};
}

}  // namespace apportion
