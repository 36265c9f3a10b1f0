/// The split: which customer gets which charge, or which share of it.
///
/// Rules are evaluated by RuleMatcher only; the engine reads, joins, adds and writes. Each charge goes as a whole to
/// one customer, or in shares to several, or to `unassigned`: nothing is lost, and the splitter proves that before it
/// returns.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "pipeline/split/rule_file.h"
#include "store/control_plane.h"

namespace apportion {

/// The engine must have a relation `charges` with all canonical columns, of one connection and bill month.
struct SplitRequest {
  const RuleList* rules = nullptr;  ///< The list in force; null: implied tenant rules only.
  std::span<const Customer> customers;
  std::filesystem::path folder;  ///< Exists. Receives `direct-*.parquet` and `shares-*.parquet`.
  /// For a preview: a relation of the engine with the `x_RowId` of charges whose assignments are needed afterwards, in
  /// the tables `preview_direct` and `preview_shares`, which have the columns of the files. Empty: none are.
  std::string_view kept_charges = {};
};

/// Sums of the metrics in the order of `cost_metrics()`; a charge without a metric counts as zero.
using CostSums = std::array<Decimal, 4>;

struct SplitTotal {
  CustomerId customer;  ///< Or `unassigned`.
  Currency currency;
  std::int64_t rows = 0;  ///< Charges and shares.
  CostSums costs;
};

/// A tenant with charges that no rule assigns.
struct UnassignedTenant {
  std::string tenant_id;  ///< Lower case; empty for charges without a tenant.
  std::string tenant_name;
  Currency currency;
  std::int64_t rows = 0;
  CostSums costs;
};

/// What a customer gets by one rule and from one tenant.
struct SplitPart {
  CustomerId customer;  ///< Or `unassigned`.
  Currency currency;
  std::int64_t rule = 0;
  std::string tenant_id;  ///< Lower case; empty for charges without a tenant.
  std::string tenant_name;
  std::int64_t rows = 0;
  CostSums costs;
  bool knows_effective = true;  ///< No charge of it is without an effective cost.
};

struct SplitFile {
  std::filesystem::path path;
  std::int64_t rows = 0;
};

struct SplitResult {
  /// One row a charge that goes as a whole to one customer or to `unassigned`: `kDirectAssignmentColumns`.
  std::vector<SplitFile> direct_files;
  /// One row a share: `kShareAssignmentColumns`. Customers whose weight is zero have no row.
  std::vector<SplitFile> share_files;
  std::int64_t charges = 0;
  std::int64_t shared_charges = 0;
  std::vector<std::string> rule_names;               ///< By rule number; number 0 is "no rule" and has an empty name.
  std::vector<SplitTotal> totals;                    ///< By customer and currency.
  std::vector<UnassignedTenant> unassigned_tenants;  ///< By tenant and currency.
  std::vector<SplitPart> parts;                      ///< Of a preview only.
  std::vector<std::string> notes;                    ///< For people: shares without a proportion.
};

/// Splits the charges and writes the files. Fails with `kCheckFailed`, and leaves no file, if the parts do not sum to
/// the charges exactly, by currency and charge category and by customer and rule.
Result<SplitResult> split_charges(Workbench& engine, const SplitRequest& request);

/// The same without writing: for reviewing a candidate rule list before it is published. `request.folder` is not used;
/// the result has `parts` and what `kept_charges` asks for.
Result<SplitResult> preview_split(Workbench& engine, const SplitRequest& request);

}  // namespace apportion
