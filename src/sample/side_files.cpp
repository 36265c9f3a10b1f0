#include "sample/side_files.h"

#include <fmt/format.h>

#include "sample/rows.h"

namespace apportion::sample {
namespace {

std::string start_of(Day day) { return day.to_string() + "T00:00:00Z"; }

std::string_view term_duration(int months) {
  switch (months) {
    case 12: return "P1Y";
    case 36: return "P3Y";
    default: return "P5Y";
  }
}

struct SheetPrice {
  std::string_view unit_price;
  std::string_view market_price;
  std::string_view term;
  std::string_view type;
};

enum SheetPlace : std::size_t {
  kAccountId,
  kAccountName,
  kProfileId,
  kProfileName,
  kServiceFamily,
  kProduct,
  kProductId,
  kSkuId,
  kUnitOfMeasure,
  kMeterId,
  kMeterName,
  kMeterType,
  kMeterCategory,
  kMeterSubCategory,
  kMeterRegion,
  kTierMinimumUnits,
  kStart,
  kEnd,
  kUnitPrice,
  kBasePrice,
  kMarketPrice,
  kCurrency,
  kBillingCurrency,
  kTerm,
  kPriceType,
  kSheetCount,
};

void fill_price(const Meter& meter, const SheetPrice& price, Cells& cells) {
  const std::string_view product = meter.product_id;
  cells[kServiceFamily] = meter.kind->family;
  cells[kProduct] = meter.product_name;
  cells[kProductId] = product.substr(0, 12);
  cells[kSkuId] = product.substr(12);
  cells[kUnitOfMeasure] = meter.kind->unit;
  cells[kMeterId] = meter.id;
  cells[kMeterName] = meter.kind->name;
  cells[kMeterType] = meter.product_name;
  cells[kMeterCategory] = meter.kind->category;
  cells[kMeterSubCategory] = meter.kind->subcategory;
  cells[kMeterRegion] = meter.region->location;
  cells[kTierMinimumUnits] = "0";
  cells[kUnitPrice] = price.unit_price;
  cells[kBasePrice] = price.unit_price;
  cells[kMarketPrice] = price.market_price;
  cells[kTerm] = price.term;
  cells[kPriceType] = price.type;
}

}  // namespace

Result<void> add_price_sheet(const World& world, Month month, RunWriter& run) {
  const std::string start = start_of(month.first_day());
  const std::string end = start_of(month.last_day());
  Cells cells;
  RowText text;
  for (const Profile& profile : world.profiles) {
    cells.assign(kSheetCount, {});
    cells[kAccountId] = world.billing_account_id;
    cells[kAccountName] = world.partner_name;
    cells[kProfileId] = profile.id;
    cells[kProfileName] = profile.name;
    cells[kStart] = start;
    cells[kEnd] = end;
    cells[kCurrency] = "USD";
    cells[kBillingCurrency] = profile.currency;
    for (const Meter& meter : world.meters) {
      text.clear();
      const std::string_view price = text.number(micros(meter.price_micros));
      fill_price(meter, {price, price, "", "Consumption"}, cells);
      APPORTION_TRY(run.add(cells));
      if (!meter.kind->arm_sku.empty() && meter.kind->unit == "1 Hour") {
        fill_price(meter, {text.number(micros(savings_plan_micros(meter))), price, "P1Y", "SavingsPlan"}, cells);
        APPORTION_TRY(run.add(cells));
      }
    }
    for (const Commitment& commitment : world.commitments) {
      if (commitment.kind != CommitmentKind::kReservation) {
        continue;
      }
      text.clear();
      const std::string_view price =
          text.number(micros(commitment.hourly_micros * 8'760 * (commitment.term_months / 12)));
      fill_price(world.meters[commitment.meter],
                 {price, price, term_duration(commitment.term_months), "ReservedInstance"}, cells);
      cells[kProduct] = commitment.product_name;
      APPORTION_TRY(run.add(cells));
    }
  }
  return ok();
}

Result<void> add_reservation_details(const World& world, const MonthCharges& charges, Day until, RunWriter& run) {
  enum Place : std::size_t {
    kGroup,
    kRatio,
    kInstanceId,
    kKind,
    kOrderId,
    kReservationId,
    kReservedHours,
    kSkuName,
    kQuantity,
    kUsageDate,
    kUsedHours,
    kCount,
  };
  const RunView view{true, true, until};
  Cells cells(kCount);
  RowText text;
  Charge charge;
  for (std::size_t index = 0; index < world.commitments.size(); ++index) {
    const Commitment& commitment = world.commitments[index];
    if (commitment.kind != CommitmentKind::kReservation) {
      continue;
    }
    const MeterKind& kind = *world.meters[commitment.meter].kind;
    for (std::int32_t day = 0; day < charges.days(); ++day) {
      const MonthCharges::DayUse use = charges.day_use(index, day);
      const Day date = charges.month().first_day().plus_days(day);
      if (use.reserved == 0 || date > until) {
        continue;
      }
      const std::string date_text = start_of(date);
      cells[kGroup] = kind.subcategory;
      cells[kRatio] = "1";
      cells[kKind] = "Reservation";
      cells[kOrderId] = commitment.order_id;
      cells[kReservationId] = commitment.id;
      cells[kSkuName] = kind.arm_sku;
      cells[kUsageDate] = date_text;
      for (std::uint64_t slot = 0; slot < charges.slots_per_day(); ++slot) {
        text.clear();
        const bool used = charges.make(charges.covered_index(index, day, slot), view, charge, text);
        if (!used && (slot > 0 || use.used > 0)) {
          continue;
        }
        cells[kInstanceId] = used ? charge.resource_id : "";
        cells[kUsedHours] = used ? text.number(charge.quantity) : "0";
        cells[kReservedHours] = text.number(micros(use.reserved));
        cells[kQuantity] = text.number({commitment.quantity, 0});
        APPORTION_TRY(run.add(cells));
      }
    }
  }
  return ok();
}

Result<void> add_reservation_transactions(const World& world, const MonthCharges& charges, const RunView& view,
                                          RunWriter& run) {
  enum Place : std::size_t {
    kAmount,
    kSku,
    kFrequency,
    kProfile,
    kProfileLabel,
    kBillingCurrencyCode,
    kDescription,
    kEventDate,
    kEventType,
    kInvoice,
    kInvoiceId,
    kSectionId,
    kSectionName,
    kSubscriptionId,
    kSubscriptionName,
    kQuantity,
    kRegion,
    kOrderId,
    kOrderName,
    kDuration,
    kCount,
  };
  const MonthTexts texts(world, charges.month(), view);
  Cells cells;
  RowText text;
  Charge charge;
  for (std::uint64_t index = charges.cash_begin(); index < charges.cash_end(); ++index) {
    text.clear();
    if (!charges.make(index, view, charge, text) || charge.commitment->kind != CommitmentKind::kReservation) {
      continue;
    }
    const Profile& profile = world.profiles[static_cast<std::size_t>(charge.profile)];
    const auto& money = texts.profile(charge.profile);
    cells.assign(kCount, {});
    cells[kAmount] = text.number(amounts_of(charge, texts).billing);
    cells[kSku] = charge.meter->kind->arm_sku;
    cells[kFrequency] = frequency_text(charge.frequency);
    cells[kProfile] = profile.id;
    cells[kProfileLabel] = profile.name;
    cells[kBillingCurrencyCode] = profile.currency;
    cells[kDescription] = charge.commitment->product_name;
    cells[kEventDate] = texts.day(charge.day).focus;
    cells[kEventType] = charge_type_text(charge.type);
    cells[kInvoice] = money.invoice;
    cells[kInvoiceId] = money.invoice;
    cells[kQuantity] = text.number(charge.quantity);
    cells[kRegion] = charge.region->arm_name;
    cells[kOrderId] = charge.commitment->order_id;
    cells[kOrderName] = charge.commitment->name;
    cells[kDuration] = term_duration(charge.commitment->term_months);
    APPORTION_TRY(run.add(cells));
  }
  return ok();
}

Result<void> add_reservation_recommendations(const World& world, Month month, RunWriter& run) {
  enum Place : std::size_t {
    kCostBefore,
    kFirstUsage,
    kRatio,
    kGroup,
    kLocation,
    kLookBack,
    kMeter,
    kSavings,
    kNormalizedSize,
    kQuantity,
    kNormalizedQuantity,
    kResourceType,
    kScope,
    kSku,
    kProperties,
    kTerm,
    kCostAfter,
    kCount,
  };
  constexpr std::int64_t kHoursOfLookBack = 30 * 24;
  const std::string first_usage = start_of(month.first_day());
  for (std::size_t index = 0; index < world.meters.size(); ++index) {
    const Meter& meter = world.meters[index];
    Draws draws(world.seed, Stream::kCommitment, 1'000'000 + index, month_index(month));
    const bool is_recommended = !meter.kind->arm_sku.empty() && meter.kind->unit == "1 Hour" && draws.per_mille(500);
    if (!is_recommended) {
      continue;
    }
    RowText text;
    const std::int64_t quantity = draws.between(1, 6);
    const std::int64_t before = meter.price_micros * quantity * kHoursOfLookBack;
    const std::int64_t after = reservation_micros(meter) * quantity * kHoursOfLookBack;
    const auto money = [&text](std::int64_t amount) {
      return text.add(R"({"currency":"USD","value":)").add_number(micros(amount)).add('}').take();
    };
    Cells cells(kCount);
    cells[kCostBefore] = money(before);
    cells[kFirstUsage] = first_usage;
    cells[kRatio] = "1";
    cells[kGroup] = meter.kind->subcategory;
    cells[kLocation] = meter.region->arm_name;
    cells[kLookBack] = "Last30Days";
    cells[kMeter] = meter.id;
    cells[kSavings] = money(before - after);
    cells[kNormalizedSize] = meter.kind->arm_sku;
    cells[kQuantity] = text.number({quantity, 0});
    cells[kNormalizedQuantity] = cells[kQuantity];
    cells[kResourceType] = "virtualMachines";
    cells[kScope] = "Shared";
    cells[kSku] = meter.kind->arm_sku;
    cells[kTerm] = "P1Y";
    cells[kCostAfter] = money(after);
    APPORTION_TRY(run.add(cells));
  }
  return ok();
}

Result<void> write_customers(const World& world, const std::filesystem::path& file) {
  std::vector<FileColumn> columns;
  for (const std::string_view name : {"id", "name", "external_id", "tenant_ids"}) {
    columns.push_back({static_cast<int>(columns.size()), std::string(name), CellKind::kText});
  }
  const auto writer = make_csv_writer(std::move(columns), Dialect(), false);
  APPORTION_TRY(writer->begin(file));
  for (std::size_t index = 0; index < world.customers.size(); ++index) {
    const Customer& customer = world.customers[index];
    std::string tenants;
    for (const std::size_t tenant : customer.tenants) {
      tenants += (tenants.empty() ? "" : ";") + world.tenants[tenant].id;
    }
    APPORTION_TRY(writer->add({customer.id, customer.name, customer.external_id, tenants}, index));
  }
  APPORTION_TRY(writer->finish());
  return ok();
}

Result<void> write_rules(const World& world, const std::filesystem::path& file) {
  const std::string& first = world.customers[0].id;
  const std::string& second = world.customers[1].id;
  const std::string& third = world.customers[2].id;
  const std::string& hub = world.subscriptions[0].id;
  const Tenant& platform = world.tenants[0];
  const std::string text = fmt::format(
      R"yaml(# Split rules of the invented partner. The tenants of customers.csv need no rule.
- effective: {month}
  rules:
    - name: shared firewall
      when:
        all:
          - {{CloudVendorAccount: {hub}}}
          - {{ResourceId: {{contains: /{firewall}, ignore_case: true}}}}
      share: {{{first}: 50, {second}: 30, {third}: 20}}
    - name: monitoring of the platform
      when: {{x_ResourceGroupName: {monitoring}}}
      assign: {second}
    - name: platform team
      when: {{CustomerTenantId: {platform}, x_ResourceGroupName: {group}}}
      share: {{in_proportion_to: EffectiveCost, over: [{first}, {second}, {third}]}}
    - name: project {project} on the platform
      when:
        all:
          - {{CustomerTenantId: {platform}}}
          - {{tag.project: {project}}}
      assign: {third}
)yaml",
      fmt::arg("month", world.first_month.to_string()), fmt::arg("hub", hub), fmt::arg("firewall", kSharedFirewall),
      fmt::arg("first", first), fmt::arg("second", second), fmt::arg("third", third),
      fmt::arg("monitoring", kMonitoringGroup), fmt::arg("group", kPlatformGroup), fmt::arg("project", kProject),
      fmt::arg("platform", platform.id));
  return write_text_file(file, text);
}

Result<void> write_readme(const World& world, const std::filesystem::path& file) {
  std::string profiles;
  for (const Profile& profile : world.profiles) {
    profiles += fmt::format("  {}  {}  {}\n", profile.id, profile.currency, profile.name);
  }
  const std::string text = fmt::format(
      "Everything in this folder is invented: partner, customers, tenants, subscriptions, resources, prices, exchange\n"
      "rates, invoices. It was generated by `apportion sample` with seed {}; the same options give the same bytes.\n"
      "\n"
      "exports/        exports of Azure Cost Management in Azure's layout: EXPORT/MONTH/TIME OF THE RUN/RUN/, each "
      "run\n"
      "                with its manifest.json. This folder is the container, `exports` is the root folder in it.\n"
      "customers.csv   the customers and their tenants: {} customers, {} tenants with the partner's own and those "
      "that\n"
      "                belong to no customer yet. Their costs stay unassigned unless a rule says otherwise.\n"
      "rules.yaml      split rules for costs that customers share.\n"
      "\n"
      "Billing profiles, each with its currency:\n"
      "{}",
      world.seed, world.customers.size(), world.tenants.size(), profiles);
  return write_text_file(file, text);
}

}  // namespace apportion::sample
