/// Where a report goes: to standard output or a file, in one of five forms. Internal to `cli`.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "application/reading.h"
#include "foundation/base/result.h"
#include "query/table.h"
#include "serve/cli/session.h"

namespace apportion {

/// Hands out the rows of a table, one by one.
using CellsVisitor = std::function<Result<void>(std::vector<TableCell>)>;
using RowSource = std::function<Result<void>(const CellsVisitor&)>;

/// Lets `write` fill a file beside `path`, which then takes its place.
Result<void> replace_file(const std::filesystem::path& path,
                          const std::function<Result<void>(const std::filesystem::path&)>& write);

struct TableOutput {
  std::optional<std::string> format;  ///< table, csv, json, xlsx, parquet; unset: by --json and the file's ending.
  std::optional<std::filesystem::path> out;  ///< Unset: standard output.
  bool exact = false;                        ///< Tables with all digits, text cells of CSV as they are.
  bool wide = false;                         ///< Tables on a terminal with all columns, whole.
  bool no_pager = false;                     ///< Tables go to the terminal without a pager.

  /// --format, --exact, --wide, --no-pager and --out.
  void add_options(CLI::App* command);
  /// Fails with kUsage when the form needs a file and none is named: to be called before the work.
  Result<void> check(const Session& session) const;
  /// Writes the table, and its notices as talk. A file is there as a whole or not at all.
  Result<void> write(Session& session, const Table& table, Reading& reading) const;
  /// The same for rows that come one by one: as CSV, they are never in memory together. Fails with kInvalid when a form
  /// that needs them together would take too much of it. `table` has the columns and notices, and no rows.
  Result<void> write_rows(Session& session, Table table, const RowSource& rows, Reading& reading) const;

 private:
  std::string chosen_format(const Session& session) const;
};

}  // namespace apportion
