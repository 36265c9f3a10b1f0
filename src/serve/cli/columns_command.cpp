#include <memory>
#include <string>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/column_facts.h"
#include "foundation/model/column_words.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

struct ColumnsOptions {
  std::string word;
};

bool speaks_of(const ChargeColumn& column, const std::string& word) {
  return fold_case(column.name).find(fold_case(word)) != std::string::npos ||
         fold_case(column.about).find(fold_case(word)) != std::string::npos;
}

Table columns_table(const std::string& word) {
  Table table;
  table.columns = {{"Column"}, {"Holds"}, {"SeenBy"}, {"Meaning"}, {"Example"}, {"Datasets"}};
  for (const ChargeColumn& column : charge_columns()) {
    if (!speaks_of(column, word)) continue;
    table.rows.push_back({std::string(column.name), std::string(type_words(column.type)),
                          std::string(audience_words(column.audience)), std::string(column.about),
                          std::string(facts_of(column).example), std::string(facts_of(column).datasets)});
  }
  return table;
}

Result<ExitCode> run_columns(Session& session, const ColumnsOptions& options) {
  Table table = columns_table(options.word);
  if (session.json()) {
    session.console().print_json({{"columns", rows_json(table)}});
    return kExitDone;
  }
  if (table.rows.empty()) {
    const std::string_view nearest = nearest_charge_column(options.word);
    table.notices.push_back(fmt::format("no column's name or meaning contains `{}`{}", excerpt(options.word),
                                        nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
  }
  table.notices.emplace_back(
      "reports and rules also accept CustomerId, CustomerName, Month, Day and tag.KEY; reports also x_CarriedFrom");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

}  // namespace

void add_columns_command(Command app, Action& action) {
  auto options = std::make_shared<ColumnsOptions>();
  Command command =
      add_command(app, "columns", "List the columns that reports and rules accept, or only those that match a word",
                  "  apportion columns\n  apportion columns commitment");
  command.add_option("WORD", options->word, "Only columns whose name or meaning contains this word");
  on_chosen(command, action, options, run_columns);
}

}  // namespace apportion
