// Tables as workbooks.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <xlsxwriter.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsMax = LXW_ROW_MAX - 200;  // some lines are needed for titles, heading and totals
constexpr int kFirstYear = 1900;                     // spreadsheets have no earlier days
constexpr int kMoneyDigitsMax = 4;                   // of any minor unit in ISO 4217
constexpr lxw_col_t kLastColumn = LXW_COL_MAX - 1;
constexpr const char* kNote =
    "Rounded to 15 digits, for calculating. The sheet Exact has every amount digit for digit.";

// The only place in Apportion where money becomes a binary number. Cells that a spreadsheet can calculate with are IEEE
// doubles, so a sheet of them cannot be exact; it says so, and a second sheet is exact. Nothing is ever read back from
// here.
double spreadsheet_number(const std::string& decimal_text) {
  double number = 0;
  const char* end = decimal_text.data() + decimal_text.size();
  const auto read = std::from_chars(decimal_text.data(), end, number);
  APPORTION_CHECK(read.ptr == end, "a decimal's text is a number");
  return number;
}

struct Formats {
  lxw_format* heading;
  lxw_format* number;
  lxw_format* right;
  lxw_format* day;
  std::map<int, lxw_format*> money;  ///< By the digits of the minor unit.
};

Formats make_formats(lxw_workbook* book) {
  Formats formats{
      workbook_add_format(book), workbook_add_format(book), workbook_add_format(book), workbook_add_format(book), {}};
  format_set_bold(formats.heading);
  format_set_num_format(formats.number, "General");
  format_set_align(formats.right, LXW_ALIGN_RIGHT);
  format_set_num_format(formats.day, "yyyy-mm-dd");
  for (int digits = 0; digits <= kMoneyDigitsMax; ++digits) {
    lxw_format* money = workbook_add_format(book);
    const std::string behind = digits == 0 ? "" : "." + std::string(static_cast<std::size_t>(digits), '0');
    format_set_num_format(money, ("#,##0" + behind).c_str());
    formats.money[digits] = money;
  }
  return formats;
}

struct Place {
  lxw_worksheet* sheet;
  lxw_row_t row;
  lxw_col_t column;
};

// Even `=1+1` is written as text: this call creates no formulas.
lxw_error write_text(const Place& place, const std::string& text, lxw_format* format) {
  return worksheet_write_string(place.sheet, place.row, place.column, text.c_str(), format);
}

lxw_error write_exact(const Place& place, const TableCell& cell, const Formats& formats, lxw_format* /*number*/) {
  if (std::holds_alternative<std::monostate>(cell)) return LXW_NO_ERROR;
  const bool is_number = std::holds_alternative<Decimal>(cell) || std::holds_alternative<std::int64_t>(cell);
  return write_text(place, cell_text(cell), is_number ? formats.right : nullptr);
}

lxw_error write_for_calculating(const Place& place, const TableCell& cell, const Formats& formats, lxw_format* number) {
  if (std::holds_alternative<Decimal>(cell) || std::holds_alternative<std::int64_t>(cell)) {
    return worksheet_write_number(place.sheet, place.row, place.column, spreadsheet_number(cell_text(cell)), number);
  }
  if (const auto* day = std::get_if<Day>(&cell); day != nullptr && day->year() >= kFirstYear) {
    lxw_datetime date{day->year(), day->month(), day->day_of_month(), 0, 0, 0};
    return worksheet_write_datetime(place.sheet, place.row, place.column, &date, formats.day);
  }
  return write_exact(place, cell, formats, number);
}

Error workbook_error(const std::filesystem::path& path, lxw_error error) {
  return {ErrorId::kWorkbookFailed, "the workbook could not be written", path.string(), lxw_strerror(error),
          "check the path, its free space and your permissions there, or use another format"};
}

using WriteCell = lxw_error (*)(const Place&, const TableCell&, const Formats&, lxw_format*);

struct Sheet {
  std::string name;
  bool calculates;  ///< With numbers, rounded as the note says.
  WriteCell write;
};

class WorkbookWriter {
 public:
  WorkbookWriter(const Table& table, const std::filesystem::path& path) : table_(table), path_(path) {}

  Result<void> write(lxw_workbook* book, const Formats& formats, const std::string& numbers, const std::string& exact) {
    std::vector<Sheet> sheets = {{numbers, !exact.empty(), write_for_calculating}};
    if (!exact.empty()) sheets.push_back({exact, false, write_exact});
    for (const Sheet& sheet : sheets) {
      lxw_worksheet* page = workbook_add_worksheet(book, sheet.name.c_str());
      if (page == nullptr) return workbook_error(path_, LXW_ERROR_MEMORY_MALLOC_FAILED);
      APPORTION_TRY(write_sheet(page, sheet, formats));
    }
    return ok();
  }

 private:
  Result<void> write_sheet(lxw_worksheet* page, const Sheet& sheet, const Formats& formats) {
    lxw_row_t row = 0;
    for (const std::string& line : table_.title) {
      APPORTION_TRY(check(write_text({page, row, 0}, line, formats.heading), row, 0));
      ++row;
    }
    if (sheet.calculates) {
      APPORTION_TRY(check(write_text({page, row, 0}, kNote, nullptr), row, 0));
      ++row;
    }
    const lxw_row_t heading = row;
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      const auto column = static_cast<lxw_col_t>(i);
      APPORTION_TRY(check(write_text({page, row, column}, table_.columns[i].name, formats.heading), row, i));
      worksheet_set_column(page, column, column, width_of(i), nullptr);
    }
    worksheet_freeze_panes(page, ++row, 0);
    for (const auto& cells : table_.rows) {
      APPORTION_TRY(write_row({page, row, 0}, cells, sheet, formats));
      ++row;
    }
    if (!table_.columns.empty()) {
      worksheet_autofilter(page, heading, 0, row - 1, static_cast<lxw_col_t>(table_.columns.size() - 1));
    }
    for (const auto& cells : shown_totals_of(table_)) {
      ++row;  // one empty row first: the filter ends above it
      APPORTION_TRY(write_row({page, row, 0}, cells, sheet, formats));
    }
    return ok();
  }

  Result<void> write_row(Place place, const std::vector<TableCell>& cells, const Sheet& sheet, const Formats& formats) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      place.column = static_cast<lxw_col_t>(i);
      const bool is_money = table_.columns[i].kind == TableKind::kMoney;
      lxw_format* number = is_money ? money_format(currency_of_row(table_, cells), formats) : formats.number;
      APPORTION_TRY(check(sheet.write(place, cells[i], formats, number), place.row, i));
    }
    return ok();
  }

  static lxw_format* money_format(std::optional<Currency> currency, const Formats& formats) {
    const auto digits = currency ? currency->minor_digits() : std::nullopt;
    const auto found = digits ? formats.money.find(*digits) : formats.money.end();
    return found == formats.money.end() ? formats.number : found->second;
  }

  // Wide enough for the heading with its filter button, and for the cells up to a limit.
  int width_of(std::size_t column) const {
    constexpr int kWidest = 50;
    constexpr int kButton = 4;
    int width = display_width(table_.columns[column].name) + kButton;
    for (const auto& cells : table_.rows) {
      const bool is_money = table_.columns[column].kind == TableKind::kMoney;
      if (!is_money) width = std::max(width, display_width(cell_text(cells[column])) + 1);
    }
    return std::min(width, std::max(kWidest, display_width(table_.columns[column].name) + kButton));
  }

  Result<void> check(lxw_error error, lxw_row_t row, std::size_t column) const {
    if (error == LXW_NO_ERROR) return ok();
    Error failure = workbook_error(path_, error);
    failure.where = fmt::format("{}, line {}, column {}", path_.string(), row + 1, table_.columns[column].name);
    failure.next = "use another format: csv and parquet have no such limits";
    return failure;
  }

  const Table& table_;
  const std::filesystem::path& path_;
};

}  // namespace

namespace {

Result<void> check_size(const Table& table, const std::filesystem::path& path) {
  if (table.rows.size() > kRowsMax || table.columns.size() > kLastColumn) {
    return Error{ErrorId::kSpreadsheetTooLarge, "the result does not fit into a spreadsheet", path.string(),
                 fmt::format("it has {} rows of {} columns; a sheet holds {} by {}", table.rows.size(),
                             table.columns.size(), kRowsMax, kLastColumn),
                 "ask for fewer rows, or use csv or parquet"};
  }
  return ok();
}

Result<void> write_book(const std::filesystem::path& path,
                        const std::function<Result<void>(lxw_workbook*, const Formats&)>& write) {
  // Asked first: the library would print its own complaint to the terminal.
  if (!std::ofstream(path)) return file_error("the workbook could not be written", path, errno);
  const std::string name = path.string();
  lxw_workbook* book = workbook_new(name.c_str());
  if (book == nullptr) return workbook_error(path, LXW_ERROR_MEMORY_MALLOC_FAILED);
  Result<void> written = write(book, make_formats(book));
  const lxw_error closed = workbook_close(book);  // frees the book, whatever happens
  if (!written) {
    std::error_code failure;
    std::filesystem::remove(path, failure);
    return written;
  }
  return closed == LXW_NO_ERROR ? ok() : workbook_error(path, closed);
}

}  // namespace

Result<void> write_xlsx(const Table& table, const std::filesystem::path& path) {
  APPORTION_TRY(check_size(table, path));
  return write_book(path, [&](lxw_workbook* book, const Formats& formats) {
    return WorkbookWriter(table, path).write(book, formats, "Numbers", "Exact");
  });
}

Result<void> write_xlsx(std::span<const NamedTable> tables, const std::filesystem::path& path) {
  for (const NamedTable& one : tables) APPORTION_TRY(check_size(one.table, path));
  return write_book(path, [&](lxw_workbook* book, const Formats& formats) -> Result<void> {
    for (const NamedTable& one : tables) {
      const auto is_money = [](const TableColumn& column) { return column.kind == TableKind::kMoney; };
      const bool has_amounts = std::ranges::any_of(one.table.columns, is_money);
      const std::string exact = has_amounts ? one.name + " (exact)" : std::string();
      APPORTION_TRY(WorkbookWriter(one.table, path).write(book, formats, one.name, exact));
    }
    return ok();
  });
}

}  // namespace apportion
