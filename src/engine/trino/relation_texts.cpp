#include "engine/trino/relation_texts.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/trino/sql_words.h"
#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

// The cells of a table as literals, its columns as casts of them: short, however many rows there are.
std::string select_of(const RowsInMemory& table) {
  std::vector<std::string> columns;
  std::vector<std::string> names;
  const bool is_empty = table.cells.empty();
  for (std::size_t i = 0; i < table.names.size(); ++i) {
    names.push_back(fmt::format("c{}", i));
    columns.push_back(fmt::format("CAST({} AS {}) AS {}", is_empty ? std::string("NULL") : names.back(), table.types[i],
                                  sql_identifier(table.names[i])));
  }
  if (is_empty) return fmt::format("SELECT {} WHERE false", fmt::join(columns, ", "));
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < table.cells.size(); i += table.names.size()) {
    std::vector<std::string> cells;
    for (std::size_t j = 0; j < table.names.size(); ++j) cells.push_back(value_sql(table.cells[i + j]));
    rows.push_back(fmt::format("({})", fmt::join(cells, ", ")));
  }
  return fmt::format("SELECT {} FROM (VALUES {}) AS kept_rows ({})", fmt::join(columns, ", "), fmt::join(rows, ", "),
                     fmt::join(names, ", "));
}

}  // namespace

std::string value_sql(const EngineValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return "NULL";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return sql_literal(held);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return fmt::format("CAST({} AS BIGINT)", sql_literal(std::to_string(held)));
        } else if constexpr (std::is_same_v<T, Decimal>) {
          return fmt::format("CAST({} AS DECIMAL(38,18))", sql_literal(held.to_string()));
        } else {
          return fmt::format("DATE {}", sql_literal(held.to_string()));
        }
      },
      value);
}

RowsInMemory rows_with_columns(std::string_view columns) {
  RowsInMemory table;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= columns.size(); ++at) {
    const bool is_end = at == columns.size();
    if (!is_end && columns[at] == '(') ++depth;
    if (!is_end && columns[at] == ')') --depth;
    if (!is_end && (columns[at] != ',' || depth > 0)) continue;
    const std::string_view column = trim(columns.substr(begin, at - begin));
    const std::size_t blank = column.find(' ');
    APPORTION_CHECK(blank != std::string_view::npos, "a column has a name and a type");
    const auto words = sql_words(column.substr(0, blank));
    const bool is_quoted = column.starts_with('"');
    table.names.emplace_back(is_quoted ? words.front().text : std::string(column.substr(0, blank)));
    table.types.emplace_back(trim(column.substr(blank)));
    begin = at + 1;
  }
  return table;
}

bool RelationTexts::has_view(std::string_view name) const {
  const auto found = relations_.find(ascii_lower(name));
  return found != relations_.end() && found->second.select;
}

bool RelationTexts::has_table(std::string_view name) const {
  const auto found = relations_.find(ascii_lower(name));
  return found != relations_.end() && found->second.rows;
}

void RelationTexts::put_view(std::string_view name, std::string_view select) {
  APPORTION_CHECK(!has_table(name), "a view cannot replace a table");
  relations_[ascii_lower(name)] = {std::string(select), {}, {}};
}

void RelationTexts::put_table(std::string_view name, RowsInMemory rows) {
  APPORTION_CHECK(!has_view(name), "a table cannot replace a view");
  relations_[ascii_lower(name)] = {{}, std::move(rows), {}};
}

RowsInMemory* RelationTexts::table(std::string_view name) {
  const auto found = relations_.find(ascii_lower(name));
  return found == relations_.end() || !found->second.rows ? nullptr : &*found->second.rows;
}

void RelationTexts::drop_view(std::string_view name) {
  if (has_view(name)) relations_.erase(ascii_lower(name));
}

void RelationTexts::drop_table(std::string_view name) {
  if (has_table(name)) relations_.erase(ascii_lower(name));
}

void RelationTexts::rename(std::string_view name, std::string_view new_name) {
  auto moved = relations_.extract(ascii_lower(name));
  APPORTION_CHECK(!moved.empty(), "there is no relation of this name");
  relations_.erase(ascii_lower(new_name));
  moved.key() = ascii_lower(new_name);
  relations_.insert(std::move(moved));
}

std::string RelationTexts::name_of_files(std::span<const std::filesystem::path> files) {
  Files key(files.begin(), files.end());
  const auto known = names_of_files_.find(key);
  if (known != names_of_files_.end()) return known->second;
  std::string name = fmt::format("rows_of_files_{}", names_of_files_.size());
  relations_[name] = {{}, {}, key};
  names_of_files_.emplace(std::move(key), name);
  return name;
}

// `open` are the relations whose texts are being read: a word that is one of them is another thing of that name.
void RelationTexts::add_reads(std::string_view sql, std::vector<std::string>& open, Reads& reads) const {
  for (const SqlWord& word : sql_words(sql)) {
    const auto found = relations_.find(word.text);
    if (found == relations_.end()) continue;
    if (std::ranges::find(open, word.text) != open.end()) continue;
    if (std::ranges::find(reads.names, word.text) != reads.names.end()) continue;
    const Relation& relation = found->second;
    if (relation.select) {
      open.push_back(word.text);
      add_reads(*relation.select, open, reads);
      open.pop_back();
    }
    if (relation.files) reads.files.push_back(&*relation.files);
    if (relation.rows) reads.rows_in_memory += relation.rows->rows();
    reads.names.push_back(word.text);
  }
}

RelationTexts::Reads RelationTexts::read_by(std::string_view sql) const {
  Reads reads;
  std::vector<std::string> open;
  add_reads(sql, open, reads);
  return reads;
}

std::string RelationTexts::with_relations(std::string_view sql, const Reads& reads,
                                          const std::function<std::string(const Files&)>& rows_of) const {
  std::vector<std::string> parts;
  for (const std::string& name : reads.names) {
    const Relation& relation = relations_.find(name)->second;
    std::string select;
    if (relation.select) select = *relation.select;
    if (relation.rows) select = select_of(*relation.rows);
    if (relation.files) select = fmt::format("SELECT * FROM {}", rows_of(*relation.files));
    parts.push_back(fmt::format("{} AS (\n{}\n)", sql_identifier(name), select));
  }
  if (parts.empty()) return std::string(sql);
  const auto words = sql_words(sql);
  const std::string front = fmt::format("WITH {}", fmt::join(parts, ",\n"));
  if (words.empty() || words.front().text != "with") return fmt::format("{}\n{}", front, sql);
  return fmt::format("{},\n{}", front, sql.substr(words.front().end));
}

}  // namespace apportion
