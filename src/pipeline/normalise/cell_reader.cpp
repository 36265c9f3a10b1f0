#include "pipeline/normalise/cell_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "foundation/model/day_text.h"
#include "foundation/model/ids.h"

namespace apportion {
namespace {

constexpr std::uint32_t kNotYet = kNullIndex - 1;  // of a place in a dictionary whose code is not known

std::string day_reason(DayFormat format) {
  switch (format) {
    case DayFormat::kIso: return "not a day of the form 2026-10-31, which the other rows of this file have";
    case DayFormat::kMonthDayYear:
      return "not a day of the form month/day/year, which the other rows of this file have";
    case DayFormat::kDayMonthYear:
      return "not a day of the form day/month/year, which the other rows of this file have";
  }
  return {};
}

}  // namespace

CellReader::CellReader(std::span<const SourceField> fields, std::vector<CellForm> forms)
    : fields_(fields), cells_(fields.size()) {
  for (std::size_t i = 0; i < fields.size(); ++i) cells_[i].form = forms[i];
}

std::string_view CellReader::cell(std::size_t row, std::size_t field) const {
  const int column = cells_[field].column;
  return column < 0 ? std::string_view() : batch_->columns[static_cast<std::size_t>(column)][row];
}

void CellReader::reject(std::size_t row, std::size_t field, std::string reason) {
  if (bad_rows_[row] != 0) return;
  bad_rows_[row] = 1;
  any_bad_ = true;
  const std::string_view name = name_of_cell(*batch_, field, row);
  rejects_.push_back({batch_->part->name, batch_->lines[row], std::string(name.empty() ? fields_[field].name : name),
                      excerpt(cell(row, field), 200), std::move(reason)});
}

void CellReader::read(const SourceBatch& batch) {
  batch_ = &batch;
  rows_ = batch.rows;
  if (part_ != batch.part) take_part(*batch.part);
  bad_rows_.assign(rows_, 0);
  any_bad_ = false;
  arena_.clear();
  const RawRecords* records = batch.columns.records();
  const bool has_segments = records != nullptr || batch.columns.has_values();
  are_segments_read_ = records != nullptr;
  if (has_segments) prepare_segments(records == nullptr);
  if (records != nullptr) read_segments(*records);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (cells_[i].form == CellForm::kPlainDecimal) {
      read_plain_decimals(batch, i);
    } else {
      if (!segment_of(i)) read_codes(batch, i);
      reject_bad_codes(i);
    }
  }
  if (batch.columns.has_values()) number_codes();
  if (has_segments && !are_segments_found_) learn_segments();
}

void CellReader::take_part(const SourcePart& part) {
  const SourceLayout& layout = part.layout;
  if (part_ == nullptr || part_->layout.column_of_field != layout.column_of_field ||
      part_->layout.second_names != layout.second_names) {
    segments_.clear();
    learned_.clear();
    are_segments_found_ = false;
    number_anew();
  }
  part_ = &part;
  for (std::size_t i = 0; i < fields_.size(); ++i) cells_[i].column = layout.column_of_field[i];
  // Texts of days mean something else in another format, and so do the numbers of segments: read them anew.
  if (day_format_ == layout.day_format) return;
  day_format_ = layout.day_format;
  number_anew();
  for (FieldCells& cells : cells_) {
    if (cells.form == CellForm::kDay) cells.examined = 0;
  }
}

std::optional<std::size_t> CellReader::segment_of(std::size_t field) const {
  if (!are_segments_read_ || segment_of_field_[field] < 0) return std::nullopt;
  return static_cast<std::size_t>(segment_of_field_[field]);
}

std::span<const std::uint32_t> CellReader::codes_by_number(std::size_t field) const {
  const Segment& segment = segments_[*segment_of(field)];
  const auto place = std::ranges::find(segment.fields, field) - segment.fields.begin();
  return segment.codes[static_cast<std::size_t>(place)];
}

// To call when there are other segments, or their numbers mean something else.
void CellReader::number_anew() {
  ++numbering_;
  segment_of_field_.assign(fields_.size(), -1);
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    for (const std::size_t field : segments_[i].fields) segment_of_field_[field] = static_cast<int>(i);
  }
}

// To call before the segments of a batch are read. Records and codes are numbered apart.
void CellReader::prepare_segments(bool by_codes) {
  if (are_numbers_of_codes_ != by_codes) forget_segments();
  are_numbers_of_codes_ = by_codes;
  give_up_useless_segments();
}

void CellReader::read_segments(const RawRecords& records) {
  for (Segment& segment : segments_) read_segment(segment, records);
}

void CellReader::read_segment(Segment& segment, const RawRecords& records) {
  const std::span<const std::uint32_t> new_records = segment.table.number(records, segment.numbers);
  segment.rows += rows_;
  segment.new_rows += new_records.size();
  for (std::size_t i = 0; i < segment.fields.size(); ++i) {
    const std::size_t index = segment.fields[i];
    FieldCells& cells = cells_[index];
    std::vector<std::uint32_t>& codes = segment.codes[i];
    const std::size_t known = codes.size();
    for (const std::uint32_t record : new_records)
      codes.push_back(cells.dictionary.number_of(records.text(record, static_cast<std::size_t>(cells.column), arena_)));
    examine_texts(cells, is_required_day(index));
    empty_blanks(cells, std::span(codes).subspan(known));
    cells.codes = codes;
    cells.places = segment.numbers;
  }
}

// Numbers rows by the codes of their cells, where a batch has no records: what follows from all cells of a segment is
// then worked out once for each of its numbers, too.
void CellReader::number_codes() {
  for (Segment& segment : segments_) {
    const std::size_t width = segment.fields.size();
    codes_of_rows_.resize(rows_ * width);
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint32_t* const codes = cells_[segment.fields[i]].row_codes.data();
      for (std::size_t row = 0; row < rows_; ++row) codes_of_rows_[row * width + i] = codes[row];
    }
    const std::span<const std::uint32_t> new_rows = segment.table.number(codes_of_rows_, width, segment.numbers);
    segment.rows += rows_;
    segment.new_rows += new_rows.size();
    for (const std::uint32_t row : new_rows) {
      for (std::size_t i = 0; i < width; ++i) segment.codes[i].push_back(codes_of_rows_[row * width + i]);
    }
  }
  are_segments_read_ = true;
}

// A segment whose bytes are mostly new takes time and saves none, and all of them together may not need more memory
// than texts do.
void CellReader::give_up_useless_segments() {
  constexpr std::size_t kRowsToJudge = 50'000;
  constexpr std::size_t kBytesMax = std::size_t{40} << 20;
  constexpr std::size_t kBytesOfCode = 16;  // here and in the columns that are made of it; vectors that double
  std::size_t bytes = 0;
  const std::size_t given_up = std::erase_if(segments_, [&bytes](Segment& segment) {
    const bool is_useless = segment.rows >= kRowsToJudge && segment.new_rows * 2 > segment.rows;
    if (segment.rows >= kRowsToJudge) segment.rows = segment.new_rows = 0;
    bytes += segment.table.bytes() + segment.table.size() * (segment.fields.size() + 2) * kBytesOfCode;
    return is_useless;
  });
  if (bytes > kBytesMax) forget_segments();
  if (given_up > 0) number_anew();
}

void CellReader::forget_segments() {
  for (Segment& segment : segments_) {
    segment.table.clear();
    for (auto& codes : segment.codes) codes.clear();
  }
  number_anew();
}

// Keeps the codes of the first rows; when they are enough, finds the segments in them.
void CellReader::learn_segments() {
  constexpr std::size_t kRowsToLearn = 20'000;
  if (learned_.empty()) begin_learning();
  for (std::size_t i = 0; i < learned_.size(); ++i) {
    const auto& codes = cells_[fields_learned_[i]].codes;
    learned_[i].codes.insert(learned_[i].codes.end(), codes.begin(), codes.end());
  }
  if (learned_.empty() || learned_.front().codes.size() < kRowsToLearn) return;
  for (const ColumnRun& run : find_segments(learned_)) {
    Segment& segment = segments_.emplace_back(Segment{SegmentTable(run)});
    for (std::size_t i = 0; i < learned_.size(); ++i) {
      if (run.first <= learned_[i].position && learned_[i].position <= run.last)
        segment.fields.push_back(fields_learned_[i]);
    }
    segment.codes.resize(segment.fields.size());
  }
  learned_.clear();
  are_segments_found_ = true;
  number_anew();
  are_segments_read_ = false;  // not this batch yet
}

// Cells of a column that has a second name are not always those of the record.
void CellReader::begin_learning() {
  const auto has_second_name = [this](std::size_t field) {
    return std::ranges::any_of(part_->layout.second_names, [this, field](const SecondName& second) {
      return second.field == field || static_cast<int>(second.column) == cells_[field].column;
    });
  };
  fields_learned_.clear();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (cells_[i].form != CellForm::kPlainDecimal && cells_[i].column >= 0 && !has_second_name(i))
      fields_learned_.push_back(i);
  }
  std::ranges::sort(fields_learned_, {}, [this](std::size_t field) { return cells_[field].column; });
  for (const std::size_t field : fields_learned_)
    learned_.push_back({static_cast<std::size_t>(cells_[field].column), {}});
}

// Tries the field before, the field with the most texts so far, and none, a batch each; then stays with the best.
void CellReader::choose_guess(std::size_t index) {
  GuessFrom& guess = cells_[index].guess;
  if (guess.batches > 3) return;
  if (guess.batches == 0) {
    for (std::size_t i = 0; i < index; ++i) {
      const FieldCells& other = cells_[i];
      if (other.form == CellForm::kPlainDecimal || other.column < 0 || other.dictionary.size() < 2) continue;
      guess.candidates[0] = static_cast<int>(i);
      const int richest = guess.candidates[1];
      if (richest < 0 || other.dictionary.size() > cells_[static_cast<std::size_t>(richest)].dictionary.size()) {
        guess.candidates[1] = static_cast<int>(i);
      }
    }
  }
  const auto chosen = guess.batches < 3 ? static_cast<std::ptrdiff_t>(guess.batches)
                                        : std::max_element(guess.hits.begin(), guess.hits.end()) - guess.hits.begin();
  guess.field = guess.candidates[static_cast<std::size_t>(chosen)];
  guess.by_code.clear();
  ++guess.batches;
}

void CellReader::read_codes(const SourceBatch& batch, std::size_t index) {
  FieldCells& cells = cells_[index];
  if (cells.column < 0) {
    if (no_codes_.size() < rows_) no_codes_.resize(rows_, kNullIndex);
    cells.codes = std::span(no_codes_).first(rows_);
    cells.places = {};
    return;
  }
  const auto column = static_cast<std::size_t>(cells.column);
  cells.row_codes.resize(rows_);
  cells.codes = cells.row_codes;
  cells.places = {};
  if (const CodedCells* coded = batch.columns.codes(column)) {
    read_coded(*coded, cells);
  } else if (const NumberCells* numbers = batch.columns.numbers(column)) {
    read_numbers(*numbers, cells);
  } else {
    read_texts(batch.columns[column], index);
  }
  examine_texts(cells, is_required_day(index));
  empty_blanks(cells, cells.row_codes);
}

void CellReader::read_texts(const BatchColumns::Texts& texts, std::size_t index) {
  FieldCells& cells = cells_[index];
  std::vector<std::uint32_t>& codes = cells.row_codes;
  choose_guess(index);
  GuessFrom& guess = cells.guess;
  if (guess.field < 0) {
    for (std::size_t row = 0; row < rows_; ++row) codes[row] = cells.dictionary.number_of(texts[row]);
  } else {
    const FieldCells& other = cells_[static_cast<std::size_t>(guess.field)];
    guess.by_code.resize(other.dictionary.size() + 1, kNullIndex);
    std::size_t hits = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      std::uint32_t& expected = guess.by_code[other.code(row) + 1];  // an empty cell is 0
      const std::uint32_t code = cells.dictionary.number_of(texts[row], expected);
      hits += code == expected ? 1 : 0;
      codes[row] = expected = code;
    }
    if (guess.batches <= 3) guess.hits[static_cast<std::size_t>(guess.batches - 1)] += hits;
  }
}

// To call before `known` is asked about places in this dictionary.
void CellReader::know_dictionary(FieldCells& cells, const CodedCells& coded) {
  KnownDictionary& known = cells.known;
  if (known.id == coded.dictionary->id) return;
  known.id = coded.dictionary->id;
  known.codes.assign(coded.dictionary->size(), kNotYet);
  known.decimals.assign(cells.form == CellForm::kPlainDecimal ? coded.dictionary->size() : 0, std::nullopt);
}

// The texts of a dictionary are looked up when a cell first has them: what no cell has is no text of the field.
void CellReader::read_coded(const CodedCells& coded, FieldCells& cells) {
  know_dictionary(cells, coded);
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::uint32_t place = coded.places[row];
    if (place == kNoPlace) {
      cells.row_codes[row] = kNullIndex;
      continue;
    }
    std::uint32_t& code = cells.known.codes[place];
    if (code == kNotYet) code = cells.dictionary.number_of(coded.dictionary->text(place, arena_));
    cells.row_codes[row] = code;
  }
}

void CellReader::read_numbers(const NumberCells& numbers, FieldCells& cells) {
  constexpr std::size_t kSlots = 4096;
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  RecentNumbers& recent = cells.recent;
  if (recent.slots.empty() || recent.format != numbers.format) {
    recent.slots.assign(kSlots, {});
    recent.format = numbers.format;
  }
  for (std::size_t row = 0; row < rows_; ++row) {
    if (numbers.present[row] == 0) {
      cells.row_codes[row] = kNullIndex;
      continue;
    }
    const Int128 number = numbers.numbers[row];
    const std::uint64_t mixed =
        (static_cast<std::uint64_t>(number) ^ static_cast<std::uint64_t>(number >> 64)) * kSpread;
    RecentNumbers::Slot& slot = recent.slots[mixed >> 52];
    if (slot.code_and_one == 0 || slot.number != number) {
      const std::string_view text = text_of_number(number, numbers.format, arena_);
      slot = {number, cells.dictionary.number_of(text) + 1};
    }
    cells.row_codes[row] = slot.code_and_one - 1;
  }
}

bool CellReader::is_required_day(std::size_t index) const {
  return fields_[index].required && fields_[index].kind == CellKind::kDay;
}

void CellReader::empty_blanks(const FieldCells& cells, std::span<std::uint32_t> codes) {
  if (!cells.any_blank) return;
  for (std::uint32_t& code : codes) {
    if (code != kNullIndex && cells.blank[code] != 0) code = kNullIndex;
  }
}

void CellReader::reject_bad_codes(std::size_t index) {
  const FieldCells& cells = cells_[index];
  const bool required = is_required_day(index) && cells.column >= 0;
  if (!cells.any_bad && !required) return;
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::uint32_t code = cells.code(row);
    if (code == kNullIndex) {
      if (required) reject(row, index, "it is empty, but a charge needs it");
    } else if (cells.bad[code] != 0) {
      const std::string_view text = cells.dictionary.text(code);
      if (!is_utf8(text)) {
        reject(row, index, "not UTF-8");
      } else if (cells.form == CellForm::kDay) {
        reject(row, index, day_reason(*day_format_));
      } else {
        reject(row, index, std::string(decimal_error_text(Decimal::parse_rounding(text).error)));
      }
    }
  }
}

// Reads the texts that came with this batch.
void CellReader::examine_texts(FieldCells& cells, bool required) {
  const std::size_t size = cells.dictionary.size();
  if (cells.examined == size) return;
  cells.bad.resize(size);
  cells.blank.resize(size);
  if (cells.form == CellForm::kDay) cells.days.resize(size);
  if (cells.form == CellForm::kCodedDecimal) cells.decimals.resize(size);
  for (std::size_t i = cells.examined; i < size; ++i) {
    const std::string_view text = cells.dictionary.text(static_cast<std::uint32_t>(i));
    bool good = is_utf8(text);
    bool blank = cells.form == CellForm::kText && text == kNoGuid;
    if (good && cells.form == CellForm::kDay) {
      auto day = parse_day(text, *day_format_);
      // Days beside the charge's own decide on no cost. ISO cannot be mistaken, and Azure's other order is month/day.
      if (!day && !required) day = parse_day(text, DayFormat::kIso);
      if (!day && !required && *day_format_ == DayFormat::kIso) day = parse_day(text, DayFormat::kMonthDayYear);
      good = day.has_value() || (trim(text).empty() && !required);
      cells.days[i] = day ? day->days_since_epoch() : kNoDay;
    } else if (good && cells.form == CellForm::kCodedDecimal) {
      const auto parsed = Decimal::parse_rounding(text);
      blank = parsed.error == DecimalError::kEmpty;
      good = parsed.error == DecimalError::kNone || blank;
      cells.decimals[i] = parsed.value;
    }
    cells.bad[i] = good ? 0 : 1;
    cells.blank[i] = blank ? 1 : 0;
    cells.any_blank = cells.any_blank || blank;
    cells.any_bad = cells.any_bad || !good;
  }
  cells.examined = size;
}

// Rounding a cost is no secret: what it took away is kept, so that the sum of the file can be told to its last digit.
bool CellReader::keep_remainder(FieldCells& cells, std::size_t row, std::string_view text, Decimal rounded) {
  const auto remainder = remainder_of(text, rounded);
  if (remainder) cells.remainders.emplace_back(row, *remainder);
  return remainder.has_value();
}

void CellReader::read_plain_decimals(const SourceBatch& batch, std::size_t index) {
  FieldCells& cells = cells_[index];
  cells.values.assign(rows_, Decimal());
  cells.present.assign(rows_, 0);
  cells.remainders.clear();
  if (cells.column < 0) return;
  const auto column = static_cast<std::size_t>(cells.column);
  if (const CodedCells* coded = batch.columns.codes(column)) return read_decimals_of_codes(*coded, index);
  if (const NumberCells* numbers = batch.columns.numbers(column)) return read_decimals_of_numbers(*numbers, index);
  const auto& texts = batch.columns[column];
  for (std::size_t row = 0; row < rows_; ++row) read_plain_decimal(row, index, texts[row]);
}

// Reads the cell of a row. Its value, if reading the text again would say nothing else: it was neither rounded nor bad.
std::optional<Decimal> CellReader::read_plain_decimal(std::size_t row, std::size_t index, std::string_view text) {
  FieldCells& cells = cells_[index];
  const bool is_cost = fields_[index].required;
  if (text.empty()) {
    if (is_cost) reject(row, index, "it is empty, but a charge needs it");
    return std::nullopt;
  }
  const auto parsed = Decimal::parse_rounding(text);
  if (parsed.error != DecimalError::kNone) {
    if (is_cost || parsed.error != DecimalError::kEmpty)
      reject(row, index, std::string(decimal_error_text(parsed.error)));
    return std::nullopt;
  }
  if (parsed.rounded && is_cost && !keep_remainder(cells, row, text, parsed.value)) {
    reject(row, index, "expected at most 36 digits after the point");
  }
  cells.values[row] = parsed.value;
  cells.present[row] = 1;
  return parsed.rounded ? std::nullopt : std::optional(parsed.value);
}

void CellReader::read_decimals_of_codes(const CodedCells& coded, std::size_t index) {
  FieldCells& cells = cells_[index];
  know_dictionary(cells, coded);
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::uint32_t place = coded.places[row];
    if (place == kNoPlace) {
      read_plain_decimal(row, index, {});
    } else if (const auto known = cells.known.decimals[place]) {
      cells.values[row] = *known;
      cells.present[row] = 1;
    } else {
      cells.known.decimals[place] = read_plain_decimal(row, index, coded.dictionary->text(place, arena_));
    }
  }
}

void CellReader::read_decimals_of_numbers(const NumberCells& numbers, std::size_t index) {
  FieldCells& cells = cells_[index];
  for (std::size_t row = 0; row < rows_; ++row) {
    const Int128 number = numbers.numbers[row];
    if (numbers.present[row] == 0) {
      read_plain_decimal(row, index, {});
    } else if (const auto known = decimal_of_number(number, numbers.format)) {
      cells.values[row] = *known;
      cells.present[row] = 1;
    } else {
      read_plain_decimal(row, index, text_of_number(number, numbers.format, arena_));
    }
  }
}

std::size_t CellReader::dictionary_bytes() const {
  std::size_t bytes = 0;
  for (const FieldCells& cells : cells_) bytes += cells.dictionary.bytes();
  return bytes;
}

void CellReader::forget() {
  for (FieldCells& cells : cells_) {
    cells.dictionary.clear();
    cells.examined = 0;
    cells.any_bad = false;
    cells.any_blank = false;
    cells.guess = GuessFrom{};
    cells.known = {};
    cells.recent = {};
  }
  forget_segments();
  for (LearnedColumn& column : learned_) column.codes.clear();
}

}  // namespace apportion
