/// Sample: the exports of an invented CSP partner, in the layout and the file formats of Azure Cost Management.
/// Everything is a function of the options: the same options give the same bytes. Memory does not grow with the rows:
/// 100 million rows need no more than a thousand. Amounts are computed from integers; costs are exact products of
/// price, quantity and exchange rate, with up to 18 decimal places.
///
/// With `invoices`, the folder `invoices` has the files of Partner Center for each invoice, and the folder `legacy`
/// what another product showed of each closed month: costs by customer, without reservations and savings plans. With
/// `invoice_differences`, one key of each file is wrong in each way that `reconcile` knows, and
/// `invoice-differences-MONTH.csv` says what `reconcile` must find.
///
/// With `indirect`, the partner is an indirect reseller: `exports` has a folder for each subscription, with its exports
/// at retail prices, and `distributor` the bills of its distributor, with the meaning of their columns. With
/// `distributor_differences`, these have differences, and `differences-MONTH.csv` says what must be found.
///
/// Sources: `manifest.json` version 2024-04-01, cost details of a Microsoft Partner Agreement (70 columns), FOCUS
/// 1.2-preview (106 columns), price sheet 2023-05-01, reservation details 2023-03-01, reservation transactions
/// and recommendations 2023-05-01 (MCA).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

/// File format of the cost files. Price sheet and reservation files are always plain CSV.
enum class SampleFormat { kCsv, kCsvGz, kParquet };

/// Reads `csv`, `csv.gz` or `parquet`; nothing for another text.
std::optional<SampleFormat> parse_sample_format(std::string_view text);

struct SampleOptions {
  // What is written.
  std::filesystem::path out;  ///< Folder to create; the container of the exports. Must not contain an `exports` folder.
  std::uint64_t seed = 1;
  Day today = Day(0);           ///< The day on which the exports are viewed. Has no default.
  std::optional<Month> from;    ///< First month; default: the third month before that of `today`.
  std::optional<Month> to;      ///< Last month; default: the month before that of `today`.
  int customers = 40;           ///< 3 to 100,000.
  std::uint64_t rows = 20'000;  ///< Approximate rows of a month's amortized file (at least some 500).
  bool quirks = false;          ///< Oddities of real files, drawn for each run.

  // How it is written.
  SampleFormat format = SampleFormat::kCsv;
  std::uint64_t part_bytes_max = 64 << 20;  ///< A part ends after this many bytes, before compression.
  bool focus = true;                        ///< Also the FOCUS export.
  bool invoices = false;                    ///< Also Microsoft's lines and a legacy bill of each closed month.
  bool invoice_differences = false;         ///< These lines, with a difference of each class.
  bool indirect = false;                    ///< Exports of subscriptions and bills of a distributor instead.
  bool distributor_differences = false;     ///< These bills, with a difference of each class.
  bool restatements = true;                 ///< Also an earlier run of each closed month, with different amounts.
};

/// One run that was written.
struct SampleRun {
  std::string export_name;  ///< `actual-cost`
  Month month;
  std::filesystem::path folder;  ///< Where its manifest is.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< Of its parts, as they are on disk.
  int parts = 0;
};

struct SampleReport {
  std::vector<SampleRun> runs;  ///< In the order in which they were written.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::filesystem::path customers_file;
  std::filesystem::path rules_file;
};

struct SampleProgress {
  Month month;
  std::uint64_t rows_done = 0;      ///< Of all months and runs.
  std::uint64_t rows_expected = 0;  ///< Approximate.
};

/// Writes the sample. Errors: kSampleRequestWrong for options that do not fit together or a folder that is in use;
/// kStorage if the disk fails. What was written before an error stays. `progress` may be empty; it is called from time
/// to time, on the calling thread.
Result<SampleReport> write_sample(const SampleOptions& options,
                                  const std::function<void(const SampleProgress&)>& progress);

}  // namespace apportion
