/// Where a report goes: to standard output or a file, in one of five forms. Internal to `cli`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "engine/engine.h"
#include "foundation/base/result.h"
#include "query/table.h"
#include "serve/cli/session.h"

namespace apportion {

struct TableOutput {
  std::optional<std::string> format;  ///< table, csv, json, xlsx, parquet; unset: by --json and the file's ending.
  std::optional<std::filesystem::path> out;  ///< Unset: standard output.
  bool exact = false;                        ///< Tables with all digits, text cells of CSV as they are.

  /// --format, --exact and --out.
  void add_options(CLI::App* command);
  /// Fails with kUsage when the form needs a file and none is named: to be called before the work.
  Result<void> check(const Session& session) const;
  /// Writes the table, and its notices as talk. A file is there as a whole or not at all.
  Result<void> write(Session& session, const Table& table, Engine& engine) const;

 private:
  std::string chosen_format(const Session& session) const;
};

}  // namespace apportion
