/// Reallocation: moves of the cost of commitments between customers, by policy
/// (docs/adr/0013-commitment-reallocation.md).
///
/// A move is a row that adds to what a charge gives a customer; the moves of each charge sum to zero in every metric,
/// so the split stays conserved whatever the policies say. Checked before the answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"
#include "pipeline/commitments/commitment_data.h"
#include "pipeline/commitments/policy_file.h"
#include "store/control_plane.h"

namespace apportion {

/// Who bought each commitment, by its key, according to all months.
using Buyers = std::map<std::string, std::string>;
using KnownBuyers = std::function<Result<Buyers>()>;
/// The customer that alone got the last such payment for each commitment, or else the one in the inventory. The engine
/// must have the views and relations that `read_commitment_data` needs, of all months.
Result<Buyers> read_buyers(Workbench& engine, std::span<const Customer> customers, std::span<const CoveredMonth> months,
                           Day today);

/// The engine must have the named relations of one connection and month, with its split but without moves.
struct ReallocationRequest {
  const CommitmentPolicyList* policies = nullptr;  ///< The list in force; null or empty: nothing moves.
  std::int64_t first_rule_number = 0;              ///< Policies continue the numbers of the rules.
  std::filesystem::path folder;                    ///< Exists; receives `moves-0.parquet`. Empty: nothing is written.
  KnownBuyers known_buyers = {};                   ///< Asked if the month itself does not show a buyer.
};

struct MoveTotal {
  std::string customer;
  std::string currency;
  std::int64_t rule = 0;  ///< The number of the policy.
  std::string tenant_id;  ///< Lower case; empty for charges without a tenant.
  std::string tenant_name;
  std::int64_t moves = 0;
  Decimal billed;
  Decimal effective;
};

struct MoveFile {
  std::filesystem::path path;
  std::int64_t rows = 0;
};

struct ReallocationResult {
  std::vector<MoveFile> files;          ///< Columns as those of shares. None if nothing moves.
  std::vector<std::string> rule_names;  ///< One per policy: `commitment policy NAME`.
  std::vector<MoveTotal> totals;        ///< By customer, currency, policy and tenant.
  std::vector<std::string> notes;       ///< What did not move, and why.
};

/// Computes the moves. Fails with `kCheckFailed`, and leaves no file, if they would not sum to zero.
Result<ReallocationResult> reallocate(Workbench& engine, const ReallocationRequest& request);

}  // namespace apportion
