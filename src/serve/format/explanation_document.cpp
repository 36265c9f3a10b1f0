#include "serve/format/explanation_document.h"

#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/model/charge_columns.h"
#include "query/table.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

nlohmann::ordered_json cell_json(const TableCell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return nullptr;
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
  return cell_text(cell);
}

nlohmann::ordered_json run_json(const Import& import) {
  return {{"import", import.id.raw()},
          {"dataset", dataset_name(import.dataset)},
          {"run_id", import.run_id},
          {"manifest", import.source},
          {"submitted_at", import.submitted_at},
          {"imported_at", import.imported_at},
          {"verified", import.verified},
          {"layout", import.layout}};
}

nlohmann::ordered_json assignment_json(const RowAssignment& assignment) {
  nlohmann::ordered_json json{{"customer", assignment.customer_id},    {"customer_name", assignment.customer_name},
                              {"rule_number", assignment.rule_number}, {"rule_name", assignment.rule_name},
                              {"share", assignment.is_share},          {"move", assignment.is_move}};
  for (std::size_t i = 0; i < assignment.costs.size(); ++i) {
    json[std::string(cost_metrics()[i])] = cell_json(assignment.costs[i]);
  }
  return json;
}

std::string rules_text(const std::optional<Split>& split) {
  if (!split) return "not split yet";
  const auto version = split->version_of(DocumentKind::kRules);
  if (!version) return "the tenants of the customers only";
  return fmt::format("version {} of the rule file, list effective {}", version->raw(), split->rules_effective);
}

// Lines of `name  value`, like a table without a heading; sections have titles.
Table two_columns(std::string title) {
  return Table{{{std::move(title), TableKind::kText}, {"", TableKind::kText}}, {}, {}};
}

Table origin_table(const RowExplanation& explanation) {
  Table table = two_columns("row " + row_id_text(explanation.row));
  const auto add = [&](const char* name, std::string value) {
    table.rows.push_back({std::string(name), std::move(value)});
  };
  add("what it is", std::string(row_fate_text(explanation.fate)));
  add("connection", explanation.connection);
  add("month", explanation.month.to_string());
  add("file", fmt::format("{}, line {}", explanation.file, explanation.line));
  if (explanation.import) {
    const Import& import = *explanation.import;
    add("run", fmt::format("{} {}, submitted {}", dataset_name(import.dataset), import.run_id,
                           import.submitted_at.empty() ? "at an unknown time" : import.submitted_at));
    add("manifest", import.source);
    add("import",
        fmt::format("{}, {}, {}", import.id.raw(), import.imported_at, import.verified ? "verified" : "unverified"));
  }
  if (explanation.carry) {
    const Carry& carry = *explanation.carry;
    add("carried",
        fmt::format("from {} to {}, {}{}: {}", carry.from.to_string(), carry.to.to_string(), carry.carried_at,
                    carry.carried_by.empty() ? "" : " by " + carry.carried_by, carry.reason));
    if (!carry.counts())
      add("undone", fmt::format("{}{}: {}", carry.undone_at, carry.undone_by.empty() ? "" : " by " + carry.undone_by,
                                carry.undo_reason));
  }
  if (explanation.charge_set) add("split by", rules_text(explanation.split));
  for (const std::string& change : explanation.changes) add("changed", change);
  return table;
}

Table column_table(const RowExplanation& explanation) {
  Table table = two_columns("column");
  table.columns[1].name = "value";
  for (const auto& [name, cell] : explanation.columns) table.rows.push_back({name, cell_text(cell)});
  return table;
}

Table assignment_table(const RowExplanation& explanation) {
  Table table;
  table.columns = {{"customer", TableKind::kText},
                   {"name", TableKind::kText},
                   {"rule", TableKind::kInteger},
                   {"rule name", TableKind::kText},
                   {"part", TableKind::kText}};
  for (const std::string_view metric : cost_metrics())
    table.columns.push_back({std::string(metric), TableKind::kDecimal});
  for (const RowAssignment& assignment : explanation.assignments) {
    auto& row = table.rows.emplace_back();
    row = {assignment.customer_id, assignment.customer_name, assignment.rule_number, assignment.rule_name,
           std::string(assignment.is_move    ? "move"
                       : assignment.is_share ? "share"
                                             : "whole")};
    row.insert(row.end(), assignment.costs.begin(), assignment.costs.end());
  }
  return table;
}

}  // namespace

nlohmann::ordered_json explanation_json(const RowExplanation& explanation) {
  nlohmann::ordered_json json{{"row", row_id_text(explanation.row)},
                              {"what", row_fate_text(explanation.fate)},
                              {"connection", explanation.connection},
                              {"month", explanation.month.to_string()},
                              {"file", explanation.file},
                              {"line", explanation.line}};
  json["run"] = explanation.import ? run_json(*explanation.import) : nlohmann::ordered_json(nullptr);
  if (explanation.carry) {
    const Carry& carry = *explanation.carry;
    json["carried"] = {
        {"carry", carry.id.raw()},        {"from", carry.from.to_string()}, {"to", carry.to.to_string()},
        {"carried_at", carry.carried_at}, {"carried_by", carry.carried_by}, {"reason", carry.reason},
        {"undone_at", carry.undone_at},   {"undone_by", carry.undone_by},   {"undo_reason", carry.undo_reason}};
  }
  json["changes"] = explanation.changes;
  json["rules_version"] = nullptr;
  json["rules_effective"] = nullptr;
  const auto rules = explanation.split ? explanation.split->version_of(DocumentKind::kRules) : std::nullopt;
  if (rules) {
    json["rules_version"] = rules->raw();
    json["rules_effective"] = explanation.split->rules_effective;
  }
  json["assignments"] = nlohmann::ordered_json::array();
  for (const RowAssignment& assignment : explanation.assignments) {
    json["assignments"].push_back(assignment_json(assignment));
  }
  json["columns"] = nlohmann::ordered_json::object();
  for (const auto& [name, cell] : explanation.columns) json["columns"][name] = cell_json(cell);
  return json;
}

Result<void> write_explanation(const RowExplanation& explanation, std::ostream& out) {
  APPORTION_TRY(write_text_table(origin_table(explanation), {}, out));
  out << '\n';
  if (!explanation.assignments.empty()) {
    APPORTION_TRY(write_text_table(assignment_table(explanation), {}, out));
    out << '\n';
  }
  return write_text_table(column_table(explanation), {}, out);
}

}  // namespace apportion
