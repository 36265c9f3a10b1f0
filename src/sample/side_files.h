/// Side files: what belongs to the invented partner besides its cost files.
#pragma once

#include "sample/charges.h"
#include "sample/run_writer.h"

namespace apportion::sample {

/// Rows of the price sheet of a month: every meter and commitment for every billing profile.
Result<void> add_price_sheet(const World& world, Month month, RunWriter& run);
/// The use of each reservation by day and machine.
Result<void> add_reservation_details(const World& world, const MonthCharges& charges, Day until, RunWriter& run);
/// Purchases and refunds of reservations.
Result<void> add_reservation_transactions(const World& world, const MonthCharges& charges, const RunView& view,
                                          RunWriter& run);

/// Purchases that Microsoft recommends, for some of the machines, as MCA files write them.
Result<void> add_reservation_recommendations(const World& world, Month month, RunWriter& run);

/// `customers.csv`: id, name, external_id, tenant_ids.
Result<void> write_customers(const World& world, const std::filesystem::path& file);
/// `rules.yaml`: split rules over ids of this sample.
Result<void> write_rules(const World& world, const std::filesystem::path& file);
/// `README.txt`: what this folder contains.
Result<void> write_readme(const World& world, const std::filesystem::path& file);

}  // namespace apportion::sample
