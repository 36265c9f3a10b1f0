/// RelationTexts: relations that no engine has, put in front of the statements that read them. Internal to
/// `engine/trino`.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/query_engine.h"
#include "foundation/base/result.h"

namespace apportion {

/// A table of rows in memory.
struct RowsInMemory {
  std::vector<std::string> names;
  std::vector<std::string> types;  ///< Of SQL, by column.
  std::vector<EngineValue> cells;  ///< Row by row.

  std::size_t rows() const { return names.empty() ? 0 : cells.size() / names.size(); }
};

class RelationTexts {
 public:
  using Files = std::vector<std::filesystem::path>;

  bool has_view(std::string_view name) const;
  bool has_table(std::string_view name) const;
  void put_view(std::string_view name, std::string_view select);
  void put_table(std::string_view name, RowsInMemory rows);
  RowsInMemory* table(std::string_view name);
  void drop_view(std::string_view name);
  void drop_table(std::string_view name);
  void rename(std::string_view name, std::string_view new_name);

  /// A name for the rows of files, the same for the same files.
  std::string name_of_files(std::span<const std::filesystem::path> files);

  /// What a statement reads, directly or by way of views.
  struct Reads {
    std::vector<std::string> names;  ///< Relations, each behind those that it reads itself.
    std::vector<const Files*> files;
    std::size_t rows_in_memory = 0;
  };
  Reads read_by(std::string_view sql) const;

  /// The statement with all that it reads in front of it. `rows_of` makes the text after FROM of files.
  std::string with_relations(std::string_view sql, const Reads& reads,
                             const std::function<std::string(const Files&)>& rows_of) const;

 private:
  struct Relation {
    std::optional<std::string> select;  // of a view
    std::optional<RowsInMemory> rows;   // of a table
    std::optional<Files> files;
  };
  void add_reads(std::string_view sql, std::vector<std::string>& open, Reads& reads) const;

  std::map<std::string, Relation, std::less<>> relations_;  // by name in lower case
  std::map<Files, std::string> names_of_files_;
};

/// `name type` pairs of SQL, as an empty table.
RowsInMemory rows_with_columns(std::string_view columns);

/// A value as text of SQL.
std::string value_sql(const EngineValue& value);

}  // namespace apportion
