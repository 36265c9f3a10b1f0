#include "store/live_import.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "foundation/model/bill_scope.h"

namespace apportion {
namespace {

// Later is greater. The import id makes it an order even when two runs claim the same instant. The ids of runs without
// a manifest are made from file names and order nothing: what came last counts.
auto rank(const Import& import) {
  const bool from_the_first = import.first_day <= import.month.first_day();
  return std::tuple(import.rows_source > 0, from_the_first, import.last_day, import.verified, import.submitted_at,
                    import.verified ? std::string_view(import.run_id) : std::string_view(), import.id.raw());
}

}  // namespace

std::optional<Import> live_import(std::span<const Import> imports, Dataset dataset) {
  const Import* best = nullptr;
  for (const Import& import : imports) {
    if (!import.withdrawn.empty()) continue;
    if (import.dataset == dataset && (best == nullptr || rank(*best) < rank(import))) best = &import;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::vector<Import> live_price_sheets(std::span<const Import> imports) {
  std::vector<std::vector<Import>> by_scope;
  for (const Import& import : imports) {
    if (import.dataset != Dataset::kPriceSheet) continue;
    const auto known = std::ranges::find_if(by_scope, [&import](const std::vector<Import>& of_scope) {
      const std::string& scope = of_scope.front().scope;
      return scope == import.scope || relate_scopes(scope, import.scope) == ScopeRelation::kSame;
    });
    if (known == by_scope.end()) {
      by_scope.push_back({import});
    } else {
      known->push_back(import);
    }
  }
  std::vector<Import> live;
  for (const std::vector<Import>& of_scope : by_scope) {
    if (auto import = live_import(of_scope, Dataset::kPriceSheet)) live.push_back(*std::move(import));
  }
  std::ranges::sort(live, {}, &Import::id);
  return live;
}

std::vector<Import> live_invoice_imports(std::span<const Import> imports) {
  const auto rank_of_lines = [](const Import& import) { return std::tuple(import.rows_rejected == 0, import.id); };
  std::map<std::pair<Dataset, std::string_view>, const Import*> best;
  for (const Import& import : imports) {
    if (!holds_invoice_lines(import.dataset) || !import.withdrawn.empty()) continue;
    const Import*& known = best[{import.dataset, import.run_id}];
    if (known == nullptr || rank_of_lines(*known) < rank_of_lines(import)) known = &import;
  }
  std::vector<Import> live;
  for (const auto& [invoice, import] : best) live.push_back(*import);
  std::ranges::sort(live, {}, &Import::id);
  return live;
}

LiveImports choose_live(std::span<const Import> imports) {
  return {live_import(imports, Dataset::kActualCost), live_import(imports, Dataset::kAmortizedCost),
          live_import(imports, Dataset::kFocusCost)};
}

LiveImports published_imports(std::span<const Import> imports, const ChargeSet& charges) {
  LiveImports found;
  for (const Import& import : imports) {
    if (std::ranges::find(charges.imports, import.id) == charges.imports.end()) continue;
    if (import.dataset == Dataset::kActualCost) found.actual = import;
    if (import.dataset == Dataset::kAmortizedCost) found.amortized = import;
    if (import.dataset == Dataset::kFocusCost) found.focus = import;
  }
  return found;
}

bool uses_cost_details(const LiveImports& live) {
  return (live.actual && live.amortized) || (!live.focus && (live.actual || live.amortized));
}

std::vector<ImportId> imports_of_charges(const LiveImports& live) {
  std::vector<ImportId> ids;
  if (!uses_cost_details(live)) {
    if (live.focus) ids.push_back(live.focus->id);
    return ids;
  }
  for (const auto& import : {live.actual, live.amortized}) {
    if (import) ids.push_back(import->id);
  }
  return ids;
}

bool has_metric_totals(const Import& import) { return !import.metric_totals.empty() || import.totals.empty(); }

std::optional<std::vector<ImportMetricTotal>> metric_totals_of_charges(const LiveImports& live) {
  const std::vector<ImportId> counting = imports_of_charges(live);
  std::vector<ImportMetricTotal> totals;
  for (const auto* import : {&live.actual, &live.amortized, &live.focus}) {
    if (!*import || std::ranges::find(counting, (*import)->id) == counting.end()) continue;
    if (!has_metric_totals(**import)) return std::nullopt;
    const bool mirror_counts = (*import)->dataset == Dataset::kActualCost && !live.amortized;
    for (const ImportMetricTotal& total : (*import)->metric_totals) {
      if (total.role == "charges" || mirror_counts) totals.push_back(total);
    }
  }
  return totals;
}

}  // namespace apportion
