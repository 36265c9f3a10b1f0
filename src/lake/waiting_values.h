/// Values of one column that wait for their row group of a Parquet file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "foundation/money/decimal.h"
#include "lake/parquet_writer.h"

namespace apportion {

/// Each distinct value is kept once.
template <class Value>
class WaitingValues {
 public:
  void add(const Value& value) {
    const auto [found, is_new] = numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    codes_.push_back(found->second);
  }
  void add_nothing() { codes_.push_back(kNullIndex); }

 protected:
  const std::vector<std::uint32_t>& codes() const { return codes_; }
  const std::vector<Value>& values() const { return values_; }
  void clear() {
    codes_.clear();
    values_.clear();
    numbers_.clear();
  }

 private:
  std::vector<std::uint32_t> codes_;
  std::vector<Value> values_;
  std::unordered_map<Value, std::uint32_t> numbers_;
};

class WaitingTexts : public WaitingValues<std::string> {
 public:
  /// Writes the column, and forgets its values.
  void write(ParquetWriter& writer) {
    const std::vector<std::string_view> dictionary(values().begin(), values().end());
    writer.text_column(codes(), dictionary);
    clear();
  }
};

/// Days as the number of days since 1970-01-01.
class WaitingDays : public WaitingValues<std::int32_t> {
 public:
  void write(ParquetWriter& writer) {
    writer.day_column(codes(), values());
    clear();
  }
};

/// Mostly distinct.
class WaitingDecimals {
 public:
  void add(const std::optional<Decimal>& value) {
    values_.push_back(value.value_or(Decimal()));
    present_.push_back(value ? 1 : 0);
  }
  void write(ParquetWriter& writer) {
    const bool all_present = std::ranges::find(present_, 0) == present_.end();
    writer.decimal_column(values_, all_present ? std::span<const std::uint8_t>() : present_);
    values_.clear();
    present_.clear();
  }

 private:
  std::vector<Decimal> values_;
  std::vector<std::uint8_t> present_;
};

}  // namespace apportion
