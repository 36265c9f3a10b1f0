/// The invented price list: the kinds of resources, their meters, and their regions. Names and prices of the meters
/// look realistic; none is a real price.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace apportion::sample {

struct Region {
  std::string_view arm_name;     ///< `westeurope`, of resourceLocation
  std::string_view name;         ///< `West Europe`, of FOCUS RegionName
  std::string_view location;     ///< `EU West`, of location and meterRegion
  std::int64_t price_per_mille;  ///< relative to East US
};

struct ResourceKind {
  std::string_view provider;     ///< `Microsoft.Compute`, of consumedService
  std::string_view type;         ///< `virtualMachines`, after the provider in an ARM id
  std::string_view name_prefix;  ///< `vm`
  std::string_view type_name;    ///< FOCUS ResourceType
  std::string_view service;      ///< FOCUS ServiceName
  std::string_view category;     ///< FOCUS ServiceCategory
  std::string_view subcategory;  ///< FOCUS ServiceSubcategory
};

/// How the quantity of one day is drawn.
enum class QuantityShape {
  kHoursOfDay,  ///< Mostly 24 whole hours, sometimes a part with six digits.
  kMonthShare,  ///< A size times 1/30 of a month.
  kFew,         ///< 0.0001 to 40 units, six digits.
  kMany,        ///< 1 to 90,000 units, six digits.
};

struct MeterKind {
  int resource_kind;        ///< index in `resource_kinds()`
  std::string_view family;  ///< serviceFamily
  std::string_view category;
  std::string_view subcategory;
  std::string_view name;
  std::string_view unit;      ///< unitOfMeasure
  std::int64_t price_micros;  ///< USD x 10^-6 for one `unit`, in East US
  QuantityShape shape;
  std::string_view arm_sku;  ///< `Standard_D2s_v5` for machines that commitments cover, otherwise empty
  int cores;                 ///< of a machine
};

/// FOCUS unit of a unitOfMeasure (facts C.6, PricingUnits).
struct PricingUnit {
  std::string_view unit_of_measure;
  std::int64_t block_size;
  std::string_view unit;
};

std::span<const Region> regions();
std::span<const ResourceKind> resource_kinds();
std::span<const MeterKind> meter_kinds();
PricingUnit pricing_unit(std::string_view unit_of_measure);

/// Invented company names in many scripts, some with quotes, commas and emoji.
std::span<const std::string_view> company_names();
/// Ready-made pairs `"key": "value"` with everything that tags may contain (facts D.5).
std::span<const std::string_view> ugly_tag_pairs();

}  // namespace apportion::sample
