// Cells must be read alike whether a batch has records (segments are learned and looked up), numbers and places in
// dictionaries, or only texts (cell by cell): files of every shape are read in both ways.
#include "pipeline/normalise/cell_reader.h"

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

constexpr auto kFields = std::to_array<SourceField>({
    {"id", "", CellKind::kText, false, ""},
    {"name", "", CellKind::kText, false, ""},
    {"day", "", CellKind::kDay, true, ""},
    {"cost", "", CellKind::kDecimal, true, ""},
    {"price", "", CellKind::kDecimal, false, ""},
    {"unit", "", CellKind::kText, false, ""},
    {"absent", "", CellKind::kText, false, ""},
});
const std::vector<CellForm> kForms{CellForm::kText,         CellForm::kText, CellForm::kDay, CellForm::kPlainDecimal,
                                   CellForm::kCodedDecimal, CellForm::kText, CellForm::kText};
constexpr std::size_t kColumns = kFields.size() - 1;

SourcePart part_of(std::vector<SecondName> second_names) {
  SourcePart part;
  part.name = "part.csv";
  part.layout.column_of_field = {0, 1, 2, 3, 4, 5, -1};
  part.layout.columns = kColumns;
  part.layout.second_names = std::move(second_names);
  return part;
}

using Row = std::vector<std::string>;  // fields as a file has them

// The rows as a batch with records, whose bytes are in `bytes`.
void fill(SourceBatch& batch, std::string& bytes, const std::vector<Row>& rows) {
  std::vector<std::uint32_t> starts;
  bytes.clear();
  for (const Row& row : rows) {
    for (const std::string& field : row) {
      starts.push_back(static_cast<std::uint32_t>(bytes.size()));
      bytes += field + (&field == &row.back() ? '\n' : ',');
    }
    starts.push_back(static_cast<std::uint32_t>(bytes.size()));
  }
  batch.columns.begin_records(bytes.data(), kColumns).starts = std::move(starts);
  batch.rows = rows.size();
  batch.lines.assign(rows.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) batch.lines[i] = static_cast<std::int64_t>(i);
}

// The same batch, all its cells cut out.
SourceBatch texts_of(const SourceBatch& batch) {
  SourceBatch texts;
  texts.part = batch.part;
  texts.rows = batch.rows;
  texts.lines = batch.lines;
  texts.columns.begin_texts(kColumns);
  for (std::size_t i = 0; i < kColumns; ++i) texts.columns[i] = batch.columns[i];
  return texts;
}

std::vector<std::string> reasons_of(CellReader& reader) {
  std::vector<std::string> reasons;
  for (const Reject& reject : reader.rejects())
    reasons.push_back(fmt::format("{} {} `{}` {}", reject.line, reject.column, reject.value, reject.reason));
  return reasons;
}

std::vector<std::uint32_t> codes_of(const FieldCells& cells, std::size_t rows) {
  std::vector<std::uint32_t> codes;
  for (std::size_t row = 0; row < rows && cells.form != CellForm::kPlainDecimal; ++row)
    codes.push_back(cells.code(row));
  return codes;
}

void expect_same_cells(const FieldCells& found, const FieldCells& expected, std::size_t rows) {
  ASSERT_EQ(codes_of(found, rows), codes_of(expected, rows));
  ASSERT_EQ(found.values, expected.values);
  ASSERT_EQ(found.present, expected.present);
  ASSERT_EQ(found.days, expected.days);
  ASSERT_EQ(found.decimals, expected.decimals);
  ASSERT_TRUE(std::ranges::equal(found.dictionary.texts(), expected.dictionary.texts()));
}

// Reads a batch by one reader, and its texts by another.
void expect_batch_alike(const SourceBatch& batch, CellReader& reader, CellReader& by_cells) {
  const SourceBatch texts = texts_of(batch);
  reader.read(batch);
  by_cells.read(texts);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    SCOPED_TRACE(fmt::format("field {}", kFields[i].name));
    expect_same_cells(reader.field(i), by_cells.field(i), batch.rows);
    if (testing::Test::HasFatalFailure()) return;
  }
  ASSERT_EQ(reader.any_bad(), by_cells.any_bad());
  for (std::size_t row = 0; row < batch.rows; ++row) ASSERT_EQ(reader.is_bad(row), by_cells.is_bad(row));
}

// Reads `rows` rows made of their numbers, both ways.
void expect_alike(const std::function<Row(std::size_t)>& make_row, std::size_t rows,
                  std::vector<SecondName> second_names = {}) {
  const SourcePart part = part_of(std::move(second_names));
  CellReader by_segments(kFields, kForms);
  CellReader by_cells(kFields, kForms);
  constexpr std::size_t kRowsOfBatch = 900;
  std::string bytes;
  for (std::size_t from = 0; from < rows; from += kRowsOfBatch) {
    std::vector<Row> made;
    for (std::size_t row = from; row < std::min(rows, from + kRowsOfBatch); ++row) made.push_back(make_row(row));
    SourceBatch batch;
    batch.part = &part;
    fill(batch, bytes, made);
    settle_second_names(batch);
    SCOPED_TRACE(fmt::format("rows from {}", from));
    expect_batch_alike(batch, by_segments, by_cells);
    if (testing::Test::HasFatalFailure()) return;
    if (from == 2 * 20 * kRowsOfBatch) {  // after the segments were learned
      by_segments.forget();
      by_cells.forget();
    }
  }
  EXPECT_EQ(reasons_of(by_segments), reasons_of(by_cells));
}

constexpr std::size_t kRows = 60'000;

Row usual_row(std::size_t row) {
  const std::size_t tenant = row * 7919 % 300;
  return {fmt::format("id-{}", tenant), fmt::format("name {}", tenant),  fmt::format("2026-10-{:02}", 1 + tenant % 28),
          fmt::format("{}.5", row),     fmt::format("0.{}", tenant % 9), "1 Hour"};
}

TEST(CellReader, ReadsSegmentsAsItReadsCells) { expect_alike(usual_row, kRows); }

TEST(CellReader, ReadsAFewRows) { expect_alike(usual_row, 5); }

TEST(CellReader, ReadsCellsThatNeverComeBack) {
  expect_alike(
      [](std::size_t row) {
        return Row{fmt::format("id-{}", row), fmt::format("name {}", row), "2026-10-01", "1",
                   fmt::format("{}", row),    fmt::format("u{}", row)};
      },
      kRows);
}

TEST(CellReader, ReadsColumnsThatHangTogetherAtFirstOnly) {
  expect_alike(
      [](std::size_t row) {
        Row cells = usual_row(row);
        if (row > 25'000) cells[1] = fmt::format("name {}", row);
        if (row > 30'000) cells[5] = fmt::format("{} Hours", row % 40);
        return cells;
      },
      150'000);
}

TEST(CellReader, ReadsCellsInAnyOrder) {
  expect_alike(
      [random = std::mt19937(1)](std::size_t row) mutable {
        Row cells = usual_row(row);
        cells[0] = fmt::format("id-{}", random() % 300);
        cells[5] = fmt::format("{} Hours", random() % 7);
        return cells;
      },
      kRows);
}

TEST(CellReader, ReadsQuotedCells) {
  expect_alike(
      [](std::size_t row) {
        Row cells = usual_row(row);
        const std::size_t kind = row * 31 % 6;
        // The commas and quotes of these would be taken for one another if bytes were not looked up with their quotes.
        if (kind == 1) cells[0] = "\"a,b\"", cells[1] = "c";
        if (kind == 2) cells[0] = "a", cells[1] = "\"b,c\"";
        if (kind == 3) cells[1] = "\"say \"\"hi\"\", twice\"";
        if (kind == 4) cells[1] = "\"two\nlines\"";
        if (kind == 5) cells[0] = "\"id-5\"", cells[1] = "name 5";
        return cells;
      },
      kRows);
}

TEST(CellReader, ReadsEmptyCellsAndBlankOnesAlike) {
  expect_alike(
      [](std::size_t row) {
        Row cells = usual_row(row);
        const std::size_t kind = row * 31 % 5;
        if (kind == 1) cells[0] = "";
        if (kind == 2) cells[0] = "\"\"";
        if (kind == 3) cells[0] = "00000000-0000-0000-0000-000000000000";
        if (kind == 4) cells[4] = " ";
        return cells;
      },
      kRows);
}

TEST(CellReader, ReadsCarriageReturns) {
  expect_alike(
      [](std::size_t row) {
        Row cells = usual_row(row);
        cells[5] += row % 3 == 0 ? "\r" : "";
        cells[1] += row % 4 == 0 ? "\r" : "";
        if (row % 5 == 0) cells[5] = "\"1 Hour\"\r";
        return cells;
      },
      kRows);
}

TEST(CellReader, RejectsWhatItRejectsInCells) {
  expect_alike(
      [](std::size_t row) {
        Row cells = usual_row(row);
        if (row % 1000 == 1) cells[2] = "yesterday";
        if (row % 1000 == 2) cells[2] = "";
        if (row % 1000 == 3) cells[1] = "\xff";
        if (row % 1000 == 4) cells[4] = "cheap";
        if (row % 1000 == 5) cells[3] = "", cells[1] = "\xff";
        if (row % 1000 == 6) cells[4] = "cheap", cells[3] = "x";
        return cells;
      },
      kRows);
}

TEST(CellReader, ReadsAFieldWithTwoNames) {
  const std::vector<SecondName> second{{1, 5}};  // the unit is another name of `name`
  expect_alike(
      [](std::size_t row) {
        Row cells = usual_row(row);
        if (row % 3 == 0) cells[1] = "";
        return cells;
      },
      kRows, second);
}

std::shared_ptr<const SourceDictionary> dictionary_of(std::uint64_t id, std::vector<std::string_view> texts) {
  auto dictionary = std::make_shared<SourceDictionary>();
  dictionary->id = id;
  dictionary->texts = std::move(texts);
  return dictionary;
}

std::shared_ptr<const SourceDictionary> dictionary_of(std::uint64_t id, NumberFormat format,
                                                      std::vector<Int128> numbers) {
  auto dictionary = std::make_shared<SourceDictionary>();
  dictionary->id = id;
  dictionary->format = format;
  dictionary->numbers = std::move(numbers);
  return dictionary;
}

constexpr NumberFormat kAmount{NumberFormat::Kind::kDecimal, 38, 18, false};

// Whether the number of each row in a segment stands for its cells.
void expect_numbers_fit(const CellReader& reader) {
  for (std::size_t field = 0; field < kFields.size(); ++field) {
    const auto segment = reader.segment_of(field);
    if (!segment) continue;
    const auto codes = reader.codes_by_number(field);
    for (std::size_t row = 0; row < reader.rows(); ++row)
      ASSERT_EQ(codes[reader.numbers(*segment)[row]], reader.field(field).code(row));
  }
}

// Reads batches that `fill_columns` fills, as they are and by their texts; in the end, both readers forget once.
void expect_values_alike(
    const std::function<void(std::size_t round, BatchColumns& columns, std::size_t rows)>& fill_columns,
    std::vector<SecondName> second_names = {}) {
  const SourcePart part = part_of(std::move(second_names));
  CellReader by_values(kFields, kForms);
  CellReader by_cells(kFields, kForms);
  constexpr std::size_t kRounds = 40;  // segments are learned in the first 29
  for (std::size_t round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    SourceBatch batch;
    batch.part = &part;
    batch.rows = 700;
    batch.lines.assign(batch.rows, static_cast<std::int64_t>(round));
    batch.columns.begin_values(kColumns);
    fill_columns(round, batch.columns, batch.rows);
    settle_second_names(batch);
    expect_batch_alike(batch, by_values, by_cells);
    if (testing::Test::HasFatalFailure()) return;
    expect_numbers_fit(by_values);
    if (round == 33) {
      by_values.forget();
      by_cells.forget();
    }
  }
  EXPECT_GT(by_values.segments(), 0U);
  EXPECT_EQ(reasons_of(by_values), reasons_of(by_cells));
}

// Usual columns: the first three coded, amounts as numbers, the last one coded by numbers.
void fill_usual(std::size_t round, BatchColumns& columns, std::size_t rows) {
  // The dictionaries of two rounds are the same, then come others with the same texts elsewhere.
  const std::uint64_t id = 1 + round / 2 * 4;
  auto& ids = columns.fill_codes(0);
  ids.dictionary =
      round / 2 % 2 == 0 ? dictionary_of(id, {"never", "a", "b", "c"}) : dictionary_of(id, {"c", "d", "b", "a"});
  auto& names = columns.fill_codes(1);
  names.dictionary = dictionary_of(id + 1, {"", "00000000-0000-0000-0000-000000000000", "n"});
  auto& days = columns.fill_numbers(2);
  days.format = {NumberFormat::Kind::kDay, 0, 0, false};
  auto& costs = columns.fill_numbers(3);
  costs.format = kAmount;
  auto& prices = columns.fill_numbers(4);
  prices.format = {NumberFormat::Kind::kDecimal, 9, static_cast<int>(round % 3), false};
  auto& units = columns.fill_codes(5);
  units.dictionary = dictionary_of(id + 2, {}, {5, 7});
  for (std::size_t row = 0; row < rows; ++row) {
    ids.places.push_back(row % 11 == 0 ? kNoPlace : 1 + static_cast<std::uint32_t>(row * 7 % 3));
    names.places.push_back(static_cast<std::uint32_t>(row % 3));
    days.numbers.push_back(20'728 + static_cast<int>(row % 31));
    days.present.push_back(1);
    costs.numbers.push_back(Int128{1'234'567'891'011} * static_cast<int>(row) * (row % 2 == 0 ? 1 : -1));
    costs.present.push_back(1);
    prices.numbers.push_back(static_cast<int>(row * row));  // more than recent ones are remembered
    prices.present.push_back(row % 5 == 0 ? 0 : 1);
    units.places.push_back(static_cast<std::uint32_t>(row % 2));
  }
}

TEST(CellReader, ReadsNumbersAndDictionariesAsItReadsTexts) { expect_values_alike(fill_usual); }

TEST(CellReader, ReadsAmountsByDictionary) {
  expect_values_alike([](std::size_t round, BatchColumns& columns, std::size_t rows) {
    fill_usual(round, columns, rows);
    auto& costs = columns.fill_codes(3);
    // With 20 digits behind the point: what must be rounded keeps its remainder in every row.
    costs.dictionary = dictionary_of(100 + round, {NumberFormat::Kind::kDecimal, 38, 20, false}, {100, 12'345, 7, 0});
    auto& prices = columns.fill_codes(4);
    prices.dictionary = dictionary_of(200 + round, {"1.5", "cheap", " ", "1E-3"});
    for (std::size_t row = 0; row < rows; ++row) {
      costs.places.push_back(row % 50 == 0 ? kNoPlace : static_cast<std::uint32_t>(row % 4));
      prices.places.push_back(static_cast<std::uint32_t>(row * 3 % 4));
    }
  });
}

TEST(CellReader, RejectsNumbersThatAreNoAmounts) {
  expect_values_alike([](std::size_t round, BatchColumns& columns, std::size_t rows) {
    fill_usual(round, columns, rows);
    auto& costs = columns.fill_numbers(3);
    costs.format = round % 2 == 0 ? NumberFormat{NumberFormat::Kind::kDecimal, 38, 0, false}
                                  : NumberFormat{NumberFormat::Kind::kDecimal, 2, 2, false};
    for (std::size_t row = 0; row < rows; row += 9) costs.numbers[row] = Int128{1'000'000'000'000} * 1'000'000'000'000;
    for (std::size_t row = 0; row < rows; row += 7) costs.present[row] = 0;
    auto& days = columns.fill_numbers(2);
    for (std::size_t row = 0; row < rows; row += 5) days.present[row] = 0;
    if (round == 3) days.format = {NumberFormat::Kind::kBoolean, 0, 0, false};
  });
}

TEST(CellReader, ReadsAFieldWithTwoNamesOfAParquetFile) {
  expect_values_alike(fill_usual, {{1, 5}});  // the unit is another name of `name`
}

}  // namespace
}  // namespace apportion
