#include "serve/cli/table_output.h"
#include "foundation/base/count_text.h"
#include "serve/format/table_formats.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::array<std::string_view, 5> kFormats = {"table", "csv", "json", "xlsx", "parquet"};

// A text file may have any of these endings, or none.
bool names_unknown_format(const std::filesystem::path& path) {
  const std::string ending = ascii_lower(path.extension().string());
  if (ending.empty() || ending == ".txt" || ending == ".log") return false;
  return std::ranges::find(kFormats, std::string_view(ending).substr(1)) == kFormats.end();
}

bool is_binary(std::string_view format) { return format == "xlsx" || format == "parquet"; }

Result<void> write_text(const Table& table, std::string_view format, bool exact, std::ostream& out) {
  if (format == "csv") return write_csv(table, exact ? CsvText::kExact : CsvText::kDefused, out);
  if (format == "json") return write_json(table, out);
  return write_text_table(table, {.width = {}, .color = false, .exact = exact, .drops_columns = false}, out);
}

constexpr std::size_t kPieceBytes = 1 << 16;

constexpr std::size_t kCellsMax = 5'000'000;

Error too_many_cells(std::string_view format) {
  return {ErrorId::kResultTooLarge, "the result is too large for this format", std::string(format),
          fmt::format("it has more than {} cells", kCellsMax),
          "ask for less (LIMIT, a condition, fewer columns), or use CSV, which has no limit: --format csv"};
}

Result<void> print_csv_rows(Console& console, const Table& table, const RowSource& rows, CsvText mode,
                            std::int64_t& count) {
  std::ostringstream text;
  CsvRows csv(table.columns, mode, text);
  const CellsVisitor print_row = [&](const std::vector<TableCell>& row) -> Result<void> {
    csv.add(row);
    ++count;
    if (static_cast<std::size_t>(text.tellp()) < kPieceBytes) return ok();
    APPORTION_TRY(console.print_piece(text.view()));
    text.str({});
    return ok();
  };
  APPORTION_TRY(rows(print_row));
  return console.print_piece(text.view());
}

Result<void> write_csv_rows(const std::filesystem::path& path, const Table& table, const RowSource& rows, CsvText mode,
                            std::int64_t& count) {
  std::ofstream file(path, std::ios::binary);
  CsvRows csv(table.columns, mode, file);
  APPORTION_TRY(rows([&](const std::vector<TableCell>& row) -> Result<void> {
    csv.add(row);
    ++count;
    return file.good() ? ok() : Result<void>(file_error("the report could not be written", path, errno));
  }));
  file.close();
  return file.good() ? ok() : Result<void>(file_error("the report could not be written", path, errno));
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& path,
                          const std::function<Result<void>(const std::filesystem::path&)>& write) {
  std::filesystem::path partial = path;
  partial += "." + random_guid() + ".partial";
  Result<void> written = write(partial);
  if (written) written = sync_to_disk(partial);
  std::error_code failure;
  if (written) std::filesystem::rename(partial, path, failure);
  if (failure) written = file_error("the report could not be written", path, failure.value());
  std::error_code ignored;
  if (written) return ok();
  std::filesystem::remove(partial, ignored);
  Error error = std::move(written).error();
  if (error.where == partial.string()) error.where = path.string();
  return error;
}

void TableOutput::add_options(Command command) {
  command
      .add_option("--format", format,
                  "table, csv, json, xlsx or parquet (default: by the extension of --out, otherwise table)")
      .one_of(std::vector<std::string>(kFormats.begin(), kFormats.end()))
      .type_name("FORMAT");
  command.add_flag("--exact", exact,
                   "Tables: amounts and percentages with all their digits. CSV: text unchanged, even where a "
                   "spreadsheet would run it");
  command.add_flag("--wide", wide, "Tables: all columns in full, whatever the width of the terminal");
  command.add_flag("--no-pager", no_pager, "Tables: do not use the pager (PAGER, default: less -FRX)");
  command.add_option("--out", out, "Write to this file (default: standard output)").type_name("FILE");
}

std::string TableOutput::chosen_format(const Session& session) const {
  if (format) return *format;
  if (session.json()) return "json";
  const std::string ending = out ? ascii_lower(out->extension().string()) : "";
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&ending](std::string_view one) { return ending == fmt::format(".{}", one); });
  return found == kFormats.end() ? "table" : std::string(*found);
}

Result<void> TableOutput::check(const Session& session) const {
  if (out && !format && !session.json() && names_unknown_format(*out)) {
    return Error{ErrorId::kNoSuchFormat, "there is no such format", out->string(),
                 fmt::format("expected one of {}", fmt::join(kFormats, ", ")),
                 "give the file one of these extensions, or name the format: --format csv"};
  }
  const std::string chosen = chosen_format(session);
  if (out || !is_binary(chosen)) return ok();
  return Error{ErrorId::kOutputFileMissing, fmt::format("{} needs a file", chosen), "", "a terminal cannot show it",
               fmt::format("give one: --out report.{}", chosen)};
}

Result<void> TableOutput::write(Session& session, const Table& table, Reading& reading) const {
  Console& console = session.console();
  const std::string chosen = chosen_format(session);
  if (!out && chosen == "table") return console.print_table(table, {exact, true, wide, !no_pager});
  if (!out) {
    std::ostringstream text;
    APPORTION_TRY(write_text(table, chosen, exact, text));
    console.print_data(text.view());
  } else if (chosen == "xlsx") {
    APPORTION_TRY(replace_file(*out, [&table](const std::filesystem::path& path) { return write_xlsx(table, path); }));
  } else if (chosen == "parquet") {
    APPORTION_TRY(replace_file(
        *out, [&](const std::filesystem::path& path) { return write_parquet(table, reading.workbench(), path); }));
  } else {
    std::ostringstream text;
    APPORTION_TRY(write_text(table, chosen, exact, text));
    APPORTION_TRY(write_file_atomically(*out, text.view()));
  }
  console.print_notices(table);
  if (out)
    console.say(
        fmt::format("wrote {} to {}", count_of(static_cast<std::int64_t>(table.rows.size()), "row"), out->string()));
  return ok();
}

Result<void> TableOutput::write_rows(Session& session, Table table, const RowSource& rows, Reading& reading) const {
  const std::string chosen = chosen_format(session);
  if (chosen != "csv") {
    const std::size_t rows_max = kCellsMax / std::max<std::size_t>(table.columns.size(), 1);
    APPORTION_TRY(rows([&](std::vector<TableCell> row) -> Result<void> {
      if (table.rows.size() == rows_max) return too_many_cells(chosen);
      table.rows.push_back(std::move(row));
      return ok();
    }));
    return write(session, table, reading);
  }
  const CsvText mode = exact ? CsvText::kExact : CsvText::kDefused;
  std::int64_t count = 0;
  if (!out) {
    APPORTION_TRY(print_csv_rows(session.console(), table, rows, mode, count));
    session.console().print_notices(table);
    return ok();
  }
  APPORTION_TRY(replace_file(
      *out, [&](const std::filesystem::path& path) { return write_csv_rows(path, table, rows, mode, count); }));
  session.console().print_notices(table);
  session.console().say(fmt::format("wrote {} to {}", count_of(count, "row"), out->string()));
  return ok();
}

}  // namespace apportion
