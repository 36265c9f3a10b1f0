/// The forms in which a table leaves the program: text, CSV, JSON, XLSX and Parquet.
///
/// Every writer takes the whole table; the caller chooses the stream or path. Writers fail only when the stream, the
/// disk or the engine does.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>

#include "engine/engine.h"
#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

struct TextTableOptions {
  std::optional<int> width;  ///< Columns of the terminal; unset (no terminal): nothing is cut.
  bool color = false;        ///< Headings in bold.
};

/// For people: columns as wide as their content, numbers to the right with their points in line.
Result<void> write_text_table(const Table& table, const TextTableOptions& options, std::ostream& out);

/// RFC 4180, but with LF: a heading, plain decimals, ISO days. Text is data and written as it is, also where a
/// spreadsheet program would take it for a formula (`=…`): who opens the file in one should use the XLSX form.
Result<void> write_csv(const Table& table, std::ostream& out);

/// An array of objects; amounts and days are strings, integers numbers, nothing is null.
Result<void> write_json(const Table& table, std::ostream& out);

/// A workbook of two sheets. *Exact* has the amounts as text, digit for digit; *Numbers* has them as the binary numbers
/// that spreadsheets calculate with, rounded to 15 digits, and says so. Text is never taken for a formula.
Result<void> write_xlsx(const Table& table, const std::filesystem::path& path);

/// DECIMAL(38,18), BIGINT, DATE, VARCHAR; zstd. Columns of equal names (ignoring case) get a number behind the name.
Result<void> write_parquet(const Table& table, Engine& engine, const std::filesystem::path& path);

}  // namespace apportion
