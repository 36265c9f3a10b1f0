#include "pipeline/ingest/file_survey.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/day_text.h"
#include "foundation/model/source_fields.h"
#include "foundation/money/decimal.h"

namespace apportion {
namespace {

constexpr std::int64_t kLateRowsOneIn = 10;

// Positions in a file of the columns that tell months; -1 for none.
struct MonthColumns {
  int day = -1;
  int period_start = -1;
  int period_end = -1;
};

MonthColumns month_columns(const SourceLayout& layout) {
  const MonthFields names = month_fields(layout.kind);
  const auto fields = fields_of(layout.kind);
  const auto column_of = [&](std::string_view name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [name](const SourceField& field) { return field.name == name; });
    return found == fields.end() ? -1 : layout.column_of_field[static_cast<std::size_t>(found - fields.begin())];
  };
  return {column_of(names.day), column_of(names.period_start), column_of(names.period_end)};
}

std::string columns_text(const SourceLayout& layout) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < layout.column_of_field.size(); ++i) {
    if (layout.column_of_field[i] >= 0) names.insert(fmt::format("{}", i));
  }
  for (const auto& [position, name] : layout.other_columns) names.insert("`" + ascii_lower(trim(name)));
  return fmt::format("{}: {}", layout.name, fmt::join(names, " "));
}

struct ComparedCell {
  std::size_t column = 0;  // position in the file
  CellKind kind = CellKind::kText;
};

// The cells of a row in an order that is the same in every file of these columns: those of fields, then the others by
// name.
std::vector<ComparedCell> cells_to_compare(const SourceLayout& layout) {
  std::vector<ComparedCell> cells;
  std::set<std::size_t> of_fields;
  const auto fields = fields_of(layout.kind);
  for (std::size_t i = 0; i < layout.column_of_field.size(); ++i) {
    const int column = layout.column_of_field[i];
    if (column < 0) continue;
    cells.push_back({static_cast<std::size_t>(column), fields[i].kind});
    of_fields.insert(cells.back().column);
  }
  std::multimap<std::string, std::size_t> others;
  for (const auto& [position, name] : layout.other_columns) {
    if (!of_fields.contains(position)) others.emplace(ascii_lower(trim(name)), position);
  }
  for (const auto& [name, position] : others) cells.push_back({position, CellKind::kText});
  return cells;
}

class SurveySink final : public BatchSink {
 public:
  Result<void> take(const SourceBatch& batch) override {
    const SourceLayout& layout = batch.part->layout;
    if (survey_.columns.empty()) {
      survey_.columns = columns_text(layout);
      columns_ = month_columns(layout);
      cells_ = cells_to_compare(layout);
    }
    survey_.rows += static_cast<std::int64_t>(batch.rows);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      survey_.sample.add(hash_of(batch, row));
      count_months(batch, row);
    }
    return ok();
  }

  FileSurvey& survey() { return survey_; }

 private:
  // By what the cells mean: a copy may have its columns, its days and its numbers written in another way.
  std::uint64_t hash_of(const SourceBatch& batch, std::size_t row) const {
    std::uint64_t hash = 0;
    const auto add = [&hash](const void* data, std::size_t size) {
      hash = XXH3_64bits_withSeed(data, size, hash + size + 1);
    };
    for (const auto& [column, kind] : cells_) {
      const std::string_view cell = trim(batch.columns[column][row]);
      if (kind == CellKind::kDecimal) {
        if (const auto number = Decimal::parse_rounding(cell); number.error == DecimalError::kNone) {
          const Int128 units = number.value.units();
          add(&units, sizeof units);
          continue;
        }
      }
      const auto day = kind == CellKind::kDay ? parse_day(cell, batch.part->layout.day_format) : std::nullopt;
      const std::string text = day ? day->to_string() : std::string(cell);
      add(text.data(), text.size());
    }
    return hash;
  }

  static std::optional<Day> day_in(const SourceBatch& batch, int column, std::size_t row) {
    if (column < 0) return std::nullopt;
    return parse_day(batch.columns[static_cast<std::size_t>(column)][row], batch.part->layout.day_format);
  }

  // A period's end is its last day or the day behind it: the day before lies in the period either way.
  void count_months(const SourceBatch& batch, std::size_t row) {
    if (const auto start = day_in(batch, columns_.period_start, row)) {
      ++survey_.periods[Month::of(*start)];
    } else if (const auto end = day_in(batch, columns_.period_end, row)) {
      ++survey_.periods[Month::of(end->plus_days(-1))];
    } else if (const auto day = day_in(batch, columns_.day, row)) {
      ++survey_.days[Month::of(*day)];
    }
  }

  FileSurvey survey_;
  MonthColumns columns_;
  std::vector<ComparedCell> cells_;
};

std::string counts_text(const std::map<Month, std::int64_t>& months) {
  std::vector<std::string> texts;
  for (const auto& [month, rows] : months)
    texts.push_back(fmt::format("{} ({})", month.to_string(), count_of(rows, "row")));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::int64_t sum_of(const std::map<Month, std::int64_t>& months) {
  std::int64_t sum = 0;
  for (const auto& [month, rows] : months) sum += rows;
  return sum;
}

Error month_unknown(const std::string& place, std::string why) {
  return {ErrorId::kMonthUnknown, "the month of these files cannot be determined", place, std::move(why),
          "separate them by month, or name the month that all of them belong to: " + step(Step::kChooseMonth)};
}

}  // namespace

void RowSample::add(std::uint64_t hash) {
  if (hashes_.size() == kHashesMax && hash > *hashes_.rbegin()) return;
  hashes_.insert(hash);
  if (hashes_.size() > kHashesMax) hashes_.erase(std::prev(hashes_.end()));
}

void RowSample::add(const RowSample& other) {
  for (const std::uint64_t hash : other.hashes_) add(hash);
}

// Of hashes that both samples would have kept.
std::size_t RowSample::shared(const RowSample& other, std::size_t& comparable) const {
  std::size_t count = 0;
  const auto limit_of = [](const RowSample& sample) {
    return sample.hashes_.size() < kHashesMax ? UINT64_MAX : *sample.hashes_.rbegin();
  };
  const std::uint64_t limit = std::min(limit_of(*this), limit_of(other));
  const auto below = [limit](const RowSample& sample) {
    return static_cast<std::size_t>(std::distance(sample.hashes_.begin(), sample.hashes_.upper_bound(limit)));
  };
  comparable = std::min(below(*this), below(other));
  for (const std::uint64_t hash : hashes_) count += hash <= limit && other.hashes_.contains(hash) ? 1 : 0;
  return count;
}

bool RowSample::shares_a_row(const RowSample& other) const {
  std::size_t comparable = 0;
  return shared(other, comparable) > 0;
}

bool RowSample::holds_or_is_held_by(const RowSample& other) const {
  std::size_t comparable = 0;
  const std::size_t count = shared(other, comparable);
  return comparable > 0 && count == comparable;
}

void FileSurvey::add(const FileSurvey& other) {
  rows += other.rows;
  for (const auto& [month, count] : other.periods) periods[month] += count;
  for (const auto& [month, count] : other.days) days[month] += count;
  sample.add(other.sample);
}

Result<FileSurvey> survey_file(const InputFile& file, std::optional<Month> month, const std::string& temporary_folder,
                               const Cancel& cancel) {
  RunInput input;
  input.cancel = cancel;
  input.files = {file};
  input.month = month;
  input.threads = 1;
  input.temporary_folder = temporary_folder;
  std::optional<SourceLayout> header;
  const auto make = [] { return Result<std::unique_ptr<BatchSink>>(std::make_unique<SurveySink>()); };
  const auto gate = [&header](const std::string&, const SourceLayout& layout) {
    header = layout;
    return ok();
  };
  APPORTION_ASSIGN(const ReadRun run, read_run(input, make, gate));
  FileSurvey survey = std::move(static_cast<SurveySink&>(*run.sinks[0]).survey());
  if (survey.columns.empty()) survey.columns = columns_text(header.value_or(SourceLayout{}));
  if (header) {
    survey.kind = header->kind;
    survey.layout = header->name;
  }
  return survey;
}

Result<ToldMonth> tell_month(const FileSurvey& survey, const std::string& place) {
  if (survey.periods.size() > 1) {
    return month_unknown(place,
                         fmt::format("their rows belong to several billing periods: {}", counts_text(survey.periods)));
  }
  if (survey.periods.size() == 1) {
    const auto& [month, rows] = *survey.periods.begin();
    return ToldMonth{month, fmt::format("{} of {} rows have this billing period", rows, survey.rows)};
  }
  if (survey.days.empty()) return month_unknown(place, "neither a manifest nor the path nor any row states it");
  const auto& [month, rows] = *survey.days.rbegin();
  const std::int64_t late = sum_of(survey.days) - rows;
  if (late * kLateRowsOneIn > sum_of(survey.days)) {
    return month_unknown(place, fmt::format("no row has a billing period, and their days fall in several months: {}",
                                            counts_text(survey.days)));
  }
  return ToldMonth{month, fmt::format("the days of {} of {} rows fall in it, the others earlier", rows, survey.rows)};
}

}  // namespace apportion
