/// ChargeSink: rows of a cost file become charges of the canonical schema in Parquet files.
///
/// One sink per worker thread; each writes its own files. Which columns come from which field, and how, is in tables
/// (cost_details_rules.cpp, focus_rules.cpp).
///
/// A cost details row counts like this (docs/adr/0004-charges-from-two-files.md):
/// - of the amortized file: every row is a charge; its EffectiveCost is the cost, its BilledCost is the cost too unless
/// it uses,
///   buys or wastes a commitment, then 0;
/// - of the actual file: a row that the amortized file must repeat is a *mirror* row, kept but no charge; every other
/// row is a
///   charge whose BilledCost is the cost and whose EffectiveCost is 0. Of a mirror row for which a row of a known
///   amortized run can stand in, only that is kept, and where it was (docs/adr/0063-stand-ins.md).
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/model/dataset.h"
#include "foundation/model/ids.h"
#include "foundation/model/source_batch.h"
#include "pipeline/normalise/cell_reader.h"
#include "pipeline/normalise/charge_file.h"
#include "pipeline/normalise/stand_ins.h"
#include "pipeline/normalise/text_rules.h"
#include "store/control_plane.h"

namespace apportion {

struct ChargeSinkOptions {
  ImportId import;
  std::string bill_source;  ///< Name of the connection.
  Dataset dataset = Dataset::kActualCost;
  Month month = *Month::from_civil(1, 1);
  bool mend = true;              ///< Mend known holes of FOCUS files.
  std::filesystem::path folder;  ///< Where the Parquet files go; must exist.
  int worker = 0;                ///< Makes file names distinct.
  /// Limit of texts in memory; beyond it, what is pending is written out, and the texts are dropped. Does not affect
  /// results.
  std::size_t dictionary_bytes_max = std::size_t{80} << 20;
  /// Of an amortized file: where the prints of its rows go, if stand-ins are looked for later; the folder must exist.
  std::filesystem::path prints = {};
  /// Of an actual file: the rows that may stand in for its mirror rows; not owned, may be null.
  const StandIns* stand_ins = nullptr;
};

/// An order-independent checksum over the rows that actual and amortized files share.
struct MirrorChecksum {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::int64_t rows = 0;
  void add(const MirrorChecksum& other);
  std::string to_string() const;
};

/// What a sink made of the rows it was given.
struct ChargeSinkResult {
  std::vector<ImportFile> files;  ///< Paths as written; the caller makes them relative.
  std::vector<ImportTotal> totals;
  std::vector<ImportMetricTotal> metric_totals;
  MonthDays charge_days;
  std::vector<Reject> rejects;
  std::int64_t rows_stored = 0;
  MirrorChecksum checksum;
  std::set<std::string> notes;  ///< Values that no table knows, and the like: one line each.
  std::set<std::string> marks;  ///< Rows that only doubtfully count in the month: one line each.
};

/// A sink whose rows become files of an import.
class ImportSink : public BatchSink {
 public:
  /// Writes what is pending and closes the files. Call once, after the last batch.
  virtual Result<ChargeSinkResult> finish() = 0;
};

class ChargeSink : public ImportSink {
 public:
  ~ChargeSink() override;

  Result<void> take(const SourceBatch& batch) final;
  Result<ChargeSinkResult> finish() final;

 protected:
  /// Which file a row goes to.
  enum class Target : std::uint8_t { kCharges, kMirror, kNone, kStandIn };

  /// A metric of a row that may be unknown.
  struct Amount {
    Decimal value;  ///< Zero if unknown.
    bool is_known = false;
    Decimal mended;  ///< Stored minus source, if a mend changed it.

    std::optional<Decimal> if_known() const { return is_known ? std::optional(value) : std::nullopt; }
  };

  /// The amounts of one row.
  struct RowMoney {
    Decimal billed;
    Decimal effective;
    Decimal mended_effective;  ///< Stored minus source, if a mend changed it.
    Amount list, contracted;
    Amount consumed_quantity, pricing_quantity;
    /// Someone pays for the row, as far as is known: so what it costs at other prices is not zero either.
    bool costs = false;
    Remainder billed_remainder, effective_remainder;  ///< Of the file's text, after the 18th decimal place.
  };

  /// What the print of a row is made of.
  class PrintParts {
   public:
    void add(std::uint64_t part) { parts_[size_++] = part; }
    void add(const KeyedHash& hash) {
      add(hash.first);
      add(hash.second);
    }
    void add(Decimal value) {
      add(static_cast<std::uint64_t>(value.units()));
      add(static_cast<std::uint64_t>(value.units() >> 64));
    }
    void add(const std::optional<Decimal>& value) {
      add(std::uint64_t{value.has_value()});
      add(value.value_or(Decimal()));
    }
    RowPrint print() const { return keyed_hash(parts_.data(), size_ * sizeof parts_[0]); }

   private:
    std::array<std::uint64_t, 40> parts_{};
    std::size_t size_ = 0;
  };

  /// What else a file says about the prices of a row, in the billing currency; nothing if it says nothing.
  struct PriceFacts {
    std::optional<Decimal> list_price_times_quantity, contracted_price_times_quantity;
    std::optional<Decimal> block_size;  ///< Of a meter that is sold in blocks.
    /// Microsoft leaves out list and contracted cost for such rows: the next higher cost replaces them.
    bool has_stand_ins = false;
    /// Covered by a commitment, in a file that does not say what it costs then.
    bool costs_elsewhere = false;
  };

  ChargeSink(ChargeSinkOptions options, std::span<const SourceField> fields, std::vector<CellForm> forms,
             const TextRules& rules);

  /// Decides on each row of the batch that is not bad: fills `targets_`, `money_`, `change_codes_`.
  virtual Result<void> decide() = 0;
  /// What `settle_prices` needs to know of a row.
  virtual PriceFacts price_facts(std::size_t row) = 0;
  /// Appends the columns that the rules do not: decimals and days of the family.
  virtual void append_family_columns(ChargeFile& file, std::span<const std::uint32_t> rows) = 0;
  /// Rejects a row for its billing currency.
  virtual void reject_currency(std::size_t row) = 0;
  /// The same for a row whose costs are larger, with those before it, than any bill.
  virtual void reject_cost(std::size_t row, std::string reason) = 0;
  /// Adds what the columns of the family say to the print of a row that is not a record: cells with codes, and amounts
  /// that are stored as they are. Asked for if the options want prints or have stand-ins.
  virtual void add_to_print(std::size_t /*row*/, PrintParts& /*parts*/) {}
  /// Called when dictionaries are dropped: whatever refers to their numbers must be dropped too.
  virtual void forget_family() {}

  CellReader& cells() { return cells_; }
  const ChargeSinkOptions& options() const { return options_; }
  const SourceBatch& batch() const { return *batch_; }
  Pools& pools() { return pools_; }

  /// Hands the remainders of a cost field to its rows, and notes there that the cost was rounded.
  void take_remainders(const FieldCells& field, Remainder RowMoney::*remainder);
  /// Number of the change text `code` with another change behind it. Start with kNullIndex.
  std::uint32_t add_change(std::uint32_t code, std::string_view change);
  void change(std::size_t row, std::string_view what) { change_codes_[row] = add_change(change_codes_[row], what); }
  void note(std::string text) { notes_.insert(std::move(text)); }
  /// Records the days of the rows, and marks rows of another month than the run: by their billing period, by its end if
  /// the file has no start, otherwise by days after the month. Earlier days are late usage and not mentioned.
  void look_at_days(const FieldCells& period_start, const FieldCells& period_end, const FieldCells& day);

  void append_plain_decimal(ChargeFile& file, std::string_view column, const FieldCells& field,
                            std::span<const std::uint32_t> rows);
  void append_coded_decimal(ChargeFile& file, std::string_view column, std::size_t field,
                            std::span<const std::uint32_t> rows);
  /// Appends what `make(code)` says of the cells of a field.
  template <class Make>
  void append_by_field(ChargeFile& file, std::string_view column, std::size_t field,
                       std::span<const std::uint32_t> rows, Make make) {
    const std::size_t index = charge_column_index(column);
    append_by_text(file, index, cells_, field, codes_by_number_[index], rows, make);
  }
  /// Makes cells empty of the rows that were appended last, where `is_wrong(row, cell)` says so: of a decimal, or of
  /// the number of a cell in its pool.
  template <class IsWrong>
  static void empty_cells(ChargeFile& file, std::string_view column, std::span<const std::uint32_t> rows,
                          IsWrong is_wrong);
  /// Days of a field, moved by `plus_days`; `otherwise` where the cell is empty.
  void append_day(ChargeFile& file, std::string_view column, std::size_t field, std::span<const std::uint32_t> rows,
                  int plus_days = 0, std::optional<Day> otherwise = std::nullopt);

  std::vector<Target> targets_;
  std::vector<RowMoney> money_;
  std::vector<std::uint32_t> change_codes_;
  MirrorChecksum checksum_;

 private:
  struct Total {
    std::int64_t rows = 0;
    Decimal billed, effective, mended_effective;
    Remainder billed_remainder, effective_remainder;
    Decimal costs_size, list_size, contracted_size;                       // sums of amounts without their signs
    std::array<std::array<MetricSum, kChargeMetrics.size()>, 2> metrics;  // by Target and metric
  };

  static void add_metric_totals(const std::pair<std::string, std::string>& currency_and_category, const Total& total,
                                std::vector<ImportMetricTotal>& totals);
  static void add_metrics(const RowMoney& money, std::array<MetricSum, kChargeMetrics.size()>& sums);
  void note_days(const FieldCells& day);
  void mark_other_months(const FieldCells& period_start, const FieldCells& period_end, const FieldCells& day);
  void forget_numbers();
  void prepare_rows();
  void settle_prices();
  void undo_division(std::size_t row, std::string_view name, Decimal& cost, const std::optional<Decimal>& product,
                     const PriceFacts& facts);
  void settle_contracted(std::size_t row, const PriceFacts& facts);
  void settle_list(std::size_t row, const PriceFacts& facts);
  void count_totals();
  void forget_if_too_large(std::size_t row, std::string_view name, Amount& amount, Decimal& size);
  void number_other_columns();
  void print_rows();
  void print_layout();
  RowPrint print_of(std::size_t row);
  Result<void> keep_prints();
  void find_stand_ins();
  void append(ChargeFile& file, Target target);
  void empty_prices_of_nothing(ChargeFile& file);
  void append_origin(ChargeFile& file, std::span<const std::uint32_t> rows);
  void append_other_columns(ChargeFile& file, std::span<const std::uint32_t> rows);
  void append_costs(ChargeFile& file, std::span<const std::uint32_t> rows);
  Result<void> write_full_groups();
  void note_unreadable_tags();

  ChargeSinkOptions options_;
  CellReader cells_;
  Pools pools_;
  RuleRunner rules_;
  std::vector<std::vector<std::uint32_t>> codes_by_number_;  // by canonical column
  std::uint64_t numbering_ = 0;                              // of `cells_`, that all codes by number mean
  std::array<std::unique_ptr<ChargeFile>, 2> files_;         // by Target
  std::optional<PrintFile> print_file_;
  StandInFile stand_in_file_;
  const SourcePart* part_printed_ = nullptr;
  KeyedHash layout_print_;                                       // of that part
  std::vector<RowPrint> prints_;                                 // by row
  std::vector<KeyedHash> hashes_of_changes_, hashes_of_others_;  // by number of the text
  const SourceBatch* batch_ = nullptr;
  std::vector<std::uint32_t> rows_;  // rows of the batch for one target
  std::vector<std::uint32_t> currency_codes_;
  std::vector<std::uint32_t> category_codes_;
  std::map<std::pair<std::string, std::string>, Total> totals_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Total*> totals_by_code_;
  TextDictionary bill_sources_, source_files_, changes_, others_, other_objects_;
  std::vector<TextDictionary> other_cells_;
  std::vector<PairMemo> other_memos_;
  std::vector<std::uint32_t> other_codes_;
  std::unordered_map<std::uint32_t, std::uint32_t> other_object_codes_;
  PairMemo change_memo_;
  std::map<std::string, std::uint32_t, std::less<>> change_texts_;
  std::set<std::string> notes_, marks_;
  MonthDays charge_days_;
  std::size_t period_starts_seen_ = 0;  // texts that were looked at
  std::set<std::int32_t> period_ends_told_;
  bool days_after_told_ = false;
  std::int64_t rows_stored_ = 0;
};

template <class IsWrong>
void ChargeSink::empty_cells(ChargeFile& file, std::string_view column, std::span<const std::uint32_t> rows,
                             IsWrong is_wrong) {
  const std::size_t index = charge_column_index(column);
  if (is_plain_decimal(index)) {
    auto& present = file.present(index);
    const std::size_t first = present.size() - rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (is_wrong(rows[i], file.decimals(index)[first + i])) present[first + i] = 0;
    }
    return;
  }
  auto& codes = file.codes(index);
  const std::size_t first = codes.size() - rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::uint32_t& code = codes[first + i];
    if (code != kNullIndex && is_wrong(rows[i], code)) code = kNullIndex;
  }
}

/// A sink for ActualCost and AmortizedCost files.
std::unique_ptr<ChargeSink> make_cost_details_sink(ChargeSinkOptions options);
/// A sink for FocusCost files.
std::unique_ptr<ChargeSink> make_focus_sink(ChargeSinkOptions options);

}  // namespace apportion
