/// Use of commitments: what was used and wasted, by whom, and what it saved compared with pay-as-you-go prices.
///
/// Amounts are sums of the charges as they are assigned, moves of reallocation policies included; currencies stay
/// apart.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"
#include "pipeline/commitments/commitment_data.h"

namespace apportion {

/// What use is grouped by, besides the currency.
struct UseGrain {
  bool commitment = true;
  bool customer = false;
  bool subscription = false;
  bool month = true;
  bool day = false;
};

struct UseRequest {
  UseGrain grain;
  std::string customer;  ///< Only what was assigned to this customer; empty: all.
};

/// A key of use; what the grain leaves out is empty.
struct UseKey {
  std::string commitment;  ///< Key in the inventory.
  std::string customer;
  std::string subscription;
  std::string month;
  std::optional<Day> day;
  std::string currency;

  friend auto operator<=>(const UseKey&, const UseKey&) = default;
};

struct UseSums {
  Decimal used_cost;
  Decimal unused_cost;
  Decimal used_quantity;
  Decimal unused_quantity;
  /// List cost of the used charges whose list cost is known, and what these cost.
  Decimal list_cost;
  Decimal cost_of_listed;
  std::int64_t used_rows = 0;
  std::int64_t rows_without_list = 0;
  std::int64_t rows_without_cost = 0;  ///< Of months without amortized run: what was used and unused is not known.

  UseSums& operator+=(const UseSums& other);
  bool has_cost() const { return rows_without_cost == 0; }
  Decimal total_cost() const { return used_cost + unused_cost; }
  /// By cost: what was used of what was paid for, in percent. Nothing if nothing was paid for, or costs are unknown.
  std::optional<Decimal> utilisation() const;
  /// By quantity (hours of machines).
  std::optional<Decimal> quantity_utilisation() const;
  /// Whether something is known about what the use would have cost; without use, that is nothing.
  bool has_list() const { return used_rows == 0 || used_rows > rows_without_list; }
  /// List minus effective cost of the used charges whose list cost is known; nothing if none is, or costs are unknown.
  std::optional<Decimal> saving() const;
  std::optional<Decimal> saving_percent() const;  ///< Of the list cost.
  /// The saving minus what was not used, and the same as a percentage of the list cost: the effective savings rate.
  std::optional<Decimal> net_saving() const;
  std::optional<Decimal> effective_savings_rate() const;
};

Result<std::map<UseKey, UseSums>> read_use(QueryEngine& engine, const CommitmentKeys& keys, const UseRequest& request);

/// Sums over what `grain` leaves out.
std::map<UseKey, UseSums> grouped(const std::map<UseKey, UseSums>& use, const UseGrain& grain);

/// A commitment as a whole. Its use may be billed in several currencies, which are never added: it is measured in the
/// pricing currency if every row has it, or else in the only billing currency.
struct WholeUse {
  Decimal used_quantity;
  Decimal unused_quantity;
  Decimal used_pricing;
  Decimal unused_pricing;
  std::set<std::string> pricing_currencies;
  std::int64_t rows_without_pricing = 0;
  std::int64_t rows_without_cost = 0;
  std::map<std::string, UseSums> by_currency;

  bool has_pricing() const;
  bool has_cost() const { return rows_without_cost == 0; }
  /// By cost, or by quantity for a reservation whose cost cannot be measured; nothing if neither can be.
  std::optional<Decimal> utilisation(CommitmentKind kind) const;
  std::optional<Decimal> quantity_utilisation() const;
};
/// By commitment, or all of them together, and month and day as the grain says; the currency of the keys is empty. Of
/// all customers.
Result<std::map<UseKey, WholeUse>> read_whole_use(QueryEngine& engine, const CommitmentKeys& keys,
                                                  const UseGrain& grain);

/// What each customer used of a commitment, before policies moved cost.
struct OwnUse {
  Decimal quantity;
  Decimal cost;
  Decimal pricing;  ///< In the pricing currency, as far as it is known.
};
/// By the keys of the grain.
Result<std::map<UseKey, OwnUse>> read_own_use(QueryEngine& engine, const CommitmentKeys& keys,
                                              const UseRequest& request);

/// Hours of a reservation by its details.
struct DetailHours {
  Decimal used;
  Decimal reserved;
};
/// By commitment and day; of one month (`YYYY-MM`) or, with an empty text, of all.
Result<std::map<std::pair<std::string, Day>, DetailHours>> read_detail_hours(QueryEngine& engine,
                                                                             const CommitmentKeys& keys,
                                                                             const std::string& month);

/// Use of the meters that any commitment covered in the month: how much of it commitments covered.
struct Coverage {
  Decimal covered_quantity;
  Decimal quantity;                     ///< Covered and not.
  std::optional<Decimal> covered_cost;  ///< Nothing if it is not known.
  std::optional<Decimal> uncovered_cost;

  std::optional<Decimal> percent() const;  ///< By quantity.
};
/// By the keys of the grain, which may leave the commitment out. Of one commitment it is the use of the meters that
/// this one covered in the month, so that use which two of them could cover counts for both.
Result<std::map<UseKey, Coverage>> read_coverage(Workbench& engine, const CommitmentKeys& keys,
                                                 const UseRequest& request);

}  // namespace apportion
