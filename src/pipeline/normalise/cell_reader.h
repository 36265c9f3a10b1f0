/// CellReader: the cells of a batch as values, field by field, each distinct text read once.
///
/// Knows how cells are read (text, decimal, day), not what they mean. A bad cell marks its row; the first one of a row
/// is kept for its reject.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "foundation/model/source_batch.h"
#include "foundation/model/source_fields.h"
#include "foundation/money/decimal.h"
#include "foundation/money/remainder.h"
#include "pipeline/normalise/segments.h"
#include "pipeline/normalise/text_dictionary.h"
#include "store/control_plane.h"

namespace apportion {

/// How the cells of a field are kept.
enum class CellForm {
  kText,          ///< Numbers of texts.
  kDay,           ///< Numbers of texts; `days` has the day of each.
  kCodedDecimal,  ///< Numbers of texts; `decimals` has the value of each (prices, rates: few distinct ones).
  kPlainDecimal,  ///< A value for each row (costs, quantities).
};

/// In `FieldCells::days`: the text is blank.
inline constexpr std::int32_t kNoDay = INT32_MIN;

/// Cost files repeat themselves across columns: whoever has the tenant has its name. So the text that a field had when
/// another field of the row last had its present text is a good guess. Which other field guesses best is found by
/// trial.
struct GuessFrom {
  int field = -1;  ///< Whose codes the guesses go by; -1: by none, the text of the row before is the guess.
  std::vector<std::uint32_t> by_code;  ///< By code of that field + 1.
  int batches = 0;                     ///< Tried so far.
  std::array<int, 3> candidates{-1, -1, -1};
  std::array<std::size_t, 3> hits{};
};

/// What is known of the dictionary of the file's column that a field last had.
struct KnownDictionary {
  std::uint64_t id = 0;                          ///< 0: none.
  std::vector<std::uint32_t> codes;              ///< By place in it: the field's code, or that it is not known yet.
  std::vector<std::optional<Decimal>> decimals;  ///< By place in it: plain decimals that were read already.
};

/// The codes of numbers that came lately, so that their texts need not be made. A place for each of some thousand
/// numbers: a number takes that of another.
struct RecentNumbers {
  struct Slot {
    Int128 number = 0;
    std::uint32_t code_and_one = 0;  // 0: the slot is free
  };
  NumberFormat format;
  std::vector<Slot> slots;
};

/// The cells of one field in the current batch, and what is known of its texts over all batches.
struct FieldCells {
  CellForm form = CellForm::kText;
  int column = -1;  ///< In the file; -1: the file has no such column.
  TextDictionary dictionary;
  std::span<const std::uint32_t> codes;   ///< Numbers of texts, by row or by `places`; kNullIndex for an empty cell.
  std::span<const std::uint32_t> places;  ///< By row: where its code is in `codes`; empty: at the row.
  std::vector<std::uint32_t> row_codes;   ///< What `codes` are of a field that is read cell by cell.
  std::vector<Decimal> values;            ///< By row: plain decimals.
  std::vector<std::pair<std::size_t, Remainder>>
      remainders;                     ///< Rows whose cost had to be rounded, and the remainders.
  std::vector<std::uint8_t> present;  ///< By row: plain decimals.
  std::vector<std::int32_t> days;     ///< By text.
  std::vector<Decimal> decimals;      ///< By text.
  std::vector<std::uint8_t> bad;      ///< By text: 1 if it cannot be read.
  std::vector<std::uint8_t> blank;    ///< By text: 1 if it counts as empty.
  std::size_t examined = 0;           ///< Texts that were read already.
  KnownDictionary known;
  RecentNumbers recent;
  GuessFrom guess;
  bool any_bad = false;
  bool any_blank = false;  ///< Some texts count as empty: blank decimals, all-zero ids.

  /// The number of a row's text, kNullIndex if the cell is empty. Not of plain decimals.
  std::uint32_t code(std::size_t row) const { return codes[places.empty() ? row : places[row]]; }
};

/// By text of a field: a value that is computed once. Must be cleared together with the dictionaries.
template <class Value>
class ByText {
 public:
  template <class Make>
  const Value& get(const FieldCells& field, std::uint32_t code, Make make) {
    while (known_.size() <= code)
      known_.push_back(make(field.dictionary.text(static_cast<std::uint32_t>(known_.size()))));
    return known_[code];
  }
  void clear() { known_.clear(); }

 private:
  std::vector<Value> known_;
};

class CellReader {
 public:
  CellReader(std::span<const SourceField> fields, std::vector<CellForm> forms);

  /// Reads a batch. Texts of days are read in the format of the batch's part.
  void read(const SourceBatch& batch);

  /// The segments that the batch was read by: 0 when there are none, or it has no records.
  std::size_t segments() const { return are_segments_read_ ? segments_.size() : 0; }
  /// By row: the number of its cells in a segment.
  std::span<const std::uint32_t> numbers(std::size_t segment) const { return segments_[segment].numbers; }
  /// How many numbers a segment has.
  std::size_t segment_size(std::size_t segment) const { return segments_[segment].table.size(); }
  /// The segment of a field; nothing if it was read cell by cell.
  std::optional<std::size_t> segment_of(std::size_t field) const;
  /// By number of the field's segment: the code of its cell.
  std::span<const std::uint32_t> codes_by_number(std::size_t field) const;
  /// Changes when numbers no longer mean what they meant before.
  std::uint64_t numbering() const { return numbering_; }

  const FieldCells& field(std::size_t index) const { return cells_[index]; }
  FieldCells& field(std::size_t index) { return cells_[index]; }
  std::size_t rows() const { return rows_; }

  /// By row of the batch: 0, or 1 + the position in `rejects()` of what is wrong with it.
  bool is_bad(std::size_t row) const { return any_bad_ && bad_rows_[row] != 0; }
  bool any_bad() const { return any_bad_; }
  /// Marks a row as bad, unless it is already.
  void reject(std::size_t row, std::size_t field, std::string reason);
  /// Rejects of all batches so far, in no order.
  std::vector<Reject>& rejects() { return rejects_; }

  /// Bytes used by the dictionaries. If there are too many, the owner writes out what refers to them and calls
  /// `forget`.
  std::size_t dictionary_bytes() const;
  void forget();

 private:
  // A segment of the file, with the codes of its cells.
  struct Segment {
    SegmentTable table;
    std::vector<std::size_t> fields;
    std::vector<std::vector<std::uint32_t>> codes;  // of each of `fields`, by number of the table
    std::vector<std::uint32_t> numbers;             // by row of the batch
    std::size_t rows = 0;                           // since it was last judged
    std::size_t new_rows = 0;                       // of them, those whose bytes were new
  };

  void take_part(const SourcePart& part);
  void prepare_segments(bool by_codes);
  void read_segments(const RawRecords& records);
  void read_segment(Segment& segment, const RawRecords& records);
  void number_codes();
  void number_anew();
  void give_up_useless_segments();
  void forget_segments();
  void learn_segments();
  void begin_learning();
  void choose_guess(std::size_t index);
  void read_codes(const SourceBatch& batch, std::size_t index);
  void read_texts(const BatchColumns::Texts& texts, std::size_t index);
  void read_coded(const CodedCells& coded, FieldCells& cells);
  void read_numbers(const NumberCells& numbers, FieldCells& cells);
  static void know_dictionary(FieldCells& cells, const CodedCells& coded);
  void reject_bad_codes(std::size_t index);
  static bool keep_remainder(FieldCells& cells, std::size_t row, std::string_view text, Decimal rounded);
  void read_plain_decimals(const SourceBatch& batch, std::size_t index);
  void read_decimals_of_codes(const CodedCells& coded, std::size_t index);
  void read_decimals_of_numbers(const NumberCells& numbers, std::size_t index);
  std::optional<Decimal> read_plain_decimal(std::size_t row, std::size_t index, std::string_view text);
  bool is_required_day(std::size_t index) const;
  static void empty_blanks(const FieldCells& cells, std::span<std::uint32_t> codes);
  void examine_texts(FieldCells& cells, bool required);
  std::string_view cell(std::size_t row, std::size_t field) const;

  std::span<const SourceField> fields_;
  std::vector<FieldCells> cells_;
  const SourceBatch* batch_ = nullptr;
  const SourcePart* part_ = nullptr;
  std::optional<DayFormat> day_format_;
  std::vector<Segment> segments_;
  std::vector<int> segment_of_field_;  // -1: none
  bool are_segments_read_ = false;
  std::uint64_t numbering_ = 0;
  std::vector<std::size_t> fields_learned_;  // what segments are found among, in the order of the file
  std::vector<LearnedColumn> learned_;       // by fields_learned_
  bool are_segments_found_ = false;
  bool are_numbers_of_codes_ = false;         // not of records
  std::vector<std::uint32_t> codes_of_rows_;  // of a segment, row by row
  TextArena arena_;                           // texts of new bytes of segments, and of numbers
  std::size_t rows_ = 0;
  std::vector<std::uint32_t> no_codes_;  // of a field that the file lacks
  std::vector<std::uint8_t> bad_rows_;
  bool any_bad_ = false;
  std::vector<Reject> rejects_;
};

}  // namespace apportion
