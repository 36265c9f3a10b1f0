/// TrinoWorkbench: a Workbench whose questions a Trino cluster answers.
///
/// Views are kept as text, small tables as rows, and files as the tables that have their rows (engine/file_tables.h):
/// a statement is sent with those that it reads in front of it, as `WITH` parts. A statement that reads a file which
/// is in no table, or a table with many rows, is run by the home's own engine instead, as a whole: what the statement
/// is decides that, never whether the cluster fails. So is all that writes. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/file_tables.h"
#include "engine/trino/relation_texts.h"
#include "engine/trino/trino_client.h"
#include "engine/workbench.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

/// Who ran how many statements.
struct TrinoCounts {
  std::int64_t on_cluster = 0;
  std::int64_t at_home = 0;
};

class TrinoWorkbench final : public Workbench {
 public:
  /// All must outlive it. `home` is this workbench's alone.
  TrinoWorkbench(TrinoClient& client, FileTables& tables, Workbench& home, Cancel cancel);
  ~TrinoWorkbench() override;

  Result<EngineCursor> open_cursor(std::string_view sql, std::span<const EngineValue> values) override;
  Result<std::vector<EngineColumn>> describe(std::string_view sql) override;
  Result<std::vector<std::string>> column_names(std::string_view relation) override;
  void interrupt() override;
  EngineFailure last_failure() const override { return last_failure_; }
  const Dialect& dialect() const override;

  Result<void> make_table(std::string_view name, std::string_view columns) override;
  Result<void> make_table_of(std::string_view name, std::string_view select) override;
  Result<void> insert_rows(std::string_view table, std::string_view select) override;
  Result<TableAppender> append_to(std::string_view table) override;
  Result<void> make_view(std::string_view name, std::string_view select) override;
  std::string rows_of_parquet(std::span<const std::filesystem::path> files) const override;
  Result<void> rename_table(std::string_view name, std::string_view new_name) override;
  Result<void> rename_view(std::string_view name, std::string_view new_name) override;
  Result<void> drop_table(std::string_view name) override;
  Result<void> drop_view(std::string_view name) override;
  Result<std::int64_t> write_parquet(std::string_view select, std::span<const EngineValue> values,
                                     const std::filesystem::path& path,
                                     ParquetPacking packing = ParquetPacking::kSmall) override;
  Result<void> write_parquet_of_json(const std::filesystem::path& lines,
                                     std::span<const std::pair<std::string_view, std::string_view>> columns,
                                     const std::filesystem::path& path) override;
  Result<void> lock_down(std::span<const std::filesystem::path> readable_files) override;

  const TrinoCounts& counts() const { return counts_; }

 private:
  class StreamedRows;
  class AppendedRows;
  class HomeRows;
  struct Plan;

  Result<Plan> plan(std::string_view sql, std::span<const EngineValue> values);
  std::string at_home(std::string_view sql, const RelationTexts::Reads& reads) const;
  Cancel begin_statement();

  TrinoClient* client_;
  FileTables* tables_;
  Workbench* home_;
  Cancel cancel_;
  std::unique_ptr<RelationTexts> relations_;
  std::mutex running_mutex_;
  Cancel running_;  // of the statement that runs
  EngineFailure last_failure_ = EngineFailure::kOther;
  TrinoCounts counts_;
};

/// A statement with its values, as one text: Trino's `EXECUTE IMMEDIATE`, in which it finds the places by itself.
std::string statement_with_values(std::string_view sql, std::span<const EngineValue> values);

}  // namespace apportion
