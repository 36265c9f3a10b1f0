#include "serve/cli/plan_view.h"

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/model/dataset.h"
#include "serve/cli/flow_view.h"
#include "serve/format/import_document.h"

namespace apportion {
namespace {

Table plan_table(const ImportPlan& plan) {
  Table table;
  table.columns = {
      {"Connection"}, {"Month"}, {"Dataset"}, {"Rows", TableKind::kInteger}, {"Bytes", TableKind::kInteger},
      {"Source"}};
  for (const PlannedImport& import : plan.imports) {
    table.rows.push_back({import.connection, import.month ? TableCell(import.month->to_string()) : TableCell(),
                          import.dataset ? TableCell(std::string(dataset_name(*import.dataset))) : TableCell(),
                          optional_cell(import.rows), import.bytes, import.source});
  }
  table.notices.push_back(fmt::format("would import {}; {} already imported; nothing was changed",
                                      count_of(static_cast<std::int64_t>(plan.imports.size()), "run"),
                                      count_of(plan.already_there, "run")));
  return table;
}

}  // namespace

Result<ExitCode> show_plan(Session& session, const ImportPlan& plan) {
  if (session.json()) {
    session.console().print_json(import_plan_json(plan));
  } else {
    APPORTION_TRY(session.console().print_table(plan_table(plan)));
  }
  FlowReport problems_only;
  problems_only.problems = plan.problems;
  return show_flow(session, problems_only);
}

}  // namespace apportion
