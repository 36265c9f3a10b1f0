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

/// Some consecutive rows of one file. Texts are valid until the next batch is requested.
struct SourceBatch {
  const SourcePart* part = nullptr;
  std::int64_t first_ordinal = 0;  ///< Of the first record, counted over the run; broken records count too.
  std::size_t rows = 0;
  std::vector<std::vector<std::string_view>> columns;  ///< `columns[c][row]`; only the first `rows` cells count.
  std::vector<std::int32_t> ordinals;                  ///< Of each row, less `first_ordinal`.
  std::vector<std::int64_t> lines;  ///< Line on which each row begins (row number in Parquet), from 1.
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
