#include "pipeline/normalise/price_filling.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/row_values.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/model/ids.h"
#include "lake/layout.h"
#include "lake/parquet_writer.h"
#include "lake/relations.h"
#include "pipeline/normalise/text_dictionary.h"
#include "pipeline/normalise/unknown_prices.sql.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfGroup = 120'000;
// Of one charge; sums of the costs that are filled in stay in the range of a Decimal.
constexpr Decimal kCostMax = Decimal::from_integer(1'000'000'000'000'000);

// The columns of unknown_prices.sql.
enum Place : std::size_t {
  kRowId,
  kBillingCurrency,
  kQuantity,
  kBlockSize,
  kExchangeRate,
  kListCost,
  kContractedCost,
  kChanges,
  kNeedsList,
  kNeedsContracted,
  kListLow,
  kListHigh,
  kContractedLow,
  kContractedHigh,
  kCurrencyLow,
  kCurrencyHigh,
  kSheetRow,
  kSheetFile,
  kSheetLine,
};

// A price and the cost that it makes, in the billing currency.
struct Priced {
  Decimal unit_price;
  Decimal cost;
};

// Why a price stays unknown.
enum class Doubt { kNone, kNotInSheet, kSeveralPrices, kNoPrice, kNoRate, kNoQuantity, kBlocks, kTooLarge };

struct DoubtText {
  Doubt doubt;
  std::string_view text;
};
constexpr auto kDoubts = std::to_array<DoubtText>({
    {Doubt::kNotInSheet, "no price sheet in force has a price for its unit of measure, currency and day"},
    {Doubt::kSeveralPrices, "the sheets have several prices for it, such as tiers"},
    {Doubt::kNoPrice, "the price of the sheet is missing, zero or negative"},
    {Doubt::kNoRate, "the sheet is in another currency, and the row has no exchange rate"},
    {Doubt::kNoQuantity, "it has no quantity"},
    {Doubt::kBlocks, "FOCUS files do not say for certain whether the quantity counts blocks"},
    {Doubt::kTooLarge, "price x quantity is too large"},
});

// Rows of the file that wait for their group.
class FilledFile {
 public:
  explicit FilledFile(std::filesystem::path path) : path_(std::move(path)) {}

  struct Row {
    std::int64_t id = 0;
    std::string_view currency;
    std::optional<Priced> list, contracted;
    Decimal list_before, contracted_before;
    std::string changes;
  };

  Result<void> add(const Row& row) {
    ids_.push_back(row.id);
    currency_codes_.push_back(currencies_.number_of(row.currency));
    change_codes_.push_back(changes_.number_of(row.changes));
    add_cost(row.list, row.list_before, 0);
    add_cost(row.contracted, row.contracted_before, kColumnsOfCost);
    return ids_.size() < kRowsOfGroup ? ok() : write_group();
  }

  // The file, or nothing without rows.
  Result<std::optional<LakeFile>> finish(const Lake& lake) {
    APPORTION_TRY(write_group());
    if (writer_ == nullptr) return std::optional<LakeFile>();
    APPORTION_TRY(writer_->finish());
    APPORTION_ASSIGN(LakeFile file, lake.describe(path_, writer_->rows_written()));
    return std::optional(std::move(file));
  }

 private:
  static constexpr std::size_t kColumnsOfCost = 3;  // unit price, cost, what the cost grew by

  struct Cells {
    std::vector<Decimal> values;
    std::vector<std::uint8_t> present;
  };

  void add_cost(const std::optional<Priced>& priced, Decimal before, std::size_t first) {
    const std::array<Decimal, kColumnsOfCost> cells =
        priced ? std::array{priced->unit_price, priced->cost, priced->cost - before}
               : std::array<Decimal, kColumnsOfCost>{};
    for (std::size_t i = 0; i < kColumnsOfCost; ++i) {
      decimals_[first + i].values.push_back(cells[i]);
      decimals_[first + i].present.push_back(priced ? 1 : 0);
    }
  }

  Result<void> write_group() {
    if (ids_.empty()) return ok();
    if (writer_ == nullptr) {
      APPORTION_TRY(make_folder(path_.parent_path()));
      using enum ParquetType;
      APPORTION_ASSIGN(writer_, ParquetWriter::create(path_, {{"x_RowId", kInteger},
                                                              {"BillingCurrency", kText},
                                                              {"x_SourceChanges", kText},
                                                              {"ListUnitPrice", kDecimal},
                                                              {"ListCost", kDecimal},
                                                              {"x_ListCostFilled", kDecimal},
                                                              {"ContractedUnitPrice", kDecimal},
                                                              {"ContractedCost", kDecimal},
                                                              {"x_ContractedCostFilled", kDecimal}}));
    }
    writer_->begin_row_group(ids_.size());
    writer_->integer_column(ids_);
    writer_->text_column(currency_codes_, currencies_.texts());
    writer_->text_column(change_codes_, changes_.texts());
    for (Cells& cells : decimals_) {
      writer_->decimal_column(cells.values, cells.present);
      cells = {};
    }
    ids_.clear();
    currency_codes_.clear();
    change_codes_.clear();
    currencies_.clear();
    changes_.clear();
    return writer_->end_row_group();
  }

  std::filesystem::path path_;
  std::unique_ptr<ParquetWriter> writer_;
  std::vector<std::int64_t> ids_;
  std::vector<std::uint32_t> currency_codes_, change_codes_;
  TextDictionary currencies_, changes_;
  std::array<Cells, 2 * kColumnsOfCost> decimals_;
};

// What of a charge is to be filled, and from where.
struct FilledCost {
  std::string_view name;
  std::string_view price_name;
  std::size_t needed, before, low, high;
};
constexpr FilledCost kList{"ListCost", "market price", kNeedsList, kListCost, kListLow, kListHigh};
constexpr FilledCost kContracted{"ContractedCost", "unit price",   kNeedsContracted,
                                 kContractedCost,  kContractedLow, kContractedHigh};

class Filling {
 public:
  Filling(const FillRequest& request, std::filesystem::path path)
      : of_focus_(request.of_focus), file_(std::move(path)) {}

  Result<void> take(const EngineRow& row) {
    FilledFile::Row filled;
    filled.id = row.integer(kRowId);
    filled.currency = row.text(kBillingCurrency);
    if (!row.is_null(kChanges)) filled.changes = row.text(kChanges);
    filled.list_before = decimal_at(row, kListCost).value_or(Decimal());
    filled.contracted_before = decimal_at(row, kContractedCost).value_or(Decimal());
    filled.contracted = fill(row, kContracted, filled.changes);
    filled.list = fill(row, kList, filled.changes);
    list_rows_ += filled.list ? 1 : 0;
    contracted_rows_ += filled.contracted ? 1 : 0;
    return filled.list || filled.contracted ? file_.add(filled) : ok();
  }

  Result<FilledPrices> finish(const Lake& lake, std::span<const Import> sheets) {
    FilledPrices result;
    APPORTION_ASSIGN(result.file, file_.finish(lake));
    if (result.file) {
      std::string ids;
      for (const Import& sheet : sheets) ids += fmt::format("{}{}", ids.empty() ? "" : ", ", sheet.id.raw());
      result.notes = fmt::format("list cost of {} and contracted cost of {} filled from price sheets (import {})",
                                 count_of(list_rows_, "row"), count_of(contracted_rows_, "row"), ids);
    }
    for (const auto& [doubt, text] : kDoubts) {
      const std::int64_t rows = doubted_[static_cast<std::size_t>(doubt)];
      if (rows == 0) continue;
      result.notes +=
          fmt::format("{}{} left without a price: {}", result.notes.empty() ? "" : "; ", count_of(rows, "cost"), text);
    }
    return result;
  }

 private:
  std::optional<Priced> fill(const EngineRow& row, const FilledCost& cost, std::string& changes) {
    if (row.integer(cost.needed) == 0) return std::nullopt;
    Priced priced;
    const Doubt doubt = price(row, cost, priced);
    if (doubt != Doubt::kNone) {
      ++doubted_[static_cast<std::size_t>(doubt)];
      return std::nullopt;
    }
    const auto before = decimal_at(row, cost.before);
    const bool is_converted = row.text(kCurrencyLow) != row.text(kBillingCurrency);
    changes += fmt::format("{}{} {} -> {} {} {} of price sheet import {}, {}, line {}{} x pricing quantity",
                           changes.empty() ? "" : "; ", cost.name, before ? before->to_string() : "unknown",
                           cost.price_name, decimal_at(row, cost.low)->to_string(), row.text(kCurrencyLow),
                           RowId::from_stored(row.integer(kSheetRow)).import().raw(), row.text(kSheetFile),
                           row.integer(kSheetLine), is_converted ? " x exchange rate" : "");
    return priced;
  }

  // The price of the sheet and the cost by it, or why there is none.
  Doubt price(const EngineRow& row, const FilledCost& cost, Priced& priced) const {
    if (row.is_null(kSheetRow)) return Doubt::kNotInSheet;
    const auto low = decimal_at(row, cost.low);
    if (!low) return Doubt::kNoPrice;
    if (*low != decimal_at(row, cost.high) || row.text(kCurrencyLow) != row.text(kCurrencyHigh))
      return Doubt::kSeveralPrices;
    if (*low <= Decimal()) return Doubt::kNoPrice;
    const auto quantity = decimal_at(row, kQuantity);
    if (!quantity) return Doubt::kNoQuantity;
    const Decimal one = Decimal::from_integer(1);
    if (of_focus_ && decimal_at(row, kBlockSize).value_or(one) != one) return Doubt::kBlocks;
    const auto rate =
        row.text(kCurrencyLow) == row.text(kBillingCurrency) ? std::optional(one) : decimal_at(row, kExchangeRate);
    if (!rate || *rate <= Decimal()) return Doubt::kNoRate;
    const auto unit_price = multiply(*low, *rate);
    const auto whole = multiply(*low, *quantity, *rate);
    const bool is_too_large = whole.overflow || whole.value > kCostMax || whole.value < kCostMax.negated();
    if (unit_price.overflow || is_too_large) return Doubt::kTooLarge;
    priced = {unit_price.value, whole.value};
    return Doubt::kNone;
  }

  bool of_focus_;
  FilledFile file_;
  std::int64_t list_rows_ = 0;
  std::int64_t contracted_rows_ = 0;
  std::array<std::int64_t, kDoubts.size() + 1> doubted_{};
};

}  // namespace

Result<FilledPrices> fill_prices(Workbench& engine, const Lake& lake, const FillRequest& request) {
  if (request.sheets.empty() || request.charges.empty()) return FilledPrices();
  std::vector<LakeFile> prices;
  for (const Import& sheet : request.sheets) {
    for (const ImportFile& file : sheet.files) prices.push_back(file.file);
  }
  APPORTION_TRY(lake.open_charges(engine, "charges", request.charges));
  APPORTION_TRY(lake.open_files(engine, "prices", prices, kept_columns_sql(Dataset::kPriceSheet)));
  Filling filling(request, request.folder / lake_file_name(LakeContent::kFilledPrices));
  APPORTION_TRY(engine.query(sql::kUnknownPricesSql, {}, [&](const EngineRow& row) { return filling.take(row); }));
  return filling.finish(lake, request.sheets);
}

}  // namespace apportion
