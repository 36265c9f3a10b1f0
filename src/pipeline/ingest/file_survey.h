/// FileSurvey: what a file without a manifest says about itself: its columns, its months, its rows as hashes.
///
/// Reads the whole file once and keeps little of it, however large it is. Which files belong together and which month
/// they are of is decided from surveys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/source_batch.h"
#include "pipeline/ingest/run_reader.h"

namespace apportion {

/// Hashes of a file's rows: all of them up to `kHashesMax`, the smallest ones of more rows. So two samples share hashes
/// whenever the files share more than a small part of their rows.
class RowSample {
 public:
  static constexpr std::size_t kHashesMax = std::size_t{1} << 16;

  void add(std::uint64_t hash);
  void add(const RowSample& other);
  bool empty() const { return hashes_.empty(); }
  /// Whether a row of one is a row of the other.
  bool shares_a_row(const RowSample& other) const;
  /// Whether all rows of one are rows of the other, as far as the samples tell.
  bool holds_or_is_held_by(const RowSample& other) const;

 private:
  std::size_t shared(const RowSample& other, std::size_t& comparable) const;
  std::set<std::uint64_t> hashes_;
};

struct FileSurvey {
  std::optional<SourceKind> kind = {};  ///< Nothing if the file has no header.
  std::string layout;                   ///< For people: `MPA`, `FOCUS 1.2-preview`.
  std::string columns;  ///< Kind and columns in a form to compare; the order of the columns does not count.
  std::int64_t rows = 0;
  std::map<Month, std::int64_t> periods;  ///< Rows by the month in which their billing period begins.
  std::map<Month, std::int64_t> days;     ///< Rows without a billing period, by the month of their day.
  RowSample sample;

  void add(const FileSurvey& other);
};

/// Reads a file. `month` helps to read ambiguous days; without it such a file is an error, as is one without costs.
Result<FileSurvey> survey_file(const InputFile& file, std::optional<Month> month, const std::string& temporary_folder,
                               const Cancel& cancel = {});

/// The bill month that a survey shows, and how.
struct ToldMonth {
  Month month;
  std::string by;  ///< For people: `all 61 rows have this billing period`.
};

/// The billing period of the rows if any is filled, otherwise the one month of their days, with at most a tenth of the
/// rows from earlier months. kInvalid errors name `place`, what was found, and `--month`.
Result<ToldMonth> tell_month(const FileSurvey& survey, const std::string& place);

}  // namespace apportion
