#include "serve/cli/dataset_output.h"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"csv", "csv.gz", "parquet"};

}  // namespace

void DatasetOutput::add_options(Command command) {
  command.add_option("--format", format, "csv, csv.gz or parquet (default: by the extension of --out)")
      .one_of(std::vector<std::string>(kFormats.begin(), kFormats.end()))
      .type_name("FORMAT");
  command.add_flag("--exact", exact, "CSV: leave text unchanged, even where a spreadsheet would run it as a formula");
  command.add_option("--out", out, "File to write").type_name("FILE").required();
}

Result<std::string> DatasetOutput::chosen_format() const {
  if (format) return *format;
  const std::string name = ascii_lower(out.filename().string());
  for (const std::string_view one : kFormats) {
    if (name.ends_with(fmt::format(".{}", one))) return std::string(one);
  }
  return Error{ErrorId::kNoSuchFormat, "there is no such format", out.string(),
               fmt::format("expected one of {}", fmt::join(kFormats, ", ")),
               "give the file one of these extensions, or name the format: --format parquet"};
}

}  // namespace apportion
