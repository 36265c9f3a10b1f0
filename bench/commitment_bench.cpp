#include "commitment_bench.h"

#include <map>
#include <string>

#include <fmt/format.h>

#include "lake/relations.h"
#include "pipeline/commitments/commitment_data.h"
#include "pipeline/commitments/reallocation.h"
#include "pipeline/commitments/usage.h"

namespace apportion::bench {
namespace {

constexpr const char* kPolicies =
    "- {effective: 2000-01, policies: [{name: all, used: in_proportion, unused: by_use}]}";

Error wrong(std::string what) { return {ErrorId::kCommitmentsFailedCheck, std::move(what), "commitments", "", ""}; }

Result<void> check_use(QueryEngine& engine, const std::map<UseKey, UseSums>& use) {
  std::map<std::string, Decimal> counted;
  for (const auto& [key, sums] : use) counted[key.currency] += sums.total_cost();
  std::size_t currencies = 0;
  APPORTION_TRY(
      engine.query("SELECT BillingCurrency, sum(EffectiveCost) FROM charges WHERE ChargeCategory = 'Usage' "
                   "AND CommitmentDiscountStatus IS NOT NULL GROUP BY 1",
                   {}, [&](const EngineRow& row) -> Result<void> {
                     ++currencies;
                     if (counted[std::string(row.text(0))] == row.decimal(1)) return ok();
                     return wrong("use does not sum to the charges");
                   }));
  return currencies == 0 ? Result<void>(wrong("there are no charges of commitments")) : ok();
}

}  // namespace

Result<void> read_commitments_and_check(const Workspace& workspace) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  const ReadScope scope = ReadScope::of_partner();
  const Lake lake(workspace.home);
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(workspace.control_plane, scope));
  APPORTION_TRY(open_relations(engine, lake, snapshot));
  APPORTION_TRY(open_commitment_relations(engine, workspace.control_plane, lake, scope));
  APPORTION_TRY(open_commitment_views(engine));
  APPORTION_ASSIGN(const CommitmentData data, read_commitment_data(engine, {}, {}, workspace.clock.today()));
  APPORTION_ASSIGN(const auto use, read_use(engine, data.keys, {{true, true, false, true, true}, ""}));
  APPORTION_TRY(check_use(engine, use));
  APPORTION_ASSIGN(const auto file, parse_policy_file(kPolicies, "policies of the benchmark"));
  APPORTION_ASSIGN(const ReallocationResult moved, reallocate(engine, {&file.lists.front(), 1, {}}));
  std::map<std::string, Decimal> sums;
  for (const MoveTotal& total : moved.totals) sums[total.currency] += total.effective;
  if (sums.empty()) return wrong("nothing was moved");
  for (const auto& [currency, sum] : sums) {
    if (!sum.is_zero()) return wrong("moves do not sum to zero");
  }
  return ok();
}

}  // namespace apportion::bench
