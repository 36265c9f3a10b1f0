// Runs the cases of *.test in this folder. What a case looks like is said in README.md beside them.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "foundation/base/text.h"
#include "golden/golden_file.h"
#include "pipeline/ingest/file_survey.h"
#include "pipeline/ingest/run_reader.h"
#include "pipeline/ingest/testing.h"
#include "pipeline/normalise/kept_rows_sink.h"
#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::read_charges;

struct GoldenRun {
  Dataset dataset = Dataset::kActualCost;
  std::optional<Month> month;
  bool mend = true;
  std::vector<std::string> columns{"x_SourceLine", "ChargePeriodStart", "BilledCost", "EffectiveCost",
                                   "BillingCurrency"};
  std::vector<InputFile> files;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string bytes_of(std::string text, bool packed) {
  const std::pair<std::string_view, std::string_view> marks[] = {
      {"<BOM>", "\xef\xbb\xbf"}, {"<CR>", "\r"}, {"<FF>", "\xff"}, {"<TAB>", "\t"}};
  for (const auto& [mark, bytes] : marks) replace_all(text, mark, bytes);
  std::size_t cut = 0;
  if (const auto at = text.find("<CUT "); at != std::string::npos) {
    cut = static_cast<std::size_t>(std::stoi(text.substr(at + 5)));
    text.erase(at, text.find('>', at) - at + 1);
  }
  if (const auto at = text.find("<END>"); at != std::string::npos) text.resize(at);
  if (packed) text = ingest_testing::pack_gzip(text);
  text.resize(text.size() - cut);
  return text;
}

InputFile input_file(const std::string& name, const std::string& bytes, InputFormat format) {
  InputFile file;
  file.name = name;
  file.format = format;
  file.open = [bytes] {
    return Result<std::unique_ptr<ByteReader>>(std::make_unique<ingest_testing::SlowReader>(bytes, 100));
  };
  file.bytes = static_cast<std::int64_t>(bytes.size());
  return file;
}

Dataset dataset_called(std::string_view short_name) {
  return *std::ranges::find(kDatasets, short_name, dataset_short_name);
}

void set_option(GoldenRun& run, std::string_view line) {
  const std::size_t blank = line.find(' ');
  const std::string_view name = line.substr(0, blank);
  const std::string value(trim(line.substr(std::min(blank, line.size()))));
  if (name == "dataset") run.dataset = dataset_called(value);
  if (name == "month") run.month = Month::parse(value);
  if (name == "mend") run.mend = value != "off";
  if (name == "columns") {
    run.columns.clear();
    for (const std::string_view column : split_text(value, ' ')) run.columns.emplace_back(column);
  }
}

GoldenRun read_run_of(const std::string& input) {
  GoldenRun run;
  run.month = Month::parse("2026-10");
  std::string name;
  std::string text;
  bool packed = false;
  const auto end_file = [&] {
    if (name.empty()) return;
    run.files.push_back(input_file(name, bytes_of(text, packed), packed ? InputFormat::kCsvGzip : InputFormat::kCsv));
  };
  for (const std::string_view line : split_text(std::string_view(input).substr(0, input.size() - 1), '\n')) {
    const bool is_file = line.starts_with("[file ");
    if (is_file || line.starts_with("[gzip ")) {
      end_file();
      name = line.substr(6, line.size() - 7);
      packed = !is_file;
      text.clear();
    } else if (!name.empty()) {
      text += std::string(line) + "\n";
    } else if (line != "[run]") {
      set_option(run, line);
    }
  }
  end_file();
  return run;
}

std::string describe_rows(const std::string& title, const std::vector<Cells>& rows,
                          const std::vector<std::string>& columns) {
  if (rows.empty()) return {};
  std::string text = title + "\n";
  for (const Cells& cells : rows) {
    for (const std::string& column : columns) {
      const auto cell = cells.find(column);
      text += fmt::format("  {}", cell == cells.end() ? "-" : cell->second);
    }
    text += "\n";
  }
  return text;
}

// The rows of a file in the order of their lines; cells that are null are not in them.
std::vector<Cells> read_kept_rows(const std::filesystem::path& file, const std::vector<std::string>& columns) {
  auto engine = Engine::open({});
  EXPECT_TRUE(engine && engine->view_over_parquet("kept_rows", std::vector{file}, ""));
  std::string list;
  for (const std::string& column : columns)
    list += fmt::format("{}CAST({} AS VARCHAR)", list.empty() ? "" : ", ", sql_identifier(column));
  std::vector<Cells> rows;
  EXPECT_TRUE(
      engine->query(fmt::format("SELECT {} FROM kept_rows ORDER BY x_RowId", list), {}, [&](const EngineRow& row) {
        Cells& cells = rows.emplace_back();
        for (std::size_t i = 0; i < columns.size(); ++i) {
          if (!row.is_null(i)) cells[columns[i]] = row.text(i);
        }
        return ok();
      }));
  return rows;
}

std::string day_format_name(DayFormat format) {
  switch (format) {
    case DayFormat::kIso: return "ISO";
    case DayFormat::kMonthDayYear: return "month/day/year";
    case DayFormat::kDayMonthYear: return "day/month/year";
  }
  return {};
}

std::string run_case(const golden::Case& one) {
  const GoldenRun golden_run = read_run_of(one.input);
  const TestFolder folder;
  RunInput input{golden_run.files, golden_run.month, 1, ""};
  if (!input.month) {
    FileSurvey all;
    for (const InputFile& file : input.files) {
      const auto survey = survey_file(file, std::nullopt, "");
      if (!survey) return fmt::format("error  {}\n", survey.error().message());
      all.add(*survey);
    }
    const auto told = tell_month(all, "");
    if (!told) return fmt::format("error  {}\n", told.error().message());
    input.month = told->month;
  }
  ChargeSinkOptions options = normalise_testing::sink_options(golden_run.dataset, folder.path());
  options.month = *input.month;
  options.mend = golden_run.mend;
  const auto make_sink = [&options]() -> Result<std::unique_ptr<BatchSink>> {
    if (!holds_charges(options.dataset)) return std::unique_ptr<BatchSink>(make_kept_rows_sink(options));
    if (options.dataset == Dataset::kFocusCost) return std::unique_ptr<BatchSink>(make_focus_sink(options));
    return std::unique_ptr<BatchSink>(make_cost_details_sink(options));
  };
  const auto read = read_run(input, make_sink, [](const std::string&, const SourceLayout&) { return ok(); });
  if (!read) return fmt::format("error  {}\n", read.error().message());
  const auto result = static_cast<ImportSink&>(*read->sinks[0]).finish();
  if (!result) return fmt::format("error  {}\n", result.error().message());

  std::string text;
  for (const SourceLayout& layout : read->content.layouts)
    text += fmt::format("layout  {}, days {}\n", layout.name, day_format_name(layout.day_format));
  for (const char* role : {"charges", "mirror"}) {
    for (const ImportFile& file : result->files) {
      if (file.role == role) text += describe_rows(role, read_charges({file.file.path}), golden_run.columns);
    }
  }
  for (const ImportFile& file : result->files) {
    if (file.role == "prices")
      text += describe_rows(file.role, read_kept_rows(file.file.path, golden_run.columns), golden_run.columns);
  }
  for (const ImportTotal& total : result->totals) {
    text += fmt::format("total  {} {}  rows {}  billed {}  effective {}{}\n", total.currency.code(),
                        total.charge_category, total.rows, total.billed.to_string(), total.effective.to_string(),
                        total.mended_effective.is_zero() ? "" : "  mended " + total.mended_effective.to_string());
  }
  std::vector<Reject> rejects = read->content.broken;
  rejects.insert(rejects.end(), result->rejects.begin(), result->rejects.end());
  for (const Reject& reject : rejects) {
    text += fmt::format("reject  {}, line {}{}: `{}`: {}\n", reject.file, reject.line,
                        reject.column.empty() ? "" : ", column " + reject.column, reject.value, reject.reason);
  }
  for (const std::string& note : result->notes) text += fmt::format("note  {}\n", note);
  for (const std::string& mark : result->marks) text += fmt::format("mark  {}\n", mark);
  EXPECT_EQ(read->content.rows, result->rows_stored + static_cast<std::int64_t>(rejects.size()));
  if (read->content.rows == 0) text += "no rows\n";
  return text;
}

class IngestGolden : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(IngestGolden, GivesWhatTheFileSays) { golden::run_golden_file(GetParam(), run_case); }

INSTANTIATE_TEST_SUITE_P(Files, IngestGolden, testing::ValuesIn(golden::golden_files(INGEST_GOLDEN_FOLDER)),
                         golden::golden_test_name);

}  // namespace
}  // namespace apportion
