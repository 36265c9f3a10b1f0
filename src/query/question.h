/// Questions in SQL that the partner's people write themselves, over the relations of named_relations.h.
///
/// Two walls keep a question to these relations. Its parsed text may name nothing else: no other relation, no function
/// that reads files, no statement but one SELECT. And the database that answers it is locked: it can read the files
/// behind the relations, and can do nothing else outside itself (docs/adr/0026-questions-in-sql.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "query/named_relations.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// Makes the named relations of a scope by a reader whose database is used by nobody else, and locks it: nothing can be
/// opened in it later. `kPartnerOnly` when the scope is not the partner's.
Result<NamedRelations> open_for_questions(LakeReader& reader, const ReadScope& scope, Day today);

/// A question that was read, with the columns of its answer.
struct Question {
  std::string statement;             ///< What the engine is asked.
  std::vector<TableColumn> columns;  ///< Amounts are kDecimal: their currency is unknown.
  std::vector<std::string> notices;  ///< Names the columns that are floating point, and so not exact money.
};

/// Reads a question. Integers wider than 64 bits become decimals; floating point and what tables have no kind for
/// becomes text. Errors: kSqlNotAQuestion (not one SELECT), kSqlRelationUnknown, kSqlInvalid.
Result<Question> read_question(NamedRelations& relations, const std::string& sql);

/// How much a question may take.
struct QuestionLimits {
  std::chrono::seconds time{0};    ///< 0: no limit.
  std::int64_t process_bytes = 0;  ///< Memory of the whole process, looked at from time to time; 0: no limit.
};

/// Hands out the rows of the answer in order. A request to cancel stops it: kCancelled. Other errors: kSqlInvalid when
/// a value does not fit, and beyond a limit.
Result<void> answer_question(NamedRelations& relations, const Question& question, const QuestionLimits& limits,
                             const Cancel& cancel, const std::function<Result<void>(std::vector<TableCell>)>& visit);

}  // namespace apportion
