/// RunWriter: writes one run of an export to disk: its folder, its parts and, last of all, its manifest.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "sample/part_writer.h"

namespace apportion::sample {

enum class ExportKind {
  kActual,
  kAmortized,
  kFocus,
  kPriceSheet,
  kReservationDetails,
  kReservationTransactions,
  kReservationRecommendations,
  kCount
};

/// What an export delivers. The names are Azure's, except for that of the export itself.
struct ExportShape {
  std::string_view name;  ///< `actual-cost`: name of the export and of its folder
  std::string_view type;  ///< `ActualCost`
  std::string_view data_version;
  bool daily;      ///< Has a granularity.
  bool cost_file;  ///< The 70 columns of cost details.
  bool plain_csv;  ///< Always CSV without compression.
};
const ExportShape& export_shape(ExportKind kind);
std::span<const Column> export_columns(ExportKind kind);

/// When a run was executed and what it covers.
struct RunTime {
  Month month;
  Day submitted;
  Day until;
  std::string_view time_frame;  ///< `MonthToDate`, `TheLastMonth`
};

struct RunPlan {
  ExportKind kind;
  RunTime time;
  Dialect dialect;
  std::uint64_t seed;
  std::uint64_t number;  ///< Counts the runs of a sample; determines the run's id.
  std::string billing_account_id;
  std::string subscription;  ///< Exported at its scope, with its columns; empty: at that of the billing account.
  std::filesystem::path out;
  SampleFormat format;
  std::uint64_t part_bytes_max;
};

class RunWriter {
 public:
  /// Creates the folder and starts the first part.
  static Result<RunWriter> begin(RunPlan plan);

  Result<void> add(const Cells& cells);
  /// Ends the last part and writes the manifest.
  Result<SampleRun> finish();

  const Dialect& dialect() const { return plan_.dialect; }

 private:
  struct Part {
    std::string file_name;
    std::uint64_t bytes = 0;
    std::uint64_t rows = 0;
  };

  RunWriter(RunPlan plan, std::unique_ptr<PartWriter> writer);
  Result<void> begin_part();
  Result<void> finish_part();
  std::string manifest(const SampleRun& run) const;

  RunPlan plan_;
  std::unique_ptr<PartWriter> writer_;
  std::string run_id_;
  std::string submitted_time_;
  std::string relative_folder_;
  std::filesystem::path folder_;
  std::vector<Part> parts_;
  std::uint64_t rows_ = 0;
};

}  // namespace apportion::sample
