#include "sample/world.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace apportion::sample {
namespace {

struct ProfileTemplate {
  std::string_view name;
  std::string_view currency;
  std::int64_t rate_base;
};

constexpr auto kProfiles = std::to_array<ProfileTemplate>({
    {"Euro customers", "EUR", 9'215},
    {"US customers", "USD", 10'000},
    {"UK customers", "GBP", 7'864},
    {"日本のお客様", "JPY", 1'498'725},
});

constexpr std::string_view kPartnerName = "Invented Cloud Partner";

constexpr auto kSubscriptionNames =
    std::to_array<std::string_view>({"Production", "Development", "Test & QA", "Sandbox", "Datenplattform", "本番環境",
                                     "Shared, services", "Legacy \"old\""});

/// Prices of commitments relative to pay-as-you-go prices.
constexpr std::int64_t kReservationPerMille = 617;
constexpr std::int64_t kSavingsPlanPerMille = 829;

std::string guid_from(Draws& draws) {
  const std::uint64_t high = draws.next();
  return guid_text(high, draws.next());
}

std::string code_from(Draws& draws, std::string_view pattern) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string code;
  for (const char place : pattern) {
    code += place == 'X' ? kLetters[draws.below(kLetters.size())] : place;
  }
  return code;
}

std::vector<Profile> make_profiles(std::uint64_t seed) {
  std::vector<Profile> profiles;
  for (const ProfileTemplate& shape : kProfiles) {
    Draws draws(seed, Stream::kPartner, 100 + profiles.size());
    profiles.push_back(
        {code_from(draws, "XXXX-XXXX-XXX-PGB"), std::string(shape.name), shape.currency, shape.rate_base});
  }
  return profiles;
}

std::string company_name(std::size_t index) {
  const auto names = company_names();
  std::string name(names[index % names.size()]);
  if (index >= names.size()) {
    name += fmt::format(" {}", index / names.size() + 1);
  }
  return name;
}

void add_subscriptions(World& world, std::size_t tenant_index, std::size_t count) {
  Tenant& tenant = world.tenants[tenant_index];
  tenant.first_subscription = world.subscriptions.size();
  tenant.subscription_count = count;
  for (std::size_t number = 0; number < count; ++number) {
    Draws draws(world.seed, Stream::kSubscription, world.subscriptions.size());
    std::string id = guid_from(draws);
    world.subscriptions.push_back({std::move(id), std::string(kSubscriptionNames[number % kSubscriptionNames.size()]),
                                   guid_from(draws), tenant_index, draws.per_mille(90)});
  }
}

std::size_t add_tenant(World& world, std::string name, int customer) {
  const std::size_t index = world.tenants.size();
  Draws draws(world.seed, Stream::kTenant, index);
  std::string id = guid_from(draws);
  const int profile = index == 0 ? 0 : static_cast<int>(draws.below(world.profiles.size()));
  world.tenants.push_back({std::move(id), std::move(name), profile, customer, "", "", 0, 0});
  if (index != 0 && draws.per_mille(300)) {
    const std::uint64_t reseller = draws.below(5);
    world.tenants.back().reseller_name = fmt::format("Invented Reseller {}", reseller + 1);
    world.tenants.back().reseller_id = fmt::format("{}", 4'510'000 + 37 * reseller);
  }
  const std::size_t count = index == 0 ? 2 : 1 + draws.heavy_tailed_below(8);
  add_subscriptions(world, index, count);
  return index;
}

void add_tenants(World& world, int customer_count) {
  add_tenant(world, "Invented Cloud Partner (platform)", -1);
  world.subscriptions[0].name = "Connectivity hub";
  world.subscriptions[0].partner_credit_lost = false;
  for (int number = 0; number < customer_count; ++number) {
    const auto index = static_cast<std::size_t>(number);
    Customer customer{
        fmt::format("cust-{:05}", number + 1), company_name(index), fmt::format("CRM-{}", 40'001 + 7 * number), {}};
    customer.tenants.push_back(add_tenant(world, customer.name, number));
    if (number % 9 == 4) {
      customer.tenants.push_back(add_tenant(world, customer.name + " (second tenant)", number));
    }
    world.customers.push_back(std::move(customer));
  }
  const int orphans = std::max(2, customer_count / 50);
  for (int number = 0; number < orphans; ++number) {
    add_tenant(world, fmt::format("New customer without a contract {}", number + 1), -1);
  }
}

void add_meters(World& world) {
  for (const MeterKind& kind : meter_kinds()) {
    for (const Region& region : regions()) {
      Draws draws(world.seed, Stream::kMeter, world.meters.size());
      std::string id = guid_from(draws);
      std::string product = code_from(draws, "DZH318ZXXXXX00XX");
      world.meters.push_back(
          {&kind, &region, std::move(id), std::move(product),
           fmt::format("{} - {} - {} - {}", kind.category, kind.subcategory, kind.name, region.location),
           std::max<std::int64_t>(1, kind.price_micros * region.price_per_mille / 1000)});
    }
  }
}

/// A meter of machines that a commitment can cover, billed by the hour.
std::size_t covered_meter(Draws& draws) {
  const auto kinds = meter_kinds();
  for (;;) {
    const auto kind = static_cast<std::size_t>(draws.below(kinds.size()));
    if (!kinds[kind].arm_sku.empty() && kinds[kind].unit == "1 Hour") {
      return kind * regions().size() + draws.below(regions().size());
    }
  }
}

void name_commitment(Commitment& commitment, const Meter& meter, std::size_t index) {
  const int years = commitment.term_months / 12;
  const std::string_view plural = years == 1 ? "Year" : "Years";
  if (commitment.kind == CommitmentKind::kReservation) {
    commitment.name = fmt::format("VM_RI_{:04}_{}", index, meter.kind->arm_sku);
    commitment.product_name =
        fmt::format("Reserved VM Instance, {}, {}, {} {}", meter.kind->arm_sku, meter.region->location, years, plural);
    commitment.benefit_id = fmt::format("/providers/Microsoft.Capacity/reservationOrders/{}/reservations/{}",
                                        commitment.order_id, commitment.id);
  } else {
    commitment.name = fmt::format("Compute_SavingsPlan_{:04}", index);
    commitment.product_name = fmt::format("Compute savings plan, {} {}", years, plural);
    commitment.benefit_id = fmt::format("/providers/Microsoft.BillingBenefits/savingsPlanOrders/{}/savingsPlans/{}",
                                        commitment.order_id, commitment.id);
  }
}

/// Five-year terms; a commitment that is returned in the second month, and the one it is exchanged for.
void vary_commitment(Commitment& commitment, const World& world, std::size_t index) {
  if (commitment.kind == CommitmentKind::kReservation && index % 10 == 4) {
    commitment.term_months = 60;
  }
  const Day exchange = world.first_month.plus_months(1).first_day().plus_days(11);
  const Day end = commitment.start.plus_days(365 * (commitment.term_months / 12));
  if (index % 9 == 6 && commitment.start < exchange && exchange < end) {
    commitment.returned = exchange;
  }
  if (index % 9 == 7 && world.commitments.back().returned) {
    commitment.start = exchange;
    commitment.upfront = true;
    commitment.central = world.commitments.back().central;
    commitment.buyer_tenant = world.commitments.back().buyer_tenant;
  }
}

Commitment make_commitment(const World& world, std::size_t index) {
  Draws draws(world.seed, Stream::kCommitment, index);
  Commitment commitment;
  commitment.kind = index % 3 == 2 ? CommitmentKind::kSavingsPlan : CommitmentKind::kReservation;
  commitment.central = index % 5 < 2;
  commitment.upfront = index % 2 == 0;
  commitment.refunded = index % 7 == 3;
  commitment.order_id = guid_from(draws);
  commitment.id = guid_from(draws);
  commitment.product_id = code_from(draws, "DZH318ZXXXXX00XX");
  commitment.meter = covered_meter(draws);
  commitment.buyer_tenant = commitment.central ? 0 : 1 + draws.below(world.tenants.size() - 1);
  commitment.term_months = draws.per_mille(650) ? 12 : 36;
  // Every fourth is bought in the first or second month, so that the sample contains purchases and partial months.
  const std::int64_t age_days = index % 4 != 0   ? draws.between(1, 330)
                                : index % 8 == 0 ? -draws.between(2, 25)
                                                 : -draws.between(32, 55);
  commitment.start = world.first_month.first_day().plus_days(static_cast<std::int32_t>(-age_days));
  const Meter& meter = world.meters[commitment.meter];
  if (commitment.kind == CommitmentKind::kReservation) {
    commitment.quantity = draws.between(1, 12);
    commitment.hourly_micros = reservation_micros(meter);
  } else {
    commitment.quantity = 1;
    commitment.hourly_micros = draws.between(200, 5'000) * 1000;
  }
  vary_commitment(commitment, world, index);
  name_commitment(commitment, meter, index);
  if (index % 5 == 1) {
    commitment.former_name = commitment.name + "_old";
    commitment.renamed = world.first_month.plus_months(1).first_day().plus_days(14);
  }
  return commitment;
}

std::size_t commitment_count(const SampleOptions& options) {
  const std::uint64_t by_customers = static_cast<std::uint64_t>(options.customers) / 3 + 4;
  return std::clamp<std::uint64_t>(std::min(by_customers, options.rows / 300), 6, 3000);
}

}  // namespace

std::int64_t World::exchange_rate(std::size_t profile, Month month) const {
  const Profile& of = profiles[profile];
  if (of.currency == "USD") {
    return of.rate_base;
  }
  Draws draws(seed, Stream::kRate, profile, month_index(month));
  return of.rate_base + draws.between(-of.rate_base / 50, of.rate_base / 50);
}

World make_world(const SampleOptions& options, Month first_month) {
  Draws draws(options.seed, Stream::kPartner, 0);
  World world{options.seed,
              first_month,
              guid_from(draws),
              guid_from(draws),
              std::string(kPartnerName),
              make_profiles(options.seed),
              {},
              {},
              {},
              {},
              {}};
  add_tenants(world, options.customers);
  add_meters(world);
  const std::size_t count = commitment_count(options);
  for (std::size_t index = 0; index < count; ++index) {
    world.commitments.push_back(make_commitment(world, index));
  }
  return world;
}

std::int64_t reservation_micros(const Meter& meter) { return meter.price_micros * kReservationPerMille / 1000; }

std::int64_t savings_plan_micros(const Meter& meter) { return meter.price_micros * kSavingsPlanPerMille / 1000; }

}  // namespace apportion::sample
