#include "pipeline/commitments/usage.h"

#include <utility>

#include <fmt/format.h>

#include "foundation/money/allocate.h"
#include "foundation/money/ratio.h"
#include "pipeline/commitments/commitment_texts.sql.h"
#include "pipeline/commitments/covered_by_each.sql.h"
#include "pipeline/commitments/covered_sums.sql.h"
#include "pipeline/commitments/details_hours.sql.h"
#include "pipeline/commitments/own_use.sql.h"
#include "pipeline/commitments/own_use_shares.sql.h"
#include "pipeline/commitments/use_sums.sql.h"
#include "pipeline/commitments/whole_use.sql.h"

namespace apportion {
namespace {

constexpr std::size_t kKeyColumns = 4;  // customer, subscription, month, day

struct KeyNames {
  std::string_view customer, subscription, month, day;
};

constexpr KeyNames kUseKeys{"CustomerId", "subscription", "x_BillMonth", "day"};
constexpr KeyNames kChargeKeys{"a.CustomerId", "coalesce(a.x_SubscriptionId, '')", "a.x_BillMonth",
                               "a.ChargePeriodStart"};

// The columns of a grain; what it leaves out is empty text, or no day.
std::string key_columns(const UseGrain& grain, const KeyNames& names) {
  const auto text = [](bool wanted, std::string_view name, std::string_view alias) {
    return wanted ? fmt::format("{} AS {}", name, alias) : fmt::format("'' AS {}", alias);
  };
  return fmt::format("{}, {}, {}, {}", text(grain.customer, names.customer, "use_customer"),
                     text(grain.subscription, names.subscription, "use_subscription"),
                     text(grain.month, names.month, "use_month"),
                     grain.day ? fmt::format("{} AS use_day", names.day) : "CAST(NULL AS DATE) AS use_day");
}

// Key of a row whose key columns begin at `first`, and the currency after them.
UseKey read_key(const EngineRow& row, std::size_t first) {
  UseKey key;
  key.customer = row.text(first);
  key.subscription = row.text(first + 1);
  key.month = row.text(first + 2);
  if (!row.is_null(first + 3)) key.day = row.day(first + 3);
  key.currency = row.text(first + kKeyColumns);
  return key;
}

Decimal decimal_or_zero(const EngineRow& row, std::size_t column) {
  return row.is_null(column) ? Decimal() : row.decimal(column);
}

}  // namespace

UseSums& UseSums::operator+=(const UseSums& other) {
  used_cost += other.used_cost;
  unused_cost += other.unused_cost;
  used_quantity += other.used_quantity;
  unused_quantity += other.unused_quantity;
  list_cost += other.list_cost;
  cost_of_listed += other.cost_of_listed;
  used_rows += other.used_rows;
  rows_without_list += other.rows_without_list;
  rows_without_cost += other.rows_without_cost;
  return *this;
}

std::optional<Decimal> UseSums::utilisation() const {
  return has_cost() ? percent_of(used_cost, total_cost()) : std::nullopt;
}

std::optional<Decimal> UseSums::quantity_utilisation() const {
  if (!has_cost()) return std::nullopt;
  return percent_of(used_quantity, used_quantity + unused_quantity);
}

std::optional<Decimal> UseSums::saving() const {
  return has_list() && has_cost() ? std::optional(list_cost - cost_of_listed) : std::nullopt;
}

std::optional<Decimal> UseSums::saving_percent() const {
  const auto saved = saving();
  return saved ? percent_of(*saved, list_cost) : std::nullopt;
}

std::optional<Decimal> UseSums::net_saving() const {
  const auto saved = saving();
  return saved ? std::optional(*saved - unused_cost) : std::nullopt;
}

std::optional<Decimal> UseSums::effective_savings_rate() const {
  const auto saved = net_saving();
  return saved ? percent_of(*saved, list_cost) : std::nullopt;
}

Result<std::map<UseKey, UseSums>> read_use(QueryEngine& engine, const CommitmentKeys& keys, const UseRequest& request) {
  const std::string query =
      fmt::format(fmt::runtime(sql::kUseSumsSql), fmt::arg("keys", key_columns(request.grain, kUseKeys)));
  const std::vector<EngineValue> values{request.customer, request.customer};
  std::map<UseKey, UseSums> use;
  APPORTION_TRY(engine.query(query, values, [&](const EngineRow& row) {
    UseKey key = read_key(row, 2);
    if (request.grain.commitment) key.commitment = keys.key_of(commitment_id_text(row.text(0), row.text(1), "", ""));
    constexpr std::size_t kPart = 2 + kKeyColumns + 1;
    UseSums& sums = use[key];
    const Decimal cost = decimal_or_zero(row, kPart + 1);
    const Decimal quantity = decimal_or_zero(row, kPart + 5);
    sums.rows_without_cost += row.integer(kPart + 7);
    if (row.text(kPart) == "unused") {
      sums.unused_cost += cost;
      sums.unused_quantity += quantity;
      return ok();
    }
    sums.used_cost += cost;
    sums.used_quantity += quantity;
    sums.list_cost += decimal_or_zero(row, kPart + 2);
    sums.cost_of_listed += decimal_or_zero(row, kPart + 3);
    sums.rows_without_list += row.integer(kPart + 4);
    sums.used_rows += row.integer(kPart + 6);
    return ok();
  }));
  return use;
}

bool WholeUse::has_pricing() const {
  return rows_without_pricing == 0 && pricing_currencies.size() == 1 && !pricing_currencies.begin()->empty();
}

std::optional<Decimal> WholeUse::utilisation(CommitmentKind kind) const {
  if (has_cost() && has_pricing()) return percent_of(used_pricing, used_pricing + unused_pricing);
  if (has_cost() && by_currency.size() == 1) return by_currency.begin()->second.utilisation();
  return kind == CommitmentKind::kReservation ? quantity_utilisation() : std::nullopt;
}

// What is unused stands in the amortized file only: without one neither cost nor hours of it are known.
std::optional<Decimal> WholeUse::quantity_utilisation() const {
  if (!has_cost()) return std::nullopt;
  return percent_of(used_quantity, used_quantity + unused_quantity);
}

Result<std::map<UseKey, WholeUse>> read_whole_use(QueryEngine& engine, const CommitmentKeys& keys,
                                                  const UseGrain& grain) {
  const UseGrain whole{grain.commitment, false, false, grain.month, grain.day};
  const std::string query = fmt::format(fmt::runtime(sql::kWholeUseSql),
                                        fmt::arg("keys", key_columns(whole, {"", "", "x_BillMonth", "day"})));
  std::map<UseKey, WholeUse> use;
  APPORTION_TRY(engine.query(query, {}, [&](const EngineRow& row) {
    UseKey key = read_key(row, 2);
    if (grain.commitment) key.commitment = keys.key_of(commitment_id_text(row.text(0), row.text(1), "", ""));
    constexpr std::size_t kPart = 2 + kKeyColumns + 1;
    const bool is_used = row.text(kPart) == "used";
    const std::string currency = std::exchange(key.currency, "");
    WholeUse& of = use[key];
    UseSums& sums = of.by_currency[currency];
    (is_used ? sums.used_cost : sums.unused_cost) += decimal_or_zero(row, kPart + 2);
    (is_used ? of.used_pricing : of.unused_pricing) += decimal_or_zero(row, kPart + 3);
    (is_used ? of.used_quantity : of.unused_quantity) += decimal_or_zero(row, kPart + 5);
    of.pricing_currencies.emplace(row.text(kPart + 1));
    of.rows_without_pricing += row.integer(kPart + 4);
    of.rows_without_cost += row.integer(kPart + 6);
    return ok();
  }));
  return use;
}

namespace {

// A share of a charge that uses a commitment. Each repeats the pricing cost of the whole charge.
struct SharedUse {
  UseKey key;
  Decimal cost;
  Decimal quantity;
  std::optional<Decimal> pricing;
};

void add_shared_use(const std::vector<SharedUse>& shares, std::map<UseKey, OwnUse>& use) {
  std::vector<Decimal> costs;
  for (const SharedUse& share : shares) costs.push_back(share.cost);
  const bool has_pricing = !shares.empty() && shares.front().pricing;
  const auto pricing = has_pricing ? allocate_like(*shares.front().pricing, costs) : std::nullopt;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    OwnUse& of = use[shares[i].key];
    of.cost += shares[i].cost;
    of.quantity += shares[i].quantity;
    if (pricing) of.pricing += (*pricing)[i];
  }
}

}  // namespace

Result<std::map<UseKey, OwnUse>> read_own_use(QueryEngine& engine, const CommitmentKeys& keys,
                                              const UseRequest& request) {
  const auto with_keys = [&](std::string_view statement) {
    return fmt::format(fmt::runtime(statement), fmt::arg("keys", key_columns(request.grain, kUseKeys)));
  };
  // A row names its commitment first, then the keys, then what it holds.
  const auto key_of = [&](const EngineRow& row, std::size_t first) {
    UseKey key = read_key(row, first + 2);
    if (request.grain.commitment)
      key.commitment = keys.key_of(commitment_id_text(row.text(first), row.text(first + 1), "", ""));
    return key;
  };
  constexpr std::size_t kAmounts = 2 + kKeyColumns + 1;
  std::map<UseKey, OwnUse> use;
  APPORTION_TRY(engine.query(with_keys(sql::kOwnUseSql), {}, [&](const EngineRow& row) {
    OwnUse& of = use[key_of(row, 0)];
    of.cost += decimal_or_zero(row, kAmounts);
    of.pricing += decimal_or_zero(row, kAmounts + 1);
    of.quantity += decimal_or_zero(row, kAmounts + 2);
    return ok();
  }));
  std::vector<SharedUse> shares;
  std::int64_t row_id = -1;
  APPORTION_TRY(engine.query(with_keys(sql::kOwnUseSharesSql), {}, [&](const EngineRow& row) {
    if (row.integer(0) != row_id) {
      add_shared_use(shares, use);
      shares.clear();
    }
    row_id = row.integer(0);
    SharedUse share{key_of(row, 1), decimal_or_zero(row, 1 + kAmounts), decimal_or_zero(row, 3 + kAmounts), {}};
    if (!row.is_null(2 + kAmounts)) share.pricing = row.decimal(2 + kAmounts);
    shares.push_back(std::move(share));
    return ok();
  }));
  add_shared_use(shares, use);
  return use;
}

std::map<UseKey, UseSums> grouped(const std::map<UseKey, UseSums>& use, const UseGrain& grain) {
  std::map<UseKey, UseSums> groups;
  for (const auto& [key, sums] : use) {
    UseKey group = key;
    if (!grain.commitment) group.commitment.clear();
    if (!grain.customer) group.customer.clear();
    if (!grain.subscription) group.subscription.clear();
    if (!grain.month) group.month.clear();
    if (!grain.day) group.day.reset();
    groups[group] += sums;
  }
  return groups;
}

Result<std::map<std::pair<std::string, Day>, DetailHours>> read_detail_hours(QueryEngine& engine,
                                                                             const CommitmentKeys& keys,
                                                                             const std::string& month) {
  const std::vector<EngineValue> values{month, month};
  std::map<std::pair<std::string, Day>, DetailHours> hours;
  APPORTION_TRY(engine.query(sql::kDetailsHoursSql, values, [&](const EngineRow& row) {
    DetailHours& of_day = hours[{keys.key_of(row.text(0)), row.day(1)}];
    of_day.used += decimal_or_zero(row, 2);
    of_day.reserved += decimal_or_zero(row, 3);
    return ok();
  }));
  return hours;
}

namespace {

// A sum, and beside it how many of its rows are unknown.
std::optional<Decimal> known_sum(const EngineRow& row, std::size_t column) {
  constexpr std::size_t kUnknownBehind = 2;
  return row.integer(column + kUnknownBehind) == 0 ? std::optional(decimal_or_zero(row, column)) : std::nullopt;
}

// The sums of a statement on coverage, which begin at `first`.
Coverage coverage_in(const EngineRow& row, std::size_t first) {
  return {decimal_or_zero(row, first), decimal_or_zero(row, first + 1), known_sum(row, first + 2),
          known_sum(row, first + 3)};
}

// Says in a table which commitment the texts of rows name: one may be named in several ways.
Result<void> name_commitments(Workbench& engine, const CommitmentKeys& keys) {
  std::vector<std::pair<std::string, std::string>> texts;
  APPORTION_TRY(engine.query(sql::kCommitmentTextsSql, {}, [&](const EngineRow& row) {
    texts.emplace_back(row.text(0), row.text(1));
    return ok();
  }));
  APPORTION_TRY(engine.make_table("commitment_keys", "id VARCHAR, reservation VARCHAR, commitment VARCHAR"));
  APPORTION_ASSIGN(TableAppender rows, engine.append_to("commitment_keys"));
  for (const auto& [id, reservation] : texts) {
    rows.text(id).text(reservation).text(keys.key_of(commitment_id_text(id, reservation, "", ""))).end_row();
  }
  return rows.finish();
}

Result<std::map<UseKey, Coverage>> read_coverage_of_each(Workbench& engine, const CommitmentKeys& keys,
                                                         const UseRequest& request) {
  APPORTION_TRY(name_commitments(engine, keys));
  const std::string query =
      fmt::format(fmt::runtime(sql::kCoveredByEachSql), fmt::arg("keys", key_columns(request.grain, kChargeKeys)));
  const std::vector<EngineValue> values{request.customer, request.customer};
  std::map<UseKey, Coverage> coverage;
  APPORTION_TRY(engine.query(query, values, [&](const EngineRow& row) {
    UseKey key = read_key(row, 1);
    key.commitment = row.text(0);
    constexpr std::size_t kSums = 1 + kKeyColumns + 1;
    coverage.emplace(key, coverage_in(row, kSums));
    return ok();
  }));
  return coverage;
}

}  // namespace

std::optional<Decimal> Coverage::percent() const { return percent_of(covered_quantity, quantity); }

Result<std::map<UseKey, Coverage>> read_coverage(Workbench& engine, const CommitmentKeys& keys,
                                                 const UseRequest& request) {
  if (request.grain.commitment) return read_coverage_of_each(engine, keys, request);
  const std::string query =
      fmt::format(fmt::runtime(sql::kCoveredSumsSql), fmt::arg("keys", key_columns(request.grain, kChargeKeys)));
  const std::vector<EngineValue> values{request.customer, request.customer};
  std::map<UseKey, Coverage> coverage;
  APPORTION_TRY(engine.query(query, values, [&](const EngineRow& row) {
    constexpr std::size_t kSums = kKeyColumns + 1;
    coverage.emplace(read_key(row, 0), coverage_in(row, kSums));
    return ok();
  }));
  return coverage;
}

}  // namespace apportion
