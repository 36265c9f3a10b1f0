/// What ingest passes to normalise: cells as text, by column, and what the header of their file said.
///
/// The seam between the two stages: ingest knows files, normalise knows meaning; neither knows the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/text_arena.h"
#include "foundation/model/raw_records.h"
#include "foundation/model/source_values.h"

namespace apportion {

/// The layouts in which Azure delivers costs, data on commitments, and prices.
enum class SourceKind {
  kMpa,              ///< Partner, billing scopes: 70 columns, partner prices and credit.
  kMca,              ///< Direct customer agreement.
  kCspSubscription,  ///< Partner, subscription or resource group scope: retail prices.
  kEa,               ///< Enterprise agreement.
  kFocus,
  kReservationDetails,
  kReservationTransactions,
  kReservationRecommendations,
  kPriceSheet,
};

/// How a file writes its days. One per file, decided before its first row is read.
enum class DayFormat { kIso, kMonthDayYear, kDayMonthYear };

/// A column that a file also has under another name. The filled one of the two counts, row by row, the field's own
/// column first.
struct SecondName {
  std::size_t field = 0;   ///< Of the family.
  std::size_t column = 0;  ///< Position in the file of the other column of this name.

  friend bool operator==(const SecondName&, const SecondName&) = default;
};

/// What the header of a file says.
struct SourceLayout {
  SourceKind kind = SourceKind::kMpa;
  std::string name;                      ///< For people: `MPA`, `FOCUS 1.2-preview`.
  std::vector<int> column_of_field;      ///< By field of the family (source_fields.h): position in the file, or -1.
  std::vector<SecondName> second_names;  ///< Best first.
  std::vector<std::pair<std::size_t, std::string>> other_columns;  ///< Unknown columns: position, and name as written.
  std::vector<std::string> names;                                  ///< Of all columns, as the file spells them.
  std::size_t columns = 0;                                         ///< How many a row has.
  DayFormat day_format = DayFormat::kIso;
};

struct SourcePart {
  std::string name;  ///< Of the blob.
  SourceLayout layout;
};

/// A record that is not a row: wrong number of fields, a misplaced quote.
struct BrokenRecord {
  std::int64_t line = 0;
  std::string value;
  std::string reason;
};

/// The cells of a batch as texts: `columns[c][row]`.
///
/// A CSV file gives records; of these, a column is cut out when it is first asked for. A Parquet file gives numbers, or
/// places in dictionaries, that texts are made of when they are asked for. So one batch serves one thread.
class BatchColumns {
 public:
  using Texts = std::vector<std::string_view>;

  std::size_t size() const { return texts_.size(); }
  /// May be longer than the batch has rows.
  const Texts& operator[](std::size_t column) const {
    if (!is_cut_.empty() && is_cut_[column] == 0) cut(column);
    return texts_[column];
  }
  /// To fill or change a column, which then has texts only.
  Texts& operator[](std::size_t column) {
    static_cast<void>(std::as_const(*this)[column]);  // cuts it
    if (!values_.empty()) values_[column].form = Form::kTexts;
    return texts_[column];
  }

  /// Makes `columns` columns that are to be filled, without records.
  void begin_texts(std::size_t columns);
  /// Makes `columns` columns that are cut out of the records, which are to be filled.
  RawRecords& begin_records(const char* bytes, std::size_t columns);
  /// Makes `columns` columns, each of which is then to be filled by one of the three below.
  void begin_values(std::size_t columns);
  Texts& fill_texts(std::size_t column);
  CodedCells& fill_codes(std::size_t column);
  NumberCells& fill_numbers(std::size_t column);

  /// The records that the columns come from; null if there are none.
  const RawRecords* records() const { return records_.bytes == nullptr ? nullptr : &records_; }
  /// Whether columns were begun as values.
  bool has_values() const { return !values_.empty(); }
  /// The cells of a column by places in a dictionary, or as numbers; null if it does not have them so.
  const CodedCells* codes(std::size_t column) const;
  const NumberCells* numbers(std::size_t column) const;

 private:
  enum class Form : std::uint8_t { kTexts, kCodes, kNumbers };
  struct Values {
    Form form = Form::kTexts;
    CodedCells coded;
    NumberCells numbers;
  };

  void cut(std::size_t column) const;
  void cut_values(const Values& values, Texts& texts) const;

  RawRecords records_;
  std::vector<Values> values_;  // by column; empty unless they were begun
  mutable std::vector<Texts> texts_;
  mutable std::vector<std::uint8_t> is_cut_;  // by column; empty without records and values
  mutable TextArena arena_;                   // texts that lie nowhere else
};

/// Some consecutive rows of one file. Texts are valid until the next batch is requested.
struct SourceBatch {
  const SourcePart* part = nullptr;
  std::int64_t first_ordinal = 0;  ///< Of the first record, counted over the run; broken records count too.
  std::size_t rows = 0;
  BatchColumns columns;                ///< `columns[c][row]`; only the first `rows` cells count.
  std::vector<std::int32_t> ordinals;  ///< Of each row, less `first_ordinal`.
  std::vector<std::int64_t> lines;     ///< Line on which each row begins (row number in Parquet), from 1.
  std::vector<BrokenRecord> broken;
};

/// Makes the filled one of two columns with the same name count in every row of `batch`. A cell of the other column
/// stays only if it differs; an emptied one still points to the text that it gave or repeated.
void settle_second_names(SourceBatch& batch);

/// The name, as the file spells it, of the column that the cell of a field comes from; empty if the names were not
/// kept.
std::string_view name_of_cell(const SourceBatch& batch, std::size_t field, std::size_t row);

/// Whether a cell is empty: blank, or the GUID of zeros that older exports write for a missing id.
bool is_blank_cell(std::string_view text);

/// Receives batches. One sink per worker thread; a sink is used by one thread at a time.
class BatchSink {
 public:
  virtual ~BatchSink() = default;
  virtual Result<void> take(const SourceBatch& batch) = 0;
};

}  // namespace apportion
