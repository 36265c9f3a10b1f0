/// Shows a change of amounts: as a table for people, as a part of JSON documents for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "query/amount_changes.h"
#include "query/table.h"

namespace apportion {

/// One row per connection, month, customer and currency: Connection, Month, CustomerId, CustomerName, BillingCurrency,
/// then the columns of amounts, and Reason.
Table change_rows(const AmountChanges& changes);

/// Adds `changes` and `unassigned_tenants`.
void add_changes(nlohmann::ordered_json& document, const AmountChanges& changes);
/// A list of the tenants that no customer has after the change.
nlohmann::ordered_json unassigned_tenants_json(const AmountChanges& changes);

/// Columns of amounts: Old, New and Difference of BilledCost and EffectiveCost.
std::vector<TableColumn> change_amount_columns();
/// The cells below them; amounts that are unknown are empty.
std::vector<TableCell> change_amount_cells(const KnownCosts& before, const KnownCosts& after);
/// The customer's name, or an empty cell.
TableCell customer_name_cell(const AmountChanges& changes, const std::string& customer);
/// Why an amount changed: `rule Shared services`, `tenant 8d1f… (Contoso)`.
std::string change_reason_text(const ChangeReason& reason);

}  // namespace apportion
