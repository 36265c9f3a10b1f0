/// The charges of a scope as FOCUS 1.2 has them: for the partner, or for a customer with the costs that its view shows.
///
/// Every file has all 57 columns of the standard in its order, then some `x_` columns. docs/focus.md says what each
/// column holds in which view.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/customer_view.h"
#include "foundation/model/ids.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"
#include "lake/snapshot.h"
#include "query/table.h"

namespace apportion {

inline constexpr std::string_view kFocusVersion = "1.2";
/// The cost columns that a FOCUS file must fill, by name.
inline constexpr auto kFocusCosts =
    std::to_array<std::string_view>({"BilledCost", "ContractedCost", "EffectiveCost", "ListCost"});

/// The canonical columns, each once, whose amounts the cost columns of a view show; without a view, the partner's.
std::vector<std::string_view> shown_costs(std::optional<CustomerView> view);

struct FocusRequest {
  ReadScope scope;
  /// What a customer's file shows; the partner's shows everything. The scope's audience must be the view's.
  CustomerView view = CustomerView::kList;
  /// In the partner's scope: rows of this customer only, or of `unassigned`.
  std::optional<CustomerId> only = {};
  /// Months of a scope that may not say which itself, as a customer's may not name connections. Unset: all of it.
  std::optional<std::vector<PublishedMonth>> months = {};
  /// Who bills the customer; empty: as the charges say.
  std::string issuer = {};
};

/// The sum of a cost column.
struct FocusSum {
  Decimal known;
  std::int64_t unknown_rows = 0;
  /// What the rows without it cost by the partner's invoice, where the scope may see that.
  std::optional<Decimal> billed_of_unknown = {};
};

struct FocusTotals {
  Currency currency;
  std::int64_t rows = 0;
  std::array<FocusSum, kFocusCosts.size()> costs = {};  ///< In the order of `kFocusCosts`.
};

/// The rows of a FOCUS file, not read yet. The reader must outlive it, and answer nothing else meanwhile.
class FocusDataset {
 public:
  /// Errors: `kPartnerOnly` when the view shows more than the scope may see, or the scope has no customers and is not
  /// the partner's.
  static Result<FocusDataset> open(LakeReader& reader, const FocusRequest& request);

  /// All columns of FOCUS, then the `x_` ones.
  const std::vector<TableColumn>& columns() const { return columns_; }
  /// By currency.
  const std::vector<FocusTotals>& totals() const { return totals_; }
  std::int64_t rows() const;
  bool has_unknown_costs() const;
  /// Of a customer's file; nothing for the partner's.
  std::optional<CustomerView> view() const { return view_; }

  /// Hands out the rows, always in the same order. A row is valid during the call.
  using Visit = std::function<Result<void>(const std::vector<TableCell>&)>;
  Result<void> visit(const Visit& visit);

 private:
  explicit FocusDataset(QueryEngine& engine) : engine_(&engine) {}
  Result<void> read_totals();

  QueryEngine* engine_;
  Audience audience_ = Audience::kPublic;
  std::optional<CustomerView> view_;
  std::string condition_;
  std::string issuer_;        // of all rows; empty: as each says
  std::string other_issuer_;  // of rows that do not say it
  std::vector<TableColumn> columns_;
  std::vector<FocusTotals> totals_;
};

}  // namespace apportion
