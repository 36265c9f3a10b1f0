#include <array>

#include <fmt/format.h>

#include "query/months_in_scope.h"
#include "query/named_relations.h"
#include "query/question.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsMax = 10'000;
constexpr QuestionLimits kLimits{std::chrono::seconds(60), std::int64_t{4} << 30};

// The first rows of the answer: whoever needs more writes a file by the command line.
Result<ApiAnswer> ask_in_sql(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_body(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(*workspace));
  APPORTION_ASSIGN(NamedRelations relations, open_for_questions(reading.lake(), scope, workspace->clock.today()));
  APPORTION_ASSIGN(const Question question, read_question(relations, *text_field(call.body, "sql")));
  Table table;
  table.columns = question.columns;
  table.notices = question.notices;
  const Cancel enough = call.cancel.child();
  const auto take = [&](std::vector<TableCell> row) -> Result<void> {
    table.rows.push_back(std::move(row));
    if (table.rows.size() > kRowsMax) enough.request();
    return ok();
  };
  const auto answered = answer_question(relations, question, kLimits, enough, take);
  const bool is_cut = table.rows.size() > kRowsMax;
  if (!answered && !is_cut) return answered.error();
  if (is_cut) {
    table.rows.resize(kRowsMax);
    table.notices.push_back(fmt::format("only the first {} rows are here", kRowsMax));
  }
  ApiAnswer answer;
  answer.body = table_document(table);
  answer.body["is_cut"] = is_cut;
  return answer;
}

Result<ApiAnswer> list_relations(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(*workspace));
  APPORTION_ASSIGN(NamedRelations relations,
                   open_for_questions(reading.lake(), call.caller.scope(), workspace->clock.today()));
  APPORTION_ASSIGN(const auto columns, relations.columns());
  Json list = Json::array();
  for (const NamedRelation& relation : named_relations()) {
    Json described = Json::array();
    for (const NamedColumn& column : columns) {
      if (column.relation == relation.name) {
        described.push_back({{"name", column.name}, {"about", column.about}});
      }
    }
    list.push_back({{"name", relation.name}, {"about", relation.about}, {"columns", std::move(described)}});
  }
  return document_answer({{"relations", std::move(list)}});
}

constexpr auto kOperations = std::to_array<Operation>({
    {"askInSql", Right::kAskInSql, Effect::kReads, &ask_in_sql},
    {"listRelations", Right::kAskInSql, Effect::kReads, &list_relations},
});

}  // namespace

std::span<const Operation> query_operations() { return kOperations; }

}  // namespace apportion
