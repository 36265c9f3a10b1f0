#include "foundation/model/charge_metric.h"

#include <algorithm>

namespace apportion {
namespace {

struct MetricWords {
  std::string_view name;
  std::string_view words;
};

// By metric.
constexpr auto kWords = std::to_array<MetricWords>({{"list", "list cost"},
                                                    {"contracted", "contracted cost"},
                                                    {"consumed_quantity", "consumed quantity"},
                                                    {"pricing_quantity", "pricing quantity"}});
static_assert(kWords.size() == kChargeMetrics.size());

}  // namespace

std::string_view charge_metric_name(ChargeMetric metric) { return kWords[static_cast<std::size_t>(metric)].name; }
std::string_view charge_metric_words(ChargeMetric metric) { return kWords[static_cast<std::size_t>(metric)].words; }

std::optional<ChargeMetric> parse_charge_metric(std::string_view name) {
  const auto found = std::ranges::find(kChargeMetrics, name, charge_metric_name);
  return found == kChargeMetrics.end() ? std::nullopt : std::optional(*found);
}

void MetricSum::add_to(Decimal& sum, Decimal more) {
  // Half of the range of a Decimal: sums of such sums fit into 128 bits.
  constexpr Int128 kUnitsMax = Decimal::kUnitsPerOne * 50 * Decimal::kUnitsPerOne;
  const Int128 units = sum.units() + more.units();
  if (units > kUnitsMax || units < -kUnitsMax) {
    is_too_large_ = true;
    return;
  }
  sum = Decimal::from_units(units);
}

MetricSum& MetricSum::operator+=(const MetricSum& other) {
  add_to(source_, other.source_);
  add_to(mended_, other.mended_);
  known_rows_ += other.known_rows_;
  unknown_rows_ += other.unknown_rows_;
  is_too_large_ = is_too_large_ || other.is_too_large_;
  return *this;
}

}  // namespace apportion
