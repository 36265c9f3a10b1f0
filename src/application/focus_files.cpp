#include "application/focus_files.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/customer_edits.h"
#include "application/customers.h"
#include "application/partner_only.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "lake/snapshot.h"
#include "query/months_in_scope.h"

namespace apportion {
namespace {

Result<FocusRequest> request_for(const Caller& caller, const Workspace& workspace, const FocusFileRequest& wanted) {
  FocusRequest request{.scope = wanted.months};
  if (!wanted.customer) return request;
  APPORTION_ASSIGN(const CustomerId id, known_customer(caller, workspace, *wanted.customer));
  if (id.raw() == kUnassignedCustomerId) {
    request.only = id;
    return request;
  }
  APPORTION_ASSIGN(const Customer customer, customer_with_id(workspace.control_plane, id.raw()));
  APPORTION_ASSIGN(request.months, published_months(workspace.control_plane, wanted.months));
  request.view = customer.sees;
  request.scope = {audience_of(customer.sees), std::set{id}, {}, wanted.months.month, wanted.months.first_month,
                   wanted.months.last_month};
  request.issuer = wanted.issuer;
  return request;
}

// `ListCost of 3 rows that cost EUR 12.5 billed`: what is unknown of the costs that the file shows.
std::vector<std::string> unknown_in(const FocusDataset& of_partner, const std::vector<std::string_view>& shown) {
  std::vector<std::string> unknown;
  for (const FocusTotals& totals : of_partner.totals()) {
    for (std::size_t i = 0; i < kFocusCosts.size(); ++i) {
      const FocusSum& sum = totals.costs[i];
      if (sum.unknown_rows == 0 || std::ranges::find(shown, kFocusCosts[i]) == shown.end()) continue;
      unknown.push_back(fmt::format("{} of {} that cost {} {} billed", kFocusCosts[i],
                                    count_of(sum.unknown_rows, "row"), totals.currency.code(),
                                    sum.billed_of_unknown.value_or(Decimal()).to_string()));
    }
  }
  return unknown;
}

// Only the partner is told what the rows cost: they are read again as the partner's.
Result<void> refuse_unknown_costs(LakeReader& lake, const FocusFileRequest& wanted, const FocusRequest& request) {
  FocusRequest of_partner{.scope = wanted.months};
  if (wanted.customer) of_partner.only = CustomerId(*wanted.customer);
  APPORTION_ASSIGN(const FocusDataset dataset, FocusDataset::open(lake, of_partner));
  const auto view = request.scope.is_partner() ? std::nullopt : std::optional(request.view);
  const std::vector<std::string> unknown = unknown_in(dataset, shown_costs(view));
  return Error{ErrorId::kFocusCostsUnknown, "costs that a FOCUS file must have are unknown",
               fmt::format("{}, {}", wanted.customer.value_or("all rows"), months_in_words(wanted.months)),
               fmt::format("unknown: {}; unknown is not zero", fmt::join(unknown, "; ")),
               fmt::format("list and contracted costs may come from a price sheet, whose export belongs to the "
                           "connection ({}); effective costs need an amortized run; or leave them empty: {}",
                           step(Step::kEditConnection), step(Step::kAllowUnknownCosts))};
}

}  // namespace

Result<FocusFile> open_focus_file(const Caller& caller, const Workspace& workspace, LakeReader& lake,
                                  const FocusFileRequest& request) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, request.months));
  APPORTION_ASSIGN(const FocusRequest rows, request_for(caller, workspace, request));
  APPORTION_ASSIGN(FocusDataset dataset, FocusDataset::open(lake, rows));
  if (!request.allow_unknown && dataset.has_unknown_costs())
    APPORTION_TRY(refuse_unknown_costs(lake, request, rows));
  APPORTION_ASSIGN(MonthCoverage coverage,
                   month_coverage(workspace.control_plane, request.months, workspace.clock.today()));
  return FocusFile{std::move(dataset), std::move(coverage)};
}

}  // namespace apportion
