#include "pipeline/commitments/reallocation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/files.h"
#include "foundation/model/ids.h"
#include "foundation/money/allocate.h"
#include "lake/column_lists.h"
#include "lake/layout.h"
#include "pipeline/commitments/broken_moves.sql.h"
#include "pipeline/commitments/commitment_data.h"
#include "pipeline/commitments/move_rows.sql.h"
#include "pipeline/commitments/move_sums.sql.h"
#include "pipeline/commitments/policy_known.sql.h"
#include "pipeline/commitments/unused_rows.sql.h"
#include "pipeline/commitments/used_days.sql.h"
#include "pipeline/commitments/used_moves.sql.h"
#include "pipeline/commitments/used_shares.sql.h"

namespace apportion {
namespace {

const Decimal kHundred = Decimal::from_integer(100);

// Use may lie in several billing currencies, which never add: it is measured in the pricing currency where every row
// tells it, else in the one billing currency there is.
struct Measured {
  std::string currency, pricing_currency;
  Decimal effective;
  std::optional<Decimal> pricing;
};

// A commitment of the month, and what a policy makes of it.
struct Chosen {
  std::set<std::pair<std::string, std::string>> texts;  // id, reservation
  CommitmentKind kind = CommitmentKind::kUnknown;
  std::set<std::string> names;
  std::set<std::string> payers;   // customers to whom payments were assigned
  std::set<std::string> holders;  // … and what is unused
  const CommitmentPolicy* policy = nullptr;
  std::size_t number = 0;  // of the policy in the list
  std::string buyer;       // empty: not known
};

struct UnusedPart {
  std::int64_t row_id;
  std::string key, customer;
  Day day;
  Decimal cost;
  Decimal quantity;
};

// What several commitments, or one, make together: use by customer and day.
struct Pool {
  std::map<Day, std::map<std::string, std::vector<Measured>>> used;
  std::map<Day, std::vector<Measured>> unused;
};

// The currency of a measure, and whether it is that of prices.
struct Measure {
  bool in_pricing = false;
};

Decimal measured(const std::vector<Measured>& amounts, Measure measure) {
  Decimal sum;
  for (const Measured& amount : amounts) sum += measure.in_pricing ? *amount.pricing : amount.effective;
  return sum;
}

class Reallocator {
 public:
  Reallocator(Workbench& engine, const ReallocationRequest& request) : engine_(engine), request_(request) {}

  Result<ReallocationResult> run() {
    if (request_.policies == nullptr || request_.policies->policies.empty()) return ReallocationResult{};
    for (const CommitmentPolicy& policy : request_.policies->policies)
      result_.rule_names.push_back("commitment policy " + policy.name);
    auto done = work();
    const auto dropped_choice = engine_.drop_table("policy_choice");
    const auto dropped_moves = engine_.drop_table("policy_moves");
    const auto dropped_merged = engine_.drop_table("merged_moves");
    if (!done) return std::move(done).error();
    APPORTION_TRY(dropped_choice);
    APPORTION_TRY(dropped_moves);
    APPORTION_TRY(dropped_merged);
    return std::move(result_);
  }

 private:
  Result<void> work() {
    APPORTION_TRY(open_commitment_views(engine_));
    APPORTION_TRY(engine_.make_table(
        "policy_choice", "id VARCHAR, reservation VARCHAR, x_RuleNumber BIGINT, buyer VARCHAR, used VARCHAR"));
    APPORTION_TRY(engine_.make_table("policy_moves", kShareAssignmentColumns));
    APPORTION_TRY(read_commitments());
    APPORTION_TRY(find_buyers());
    choose();
    APPORTION_TRY(fill_choice());
    APPORTION_TRY(engine_.insert_rows("policy_moves", sql::kUsedMovesSql));
    APPORTION_TRY(read_use());
    APPORTION_TRY(read_unused());
    APPORTION_TRY(move_unused());
    APPORTION_TRY(engine_.make_table_of("merged_moves", merged_moves_sql("policy_moves")));
    APPORTION_TRY(check());
    APPORTION_TRY(read_totals());
    return write();
  }

  Result<void> read_commitments() {
    struct Row {
      std::string text, id, reservation, kind, part, name, customer;
    };
    std::vector<Row> rows;
    APPORTION_TRY(engine_.query(sql::kPolicyKnownSql, {}, [&](const EngineRow& row) {
      Row read{"",
               std::string(row.text(0)),
               std::string(row.text(1)),
               std::string(row.text(3)),
               std::string(row.text(4)),
               std::string(row.text(5)),
               std::string(row.text(6))};
      read.text = commitment_id_text(row.text(0), row.text(1), row.text(2), row.text(3));
      keys_.learn(read.text);
      if (!read.text.empty()) rows.push_back(std::move(read));
      return ok();
    }));
    for (const Row& row : rows) {
      Chosen& chosen = commitments_[keys_.key_of(row.text)];
      if (row.part != "cash") chosen.texts.insert({row.id, row.reservation});
      if (const CommitmentIds ids = parse_commitment_id(row.text); ids.kind != CommitmentKind::kUnknown)
        chosen.kind = ids.kind;
      if (chosen.kind == CommitmentKind::kUnknown && row.kind == "Reservation")
        chosen.kind = CommitmentKind::kReservation;
      if (chosen.kind == CommitmentKind::kUnknown && row.kind == "Savings Plan")
        chosen.kind = CommitmentKind::kSavingsPlan;
      if (!row.name.empty()) chosen.names.insert(row.name);
      if (row.part == "cash") chosen.payers.insert(row.customer);
      if (row.part == "unused") chosen.holders.insert(row.customer);
    }
    return ok();
  }

  // Who bought: to whom the month's payments were assigned, else to whom what is unused was, else who is known from
  // other months. The month itself is believed first: its outcome should depend on others as little as it can.
  Result<void> find_buyers() {
    Buyers known;
    const auto is_unknown = [](const auto& one) { return !is_told(one.second); };
    if (request_.known_buyers && std::ranges::any_of(commitments_, is_unknown)) {
      APPORTION_ASSIGN(known, request_.known_buyers());
    }
    for (auto& [key, chosen] : commitments_) {
      chosen.buyer = buyer_of(chosen);
      const auto found = known.find(key);
      if (!is_told(chosen) && found != known.end()) chosen.buyer = found->second;
    }
    return ok();
  }

  // What is unused and nobody's tells no buyer, where somebody is known to have paid.
  static bool is_told(const Chosen& chosen) {
    const std::string buyer = buyer_of(chosen);
    return !buyer.empty() && (!chosen.payers.empty() || buyer != kUnassignedCustomerId);
  }

  static std::string buyer_of(const Chosen& chosen) {
    const auto& known = chosen.payers.empty() ? chosen.holders : chosen.payers;
    return known.size() == 1 ? *known.begin() : std::string();
  }

  void choose() {
    const auto& policies = request_.policies->policies;
    for (auto& [key, chosen] : commitments_) {
      for (std::size_t i = 0; i < policies.size() && chosen.policy == nullptr; ++i) {
        const auto takes = [&choice = policies[i].choice, &key = key, &chosen = chosen](const std::string& name) {
          return choice.takes(key, chosen.kind, name, chosen.buyer);
        };
        const bool is_taken = chosen.names.empty() ? takes("") : std::ranges::any_of(chosen.names, takes);
        if (!is_taken) continue;
        chosen.policy = &policies[i];
        chosen.number = i;
      }
      if (chosen.policy == nullptr) continue;
      if (chosen.policy->buyer) chosen.buyer = chosen.policy->buyer->raw();
      if (chosen.buyer.empty() && chosen.policy->used != UsedCost::kLeave) {
        result_.notes.push_back(fmt::format(
            "{}: the cost of its use did not move, because {} says who bought it; name the buyer in the policy `{}`: "
            "buyer",
            named(key),
            chosen.payers.size() + chosen.holders.size() > 1 ? "more than one" : "nothing that was imported",
            chosen.policy->name));
      }
    }
  }

  // For people: the name, and the id that tells it from others of that name.
  std::string named(const std::string& key) const {
    const auto found = commitments_.find(key);
    if (found == commitments_.end() || found->second.names.empty()) return key;
    return fmt::format("{} ({})", fmt::join(found->second.names, ", "), key);
  }

  std::int64_t rule_of(const Chosen& chosen) const {
    return request_.first_rule_number + static_cast<std::int64_t>(chosen.number);
  }

  static std::string_view used_word(UsedCost used) {
    switch (used) {
      case UsedCost::kLeave: return "";
      case UsedCost::kInProportion: return "billed";
      case UsedCost::kBuyer: return "effective";
    }
    return "";
  }

  Result<void> fill_choice() {
    APPORTION_ASSIGN(TableAppender rows, engine_.append_to("policy_choice"));
    for (const auto& [key, chosen] : commitments_) {
      if (chosen.policy == nullptr) continue;
      for (const auto& [id, reservation] : chosen.texts) {
        rows.text(id).text(reservation).integer(rule_of(chosen)).text(chosen.buyer);
        rows.text(used_word(chosen.policy->used)).end_row();
      }
    }
    return rows.finish();
  }

  std::string key_of(const EngineRow& row, std::size_t column) const {
    return keys_.key_of(commitment_id_text(row.text(column), row.text(column + 1), "", ""));
  }

  // Commitments whose use counts together have one pool.
  Pool& pool_of(const std::string& key) {
    const Chosen& chosen = commitments_.at(key);
    return pools_[chosen.policy->as_group ? fmt::format("policy {}", chosen.number) : key];
  }

  Result<void> read_use() {
    APPORTION_TRY(engine_.query(sql::kUsedDaysSql, {}, [&](const EngineRow& row) {
      Measured amount{std::string(row.text(3)), std::string(row.text(4)), row.decimal(6), std::nullopt};
      if (row.integer(8) == 0 && !row.is_null(7)) amount.pricing = row.decimal(7);
      pool_of(key_of(row, 0)).used[row.day(5)][std::string(row.text(2))].push_back(std::move(amount));
      return ok();
    }));
    return read_shared_use();
  }

  // The pricing cost of a shared charge is shared as its effective cost was.
  Result<void> read_shared_use() {
    struct Share {
      std::string key, customer;
      Day day;
      Measured amount;
    };
    std::vector<Share> shares;
    std::int64_t row_id = -1;
    const auto finish_charge = [&] {
      std::vector<Decimal> costs;
      for (const Share& share : shares) costs.push_back(share.amount.effective);
      const bool has_pricing = !shares.empty() && shares.front().amount.pricing.has_value();
      const auto parts = has_pricing ? allocate_like(*shares.front().amount.pricing, costs) : std::nullopt;
      for (std::size_t i = 0; parts && i < shares.size(); ++i) shares[i].amount.pricing = (*parts)[i];
      for (Share& share : shares) pool_of(share.key).used[share.day][share.customer].push_back(std::move(share.amount));
      shares.clear();
    };
    APPORTION_TRY(engine_.query(sql::kUsedSharesSql, {}, [&](const EngineRow& row) {
      if (row.integer(0) != row_id) finish_charge();
      row_id = row.integer(0);
      Measured amount{std::string(row.text(4)), std::string(row.text(5)), row.decimal(7), std::nullopt};
      if (!row.is_null(8)) amount.pricing = row.decimal(8);
      shares.push_back({key_of(row, 1), std::string(row.text(3)), row.day(6), std::move(amount)});
      return ok();
    }));
    finish_charge();
    return ok();
  }

  Result<void> read_unused() {
    return engine_.query(sql::kUnusedRowsSql, {}, [&](const EngineRow& row) {
      const std::string key = key_of(row, 1);
      unused_.push_back({row.integer(0), key, std::string(row.text(3)), row.day(6), row.decimal(7),
                         row.is_null(10) ? Decimal() : row.decimal(10)});
      Measured amount{std::string(row.text(4)), std::string(row.text(5)), row.decimal(7), std::nullopt};
      if (!row.is_null(8) && text_at(row, 9) == "direct") amount.pricing = row.decimal(8);
      pool_of(key).unused[row.day(6)].push_back(std::move(amount));
      return ok();
    });
  }

  // In what the use of a pool is measured; nothing when it lies in several currencies and prices are not known.
  static std::optional<Measure> measure_of(const Pool& pool, bool with_unused) {
    std::set<std::string> currencies;
    std::set<std::string> pricing_currencies;
    bool has_pricing = true;
    const auto look_at = [&](const std::vector<Measured>& amounts) {
      for (const Measured& amount : amounts) {
        currencies.insert(amount.currency);
        pricing_currencies.insert(amount.pricing_currency);
        has_pricing = has_pricing && amount.pricing && !amount.pricing_currency.empty();
      }
    };
    for (const auto& [day, customers] : pool.used) {
      for (const auto& [customer, amounts] : customers) look_at(amounts);
    }
    if (with_unused) {
      for (const auto& [day, amounts] : pool.unused) look_at(amounts);
    }
    if (has_pricing && pricing_currencies.size() == 1) return Measure{true};
    if (currencies.size() <= 1) return Measure{false};
    return std::nullopt;
  }

  using Weights = std::vector<std::pair<std::string, Decimal>>;

  // Use of the month; use below zero (a correction) counts as none.
  static Weights weights_by_use(const Pool& pool, Measure measure) {
    std::map<std::string, Decimal> by_customer;
    for (const auto& [day, customers] : pool.used) {
      for (const auto& [customer, amounts] : customers) by_customer[customer] += measured(amounts, measure);
    }
    Weights weights;
    for (const auto& [customer, use] : by_customer) {
      if (!use.is_negative() && !use.is_zero()) weights.emplace_back(customer, use);
    }
    return weights;
  }

  static Weights weights_of_shares(const CustomerShares& shares) {
    Weights weights;
    for (const auto& [customer, percent] : shares) {
      if (!percent.is_zero()) weights.emplace_back(customer.raw(), percent);
    }
    return weights;
  }

  // What each customer used less on a day than its share of the whole; by shares when nobody did.
  static Weights weights_of_shortfall(const Pool& pool, Measure measure, Day day, const CustomerShares& shares) {
    static const std::map<std::string, std::vector<Measured>> kNobody;
    const auto found = pool.used.find(day);
    const auto& used = found == pool.used.end() ? kNobody : found->second;
    Decimal whole;
    for (const auto& [customer, amounts] : used) whole += measured(amounts, measure);
    if (const auto unused = pool.unused.find(day); unused != pool.unused.end())
      whole += measured(unused->second, measure);
    Weights weights;
    for (const auto& [customer, percent] : shares) {
      const auto of_customer = used.find(customer.raw());
      const Decimal use = of_customer == used.end() ? Decimal() : measured(of_customer->second, measure);
      const Decimal missing = multiply(percent, whole).value - multiply(kHundred, use).value;
      if (!missing.is_negative() && !missing.is_zero()) weights.emplace_back(customer.raw(), missing);
    }
    return weights.empty() ? weights_of_shares(shares) : weights;
  }

  // Who bears what was not used of a commitment on a day; nothing: it stays.
  Weights bearers(const Chosen& chosen, const std::string& key, Day day) {
    const CommitmentPolicy& policy = *chosen.policy;
    if (policy.unused == UnusedCost::kBuyer) return {};
    if (policy.unused == UnusedCost::kKey) return weights_of_shares(policy.shares);
    const Pool& pool = pool_of(key);
    const auto measure = measure_of(pool, policy.unused == UnusedCost::kShares);
    if (!measure) {
      unmeasured_.insert(key);
      return {};
    }
    if (policy.unused == UnusedCost::kShares) return weights_of_shortfall(pool, *measure, day, policy.shares);
    const std::string of_pool = policy.as_group ? policy.name : named(key);
    const auto known = by_use_.find(of_pool);
    if (known != by_use_.end()) return known->second;
    Weights weights = weights_by_use(pool, *measure);
    if (weights.empty()) unused_pools_.insert(of_pool);
    return by_use_.emplace(of_pool, std::move(weights)).first->second;
  }

  Result<void> move_unused() {
    APPORTION_ASSIGN(TableAppender rows, engine_.append_to("policy_moves"));
    for (const UnusedPart& part : unused_) {
      const Chosen& chosen = commitments_.at(part.key);
      const Weights to = bearers(chosen, part.key, part.day);
      if (to.empty()) continue;
      std::vector<Decimal> weights;
      for (const auto& [customer, weight] : to) weights.push_back(weight);
      const std::vector<Decimal> parts = allocate(part.cost, weights);
      const std::vector<Decimal> quantities = allocate(part.quantity, weights);
      // By customer: what comes and goes. Quantity goes with the cost; billed cost follows from the buyer when the
      // policy says so.
      const bool billed_follows = chosen.policy->used == UsedCost::kInProportion && !chosen.buyer.empty();
      struct Move {
        Decimal billed, effective, quantity;
      };
      std::map<std::string, Move> moves;
      moves[part.customer].effective += part.cost.negated();
      moves[part.customer].quantity += part.quantity.negated();
      if (billed_follows) moves[chosen.buyer].billed += part.cost.negated();
      for (std::size_t i = 0; i < parts.size(); ++i) {
        Move& move = moves[to[i].first];
        move.effective += parts[i];
        move.quantity += quantities[i];
        if (billed_follows) move.billed += parts[i];
      }
      for (const auto& [customer, move] : moves) {
        if (move.billed.is_zero() && move.effective.is_zero() && move.quantity.is_zero()) continue;
        const Decimal nothing;
        rows.integer(part.row_id).text(customer).integer(rule_of(chosen)).decimal(move.billed).decimal(move.effective);
        rows.decimal(nothing).decimal(nothing).decimal(move.quantity).decimal(nothing).end_row();
      }
    }
    APPORTION_TRY(rows.finish());
    for (const std::string& key : unmeasured_) {
      result_.notes.push_back(fmt::format(
          "{}: the unused part stays with the buyer, because its use is in several currencies without a common price",
          named(key)));
    }
    for (const std::string& pool : unused_pools_) {
      result_.notes.push_back(fmt::format("{}: the unused part stays with the buyer, because nobody used it", pool));
    }
    return ok();
  }

  Result<void> check() {
    std::int64_t broken = 0;
    const std::string query = fmt::format(fmt::runtime(sql::kBrokenMovesSql), fmt::arg("relation", "merged_moves"));
    APPORTION_TRY(engine_.query(query, {}, [&](const EngineRow& row) {
      broken = row.integer(0);
      return ok();
    }));
    if (broken == 0) return ok();
    return Error{ErrorId::kMovesDoNotBalance, "the moves of commitment policies do not add up to zero", "",
                 fmt::format("{} charges have moves that bring more than they take", broken),
                 "nothing was written; this is a bug in apportion: please report it with the policy file"};
  }

  Result<void> read_totals() {
    const std::string query = fmt::format(fmt::runtime(sql::kMoveSumsSql), fmt::arg("relation", "merged_moves"));
    return engine_.query(query, {}, [&](const EngineRow& row) {
      result_.totals.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2),
                                std::string(row.text(3)), std::string(row.text(4)), row.integer(5), row.decimal(6),
                                row.decimal(7)});
      return ok();
    });
  }

  Result<void> write() {
    if (request_.folder.empty() || result_.totals.empty()) return ok();
    const std::filesystem::path path = request_.folder / lake_file_name(LakeContent::kMoves);
    APPORTION_ASSIGN(const std::int64_t rows, engine_.write_parquet(sql::kMoveRowsSql, {}, path));
    APPORTION_TRY(sync_to_disk(path));
    result_.files.push_back({path, rows});
    return ok();
  }

  Workbench& engine_;
  const ReallocationRequest& request_;
  CommitmentKeys keys_;
  std::map<std::string, Chosen> commitments_;
  std::map<std::string, Pool> pools_;
  std::vector<UnusedPart> unused_;
  std::map<std::string, Weights> by_use_;
  std::set<std::string> unmeasured_;
  std::set<std::string> unused_pools_;
  ReallocationResult result_;
};

}  // namespace

Result<Buyers> read_buyers(Workbench& engine, std::span<const Customer> customers, std::span<const CoveredMonth> months,
                           Day today) {
  APPORTION_TRY(open_commitment_views(engine));
  APPORTION_ASSIGN(const CommitmentData data, read_commitment_data(engine, months, {}, today));
  Buyers buyers;
  const auto is_customer = [customers](std::string_view id) {
    return std::ranges::any_of(customers, [id](const Customer& customer) { return customer.id.raw() == id; });
  };
  for (const Commitment& commitment : data.commitments) {
    const std::string_view buyer = commitment.value(CommitmentField::kBuyer);
    if (is_customer(buyer)) buyers[commitment.key] = buyer;
  }
  for (const CashRow& cash : data.cash) {
    if (cash.is_refund || cash.customers.size() != 1) continue;
    const std::string& customer = cash.customers.front();
    if (customer == kUnassignedCustomerId || is_customer(customer)) buyers[cash.key] = customer;
  }
  return buyers;
}

Result<ReallocationResult> reallocate(Workbench& engine, const ReallocationRequest& request) {
  return Reallocator(engine, request).run();
}

}  // namespace apportion
