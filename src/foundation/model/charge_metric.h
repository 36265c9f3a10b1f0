/// What is summed over charges besides billed and effective cost, from the vendor's files to the customers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/money/decimal.h"

namespace apportion {

enum class ChargeMetric : std::uint8_t { kListCost, kContractedCost, kConsumedQuantity, kPricingQuantity };

inline constexpr auto kChargeMetrics =
    std::to_array<ChargeMetric>({ChargeMetric::kListCost, ChargeMetric::kContractedCost,
                                 ChargeMetric::kConsumedQuantity, ChargeMetric::kPricingQuantity});

/// `list`, `contracted`, `consumed_quantity`, `pricing_quantity`
std::string_view charge_metric_name(ChargeMetric metric);
/// `list cost`, `contracted cost`, `consumed quantity`, `pricing quantity`
std::string_view charge_metric_words(ChargeMetric metric);
std::optional<ChargeMetric> parse_charge_metric(std::string_view name);

/// The sum of a metric over rows, some of which may not have it. Quantities may have any unit, so a sum of them may be
/// too large for a Decimal: then there is none.
class MetricSum {
 public:
  MetricSum() = default;
  MetricSum(std::optional<Decimal> source, Decimal mended, std::int64_t known_rows, std::int64_t unknown_rows)
      : source_(source.value_or(Decimal())),
        mended_(mended),
        known_rows_(known_rows),
        unknown_rows_(unknown_rows),
        is_too_large_(!source) {}

  /// Adds a row: what was understood from the vendor's text, and what mends changed in it. `is_known`: the stored row
  /// has the metric.
  void add(Decimal source, Decimal mended, bool is_known) {
    ++(is_known ? known_rows_ : unknown_rows_);
    if (!source.is_zero()) add_to(source_, source);
    if (!mended.is_zero()) add_to(mended_, mended);
  }
  MetricSum& operator+=(const MetricSum& other);

  /// Over the vendor's text; nothing if it is too large.
  std::optional<Decimal> source() const { return is_too_large_ ? std::nullopt : std::optional(source_); }
  Decimal mended() const { return mended_; }  ///< Stored = source + mended.
  std::int64_t known_rows() const { return known_rows_; }
  std::int64_t unknown_rows() const { return unknown_rows_; }

 private:
  void add_to(Decimal& sum, Decimal more);

  Decimal source_, mended_;
  std::int64_t known_rows_ = 0;
  std::int64_t unknown_rows_ = 0;
  bool is_too_large_ = false;
};

}  // namespace apportion
