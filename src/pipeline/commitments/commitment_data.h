/// What the lake contains about commitments, read once: payments, facts from charges, details and transactions, and the
/// inventory built from them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"
#include "pipeline/commitments/commitment.h"
#include "pipeline/commitments/inventory.h"

namespace apportion {

/// A purchase, payment or refund: one charge.
struct CashRow {
  std::string key;      ///< Of the commitment.
  std::string id_text;  ///< What the row named.
  CommitmentKind kind = CommitmentKind::kUnknown;
  std::int64_t row_id = 0;
  std::string bill_source;
  Month month = Month::of(Day(0));
  Day day = Day(0);
  bool is_refund = false;
  bool is_one_time = false;  ///< Else one of several payments.
  Decimal billed;
  std::string currency;
  std::optional<Decimal> pricing_cost;
  std::string pricing_currency;
  std::optional<Decimal> quantity;
  std::int64_t term_months = 0;
  std::vector<std::string> customers;  ///< The customers it was assigned to; several if it is shared.
  std::string tenant_id;
  std::string tenant_name;
  bool is_of_partner = false;
  std::string region;
  std::string description;
};

/// A row of the reservation transactions.
struct TransactionRow {
  std::string key;
  std::string event;
  Day day = Day(0);
  Decimal amount;
  std::string currency;
  std::optional<Decimal> quantity;
  std::string sku, region, term, frequency, order_name, description, bill_source, month, invoice;
};

/// A published month of a connection: what is not in it did not happen.
struct CoveredMonth {
  std::string bill_source;
  Month month;
};

struct CommitmentData {
  CommitmentKeys keys;
  std::vector<CashRow> cash;                  ///< By month, day and row.
  std::vector<TransactionRow> transactions;   ///< By day.
  std::vector<Commitment> commitments;        ///< By key.
  std::map<std::string, std::size_t> places;  ///< Of a key in `commitments`.

  const Commitment* find(const std::string& key) const;
};

/// The text that names the commitment of a row: the best one in its columns.
std::string commitment_id_text(std::string_view id, std::string_view reservation, std::string_view product_order,
                               std::string_view kind);

/// Creates the relations `commitment_parts` (of `assigned_charges`) and `commitment_charges` (of `charges`), which all
/// readers of this module need. The engine must have the named relations of store/relations.h.
Result<void> open_commitment_views(Workbench& engine);

/// Reads everything. `facts` are what other sources say (Azure's APIs); `today` decides what is expired. Needs the
/// views above and the relations of `open_commitment_relations`.
Result<CommitmentData> read_commitment_data(QueryEngine& engine, std::span<const CoveredMonth> months,
                                            std::span<const CommitmentFact> facts, Day today);

/// The day `months` calendar months later, or the last day of that month.
Day plus_calendar_months(Day day, std::int64_t months);

}  // namespace apportion
