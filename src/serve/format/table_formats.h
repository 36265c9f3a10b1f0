/// The formats in which a table leaves the program: text, CSV, JSON, XLSX and Parquet.
/// Every writer takes the whole table; the caller chooses the stream or path. Writers fail only if the stream, the disk
/// or the engine does.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

struct TextTableOptions {
  std::optional<int> width;  ///< Columns of the terminal; unset (no terminal): nothing is cut.
  bool color = false;        ///< Headings in bold.
  bool exact = false;  ///< Money and percentages with all their digits; otherwise rounded to the currency's minor unit
                       ///< and to two decimals.
  /// Columns that do not fit are left out, the last ones first, and named below; the first one, the currency and the
  /// first amount always stay. Otherwise lines may be longer than the terminal is wide.
  bool drops_columns = false;
};

/// For people: columns as wide as their content, numbers right-aligned on their decimal points, money with thousands
/// separators, and a total for each currency.
Result<void> write_text_table(const Table& table, const TextTableOptions& options, std::ostream& out);

/// Text cells that a spreadsheet program would run as a formula (`=…`, `+…`, `-…`, `@…`).
enum class CsvText {
  kDefused,  ///< Prefixed with an apostrophe, for people who open the file in such a program.
  kExact,    ///< As they are.
};

/// RFC 4180, but with LF: a heading, plain decimals, ISO days. Amounts are exact in both modes.
Result<void> write_csv(const Table& table, CsvText mode, std::ostream& out);

/// The same, row by row: for tables that do not fit into memory. The stream's owner checks whether it accepted
/// everything.
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
/// for digit. Text is never treated as a formula.
Result<void> write_xlsx(const Table& table, const std::filesystem::path& path);

struct NamedTable {
  std::string name;  ///< Up to 20 letters.
  Table table;
};
/// The same for several tables: a sheet for each, called as it is, and one of exact amounts for each that has some.
Result<void> write_xlsx(std::span<const NamedTable> tables, const std::filesystem::path& path);

/// DECIMAL(38,18), BIGINT, DATE, VARCHAR; zstd. Columns with equal names (ignoring case) get a numbered suffix.
Result<void> write_parquet(const Table& table, Workbench& engine, const std::filesystem::path& path);

}  // namespace apportion
