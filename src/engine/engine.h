/// Engine: the embedded columnar engine (DuckDB, through its C API) as a Workbench. Only code that creates one names
/// this type; code that uses one asks for a Workbench or a QueryEngine.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"

namespace apportion {

struct EngineOptions {
  std::int64_t memory_bytes_max = std::int64_t{2} << 30;
  int threads = 0;                           ///< 0: one per processor. At most one per 64 MiB of the memory is used.
  std::filesystem::path temporary_folder{};  ///< Where it may spill to; empty: it must not.
  bool keep_order = false;                   ///< Rows of a file keep the order of the file.
  std::chrono::milliseconds deadline{0};     ///< A statement takes at most this long, its rows visited; 0: no limit.
};

/// A database of the engine in memory, shared by engines, which share its memory, threads and spill folder. Copies
/// refer to the same database, which ends with the last copy and the last engine. Usable from any thread.
class EngineDatabase {
 public:
  static Result<EngineDatabase> open(const EngineOptions& options);

 private:
  friend class Engine;
  class Handle;
  explicit EngineDatabase(std::shared_ptr<Handle> handle);
  std::shared_ptr<Handle> handle_;
};

class Engine final : public Workbench {
 public:
  class Session;  ///< Of the implementation.

  /// An engine with a database of its own.
  static Result<Engine> open(const EngineOptions& options);
  /// An engine of a shared database, with the deadline of its options.
  static Result<Engine> open(const EngineDatabase& database);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine() override;

  Result<EngineCursor> open_cursor(std::string_view sql, std::span<const EngineValue> values) override;
  Result<std::vector<EngineColumn>> describe(std::string_view sql) override;
  Result<std::vector<std::string>> column_names(std::string_view relation) override;
  void interrupt() override;
  EngineFailure last_failure() const override;
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

  /// Runs statements of this engine's own dialect, for tests and benchmarks: one or more without values,
  Result<void> execute(std::string_view sql);
  /// … one with values, whose rows, if any, are dropped,
  Result<void> execute(std::string_view sql, std::span<const EngineValue> values);
  /// … and one that returns how many rows it wrote or changed.
  Result<std::int64_t> execute_counting(std::string_view sql, std::span<const EngineValue> values);

 private:
  explicit Engine(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

/// Version of the engine, as the engine reports it.
std::string engine_version();

}  // namespace apportion
