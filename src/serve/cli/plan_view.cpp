#include "serve/cli/plan_view.h"

#include <utility>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/model/dataset.h"
#include "serve/cli/flow_view.h"

namespace apportion {
namespace {

Json plan_json(const ImportPlan& plan) {
  Json json = {{"would_import", Json::array()},
               {"already_there", plan.already_there},
               {"problems", problems_json(plan.problems)}};
  for (const PlannedImport& import : plan.imports) {
    Json row = {{"connection", import.connection}, {"source", import.source}};
    if (import.dataset) row["dataset"] = dataset_name(*import.dataset);
    if (import.month) row["month"] = import.month->to_string();
    row["bytes"] = import.bytes;
    if (import.rows) row["rows"] = *import.rows;
    json["would_import"].push_back(std::move(row));
  }
  return json;
}

Table plan_table(const ImportPlan& plan) {
  Table table;
  table.columns = {
      {"Connection"}, {"Month"}, {"Dataset"}, {"Rows", TableKind::kInteger}, {"Bytes", TableKind::kInteger},
      {"Source"}};
  for (const PlannedImport& import : plan.imports) {
    table.rows.push_back({import.connection, import.month ? TableCell(import.month->to_string()) : TableCell(),
                          import.dataset ? TableCell(std::string(dataset_name(*import.dataset))) : TableCell(),
                          import.rows ? TableCell(*import.rows) : TableCell(), import.bytes, import.source});
  }
  table.notices.push_back(fmt::format("would import {}; {} already imported; nothing was changed",
                                      count_of(static_cast<std::int64_t>(plan.imports.size()), "run"),
                                      count_of(plan.already_there, "run")));
  return table;
}

}  // namespace

Result<ExitCode> show_plan(Session& session, const ImportPlan& plan) {
  if (session.json()) {
    session.console().print_json(plan_json(plan));
  } else {
    APPORTION_TRY(session.console().print_table(plan_table(plan)));
  }
  FlowReport problems_only;
  problems_only.problems = plan.problems;
  return show_flow(session, problems_only);
}

}  // namespace apportion
