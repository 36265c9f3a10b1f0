/// The forms in which a table leaves the program: text, CSV, JSON, XLSX and Parquet.
///
/// Every writer takes the whole table; the caller chooses the stream or path. Writers fail only when the stream, the
/// disk or the engine does.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

struct TextTableOptions {
  std::optional<int> width;  ///< Columns of the terminal; unset (no terminal): nothing is cut.
  bool color = false;        ///< Headings in bold.
  bool exact = false;        ///< Money with all its digits; otherwise rounded to the currency's smallest coin.
  /// Columns that do not fit are left out, the last ones first, and named below; the first one, the currency and the
  /// first amount always stay. Otherwise lines become longer than the terminal is wide.
  bool drops_columns = false;
};

/// For people: columns as wide as their content, numbers to the right with their points in line, money with thousands
/// parted, and a total of each currency.
Result<void> write_text_table(const Table& table, const TextTableOptions& options, std::ostream& out);

/// Text cells that a spreadsheet program would run as a formula (`=…`, `+…`, `-…`, `@…`).
enum class CsvText {
  kDefused,  ///< With an apostrophe before them, for people who open the file in such a program.
  kExact,    ///< As they are.
};

/// RFC 4180, but with LF: a heading, plain decimals, ISO days. Amounts are exact in both modes.
Result<void> write_csv(const Table& table, CsvText mode, std::ostream& out);

/// The same, row by row: for tables that are larger than the memory. What the stream did not take, its owner sees.
class CsvRows {
 public:
  /// Writes the heading. Columns and stream must outlive it.
  CsvRows(const std::vector<TableColumn>& columns, CsvText mode, std::ostream& out);
  void add(const std::vector<TableCell>& row);

 private:
  const std::vector<TableColumn>* columns_;
  CsvText mode_;
  std::ostream* out_;
  std::vector<std::string> fields_;
};

/// An array of objects; amounts and days are strings, integers numbers, nothing is null.
Result<void> write_json(const Table& table, std::ostream& out);

/// A workbook of two sheets, each with the title, filters, a frozen heading and totals. *Numbers* has amounts as the
/// binary numbers that spreadsheets calculate with, rounded to 15 digits, and says so; *Exact* has them as text, digit
/// for digit. Text is never taken for a formula.
Result<void> write_xlsx(const Table& table, const std::filesystem::path& path);

/// DECIMAL(38,18), BIGINT, DATE, VARCHAR; zstd. Columns of equal names (ignoring case) get a number behind the name.
Result<void> write_parquet(const Table& table, Workbench& engine, const std::filesystem::path& path);

}  // namespace apportion
