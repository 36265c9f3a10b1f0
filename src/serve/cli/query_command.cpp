#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/reading.h"
#include "foundation/model/column_words.h"
#include "query/months_in_scope.h"
#include "query/named_relations.h"
#include "query/question.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"

namespace apportion {
namespace {

struct QueryOptions {
  std::optional<std::string> sql;
  bool relations = false;
  MonthOptions scope;
  TableOutput output;
};

Table relations_table(const std::vector<NamedColumn>& columns) {
  Table table;
  table.columns = {{"Relation"}, {"Column"}, {"Holds"}, {"SeenBy"}, {"Meaning"}};
  for (const NamedColumn& column : columns) {
    table.rows.push_back({column.relation, column.name, std::string(type_words(column.type)),
                          std::string(audience_words(column.audience)), std::string(column.about)});
  }
  for (const NamedRelation& relation : named_relations()) {
    table.notices.push_back(fmt::format("{}: a row is {}", relation.name, relation.about));
  }
  return table;
}

// A bad value in the question and a damaged file arrive with the same error code.
Error explained(Session& session, Error error) {
  if (error.id != ErrorId::kSqlInvalid) return error;
  Error cause = session.explained(Error{ErrorId::kEngineFailed, error.what, error.where, error.why, error.next});
  return cause.id == ErrorId::kEngineFailed ? error : cause;
}

Result<void> answer(Session& session, const QueryOptions& options, const Workspace& workspace,
                    NamedRelations& relations) {
  APPORTION_ASSIGN(const Question question, read_question(relations, *options.sql));
  APPORTION_ASSIGN(Reading writing, Reading::open(workspace));
  Table table;
  table.columns = question.columns;
  table.notices = question.notices;
  return options.output.write_rows(
      session, std::move(table),
      [&](const CellsVisitor& visit) { return answer_question(relations, question, {}, session.cancel(), visit); },
      writing);
}

Result<ExitCode> run_query(Session& session, const QueryOptions& options) {
  APPORTION_TRY(options.output.check(session));
  if (options.relations == options.sql.has_value()) {
    return Error{ErrorId::kCommandLineWrong, "expected either a question or --relations", "apportion query",
                 options.relations ? "both were given" : "neither was given",
                 "for example: apportion query 'SELECT Month, count(*) FROM charges GROUP BY Month'"};
  }
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  const ReadScope scope = options.scope.scope_for(session.caller());
  if (!options.relations) APPORTION_TRY(check_months_in_scope(workspace.control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(workspace));
  APPORTION_ASSIGN(NamedRelations relations, open_for_questions(reading.lake(), scope, session.clock().today()));
  if (options.relations) {
    APPORTION_ASSIGN(const auto columns, relations.columns());
    APPORTION_ASSIGN(Reading writing, Reading::open(workspace));
    APPORTION_TRY(options.output.write(session, relations_table(columns), writing));
    return kExitDone;
  }
  Result<void> answered = answer(session, options, workspace, relations);
  if (!answered) return explained(session, std::move(answered).error());
  return kExitDone;
}

}  // namespace

void add_query_command(Command app, Action& action) {
  auto options = std::make_shared<QueryOptions>();
  Command command = add_command(app, "query", "Answer a question in SQL over charges, customers and months",
                                "  apportion query --relations\n"
                                "  apportion query 'SELECT CustomerId, BillingCurrency, sum(BilledCost) AS Billed FROM "
                                "assigned_charges GROUP BY ALL ORDER BY Billed DESC' --month 2026-10");
  command.add_option("SQL", options->sql, "One SELECT over the relations");
  command.add_flag("--relations", options->relations, "List the relations and their columns instead");
  add_months_options(command, options->scope.month, options->scope.first_month, options->scope.last_month);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  options->output.add_options(command);
  on_chosen(command, action, options, run_query);
}

}  // namespace apportion
