/// World: the invented partner with its profiles, customers, tenants, subscriptions, meters and commitments. Created
/// once from the options; its size depends on the number of customers, never on the number of rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "sample/catalog.h"
#include "sample/draws.h"
#include "sample/row_text.h"
#include "sample/sample.h"

namespace apportion::sample {

struct Profile {
  std::string id;  ///< `NF5V-BI6B-BG7-PGB`
  std::string name;
  std::string_view currency;
  std::int64_t rate_base;  ///< USD to `currency`, x 10^-4, around which the months vary
};

struct Tenant {
  std::string id;  ///< GUID
  std::string name;
  int profile;
  int customer;               ///< index in `customers`, or -1
  std::string reseller_name;  ///< of an indirect reseller; empty for direct customers
  std::string reseller_id;    ///< its MPN id
  std::size_t first_subscription;
  std::size_t subscription_count;
};

struct Subscription {
  std::string id;  ///< GUID
  std::string name;
  std::string order_id;  ///< the Azure plan it belongs to
  std::size_t tenant;
  bool partner_credit_lost;  ///< the partner has no access: no partner earned credit
};

struct Customer {
  std::string id;
  std::string name;
  std::string external_id;
  std::vector<std::size_t> tenants;
};

struct Meter {
  const MeterKind* kind;
  const Region* region;
  std::string id;  ///< GUID
  std::string product_id;
  std::string product_name;
  std::int64_t price_micros;  ///< USD per unit of measure, pay-as-you-go
};

enum class CommitmentKind { kReservation, kSavingsPlan };

struct Commitment {
  CommitmentKind kind = CommitmentKind::kReservation;
  bool central = false;   ///< bought by the partner for all tenants, otherwise by a customer for its own
  bool upfront = false;   ///< paid upfront, otherwise every month
  bool refunded = false;  ///< partly returned in the second month of the sample
  std::string order_id;
  std::string id;
  std::string name;
  std::string benefit_id;  ///< ARM path
  std::string product_id;
  std::string product_name;
  std::size_t meter = 0;  ///< of the machines that it covers
  std::size_t buyer_tenant = 0;
  Day start = Day(0);
  int term_months = 0;
  std::int64_t quantity = 0;       ///< machines of a reservation; 1 for a savings plan
  std::int64_t hourly_micros = 0;  ///< USD per hour and machine, or the hourly commitment of a plan
  std::string former_name;         ///< its name before `renamed`; empty if it never had another
  Day renamed = Day(0);
  std::optional<Day> returned;  ///< returned in full on this day; the next commitment may be what it is exchanged for

  std::string_view name_on(Day day) const { return !former_name.empty() && day < renamed ? former_name : name; }
};

struct World {
  std::uint64_t seed;
  Month first_month;
  std::string billing_account_id;
  std::string partner_tenant_id;
  std::string partner_name;
  std::vector<Profile> profiles;
  std::vector<Customer> customers;
  std::vector<Tenant> tenants;              ///< The first is the partner's own platform; some belong to no customer.
  std::vector<Subscription> subscriptions;  ///< The first is the hub with the shared firewall.
  std::vector<Meter> meters;                ///< meter kinds x regions, in that order
  std::vector<Commitment> commitments;

  const Meter& meter(std::size_t kind, std::size_t region) const { return meters[kind * regions().size() + region]; }
  /// USD to the currency of a profile in a month, x 10^-4.
  std::int64_t exchange_rate(std::size_t profile, Month month) const;
};

/// The price that a savings plan charges for an hour of a meter, in USD x 10^-6.
std::int64_t savings_plan_micros(const Meter& meter);

/// The same for a reservation.
std::int64_t reservation_micros(const Meter& meter);

World make_world(const SampleOptions& options, Month first_month);

}  // namespace apportion::sample
