/// The proof: the equalities that must hold for a bill month, recomputed from the files of the lake.
///
/// Per currency and charge category, for all four costs and both quantities: the vendor's files (sums noted while they
/// were read) and what mends changed = Σ charges = Σ assigned + Σ unassigned, exactly. Also: rows of the source =
/// rows stored + rows rejected, as many charges lack a cost or quantity as rows did, each charge is assigned once, the
/// shares of each shared charge sum to it, the moves of each charge sum to zero, and the cubes come to what is
/// assigned. Where changes of a locked month were carried to a later one: the newer files and what mends changed =
/// charges + carried out, and the rows that are carried in sum to what is carried out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/charge_metric.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "foundation/money/remainder.h"
#include "lake/lake_reader.h"
#include "query/invoice_proof.h"
#include "query/month_status.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// One metric, followed from the vendor's files to the customers.
struct ProofSums {
  std::optional<Decimal> source;  ///< Empty when the import that states it is missing.
  Remainder remainder;            ///< What the files have beyond the 18th digit of their costs.
  Decimal mended;                 ///< What mends of FOCUS files changed on purpose.
  Decimal charges;
  Decimal assigned;
  Decimal unassigned;
  /// What newer runs change of a locked month and later months count, and what this month counts of earlier ones: no
  /// part of the charges. Empty when it is unknown.
  std::optional<Decimal> carried_out = Decimal();
  std::optional<Decimal> carried_in = Decimal();

  /// The source to its last digit; empty when it is missing.
  std::string source_text() const;
  /// The first of these that is not zero: source + mended − charges, charges − assigned − unassigned.
  Decimal difference() const;
};

/// A metric that some charges may lack, followed in the same way. Sums are empty where no charge has it.
struct MetricProof {
  std::optional<Decimal> source;  ///< Nothing, too, when an import did not note it, or when it is too large.
  Decimal mended;                 ///< What mends changed on purpose.
  Decimal filled;                 ///< What price sheets filled in: source + mended + filled = charges.
  std::optional<Decimal> charges;
  std::optional<Decimal> assigned;
  std::optional<Decimal> unassigned;
  std::int64_t unknown_rows = 0;  ///< Charges without the metric: unknown, or without meaning for them.

  /// As of ProofSums.
  Decimal difference() const;
};
using MetricProofs = std::array<MetricProof, kChargeMetrics.size()>;  ///< By ChargeMetric.

struct CategoryProof {
  std::string category;
  ProofSums billed;
  ProofSums effective;
  MetricProofs metrics;
};

struct CurrencyProof {
  Currency currency;
  ProofSums billed;
  ProofSums effective;
  MetricProofs metrics;
  std::vector<CategoryProof> by_category;
};

/// A FOCUS export beside cost details: how far its sums are from the charges. For information.
struct FocusComparison {
  Currency currency;
  Decimal billed_difference;  ///< FOCUS less charges.
  Decimal effective_difference;
};

struct ProofRows {
  std::int64_t source = 0;
  std::int64_t stored = 0;  ///< Counted in the lake's files.
  std::int64_t rejected = 0;
};

struct MonthProof {
  std::string connection;
  Month month;
  MonthStatus status;
  ProofRows rows;
  std::int64_t timing_rows = 0;
  std::vector<CurrencyProof> currencies;
  std::vector<FocusComparison> focus;
  std::vector<std::string> reasons;  ///< Why it does not hold.
  /// What holds but should be known: months that only the rows state, runs without a manifest, costs that count twice,
  /// sums that were not noted.
  std::vector<std::string> notes = {};

  bool holds() const { return reasons.empty(); }
};

/// What is carried out of all months and into all months, which must be equal. Empty when it is unknown.
struct CarriedSums {
  std::optional<Decimal> out = Decimal();
  std::optional<Decimal> in = Decimal();
};

struct CurrencyCarried {
  Currency currency;
  CarriedSums billed;
  CarriedSums effective;
};

struct Proof {
  std::vector<MonthProof> months;
  /// Why the whole does not hold, apart from its months: nothing is in scope, or the control plane is damaged.
  std::vector<std::string> reasons;
  std::vector<CurrencyCarried> carried = {};  ///< By currency, where something is; of a scope of all months only.
  bool control_plane_is_sound = true;         ///< Where it is not, no month is proved.
  /// What `prove_invoices` found, where somebody asked; it counts for the whole.
  std::vector<InvoiceProof> invoices = {};

  bool holds() const;
};

/// Proves every month in scope; what does not hold is a result, not an error. A scope without any month does not hold,
/// nor anything that a damaged control plane says.
/// `kPartnerOnly` when the scope is not the partner's. Relations that the reader has open are replaced.
/// Assignments of `rows_at_once` charges are compared at a time: memory does not grow with the charges of a month.
Result<Proof> prove(LakeReader& reader, const ReadScope& scope, Day today, std::int64_t rows_at_once = 1'000'000);

}  // namespace apportion
