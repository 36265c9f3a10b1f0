#include "serve/cli/table_output.h"
#include "foundation/base/count_text.h"
#include "serve/format/table_formats.h"

#include <algorithm>
#include <array>
#include <cerrno>
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
  return write_text_table(table, {.width = {}, .color = false, .exact = exact}, out);
}

/// Lets `write` fill a file beside `path`, which then takes its place.
template <class Write>
Result<void> replace_file(const std::filesystem::path& path, Write write) {
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

}  // namespace

void TableOutput::add_options(CLI::App* command) {
  command
      ->add_option("--format", format,
                   "table, csv, json, xlsx or parquet (default: by the ending of --out, else table)")
      ->check(CLI::IsMember(std::vector<std::string>(kFormats.begin(), kFormats.end())).description(""))
      ->type_name("FORMAT");
  command->add_flag("--exact", exact,
                    "Tables: amounts with all their digits. CSV: text that a spreadsheet would run as it is");
  command->add_option("--out", out, "Write to this file (default: standard output)")->type_name("FILE");
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
                 fmt::format("one of {} was expected", fmt::join(kFormats, ", ")),
                 "name a file with one of these endings, or the format: --format csv"};
  }
  const std::string chosen = chosen_format(session);
  if (out || !is_binary(chosen)) return ok();
  return Error{ErrorId::kOutputFileMissing, fmt::format("{} needs a file", chosen), "",
               "it is no text that a terminal could show", fmt::format("name one: --out report.{}", chosen)};
}

Result<void> TableOutput::write(Session& session, const Table& table, Engine& engine) const {
  Console& console = session.console();
  const std::string chosen = chosen_format(session);
  if (!out && chosen == "table") return console.print_table(table, exact);
  if (!out) {
    std::ostringstream text;
    APPORTION_TRY(write_text(table, chosen, exact, text));
    console.print_data(text.view());
  } else if (chosen == "xlsx") {
    APPORTION_TRY(replace_file(*out, [&table](const std::filesystem::path& path) { return write_xlsx(table, path); }));
  } else if (chosen == "parquet") {
    APPORTION_TRY(
        replace_file(*out, [&](const std::filesystem::path& path) { return write_parquet(table, engine, path); }));
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

}  // namespace apportion
