#include "sample/charges.h"

#include <algorithm>

namespace apportion::sample {
namespace {

constexpr std::int64_t kMicrosPerDay = 24'000'000;

constexpr auto kWorkloads = std::to_array<std::string_view>(
    {"web", "api", "erp", "data", "iot", "crm", "shop", "mail", "build", "ml", "backup", "Größe", "報告"});
constexpr auto kEnvironments = std::to_array<std::string_view>({"prod", "dev", "test", "stage"});
constexpr auto kProjects = std::to_array<std::string_view>({kProject, "Borealis", "cumulus", "délta", ""});
constexpr auto kPlatformGroups = std::to_array<std::string_view>({kPlatformGroup, kMonitoringGroup, kProjectGroup});

struct Offer {
  std::string_view product;
  std::string_view publisher;
  std::int64_t price_micros;
  Frequency frequency;
  ChargeType type;
};
constexpr auto kMarketplaceOffers = std::to_array<Offer>({
    {"Fabrikam Threat Shield - Enterprise", "Fabrikam Security, Inc.", 1'249'990'000, Frequency::kRecurring,
     ChargeType::kPurchase},
    {"Tailspin Backup for SaaS", "Tailspin \"Data\" Ltd", 349'500'000, Frequency::kOneTime, ChargeType::kPurchase},
    {"Adatum Linux Image Support", "Adatum A/S", 17'345, Frequency::kUsageBased, ChargeType::kUsage},
    {"Litware 監視サービス", "Litware 株式会社", 89'123'456, Frequency::kRecurring, ChargeType::kPurchase},
});

struct Seat {
  std::string_view product;
  std::string_view category;
  std::int64_t price_micros;
};
constexpr auto kSeatProducts = std::to_array<Seat>({
    {"Microsoft 365 Business Premium", "Microsoft 365", 22'000'000},
    {"Microsoft 365 E3 (no Teams)", "Microsoft 365", 33'750'000},
    {"Exchange Online (Plan 1)", "Exchange Online", 4'000'000},
    {"Dynamics 365 Sales Professional", "Dynamics 365", 65'000'000},
});

void fill_from_meter(Charge& charge, const Meter& meter) {
  charge.meter = &meter;
  charge.region = meter.region;
  charge.resource_kind = &resource_kinds()[static_cast<std::size_t>(meter.kind->resource_kind)];
  charge.family = meter.kind->family;
  charge.category = meter.kind->category;
  charge.subcategory = meter.kind->subcategory;
  charge.meter_name = meter.kind->name;
  charge.product_id = meter.product_id;
  charge.product_name = meter.product_name;
  charge.consumed_service = charge.resource_kind->provider;
  charge.unit = meter.kind->unit;
}

std::int64_t draw_quantity(const MeterKind& kind, Draws& draws) {
  switch (kind.shape) {
    case QuantityShape::kHoursOfDay: {
      const std::int64_t hours = draws.per_mille(700) ? kMicrosPerDay : draws.between(1, kMicrosPerDay);
      return std::max<std::int64_t>(1, hours / pricing_unit(kind.unit).block_size);
    }
    case QuantityShape::kMonthShare: return 33'333 * draws.between(1, 12);
    case QuantityShape::kFew: return static_cast<std::int64_t>(draws.heavy_tailed_below(40'000'000)) + 1;
    case QuantityShape::kMany: return static_cast<std::int64_t>(draws.heavy_tailed_below(90'000'000'000)) + 1;
  }
  return 1;
}

void add_tags(RowText& text, Draws& draws, std::string_view environment) {
  if (draws.per_mille(250)) {
    return;
  }
  text.add(R"("env": ")").add(environment).add('"');
  if (draws.per_mille(500)) {
    text.add(R"(,"project": ")").add(kProjects[draws.below(kProjects.size())]).add('"');
  }
  if (draws.per_mille(400)) {
    text.add(R"(,"CostCenter": ")").add_padded(draws.below(900) + 100, 4).add('"');
  }
  const auto ugly = ugly_tag_pairs();
  while (draws.per_mille(350)) {
    text.add(',').add(ugly[draws.below(ugly.size())]);
  }
}

std::string_view machine_details(const Charge& charge, std::string_view machine, Draws& draws, RowText& text) {
  const MeterKind& kind = *charge.meter->kind;
  text.add(R"({"UsageType":"ComputeHR","ImageType":"Canonical","ServiceType":")").add(kind.arm_sku);
  text.add(R"(","VMName":")").add(machine).add(R"(","VMProperties":null,"VCPUs":)").add_integer(kind.cores);
  text.add(R"(,"CPUs":0,"ConsumedQuantity":)").add_number(charge.quantity);
  if (charge.commitment != nullptr && charge.commitment->kind == CommitmentKind::kReservation) {
    text.add(R"(,"ReservationOrderId":")").add(charge.commitment->order_id).add(R"(","ReservationId":")");
    text.add(charge.commitment->id).add(R"(","ConsumptionMeter":")").add(charge.meter->id);
    text.add(R"(","RINormalizationRatio":1.0)");
  }
  if (draws.per_mille(30)) {
    text.add(R"(,"VMCapacityReservationId":"/subscriptions/)").add(charge.subscription->id);
    text.add(R"(/resourceGroups/rg-capacity/providers/Microsoft.Compute/capacityReservationGroups/crg-01")");
  }
  return text.add('}').take();
}

}  // namespace

std::string_view charge_type_text(ChargeType type) {
  constexpr std::array<std::string_view, 6> kTexts{
      "Usage", "Purchase", "Refund", "UnusedReservation", "UnusedSavingsPlan", "RoundingAdjustment"};
  return kTexts[static_cast<std::size_t>(type)];
}

std::string_view pricing_model_text(PricingModel model) {
  constexpr std::array<std::string_view, 4> kTexts{"OnDemand", "Spot", "Reservation", "SavingsPlan"};
  return kTexts[static_cast<std::size_t>(model)];
}

std::string_view frequency_text(Frequency frequency) {
  constexpr std::array<std::string_view, 3> kTexts{"OneTime", "Recurring", "UsageBased"};
  return kTexts[static_cast<std::size_t>(frequency)];
}

MonthCharges::MonthCharges(const World& world, Month month, std::uint64_t rows)
    : world_(world), month_(month), days_(month.last_day().day_of_month()) {
  const std::uint64_t commitment_days = world.commitments.size() * static_cast<std::uint64_t>(days_);
  slots_ = std::max<std::uint64_t>(1, rows * 8 / 100 / commitment_days);
  std::array<std::uint64_t, kSegmentCount> sizes{};
  sizes[kFirewall] = 2 * static_cast<std::uint64_t>(days_);
  sizes[kCash] = 2 * world.commitments.size();
  sizes[kCovered] = commitment_days * slots_;
  sizes[kUnused] = commitment_days;
  sizes[kMarketplace] = rows / 250 + 2;
  sizes[kSeats] = rows / 150 + 2;
  sizes[kRefund] = rows / 500 + 1;
  sizes[kRounding] = world.profiles.size();
  // About half of the unused rows exist; on the other days everything was used.
  std::uint64_t others = sizes[kCovered] + sizes[kUnused] / 2;
  for (const Segment segment : {kFirewall, kMarketplace, kSeats, kRefund, kRounding}) {
    others += sizes[segment];
  }
  sizes[kUsage] = std::max(rows / 2, rows - std::min(rows, others));
  std::uint64_t end = 0;
  for (std::size_t segment = 0; segment < kSegmentCount; ++segment) {
    end += sizes[segment];
    ends_[segment] = end;
  }
  resources_ = std::clamp<std::uint64_t>(rows / (world.subscriptions.size() * 20), 3, 5000);

  meters_of_resource_kind_.resize(resource_kinds().size());
  const auto kinds = meter_kinds();
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    meters_of_resource_kind_[static_cast<std::size_t>(kinds[kind].resource_kind)].push_back(kind);
    if (!kinds[kind].arm_sku.empty() && kinds[kind].unit == "1 Hour") {
      machine_kinds_.push_back(kind);
    }
  }
}

bool MonthCharges::make(std::uint64_t index, const RunView& view, Charge& charge, RowText& text) const {
  charge = Charge{};
  std::size_t segment = 0;
  while (index >= ends_[segment]) {
    ++segment;
  }
  const std::uint64_t within = segment == 0 ? index : index - ends_[segment - 1];
  bool made = false;
  switch (static_cast<Segment>(segment)) {
    case kFirewall: made = firewall(within, charge, text); break;
    case kCash: made = cash(within, charge, text); break;
    case kUsage: made = usage(within, view, charge, text); break;
    case kCovered: made = covered(within, charge, text); break;
    case kUnused: made = unused(within, charge, text); break;
    case kMarketplace: made = marketplace(within, charge, text); break;
    case kSeats: made = seats(within, charge, text); break;
    case kRefund: made = refund(within, charge, text); break;
    case kRounding: made = view.invoiced && rounding(within, charge); break;
    case kSegmentCount: break;
  }
  return made && charge.day <= view.until;
}

Draws MonthCharges::draws(Stream stream, std::uint64_t index) const {
  return {world_.seed, stream, index, month_index(month_)};
}

Day MonthCharges::draw_day(Draws& draws) const {
  return month_.first_day().plus_days(static_cast<std::int32_t>(draws.below(static_cast<std::uint64_t>(days_))));
}

std::size_t MonthCharges::draw_subscription(Draws& draws) const {
  // A prime step spreads the frequent ones across the list, so that the partner's own are not always the largest.
  constexpr std::uint64_t kStep = 1'000'003;
  const std::uint64_t count = world_.subscriptions.size();
  return (draws.heavy_tailed_below(count) * kStep + count / 2) % count;
}

void MonthCharges::use_subscription(Charge& charge, std::size_t subscription) const {
  charge.subscription = &world_.subscriptions[subscription];
  charge.tenant = &world_.tenants[charge.subscription->tenant];
  charge.profile = charge.tenant->profile;
  charge.order_id = charge.subscription->order_id;
  charge.order_name = "Azure plan";
}

void MonthCharges::use_resource(Charge& charge, std::size_t subscription, std::uint64_t number, Draws& draws,
                                RowText& text) const {
  use_subscription(charge, subscription);
  Draws shape(world_.seed, Stream::kResource, subscription, number);
  if (charge.meter == nullptr) {
    const auto kinds = meter_kinds();
    const auto resource_kind = static_cast<std::size_t>(kinds[shape.below(kinds.size())].resource_kind);
    const auto& choice = meters_of_resource_kind_[resource_kind];
    const std::uint64_t region = shape.below(regions().size());
    const std::size_t pick =
        resource_kind == 0 ? choice[shape.below(choice.size())] : choice[draws.below(choice.size())];
    fill_from_meter(charge, world_.meter(pick, region));
    charge.quantity = micros(draw_quantity(*charge.meter->kind, draws));
  }
  const std::string_view workload = kWorkloads[shape.below(kWorkloads.size())];
  const std::string_view environment = kEnvironments[shape.below(kEnvironments.size())];
  const bool platform = charge.tenant == world_.tenants.data();
  if (platform) {
    charge.resource_group = kPlatformGroups[number % kPlatformGroups.size()];
  } else {
    text.add(shape.per_mille(60) ? "RG-" : "rg-").add(workload).add('-').add(environment);
    charge.resource_group = text.take();
  }
  const std::string_view name =
      text.add(charge.resource_kind->name_prefix).add('-').add(workload).add('-').add_padded(number, 4).take();
  charge.resource_id = text.add("/subscriptions/")
                           .add(charge.subscription->id)
                           .add("/resourceGroups/")
                           .add(charge.resource_group)
                           .add("/providers/")
                           .add(charge.resource_kind->provider)
                           .add('/')
                           .add(charge.resource_kind->type)
                           .add('/')
                           .add(name)
                           .take();
  if (charge.resource_group == kProjectGroup) {
    text.add(R"("project": ")").add(kProject).add('"');
  } else {
    add_tags(text, shape, environment);
  }
  charge.tags = text.take();
  if (!charge.meter->kind->arm_sku.empty()) {
    charge.service_info = "Canonical";
    charge.additional_info = machine_details(charge, name, shape, text);
  }
}

void MonthCharges::price_usage(Charge& charge) const {
  charge.list_price = micros(charge.meter->price_micros);
  charge.unit_price = charge.list_price;
  if (charge.model == PricingModel::kSpot) {
    charge.unit_price = micros(std::max<std::int64_t>(1, charge.meter->price_micros * 3 / 10));
  }
  charge.partner_credit = charge.subscription != nullptr && !charge.subscription->partner_credit_lost;
  charge.effective_price = charge.partner_credit ? charge.unit_price * Scaled{85, 2} : charge.unit_price;
}

bool MonthCharges::firewall(std::uint64_t index, Charge& charge, RowText& text) const {
  Draws row = draws(Stream::kFirewall, index);
  const auto kinds = meter_kinds();
  const bool traffic = index % 2 == 1;
  std::size_t kind = 0;
  while (kinds[kind].category != "Azure Firewall") {
    ++kind;
  }
  use_subscription(charge, 0);
  fill_from_meter(charge, world_.meter(kind + (traffic ? 1 : 0), 1));
  charge.day = month_.first_day().plus_days(static_cast<std::int32_t>(index / 2));
  charge.quantity = micros(traffic ? row.between(200'000'000, 900'000'000) : kMicrosPerDay);
  charge.resource_group = "rg-connectivity";
  charge.resource_id = text.add("/subscriptions/")
                           .add(charge.subscription->id)
                           .add("/resourceGroups/rg-connectivity/providers/Microsoft.Network/azureFirewalls/")
                           .add(traffic ? "FW-Shared" : kSharedFirewall)
                           .take();
  charge.tags = R"("env": "prod","shared": "yes")";
  price_usage(charge);
  return true;
}

void MonthCharges::use_commitment(Charge& charge, std::size_t commitment_index) const {
  const Commitment& commitment = world_.commitments[commitment_index];
  charge.commitment = &commitment;
  charge.model =
      commitment.kind == CommitmentKind::kReservation ? PricingModel::kReservation : PricingModel::kSavingsPlan;
}

bool MonthCharges::runs_on(const Commitment& commitment, Day day) const {
  const bool is_returned = commitment.returned && day >= *commitment.returned;
  return day >= commitment.start && day < commitment.start.plus_days(365 * (commitment.term_months / 12)) &&
         !is_returned;
}

/// Hours that were paid for but not used when a commitment was returned in full.
std::int64_t MonthCharges::hours_given_back(const Commitment& commitment) {
  const Day returned = *commitment.returned;
  if (commitment.upfront) {
    const Day end = commitment.start.plus_days(365 * (commitment.term_months / 12));
    return 24 * std::int64_t{end.days_since_epoch() - returned.days_since_epoch()};
  }
  Month month = Month::of(returned);
  const auto payment_in = [&commitment](Month of) {
    return std::min(of.first_day().plus_days(commitment.start.day_of_month() - 1), of.last_day());
  };
  const Day paid = payment_in(month) < returned ? payment_in(month) : payment_in(month.plus_months(-1));
  return std::max<std::int64_t>(1, 730 - 24 * std::int64_t{returned.days_since_epoch() - paid.days_since_epoch()});
}

bool MonthCharges::cash(std::uint64_t index, Charge& charge, RowText& text) const {
  const Commitment& commitment = world_.commitments[index / 2];
  const bool refund = index % 2 == 1;
  const bool whole = refund && commitment.returned.has_value();
  const bool first_month = month_.contains(commitment.start);
  const bool refund_month =
      whole ? month_.contains(*commitment.returned)
            : commitment.refunded && !commitment.returned && month_ == world_.first_month.plus_months(1);
  if (refund ? !refund_month : commitment.upfront && !first_month) {
    return false;
  }
  const int day = refund ? 17 : commitment.start.day_of_month();
  charge.day = whole ? *commitment.returned : std::min(month_.first_day().plus_days(day - 1), month_.last_day());
  if (!whole && !runs_on(commitment, charge.day)) {
    return false;
  }
  use_commitment(charge, index / 2);
  const Tenant& buyer = world_.tenants[commitment.buyer_tenant];
  const Meter& meter = world_.meters[commitment.meter];
  const bool reservation = commitment.kind == CommitmentKind::kReservation;
  charge.in_amortized = false;
  charge.type = refund ? ChargeType::kRefund : ChargeType::kPurchase;
  charge.frequency = commitment.upfront ? Frequency::kOneTime : Frequency::kRecurring;
  charge.tenant = &buyer;
  charge.profile = buyer.profile;
  charge.family = "Compute";
  charge.category = reservation ? "Virtual Machines" : "Savings Plan";
  charge.subcategory = reservation ? meter.kind->subcategory : "Compute Savings Plan";
  charge.meter_name = reservation ? meter.kind->name : "";
  charge.meter = reservation ? &meter : nullptr;
  charge.region = reservation ? meter.region : nullptr;
  charge.product_id = commitment.product_id;
  charge.product_name = commitment.product_name;
  charge.order_id = commitment.order_id;
  charge.order_name = commitment.product_name;
  charge.consumed_service = reservation ? "Microsoft.Capacity" : "Microsoft.BillingBenefits";
  charge.unit = "1 Hour";
  charge.credit_eligible = false;
  charge.resource_id = text.add(reservation ? "/providers/Microsoft.Capacity/reservationOrders/"
                                            : "/providers/Microsoft.BillingBenefits/savingsPlanOrders/")
                           .add(commitment.order_id)
                           .take();
  // A monthly payment covers 730 hours, Microsoft's month; an upfront payment 8,760 hours per year.
  const std::int64_t hours = whole                           ? hours_given_back(commitment)
                             : commitment.upfront && !refund ? 8'760 * (commitment.term_months / 12)
                                                             : 730;
  charge.quantity = micros((whole ? -commitment.quantity : refund ? -1 : commitment.quantity) * 1'000'000);
  charge.unit_price = micros(commitment.hourly_micros * hours);
  charge.effective_price = charge.unit_price;
  return true;
}

bool MonthCharges::usage(std::uint64_t index, const RunView& view, Charge& charge, RowText& text) const {
  Draws row = draws(Stream::kUsage, index);
  const std::uint64_t fate = row.below(1000);
  const bool late = fate < 15;
  const bool corrected = fate >= 15 && fate < 30;
  const bool withdrawn = fate >= 30 && fate < 32;
  if (view.restated ? withdrawn : late) {
    return false;
  }
  charge.day = draw_day(row);
  const std::uint64_t oddity = row.below(1000);
  const bool platform = oddity >= 950 && oddity < 970;
  const std::size_t subscription = platform ? oddity % 2 : draw_subscription(row);
  use_resource(charge, subscription, row.heavy_tailed_below(resources_), row, text);
  if (corrected && !view.restated) {
    charge.quantity.units = std::max<Int128>(1, charge.quantity.units * row.between(300, 980) / 1000);
  }
  if (oddity < 2) {
    charge.quantity.units = -charge.quantity.units;
  }
  if (oddity >= 980 && !charge.meter->kind->arm_sku.empty()) {
    charge.model = PricingModel::kSpot;
  }
  if (oddity >= 10 && oddity < 18) {
    charge.subscription = nullptr;
    charge.resource_id = {};
    charge.additional_info = {};
    charge.resource_group = oddity == 10 ? "Not applicable" : oddity == 11 ? "$system" : "";
  }
  price_usage(charge);
  return true;
}

MonthCharges::DayUse MonthCharges::day_use(std::size_t commitment, std::int32_t day_index) const {
  const Commitment& of = world_.commitments[commitment];
  if (!runs_on(of, month_.first_day().plus_days(day_index))) {
    return {0, 0};
  }
  Draws day = draws(Stream::kCommitmentDay, commitment * 32 + static_cast<std::uint64_t>(day_index));
  const std::uint64_t style = commitment % 6;
  std::int64_t used_per_mille = 1000;
  if (style == 5 || day.per_mille(30)) {
    used_per_mille = style == 5 && day.per_mille(900) ? 0 : 250;
  } else if (style >= 2 || day.per_mille(150)) {
    used_per_mille = day.between(400, 1000);
  }
  const std::int64_t reserved = kMicrosPerDay * of.quantity;
  return {reserved, reserved / 1000 * used_per_mille};
}

std::uint64_t MonthCharges::covered_index(std::size_t commitment, std::int32_t day_index, std::uint64_t slot) const {
  return ends_[kUsage] +
         (commitment * static_cast<std::uint64_t>(days_) + static_cast<std::uint64_t>(day_index)) * slots_ + slot;
}

bool MonthCharges::covered(std::uint64_t index, Charge& charge, RowText& text) const {
  const std::uint64_t slot = index % slots_;
  const auto day_index = static_cast<std::int32_t>(index / slots_ % static_cast<std::uint64_t>(days_));
  const std::size_t commitment_index = index / slots_ / static_cast<std::uint64_t>(days_);
  const DayUse use = day_use(commitment_index, day_index);
  if (use.used == 0) {
    return false;
  }
  // The used hours are cut into slots at points that do not depend on the other slots, so the parts sum to the whole.
  const auto cut = [&](std::uint64_t place) -> std::int64_t {
    const auto even = static_cast<std::int64_t>(UInt128{place} * static_cast<std::uint64_t>(use.used) / slots_);
    if (place == 0 || place == slots_) {
      return even;
    }
    Draws jitter = draws(Stream::kCoverage, index - slot + place);
    const std::int64_t reach = use.used / static_cast<std::int64_t>(slots_) / 3;
    return even + jitter.between(-reach, reach);
  };
  const std::int64_t hours = cut(slot + 1) - cut(slot);
  if (hours <= 0) {
    return false;
  }
  const Commitment& commitment = world_.commitments[commitment_index];
  Draws row = draws(Stream::kCoverage, ~index);
  use_commitment(charge, commitment_index);
  charge.covered = true;
  charge.day = month_.first_day().plus_days(day_index);
  std::size_t subscription = draw_subscription(row);
  if (!commitment.central) {
    const Tenant& buyer = world_.tenants[commitment.buyer_tenant];
    subscription = buyer.first_subscription + row.below(buyer.subscription_count);
  }
  const bool reservation = commitment.kind == CommitmentKind::kReservation;
  const Meter& meter =
      reservation ? world_.meters[commitment.meter]
                  : world_.meter(machine_kinds_[row.below(machine_kinds_.size())], row.below(regions().size()));
  fill_from_meter(charge, meter);
  const std::int64_t price = reservation ? commitment.hourly_micros : savings_plan_micros(meter);
  // A reservation is used in machine hours; a plan in money, so its machine hours follow from their price.
  const std::int64_t quantity =
      reservation
          ? hours
          : static_cast<std::int64_t>(Int128{hours} * commitment.hourly_micros / std::max<std::int64_t>(1, price));
  if (quantity == 0) {
    return false;
  }
  charge.quantity = micros(quantity);
  use_resource(charge, subscription, row.heavy_tailed_below(resources_), row, text);
  charge.list_price = micros(meter.price_micros);
  charge.unit_price = charge.list_price;
  charge.effective_price = micros(price);
  return true;
}

bool MonthCharges::unused(std::uint64_t index, Charge& charge, RowText&) const {
  const auto day_index = static_cast<std::int32_t>(index % static_cast<std::uint64_t>(days_));
  const std::size_t commitment_index = index / static_cast<std::uint64_t>(days_);
  const DayUse use = day_use(commitment_index, day_index);
  if (use.reserved == use.used) {
    return false;
  }
  const Commitment& commitment = world_.commitments[commitment_index];
  const Tenant& buyer = world_.tenants[commitment.buyer_tenant];
  const bool reservation = commitment.kind == CommitmentKind::kReservation;
  use_commitment(charge, commitment_index);
  charge.in_actual = false;
  charge.day = month_.first_day().plus_days(day_index);
  charge.type = reservation ? ChargeType::kUnusedReservation : ChargeType::kUnusedSavingsPlan;
  charge.tenant = &buyer;
  charge.profile = buyer.profile;
  if (reservation) {
    fill_from_meter(charge, world_.meters[commitment.meter]);
    charge.resource_kind = nullptr;
  } else {
    charge.family = "Compute";
    charge.category = "Savings Plan";
    charge.subcategory = "Compute Savings Plan";
    charge.unit = "1 Hour";
  }
  charge.consumed_service = reservation ? "Microsoft.Capacity" : "Microsoft.BillingBenefits";
  charge.product_id = commitment.product_id;
  charge.product_name = commitment.product_name;
  charge.order_id = commitment.order_id;
  charge.order_name = commitment.product_name;
  charge.credit_eligible = false;
  charge.quantity = micros(use.reserved - use.used);
  charge.unit_price = micros(commitment.hourly_micros);
  charge.effective_price = charge.unit_price;
  return true;
}

bool MonthCharges::marketplace(std::uint64_t index, Charge& charge, RowText& text) const {
  Draws row = draws(Stream::kMarketplace, index);
  const Offer& offer = kMarketplaceOffers[index % kMarketplaceOffers.size()];
  use_subscription(charge, draw_subscription(row));
  charge.day = draw_day(row);
  charge.type = offer.type;
  charge.frequency = offer.frequency;
  charge.family = "Azure Marketplace Services";
  charge.category = "SaaS";
  charge.subcategory = offer.product;
  charge.product_name = offer.product;
  charge.order_name = offer.product;
  charge.consumed_service = "Microsoft.SaaS";
  charge.unit = offer.type == ChargeType::kUsage ? "1 Hour" : "1";
  charge.publisher_type = "Marketplace";
  charge.publisher_name = offer.publisher;
  charge.credit_eligible = false;
  charge.resource_group = "rg-saas";
  charge.resource_id = text.add("/subscriptions/")
                           .add(charge.subscription->id)
                           .add("/resourceGroups/rg-saas/providers/Microsoft.SaaS/resources/saas-")
                           .add_padded(row.below(40), 3)
                           .take();
  charge.quantity =
      micros(offer.type == ChargeType::kUsage ? row.between(1, kMicrosPerDay) : row.between(1, 3) * 1'000'000);
  charge.unit_price = micros(offer.price_micros);
  charge.effective_price = charge.unit_price;
  return true;
}

bool MonthCharges::seats(std::uint64_t index, Charge& charge, RowText& text) const {
  Draws row = draws(Stream::kSeats, index);
  const Seat& seat = kSeatProducts[row.below(kSeatProducts.size())];
  const std::size_t subscription = draw_subscription(row);
  use_subscription(charge, subscription);
  charge.subscription = nullptr;
  charge.day = month_.first_day().plus_days(static_cast<std::int32_t>(row.below(3)));
  charge.type = ChargeType::kPurchase;
  charge.frequency = Frequency::kRecurring;
  charge.family = "Office 365 Global";
  charge.category = seat.category;
  charge.product_id = "CFQ7TTC0LCHC0002";
  charge.product_name = seat.product;
  const std::uint64_t order = row.next();
  charge.order_id = text.add_guid(order, row.next()).take();
  charge.order_name = seat.product;
  charge.unit = "1/Month";
  charge.provider = "Microsoft 365";
  charge.credit_eligible = false;
  charge.quantity = micros(row.between(1, 250) * 1'000'000);
  charge.unit_price = micros(seat.price_micros);
  charge.list_price = charge.unit_price;
  charge.effective_price = charge.unit_price;
  return true;
}

bool MonthCharges::refund(std::uint64_t index, Charge& charge, RowText& text) const {
  Draws row = draws(Stream::kRefund, index);
  const std::size_t subscription = draw_subscription(row);
  use_resource(charge, subscription, row.heavy_tailed_below(resources_), row, text);
  charge.day = draw_day(row);
  charge.type = ChargeType::kRefund;
  charge.frequency = Frequency::kOneTime;
  charge.tags = {};
  charge.additional_info = {};
  charge.quantity.units = -charge.quantity.units;
  price_usage(charge);
  return true;
}

bool MonthCharges::rounding(std::uint64_t index, Charge& charge) const {
  Draws row = draws(Stream::kRounding, index);
  charge.day = month_.last_day();
  charge.type = ChargeType::kRounding;
  charge.frequency = Frequency::kOneTime;
  charge.profile = static_cast<int>(index);
  charge.family = "Other";
  charge.category = "Rounding";
  charge.product_name = "Rounding adjustment";
  charge.credit_eligible = false;
  charge.quantity = micros(1'000'000);
  charge.unit_price = micros(row.between(-4'999, 4'999));
  charge.effective_price = charge.unit_price;
  return true;
}

}  // namespace apportion::sample
