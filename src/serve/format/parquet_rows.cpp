#include "serve/format/parquet_rows.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "foundation/base/check.h"
#include "lake/parquet_writer.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfGroup = 65'536;

ParquetType parquet_type(TableKind kind) {
  switch (kind) {
    case TableKind::kText: return ParquetType::kText;
    case TableKind::kDecimal:
    case TableKind::kPercent:
    case TableKind::kMoney: return ParquetType::kDecimal;
    case TableKind::kInteger: return ParquetType::kInteger;
    case TableKind::kDay: return ParquetType::kMidnight;
  }
  return ParquetType::kText;
}

// The cells of a column, each as the number of a distinct value.
template <class Value, class Key>
class CodedCells {
 public:
  void add(const std::optional<Value>& value) {
    if (!value) return indices_.push_back(kNullIndex);
    const auto found = codes_.find(Key(*value));
    if (found != codes_.end()) return indices_.push_back(found->second);
    const auto code = static_cast<std::uint32_t>(values_.size());
    values_.push_back(*value);
    codes_.emplace(Key(values_.back()), code);
    indices_.push_back(code);
  }

  const std::vector<std::uint32_t>& indices() const { return indices_; }
  /// The distinct values, as what `Key` is.
  std::vector<Key> dictionary() const { return {values_.begin(), values_.end()}; }

  void clear() {
    indices_.clear();
    codes_.clear();
    values_.clear();
  }

 private:
  std::vector<std::uint32_t> indices_;
  std::deque<Value> values_;  // their places stay while keys point to them
  std::unordered_map<Key, std::uint32_t> codes_;
};

template <class Value>
std::optional<Value> value_of(const TableCell& cell) {
  const auto* value = std::get_if<Value>(&cell);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

// A column of the row group in work: what its type needs of these.
struct Column {
  ParquetType type;
  CodedCells<std::string, std::string_view> texts = {};
  CodedCells<std::int64_t, std::int64_t> numbers = {};
  CodedCells<std::int32_t, std::int32_t> days = {};
  std::vector<Decimal> decimals = {};
  std::vector<std::uint8_t> present = {};

  void add(const TableCell& cell) {
    switch (type) {
      case ParquetType::kText: return texts.add(value_of<std::string>(cell));
      case ParquetType::kInteger: return numbers.add(value_of<std::int64_t>(cell));
      case ParquetType::kDay:
      case ParquetType::kMidnight: {
        const auto day = value_of<Day>(cell);
        return days.add(day ? std::optional(day->days_since_epoch()) : std::nullopt);
      }
      case ParquetType::kDecimal: {
        const auto amount = value_of<Decimal>(cell);
        decimals.push_back(amount.value_or(Decimal()));
        return present.push_back(amount ? 1 : 0);
      }
    }
  }

  void write(ParquetWriter& writer) {
    switch (type) {
      case ParquetType::kText: writer.text_column(texts.indices(), texts.dictionary()); break;
      case ParquetType::kInteger: writer.integer_column(numbers.indices(), numbers.dictionary()); break;
      case ParquetType::kDay:
      case ParquetType::kMidnight: writer.day_column(days.indices(), days.dictionary()); break;
      case ParquetType::kDecimal: writer.decimal_column(decimals, present); break;
    }
    texts.clear();
    numbers.clear();
    days.clear();
    decimals.clear();
    present.clear();
  }
};

}  // namespace

class ParquetRows::Writer {
 public:
  Writer(std::unique_ptr<ParquetWriter> file, const std::vector<TableColumn>& columns) : file_(std::move(file)) {
    for (const TableColumn& column : columns) columns_.push_back(Column{parquet_type(column.kind)});
  }

  Result<void> add(const std::vector<TableCell>& row) {
    APPORTION_CHECK(row.size() == columns_.size(), "a row of a table is as wide as its columns");
    for (std::size_t i = 0; i < row.size(); ++i) columns_[i].add(row[i]);
    return ++rows_ == kRowsOfGroup ? write_group() : ok();
  }

  void add_metadata(std::string_view key, std::string_view value) { file_->add_metadata(key, value); }

  Result<void> finish() {
    if (rows_ > 0) APPORTION_TRY(write_group());
    return file_->finish();
  }

 private:
  Result<void> write_group() {
    file_->begin_row_group(rows_);
    for (Column& column : columns_) column.write(*file_);
    rows_ = 0;
    return file_->end_row_group();
  }

  std::unique_ptr<ParquetWriter> file_;
  std::vector<Column> columns_;
  std::size_t rows_ = 0;  // of the row group in work
};

ParquetRows::ParquetRows(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
ParquetRows::ParquetRows(ParquetRows&& other) noexcept = default;
ParquetRows& ParquetRows::operator=(ParquetRows&& other) noexcept = default;
ParquetRows::~ParquetRows() = default;

Result<ParquetRows> ParquetRows::create(const std::filesystem::path& path, const std::vector<TableColumn>& columns) {
  std::vector<ParquetColumn> stored;
  for (const TableColumn& column : columns) stored.push_back({column.name, parquet_type(column.kind)});
  APPORTION_ASSIGN(auto file, ParquetWriter::create(path, std::move(stored)));
  return ParquetRows(std::make_unique<Writer>(std::move(file), columns));
}

Result<void> ParquetRows::add(const std::vector<TableCell>& row) { return writer_->add(row); }
void ParquetRows::add_metadata(std::string_view key, std::string_view value) { writer_->add_metadata(key, value); }
Result<void> ParquetRows::finish() { return writer_->finish(); }

}  // namespace apportion
