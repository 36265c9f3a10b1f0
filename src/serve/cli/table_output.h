/// Writes a report to standard output or a file, in one of five formats. Internal to `cli`.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/reading.h"
#include "foundation/base/result.h"
#include "query/table.h"
#include "serve/cli/command.h"
#include "serve/cli/session.h"

namespace apportion {

/// Passes on the rows of a table, one by one.
using CellsVisitor = std::function<Result<void>(std::vector<TableCell>)>;
using RowSource = std::function<Result<void>(const CellsVisitor&)>;

/// Lets `write` fill a file next to `path`, which then replaces it.
Result<void> replace_file(const std::filesystem::path& path,
                          const std::function<Result<void>(const std::filesystem::path&)>& write);

struct TableOutput {
  std::optional<std::string> format;  ///< table, csv, json, xlsx, parquet; unset: by --json and the file's ending.
  std::optional<std::filesystem::path> out;  ///< Unset: standard output.
  bool exact = false;                        ///< Tables with all digits, text cells of CSV unchanged.
  bool wide = false;                         ///< Tables on a terminal with all columns, uncut.
  bool no_pager = false;                     ///< Tables go to the terminal without a pager.

  /// --format, --exact, --wide, --no-pager and --out.
  void add_options(Command command);
  /// Fails with kOutputFileMissing if the format needs a file and none is given. Call it before the work.
  Result<void> check(const Session& session) const;
  /// Writes the table, and its notices as talk. A file is written completely or not at all.
  Result<void> write(Session& session, const Table& table, Reading& reading) const;
  /// The same for rows that come one by one: as CSV, they are never all in memory. Fails with kInvalid if a format that
  /// needs them all would take too much memory. `table` has the columns and notices, and no rows.
  Result<void> write_rows(Session& session, Table table, const RowSource& rows, Reading& reading) const;

 private:
  std::string chosen_format(const Session& session) const;
};

}  // namespace apportion
