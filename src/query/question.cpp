#include "query/question.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "foundation/base/count_text.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "lake/relations.h"
#include "query/parsed_question.sql.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

using nlohmann::json;

constexpr std::size_t kWhyBytesMax = 400;
std::string see_relations() { return "see the relations and their columns: " + step(Step::kListRelations); }

// Functions that make rows out of values, and read nothing.
constexpr auto kTableFunctions =
    std::to_array<std::string_view>({"generate_series", "json_each", "json_tree", "range", "unnest"});
// Settings tell of the machine.
constexpr auto kForbiddenFunctions = std::to_array<std::string_view>({"current_setting", "getenv", "getvariable"});
// Functions that make as much as they are told to in one step, which nothing can interrupt, and the arguments that say
// how much: small constants only.
struct SizedFunction {
  std::string_view name;
  std::size_t first = 0;
  std::size_t count = 1;
};
constexpr auto kSizedFunctions = std::to_array<SizedFunction>({{"array_resize", 1},
                                                               {"format"},
                                                               {"generate_series", 0, 3},
                                                               {"list_resize", 1},
                                                               {"lpad", 1},
                                                               {"printf"},
                                                               {"range", 0, 3},
                                                               {"repeat", 1},
                                                               {"rpad", 1}});
constexpr std::ptrdiff_t kDigitsOfSizeMax = 5;

// A constant without a long number in it: 1000, or '{:>8}'.
bool is_small_constant(const json& argument) {
  if (argument.value("class", "") != "CONSTANT") return false;
  const std::string text = argument.value("value", json::object()).value("value", json()).dump();
  std::ptrdiff_t digits = 0;
  return std::ranges::none_of(text, [&digits](char c) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    return digits > kDigitsOfSizeMax;
  });
}

bool makes_little(const json& node, const SizedFunction& function) {
  const json arguments = node.value("children", json::array());
  const std::size_t end = std::min(arguments.size(), function.first + function.count);
  for (std::size_t i = function.first; i < end; ++i) {
    if (!is_small_constant(arguments[i])) return false;
  }
  return true;
}

Error not_a_question(std::string where, std::string why) {
  return {ErrorId::kSqlNotAQuestion, "this is not a question that can be answered", std::move(where), std::move(why),
          "write one SELECT over the relations; " + see_relations()};
}

std::string text_of(const json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Calls `visit` for each object of a parsed text.
template <class Visit>
Result<void> visit_objects(const json& node, const Visit& visit) {
  if (node.is_object()) APPORTION_TRY(visit(node));
  if (!node.is_structured()) return ok();
  for (const json& part : node) APPORTION_TRY(visit_objects(part, visit));
  return ok();
}

// What a parsed text names may be one of our relations or one of its own.
class NameCheck {
 public:
  explicit NameCheck(const json& statement) : statement_(statement) {
    for (const NamedRelation& relation : named_relations()) known_.insert(std::string(relation.name));
  }

  Result<void> run() {
    APPORTION_TRY(visit_objects(statement_, [this](const json& node) { return add_own_names(node); }));
    return visit_objects(statement_, [this](const json& node) { return check(node); });
  }

 private:
  Result<void> add_own_names(const json& node) {
    const auto ctes = node.find("cte_map");
    if (ctes == node.end()) return ok();
    for (const json& entry : ctes->value("map", json::array())) known_.insert(ascii_lower(text_of(entry, "key")));
    return ok();
  }

  Result<void> check(const json& node) {
    const std::string type = text_of(node, "type");
    if (type == "BASE_TABLE") return check_relation(node);
    if (type == "TABLE_FUNCTION") {
      const auto function = node.find("function");
      if (function == node.end()) return not_a_question("", "it cannot be read");
      table_functions_.insert(&*function);
      return check_table_function(*function);
    }
    if (type == "SHOW_REF") return not_a_question("", "it asks what exists, not for rows");
    const std::string kind = text_of(node, "class");
    if (kind == "PARAMETER") return not_a_question("", "it has a parameter (`?` or `$1`), but no values are given");
    // Rows of a table function come one after another.
    return kind == "FUNCTION" && !table_functions_.contains(&node) ? check_function(node) : ok();
  }

  Result<void> check_relation(const json& node) const {
    const std::string name = text_of(node, "table_name");
    const bool is_plain = text_of(node, "schema_name").empty() && text_of(node, "catalog_name").empty();
    if (is_plain && known_.contains(ascii_lower(name))) return ok();
    const std::string_view nearest = nearest_text(name, {known_.begin(), known_.end()});
    return Error{ErrorId::kSqlRelationUnknown, "there is no such relation", excerpt(name),
                 fmt::format("there are {}", fmt::join(relation_names(), ", ")),
                 nearest.empty() ? see_relations() : fmt::format("did you mean {}?", nearest)};
  }

  static Result<void> check_table_function(const json& function) {
    const std::string name = ascii_lower(text_of(function, "function_name"));
    if (std::ranges::find(kTableFunctions, name) != kTableFunctions.end()) return ok();
    return not_a_question(excerpt(name), "a question reads the relations only: no files, settings or catalogs");
  }

  static Result<void> check_function(const json& node) {
    const std::string name = ascii_lower(text_of(node, "function_name"));
    if (std::ranges::find(kForbiddenFunctions, name) != kForbiddenFunctions.end()) {
      return not_a_question(excerpt(name), "a question cannot ask for settings or the environment");
    }
    const auto* const sized = std::ranges::find(kSizedFunctions, name, &SizedFunction::name);
    if (sized == kSizedFunctions.end() || makes_little(node, *sized)) return ok();
    return not_a_question(excerpt(name), "how much it makes must be a constant of at most five digits");
  }

  static std::vector<std::string_view> relation_names() {
    std::vector<std::string_view> names;
    for (const NamedRelation& relation : named_relations()) names.push_back(relation.name);
    return names;
  }

  const json& statement_;
  std::set<std::string> known_;  // in lower case
  std::set<const json*> table_functions_;
};

// The word that a message of the engine puts in quotes.
std::string quoted_word(std::string_view message) {
  const std::size_t begin = message.find('"');
  const std::size_t end = begin == std::string_view::npos ? begin : message.find('"', begin + 1);
  return end == std::string_view::npos ? std::string() : std::string(message.substr(begin + 1, end - begin - 1));
}

std::string column_hint(NamedRelations& relations, const std::string& word) {
  const auto columns = relations.columns();
  if (word.empty() || !columns) return see_relations();
  std::vector<std::string_view> names;
  for (const NamedColumn& column : *columns) names.push_back(column.name);
  const std::string_view nearest = nearest_text(word, names);
  if (nearest.empty() || nearest == word) return see_relations();
  return fmt::format("did you mean {}? If not, {}", nearest, see_relations());
}

// A failure that the question itself is the cause of is told as one. The engine tells a value that does not fit and a
// broken file by the same code: `Session::explained` looks at the files.
Error told(NamedRelations& relations, Error error) {
  const EngineFailure failure = relations.engine().last_failure();
  if (failure == EngineFailure::kInterrupted) return cancelled_error("the question");
  if (failure != EngineFailure::kOther && failure != EngineFailure::kBadFile) return error;
  std::string why = excerpt(error.why, kWhyBytesMax);
  return {ErrorId::kSqlInvalid, "the SQL cannot be run", "", std::move(why),
          column_hint(relations, quoted_word(error.why))};
}

Error syntax_error(const std::string& sql, const json& parsed) {
  std::size_t position = sql.size();
  const std::string text = text_of(parsed, "position");
  std::from_chars(text.data(), text.data() + text.size(), position);
  std::string where;
  if (position < sql.size()) where = fmt::format("character {}: {}", position + 1, excerpt(sql.substr(position)));
  return {ErrorId::kSqlInvalid, "the SQL cannot be run", std::move(where),
          excerpt(text_of(parsed, "error_message"), kWhyBytesMax), see_relations()};
}

Result<json> parsed_by_engine(QueryEngine& engine, const std::string& sql) {
  std::string text;
  const std::vector<EngineValue> values{sql};
  APPORTION_TRY(engine.query(sql::kParsedQuestionSql, values, [&text](const EngineRow& row) {
    text = row.text(0);
    return ok();
  }));
  return json::parse(text, nullptr, false);
}

Result<void> check_text(QueryEngine& engine, const std::string& sql) {
  APPORTION_ASSIGN(const json parsed, parsed_by_engine(engine, sql));
  if (!parsed.is_object()) return not_a_question("", "it cannot be read");
  if (text_of(parsed, "error_type") == "not implemented") return not_a_question("", "only a SELECT can be asked");
  if (parsed.value("error", true)) return syntax_error(sql, parsed);
  const json& statements = parsed.at("statements");
  if (statements.size() != 1) {
    return not_a_question("", statements.empty() ? "it is empty" : "it has several statements");
  }
  return NameCheck(statements).run();
}

// How a column of an answer is taken out of the engine.
struct Carried {
  TableKind kind;
  std::string_view cast;  // empty: as it is
};

constexpr std::string_view kDecimalType = "DECIMAL(38,18)";

// Whether each value of DECIMAL(width,scale) is one of ours.
bool fits_decimal(std::string_view type) {
  const std::string_view inner = type.substr(std::string_view("DECIMAL(").size());
  int width = 0;
  int scale = 0;
  const auto read = std::from_chars(inner.data(), inner.data() + inner.size(), width);
  if (read.ec != std::errc() || read.ptr == inner.data() + inner.size()) return false;
  std::from_chars(read.ptr + 1, inner.data() + inner.size(), scale);
  return scale <= Decimal::kScale && width - scale <= 20;
}

bool is_floating(std::string_view type) { return type == "DOUBLE" || type == "FLOAT"; }

Carried carried(std::string_view type) {
  static constexpr auto kIntegers = std::to_array<std::string_view>(
      {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"});
  static constexpr auto kWide = std::to_array<std::string_view>({"HUGEINT", "UBIGINT", "UHUGEINT"});
  if (type == "VARCHAR") return {TableKind::kText, ""};
  if (type == "DATE") return {TableKind::kDay, ""};
  if (std::ranges::find(kIntegers, type) != kIntegers.end()) return {TableKind::kInteger, "BIGINT"};
  if (std::ranges::find(kWide, type) != kWide.end()) return {TableKind::kDecimal, kDecimalType};
  if (type.starts_with("DECIMAL(") && fits_decimal(type)) return {TableKind::kDecimal, ""};
  return {TableKind::kText, "VARCHAR"};
}

// The text without what ends a statement.
std::string_view without_end(std::string_view sql) {
  while (!sql.empty() && std::string_view(" \t\r\n;").find(sql.back()) != std::string_view::npos) sql.remove_suffix(1);
  return sql;
}

// Bytes that the process has in memory; 0 if the system does not say.
std::int64_t process_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return file ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

// Interrupts the engine for as long as somebody wishes to stop, or the question takes more than it may. The engine's
// own limit of memory does not count the texts that it makes.
class QuestionGuard {
 public:
  QuestionGuard(QueryEngine& engine, const QuestionLimits& limits, const Cancel& cancel)
      : limits_(limits), thread_([this, &engine, cancel] {
          constexpr std::chrono::milliseconds kPause{50};
          while (!done_.requested()) {
            look();
            if (cancel.requested() || exceeded_.load() != Exceeded::kNothing) engine.interrupt();
            done_.wait_for(kPause);
          }
        }) {}
  QuestionGuard(const QuestionGuard&) = delete;
  QuestionGuard& operator=(const QuestionGuard&) = delete;
  ~QuestionGuard() {
    done_.request();
    thread_.join();
  }

  // Empty: nothing.
  std::string exceeded() const {
    switch (exceeded_.load()) {
      case Exceeded::kNothing: return "";
      case Exceeded::kTime: return fmt::format("it took longer than {}", count_of(limits_.time.count(), "second"));
      case Exceeded::kMemory: return "it took more memory than a question may";
    }
    return "";
  }

 private:
  enum class Exceeded { kNothing, kTime, kMemory };

  void look() {
    const bool is_late = limits_.time.count() > 0 && std::chrono::steady_clock::now() - began_ > limits_.time;
    if (is_late) exceeded_ = Exceeded::kTime;
    if (limits_.process_bytes > 0 && process_bytes() > limits_.process_bytes) exceeded_ = Exceeded::kMemory;
  }

  const QuestionLimits limits_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::atomic<Exceeded> exceeded_ = Exceeded::kNothing;
  Cancel done_;
  std::thread thread_;  // the last, since it uses the others
};

Error too_expensive(std::string why) {
  return {ErrorId::kSqlInvalid, "the SQL cannot be run", "", std::move(why),
          "ask for less, such as fewer months, or ask by the command line, which has no such limit"};
}

}  // namespace

Result<NamedRelations> open_for_questions(LakeReader& reader, const ReadScope& scope, Day today) {
  APPORTION_ASSIGN(NamedRelations relations, open_named_relations(reader, scope, today));
  APPORTION_ASSIGN(const auto files, files_of_relations(reader.control_plane(), relations.snapshot()));
  std::vector<std::filesystem::path> paths;
  for (const LakeFile& file : files) paths.push_back(reader.lake().path_of(file));
  APPORTION_TRY(reader.scratch().lock_down(paths));
  return relations;
}

Result<Question> read_question(NamedRelations& relations, const std::string& sql) {
  QueryEngine& engine = relations.engine();
  APPORTION_TRY(check_text(engine, sql));
  const std::string text(without_end(sql));
  Question question;
  std::vector<std::string> names;
  std::vector<std::string> values;
  const auto described = engine.query(fmt::format("DESCRIBE {}", text), {}, [&](const EngineRow& row) {
    const std::string_view type = row.text(1);
    const auto [kind, cast] = carried(type);
    const std::string name = fmt::format("column_{}", names.size());
    question.columns.push_back({std::string(row.text(0)), kind});
    values.push_back(cast.empty() ? name : fmt::format("CAST({} AS {}) AS {}", name, cast, name));
    names.push_back(name);
    if (is_floating(type)) {
      question.notices.push_back(
          fmt::format("column {} is floating point, so it is not exact money", question.columns.back().name));
    }
    return ok();
  });
  if (!described) return told(relations, described.error());
  // The line end closes a comment.
  question.statement =
      fmt::format("SELECT {} FROM (\n{}\n) AS answer({})", fmt::join(values, ", "), text, fmt::join(names, ", "));
  APPORTION_TRY(check_text(engine, question.statement));
  return question;
}

Result<void> answer_question(NamedRelations& relations, const Question& question, const QuestionLimits& limits,
                             const Cancel& cancel, const std::function<Result<void>(std::vector<TableCell>)>& visit) {
  if (cancel.requested()) return cancelled_error("the question");
  QueryEngine& engine = relations.engine();
  std::optional<Error> refused;
  const QuestionGuard guard(engine, limits, cancel);
  const auto answered = engine.query(question.statement, {}, [&](const EngineRow& row) {
    Result<void> taken = visit(row_cells(row, question.columns));
    if (!taken) refused = taken.error();
    return taken;
  });
  if (answered) return ok();
  if (const std::string why = guard.exceeded(); !why.empty()) return too_expensive(why);
  return refused ? *std::move(refused) : told(relations, answered.error());
}

}  // namespace apportion
