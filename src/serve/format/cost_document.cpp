#include "serve/format/cost_document.h"

#include <utility>

namespace apportion {
namespace {

std::string question_text(const CostTitle& title) {
  std::string text = title.by.empty() ? "Costs" : "Costs by " + title.by;
  text += ", " + title.months;
  if (title.connection) text += ", " + *title.connection;
  for (const std::string& condition : title.where) text += ", where " + condition;
  return text;
}

}  // namespace

Table titled_costs(CostAnswer answer, const CostTitle& title) {
  Table table = std::move(answer.table);
  table.title = {question_text(title)};
  if (!answer.data_as_of.empty()) table.title.push_back("data as of " + answer.data_as_of);
  table.title.insert(table.title.end(), answer.holes.begin(), answer.holes.end());
  table.title.insert(table.title.end(), table.notices.begin(), table.notices.end());
  table.notices.insert(table.notices.end(), answer.holes.begin(), answer.holes.end());
  return table;
}

}  // namespace apportion
