#include <memory>
#include <string>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/column_document.h"

namespace apportion {
namespace {

struct ColumnsOptions {
  std::string word;
};

Result<ExitCode> run_columns(Session& session, const ColumnsOptions& options) {
  const auto columns = charge_columns_about(options.word);
  if (session.json()) {
    session.console().print_json(columns_json(columns));
    return kExitDone;
  }
  Table table = columns_table(columns);
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
