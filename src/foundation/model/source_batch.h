/// What ingest hands on to normalise: cells as text, by column, and what the header of their file said.
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

/// The shapes in which Azure delivers cost, and what it tells of commitments.
enum class SourceKind {
  kMpa,              ///< Partner, billing scopes: 70 columns, partner prices and credit.
  kMca,              ///< Direct customer agreement.
  kCspSubscription,  ///< Partner, subscription or resource group scope: retail prices.
  kEa,               ///< Enterprise agreement.
  kFocus,
  kReservationDetails,
  kReservationTransactions,
  kReservationRecommendations,
};

/// How a file writes its days. One for a file, decided before its first row is taken.
enum class DayFormat { kIso, kMonthDayYear, kDayMonthYear };

/// What the header of a file says.
struct SourceLayout {
  SourceKind kind = SourceKind::kMpa;
  std::string name;                  ///< For people: `MPA`, `FOCUS 1.2-preview`.
  std::vector<int> column_of_field;  ///< By field of the family (source_fields.h): position in the file, or -1.
  std::vector<std::pair<std::size_t, std::string>> other_columns;  ///< Columns nobody knows: position, name as written.
  std::size_t columns = 0;                                         ///< How many a row has.
  DayFormat day_format = DayFormat::kIso;
};

struct SourcePart {
  std::string name;  ///< Of the blob.
  SourceLayout layout;
};

/// A record that is no row: wrong number of fields, a quote out of place.
struct BrokenRecord {
  std::int64_t line = 0;
  std::string value;
  std::string reason;
};

/// Some consecutive rows of one file. Texts are valid until the next batch is asked for.
struct SourceBatch {
  const SourcePart* part = nullptr;
  std::int64_t first_ordinal = 0;  ///< Of the first record, counted over the run; broken records count too.
  std::size_t rows = 0;
  std::vector<std::vector<std::string_view>> columns;  ///< `columns[c][row]`; only the first `rows` cells count.
  std::vector<std::int32_t> ordinals;                  ///< Of each row, less `first_ordinal`.
  std::vector<std::int64_t> lines;  ///< Line on which each row begins (row number in Parquet), from 1.
  std::vector<BrokenRecord> broken;
};

/// Takes batches. One sink a worker thread; a sink is used by one thread at a time.
class BatchSink {
 public:
  virtual ~BatchSink() = default;
  virtual Result<void> take(const SourceBatch& batch) = 0;
};

}  // namespace apportion
