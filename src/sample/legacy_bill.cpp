#include "sample/legacy_bill.h"

#include <string_view>
#include <utility>
#include <vector>

#include "sample/part_writer.h"

namespace apportion::sample {
namespace {

bool is_shown(const Charge& charge) {
  const bool is_billed = charge.in_actual && !charge.covered && charge.tenant != nullptr;
  return is_billed && charge.commitment == nullptr && charge.type != ChargeType::kRounding;
}

}  // namespace

void LegacyBill::add(const Charge& charge, RowText& text) {
  if (!is_shown(charge)) return;
  const World& world = texts_->world();
  const Tenant& tenant = *charge.tenant;
  const std::string& customer =
      tenant.customer < 0 ? tenant.name : world.customers[static_cast<std::size_t>(tenant.customer)].name;
  const Key key(customer, tenant.id, world.profiles[static_cast<std::size_t>(charge.profile)].currency,
                charge.subscription == nullptr ? "" : charge.subscription->id, std::string(charge.product_id));
  sums_[key] += decimal_of(text.number(amounts_of(charge, *texts_).billing));
}

Result<void> LegacyBill::finish(const std::filesystem::path& file) const {
  std::vector<FileColumn> columns;
  for (const char* name : {"Customer", "Tenant", "Month", "Currency", "Subscription", "Product", "Cost"}) {
    columns.push_back({static_cast<int>(columns.size()), name, CellKind::kText});
  }
  const auto writer = make_csv_writer(std::move(columns), Dialect(), false);
  APPORTION_TRY(writer->begin(file));
  const std::string month = month_.to_string();
  std::uint64_t row = 0;
  for (const auto& [key, sum] : sums_) {
    const auto& [customer, tenant, currency, subscription, product] = key;
    const std::string cost = sum.to_string();
    APPORTION_TRY(writer->add({customer, tenant, month, currency, subscription, product, cost}, row++));
  }
  APPORTION_TRY(writer->finish());
  return ok();
}

Result<void> write_legacy_columns(const std::filesystem::path& file) {
  return write_text_file(
      file,
      "# What the columns of the legacy bill mean: the option --columns of `import` takes this file.\n"
      "customer: Customer\n"
      "customer_tenant: Tenant\n"
      "month: Month\n"
      "currency: Currency\n"
      "subscription: Subscription\n"
      "product: Product\n"
      "cost: Cost\n");
}

}  // namespace apportion::sample
