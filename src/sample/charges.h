/// Charges: what happened in a month of the invented partner, one charge per index, generated without state.
///
/// A charge is the common source of its rows in the actual, the amortized and the FOCUS file, so these agree by
/// construction: usage is in both cost files with equal cells; usage covered by a commitment costs nothing in the
/// actual file and its share in the amortized one; purchases and refunds of commitments are in the actual file only,
/// and the unused part of a commitment in the amortized file only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sample/row_text.h"
#include "sample/world.h"

namespace apportion::sample {

enum class ChargeType { kUsage, kPurchase, kRefund, kUnusedReservation, kUnusedSavingsPlan, kRounding };
enum class PricingModel { kOnDemand, kSpot, kReservation, kSavingsPlan };
enum class Frequency { kOneTime, kRecurring, kUsageBased };

std::string_view charge_type_text(ChargeType type);
std::string_view pricing_model_text(PricingModel model);
std::string_view frequency_text(Frequency frequency);

struct Charge {
  bool in_actual = true;
  bool in_amortized = true;
  bool covered = false;  ///< Costs nothing in the actual file.
  Day day = Day(0);
  ChargeType type = ChargeType::kUsage;
  PricingModel model = PricingModel::kOnDemand;
  Frequency frequency = Frequency::kUsageBased;
  int profile = 0;
  const Tenant* tenant = nullptr;  ///< May be null, like all pointers here. All belong to the World.
  const Subscription* subscription = nullptr;
  const Meter* meter = nullptr;
  const ResourceKind* resource_kind = nullptr;
  const Commitment* commitment = nullptr;
  const Region* region = nullptr;
  std::string_view family, category, subcategory, meter_name, product_id, product_name, order_id, order_name;
  std::string_view consumed_service, unit, publisher_type = "Microsoft", publisher_name = "Microsoft",
                                           provider = "Azure";
  std::string_view resource_group, resource_id, service_info, additional_info, tags;
  bool partner_credit = false;
  bool credit_eligible = true;
  Scaled quantity, unit_price, list_price, effective_price;  ///< Prices in USD.
};

/// How much of a month a run has seen.
struct RunView {
  bool restated = true;  ///< Including the late rows and the corrected amounts.
  bool invoiced = true;  ///< The month has its invoice.
  Day until = Day(0);    ///< The last day it contains.
};

class MonthCharges {
 public:
  /// `rows` is the wanted size of the amortized file. The World must outlive this.
  MonthCharges(const World& world, Month month, std::uint64_t rows);

  /// The number of indexes. Not every index has a charge in every run.
  std::uint64_t size() const { return ends_.back(); }

  /// Generates the charge of `index`; false if the run does not have it. The texts of the charge belong to `text`,
  /// which must have been cleared, and to the World.
  bool make(std::uint64_t index, const RunView& view, Charge& charge, RowText& text) const;

  Month month() const { return month_; }

  /// Hours that the machines of a reservation ran and could have run on one day, x 10^-6; zero before its start.
  struct DayUse {
    std::int64_t reserved;
    std::int64_t used;
  };
  DayUse day_use(std::size_t commitment, std::int32_t day_index) const;
  std::uint64_t slots_per_day() const { return slots_; }
  std::int32_t days() const { return days_; }
  /// The indexes of the purchases and refunds of commitments.
  std::uint64_t cash_begin() const { return ends_[kCash - 1]; }
  std::uint64_t cash_end() const { return ends_[kCash]; }
  /// The index of the charge of a slot of a commitment and day.
  std::uint64_t covered_index(std::size_t commitment, std::int32_t day_index, std::uint64_t slot) const;

 private:
  enum Segment : std::size_t {
    kFirewall,
    kCash,
    kUsage,
    kCovered,
    kUnused,
    kMarketplace,
    kSeats,
    kRefund,
    kRounding,
    kSegmentCount,
  };

  bool firewall(std::uint64_t index, Charge& charge, RowText& text) const;
  bool cash(std::uint64_t index, Charge& charge, RowText& text) const;
  static std::int64_t hours_given_back(const Commitment& commitment);
  bool usage(std::uint64_t index, const RunView& view, Charge& charge, RowText& text) const;
  bool covered(std::uint64_t index, Charge& charge, RowText& text) const;
  bool unused(std::uint64_t index, Charge& charge, RowText& text) const;
  bool marketplace(std::uint64_t index, Charge& charge, RowText& text) const;
  bool seats(std::uint64_t index, Charge& charge, RowText& text) const;
  bool refund(std::uint64_t index, Charge& charge, RowText& text) const;
  bool rounding(std::uint64_t index, Charge& charge) const;

  Draws draws(Stream stream, std::uint64_t index) const;
  Day draw_day(Draws& draws) const;
  /// A subscription; a few are drawn far more often than the others.
  std::size_t draw_subscription(Draws& draws) const;
  void use_subscription(Charge& charge, std::size_t subscription) const;
  /// Resource `number` of a subscription; the same number is the same resource in every month.
  void use_resource(Charge& charge, std::size_t subscription, std::uint64_t number, Draws& draws, RowText& text) const;
  void use_commitment(Charge& charge, std::size_t commitment_index) const;
  void price_usage(Charge& charge) const;
  bool runs_on(const Commitment& commitment, Day day) const;

  const World& world_;
  Month month_;
  std::int32_t days_;
  std::uint64_t slots_;
  std::uint64_t resources_;
  std::array<std::uint64_t, kSegmentCount> ends_;
  std::vector<std::vector<std::size_t>> meters_of_resource_kind_;
  std::vector<std::size_t> machine_kinds_;
};

/// Names on the partner's own platform that rules look for.
inline constexpr std::string_view kSharedFirewall = "fw-shared";
inline constexpr std::string_view kPlatformGroup = "rg-platform";
inline constexpr std::string_view kMonitoringGroup = "rg-monitoring";
inline constexpr std::string_view kProjectGroup = "rg-project";
inline constexpr std::string_view kProject = "apollo";

}  // namespace apportion::sample
